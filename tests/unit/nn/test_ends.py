"""The ends of brightness, found from real and made values."""

import numpy as np

from genloop.nn.ends import MOST, NONE, find, snap


def _picture(*shares: tuple[int, int]) -> np.ndarray:
    """A picture with so many values of each level."""
    return np.concatenate([np.full(count, level, np.uint8) for level, count in shares]).reshape(1, -1, 10, 1)


def test_as_many_values_reach_an_end_as_in_real_pictures():
    real = _picture((0, 60), (100, 20), (255, 20))
    made = _picture((1, 40), (3, 20), (7, 5), (100, 15), (250, 20))
    ends = find(real, made)
    done = snap(made, ends)
    assert ends[0] == 6
    assert (done == 0).sum() == 60 and (done == 255).sum() == 20 and (done == 7).sum() == 5


def test_what_can_be_seen_stays_although_real_pictures_hold_more_at_the_end():
    real, made = _picture((0, 90), (100, 10)), _picture((0, 30), (40, 60), (100, 10))
    low, high = find(real, made)
    assert low <= MOST and high == 255
    assert np.array_equal(snap(made, (low, high)), made)


def test_pictures_without_flat_ends_are_left_alone():
    grey = np.random.default_rng(0).integers(20, 230, (4, 8, 8, 3)).astype(np.uint8)
    assert find(grey, grey) == NONE and snap(grey, NONE) is grey
