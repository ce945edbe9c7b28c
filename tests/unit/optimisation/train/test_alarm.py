"""The collapse alarm on made-up looks, and the spread on made-up pictures."""

import math

import numpy as np
import pytest

from genloop.optimisation.train.alarm import REMEDIES, Look, alarm, narrowest, remedy, spread

NOTHING = math.nan


@pytest.mark.parametrize(
    ("looks", "rings"),
    [
        ([Look(0, NOTHING, 0.05)], False),
        ([Look(0, NOTHING, 0.05), Look(100, NOTHING, 0.1)], False),
        ([Look(0, NOTHING, 0.9), Look(100, NOTHING, 0.1)], True),
        ([Look(0, NOTHING, 0.9, 0.8), Look(100, NOTHING, 0.8, 0.1)], True),
        ([Look(0, NOTHING, 0.9, 0.15), Look(100, NOTHING, 0.8, 0.1)], False),
        ([Look(0, NOTHING, 0.9, 0.35), Look(100, NOTHING, 0.8, 0.1)], False),
        ([Look(0, NOTHING, 0.9), Look(100, NOTHING, 0.8, 0.1)], False),
        ([Look(0, 100.0, 0.9), Look(100, 50.0, 0.9), Look(125, 100.0, 0.9)], False),
        ([Look(0, 100.0, 0.9), Look(100, 20.0, 0.9), Look(125, 80.0, 0.9)], True),
    ],
)
def test_it_rings_when_the_spread_falls_or_the_value_jumps(looks: list[Look], rings: bool) -> None:
    assert (alarm(looks) is not None) == rings


def test_one_class_of_ten_that_collapses_hardly_moves_the_spread_and_rings_all_the_same() -> None:
    rng, groups = np.random.default_rng(0), np.arange(256) % 10
    real = rng.integers(0, 256, (256, 4, 4, 1), dtype=np.uint8)
    made = np.where((groups == 3)[:, None, None, None], 90, real).astype(np.uint8)
    assert spread(made, real, groups) > 0.9
    assert narrowest(made, real, groups) == 0.0
    assert narrowest(real, real, groups) == pytest.approx(1.0)
    assert math.isnan(narrowest(made[:100], real[:100], groups[:100]))
    seen = [
        Look(at, NOTHING, spread(some, real, groups), narrowest(some, real, groups))
        for at, some in ((0, real), (9, made))
    ]
    assert "one class of what is made fell from 1.00 to 0.00" in (alarm(seen) or "")


def test_remedies_come_in_order_and_are_given_two_looks_to_act() -> None:
    looks = [Look(step, NOTHING, 1.0) for step in (100, 125)]
    assert remedy([], looks) == REMEDIES[0]
    assert remedy([(125, "rate", "")], looks) is None
    assert remedy([(90, "rate", "")], looks) == REMEDIES[1]
    assert remedy([(90, name, "") for name in REMEDIES], looks) is None


def test_the_spread_counts_only_what_differs_within_a_group() -> None:
    rng, groups = np.random.default_rng(0), np.arange(400) % 2
    real = rng.integers(0, 256, (400, 4, 4, 1), dtype=np.uint8)
    assert spread(real, real, groups) == pytest.approx(1.0)
    assert spread(np.full_like(real, 9), real, groups) == 0.0
    one_each = np.where(groups[:, None, None, None] == 1, 255, 0).astype(np.uint8) * np.ones_like(real)
    assert spread(one_each, real, groups) == 0.0
    assert spread(one_each, real, np.zeros(400)) > 1.0
    assert math.isnan(spread(real, np.zeros_like(real), groups))
