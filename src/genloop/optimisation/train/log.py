"""What somebody who asked for a log sees of a run while it goes on: its curves, and a few pictures as it makes them.

Drawing has its own randomness and leaves the learner as it was: a run with a log gives the same weights as one without.
"""

from collections.abc import Mapping
from typing import Any

import torch

from genloop.core.protocols import Log
from genloop.core.seed import stream
from genloop.optimisation.train import events
from genloop.optimisation.train.state import State


def write(log: Log, learner: Any, state: State, device: torch.device, seed: int) -> None:
    """Write the curves so far, and show the rows to be drawn where the learner draws pictures."""
    events.save(points(state), log.folder)
    draw = getattr(learner, "draw", None)
    if log.rows is None or draw is None:
        return
    rng = torch.Generator(device).manual_seed(int(stream(seed, "train", "log").integers(2**62)))
    with torch.no_grad():
        log.show(draw(log.rows, rng), state.step)


def points(state: State) -> list[tuple[int, float, Mapping[str, float]]]:
    """(step, seconds, values by name): a game has the judge's value and spreads in place of a held-out loss."""
    if not state.looks:
        return [(step, at, {"loss": loss, "held_out_loss": held}) for step, at, loss, held in state.curve]
    seen = zip(state.curve, state.looks, strict=True)
    return [
        (step, at, {"loss": loss, "judge": value, "spread": wide, "narrowest": least})
        for (step, at, loss, _), (_, value, wide, least) in seen
    ]
