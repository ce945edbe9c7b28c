"""The learning rate over a run."""

import math

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


@pytest.mark.parametrize("setting", [{"batch": 0}, {"learning_rate": -1.0}, {"average": 1.0}])
def test_a_setting_out_of_range_is_refused(setting: dict[str, float]) -> None:
    with pytest.raises(ConfigError, match=f"training setting {next(iter(setting))}="):
        Config(**setting)  # type: ignore[arg-type]
