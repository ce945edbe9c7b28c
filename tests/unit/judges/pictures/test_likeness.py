import numpy as np

from genloop.judges.pictures import likeness


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
