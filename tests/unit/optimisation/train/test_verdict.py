"""The verdict on made-up runs: what failed is called so, what went on, overfitted or had nothing to learn is not."""

import math

import pytest

pytest.importorskip("torch")

from genloop.optimisation.train import verdict
from genloop.optimisation.train.alarm import Look
from genloop.optimisation.train.schedule import Schedule
from genloop.optimisation.train.state import State

pytestmark = pytest.mark.neural
NOTHING = math.nan


def told(*held: float, train: float = 9.0, pictures: bool = True, went_on: bool = False, steps: int = 90) -> str:
    """The verdict on a run with these held-out losses, whose training loss ended at `train`."""
    kept = [(value, place) for place, value in enumerate(held) if math.isfinite(value)]
    best, place = min(kept, default=(math.inf, 0))
    curve = [(number, 0.0, train, value) for number, value in enumerate(held)]
    state = State({}, 90, step=steps, best=best, best_step=place, curve=curve)
    return verdict.of_loss(state, pictures=pictures, went_on=went_on) or ""


def test_a_game_that_taught_nothing_is_told_of_plainly() -> None:
    assert verdict.of_game([]) is None
    assert verdict.of_game([Look(0, 100.0, 0.1), Look(100, 10.0, 0.9)]) is None
    assert "differ from one another by 10%" in (verdict.of_game([Look(0, NOTHING, 0.1), Look(9, NOTHING, 0.1)]) or "")
    assert "went from 100 to 90" in (verdict.of_game([Look(0, 100.0, 0.9), Look(9, 90.0, 0.9)]) or "")


def test_a_run_without_a_step_failed_unless_it_went_on_from_a_learnt_model() -> None:
    assert verdict.of_game([Look(0, NOTHING, 0.9)]) == verdict.NO_STEP == told(1.0, steps=0)
    assert verdict.of_game([Look(0, NOTHING, 0.9)], went_on=True) is None
    assert told(1.0, steps=0, went_on=True) == ""


def test_a_game_that_goes_on_from_a_learnt_model_need_not_gain() -> None:
    looks = [Look(0, 7.2, 0.9), Look(100, 7.1, 0.9)]
    assert verdict.of_game(looks) is not None
    assert verdict.of_game(looks, went_on=True) is None
    assert verdict.of_game([*looks, Look(200, 7.1, 0.01)], went_on=True) is not None


def test_pictures_whose_loss_does_not_fall_were_not_learnt() -> None:
    assert "the held-out loss went from 2 to 1.99" in told(2.0, 1.99)
    assert "from -15 to -15.1" in told(-15.0, -15.1)
    assert "from 2 to 900" in told(2.0, 900.0)
    assert "from 2 to nan" in told(2.0, math.nan)
    assert told(2.0, 1.9) == told(-15.0, -17.0) == told(2.0, 1.5, 900.0) == told(math.nan, 1.0) == ""
    assert told(2.0, 2.1, went_on=True) == ""


def test_columns_of_chance_and_overfitted_rows_are_no_failure() -> None:
    assert told(2.0, 2.0, train=2.0, pictures=False) == ""
    assert told(2.0, 2.1, train=2.01, pictures=False) == ""
    assert told(2.0, 3.0, train=1.0, pictures=False) == ""
    assert "from 2 to 3" in told(2.0, 3.0, train=2.5, pictures=False)
    assert "from 2 to inf" in told(2.0, math.inf, train=math.inf, pictures=False)


def test_a_run_has_hardly_begun_before_one_pass_over_the_rows_and_the_rise_of_the_rate() -> None:
    assert verdict.least_steps(6400, 64, Schedule(1000, 25, fall=0.4)) == 100
    assert verdict.least_steps(64, 32, Schedule(1000, 25, fall=0.4)) == 25
    assert verdict.least_steps(64, 32, Schedule(30, 25)) == 3
    assert verdict.least_steps(10**7, 64, Schedule(1000, 25)) == verdict.ENOUGH
