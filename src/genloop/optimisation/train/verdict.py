"""Whether a run taught anything, in plain words, with what to try where it did not.

Tables and texts may hold nothing to learn (columns of pure chance), so that a loss which stays level is no failure
there; pictures always hold something. A run that goes on from a learnt model may gain nothing and still be fine.
"""

import math

from genloop.optimisation.train.alarm import NARROW, Look
from genloop.optimisation.train.schedule import Schedule
from genloop.optimisation.train.state import State

LEVEL, RISEN = 0.01, 0.1  # of the first loss: a fall below this is none, a rise above this is one
ENOUGH = 500  # so many steps are no longer few, however many rows there are
NO_STEP = "it failed to learn: there was time for no step; try more time"


def of_game(looks: list[Look], *, went_on: bool = False) -> str | None:
    """Why a game taught nothing; None when it did learn."""
    if not looks:
        return None
    last, first = looks[-1], looks[0]
    if last.step == 0:
        return None if went_on else NO_STEP
    if last.spread < NARROW:
        return (
            f"it failed to learn: made pictures differ from one another by {last.spread:.0%} of what real ones do; "
            "try more time, a lower learning_rate or a larger penalty"
        )
    if len(looks) > 1 and last.value > 0.8 * first.value and not went_on:
        return (
            f"it failed to learn: the judge's value went from {first.value:.4g} to {last.value:.4g}; "
            "try more time, more pictures or a lower learning_rate"
        )
    return None


def of_loss(state: State, *, pictures: bool, went_on: bool) -> str | None:
    """Why a run with a held-out loss taught nothing; None when it did learn.

    Where rows may hold nothing to learn, the loss must have risen and that of training not have fallen.
    """
    if went_on or not state.curve:
        return None
    if state.step == 0:
        return NO_STEP
    first, (_, _, train, last) = state.curve[0][3], state.curve[-1]
    least = LEVEL * abs(first)
    if state.best < first - least or (math.isnan(first) and math.isfinite(state.best)):
        return None
    if not pictures and (last <= first + RISEN * abs(first) or train < first - least):
        return None
    return (
        f"it failed to learn: the held-out loss went from {first:.4g} to {last:.4g}; "
        "try a lower learning_rate, more time or more rows"
    )


def least_steps(rows: int, batch: int, schedule: Schedule) -> int:
    """The steps below which a run has hardly begun: one pass over the rows, and the rise of the rate."""
    return max(min(rows // batch, ENOUGH), schedule.rise)
