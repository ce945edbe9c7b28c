import numpy as np
import pytest

from genloop.judges.pictures import features, likeness


def test_copies_are_caught_and_fresh_pictures_are_not(bars):
    train, held, fresh = (bars(rows, seed=seed)[0] for rows, seed in ((300, 0), (300, 1), (300, 2)))
    assert likeness.by_pixels(fresh, held, train).share < 0.05
    half = np.concatenate([fresh[:150], train[:150]])
    found = likeness.by_pixels(half, held, train)
    assert 0.5 <= found.share < 0.54
    assert found.made.place[150:].tolist() == list(range(150))


def test_large_pictures_are_compared_by_their_averages():
    pixels = np.zeros((1, 70, 50, 1), np.uint8)
    pixels[0, :35] = 255
    points = likeness.points(pixels)
    assert points.shape == (1, 24 * 17)
    assert points[0].max() == 1


def test_copies_are_caught_where_the_data_repeat_themselves(bars):
    train, held, fresh = (bars(rows, seed=seed)[0] for rows, seed in ((300, 0), (200, 1), (200, 2)))
    held[:10] = train[:10]
    found = likeness.by_pixels(train[:100], held, train)
    assert found.share == 1
    assert found.limit > 0
    assert likeness.by_pixels(fresh, held, train).share < 0.05
    assert likeness.by_pixels(np.concatenate([fresh, train]), train[:200], train).share == 0.6


def test_made_pictures_as_near_as_all_held_out_ones_count_in_proportion():
    apart = likeness.Nearest(np.ones(50), np.zeros(50, np.int64))
    assert likeness.measure(apart, apart).share == pytest.approx(likeness.SHARE)


def test_copies_are_caught_by_features_where_the_data_repeat_themselves():
    rng = np.random.default_rng(0)
    train, fresh, held = (rng.normal(size=(rows, 8)).astype(np.float32) for rows in (200, 100, 100))
    held[:4] = train[:4]
    noise = np.float32(1e-6) * rng.normal(size=(100, 8)).astype(np.float32)
    places = np.arange(200)
    copied = likeness.by_features((features.Space(train[:100] + noise, held, train, places),))
    assert copied.share == 1
    assert likeness.by_features((features.Space(fresh, held, train, places),)).share < 0.06
