"""The histogram of nearest distances: every picture counted, no bar of fewer than five held-out ones."""

import numpy as np
import pytest

from genloop.judges.pictures.likeness import Nearest, histogram, measure


def nearest(distance):
    return Nearest(np.asarray(distance, float), np.zeros(len(distance), np.int64))


@pytest.mark.parametrize("held", [7, 60, 900])
def test_every_picture_is_counted_and_no_bar_stands_for_few_real_ones(held):
    rng = np.random.default_rng(held)
    found = histogram(measure(nearest(rng.gamma(4, 0.25, 300)), nearest(rng.gamma(5, 0.2, held))))
    assert sum(found["made"]) == 300 and sum(found["holdout"]) == held
    assert min(found["holdout"]) >= 5 and len(found["edges"]) == len(found["made"]) + 1 <= 17


def test_copies_stand_in_the_first_bar():
    rng = np.random.default_rng(0)
    found = histogram(measure(nearest(np.zeros(50)), nearest(rng.gamma(5, 0.2, 200))))
    assert found["made"][0] == 50 and found["edges"][0] == 0


def test_held_out_pictures_that_are_all_as_near_make_one_bar():
    found = histogram(measure(nearest([0.5, 2.0]), nearest(np.ones(40))))
    assert sum(found["made"]) == 2 and sum(found["holdout"]) == 40
