import numpy as np
import pytest

from genloop.judges.pictures import spread


def slow(real, made, k):
    """The definitions, pair by pair."""
    apart = lambda a, b: np.linalg.norm(a[:, None] - b[None], axis=2)  # noqa: E731
    ball_real, ball_made = (np.sort(apart(part, part), axis=1)[:, k] for part in (real, made))
    between = apart(real, made)
    inside = between < ball_real[:, None]
    return inside.any(0).mean(), (between < ball_made).any(1).mean(), inside.sum(0).mean() / k, inside.any(1).mean()


def means(found):
    return found.precise.mean(), found.recalled.mean(), found.dense.mean(), found.covered.mean()


def test_the_four_shares_follow_their_definitions():
    rng = np.random.default_rng(0)
    real, made = rng.normal(size=(90, 3)), rng.normal(0.4, 0.8, (70, 3))
    assert means(spread.measure(real, made)) == pytest.approx(slow(real, made, 5))


def test_chunks_change_nothing(monkeypatch):
    rng = np.random.default_rng(1)
    real, made = rng.normal(size=(50, 4)), rng.normal(size=(60, 4))
    whole = means(spread.measure(real, made))
    monkeypatch.setattr(spread, "_CHUNK", 7)
    assert means(spread.measure(real, made)) == pytest.approx(whole)


def test_half_of_the_modes_cover_half_of_the_real_points():
    rng = np.random.default_rng(2)
    real = rng.normal(size=(400, 2)) * 0.1 + np.repeat([[0, 0], [50, 50]], 200, axis=0)
    made = rng.normal(size=(400, 2)) * 0.1
    precision, recall, _, coverage = means(spread.measure(real, made))
    assert precision > 0.9
    assert 0.4 < recall < 0.52
    assert 0.4 < coverage < 0.52


def test_points_far_away_are_neither_precise_nor_covering():
    rng = np.random.default_rng(3)
    assert means(spread.measure(rng.normal(size=(40, 2)), rng.normal(size=(40, 2)) + 99)) == (0, 0, 0, 0)
