"""The learning rate over a run."""

import math
from typing import Any

import pytest

from genloop.core.errors import ConfigError
from genloop.optimisation.train.config import Config
from genloop.optimisation.train.schedule import LOWEST, Schedule


def test_the_rate_rises_in_a_line_then_falls_by_a_cosine_to_the_lowest() -> None:
    schedule = Schedule(1000, 100)
    assert schedule.rate(0) == pytest.approx(0.01, rel=1e-3)
    assert max(range(1000), key=schedule.rate) in range(95, 105)
    half = LOWEST + (1 - LOWEST) * 0.5 * (1 + math.cos(math.pi / 2))
    assert schedule.rate(500) == pytest.approx(half)
    assert schedule.rate(999) == pytest.approx(LOWEST, abs=1e-3)
    assert schedule.end == 1000


def test_a_short_run_warms_up_for_a_tenth_of_it() -> None:
    assert Schedule(50, 100).rate(4) > Schedule(50, 100).rate(3)
    assert Schedule(50, 100).rate(5) < Schedule(50, 100).rate(4)
    assert Schedule(1, 100).rate(0) == 1.0


def test_a_stalled_run_leaves_in_a_straight_line_over_a_fifth_of_its_steps() -> None:
    schedule = Schedule(1000, 100).stall(500)
    assert schedule.end == 600
    assert schedule.rate(499) == Schedule(1000, 100).rate(499)
    middle = (Schedule(1000, 100).rate(500) + LOWEST) / 2
    assert schedule.rate(550) == pytest.approx(middle)
    assert schedule.rate(600) == pytest.approx(LOWEST)


def test_a_run_stalls_once_and_never_grows_longer() -> None:
    assert Schedule(1000, 100).stall(500).stall(550).end == 600
    assert Schedule(1000, 100).stall(950).end == 1000
    assert Schedule(1000, 100).stall(0).end == 1


@pytest.mark.parametrize(
    "setting",
    [
        {"batch": 0},
        {"learning_rate": -1.0},
        {"average": 1.0},
        {"betas": (0.0, 1.0)},
        {"anneal": 1.0},
        {"reserve": 0.0},
    ],
)
def test_a_setting_out_of_range_is_refused(setting: dict[str, Any]) -> None:
    with pytest.raises(ConfigError, match=f"training setting {next(iter(setting))}="):
        Config(**setting)


def test_a_flat_schedule_stays_and_then_falls_in_a_line() -> None:
    flat = Schedule(1000, 10, fall=0.4)
    assert flat.falls_from == 600
    assert [flat.rate(step) for step in (9, 300, 600)] == [1.0, 1.0, 1.0]
    assert flat.rate(800) == 0.5
    assert flat.rate(999) == LOWEST


@pytest.mark.parametrize("step", [7, 100, 333])
def test_a_fall_begun_at_a_step_is_the_one_that_its_total_plans(step: int) -> None:
    begun = Schedule(10**6, 10, fall=0.3).fall_now(step)
    assert begun.falls_from == step
    assert Schedule(begun.total, 10, fall=0.3) == begun
