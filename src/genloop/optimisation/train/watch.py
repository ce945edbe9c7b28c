"""What a game is watched by: the judge's value and the spread of what it makes, at few looks, and the alarm.

A generator has no held-out loss. The learner's `draw(given, rng)` makes pictures for held-out rows; `task.judge`, when
the engine brings one, gives the curve its value, and the spread within groups of equal first condition is always seen.
Looks come at steps that grow by a fifth, so that the same number of steps always looks at the same places.
"""

import math
import time
from typing import Any

import numpy as np
import torch

from genloop.core.protocols import Batch, Pixels, Task
from genloop.core.seed import stream
from genloop.optimisation.train import verdict
from genloop.optimisation.train.alarm import GROUPS, Look, alarm, narrowest, remedy, spread
from genloop.optimisation.train.state import State

FIRST, GROWTH = 100, 1.25
SHARE = 0.05
DEAD = 0.05
SEEN = 256


class Watch:
    """Looks at a game and says what to do."""

    def __init__(self, learner: Any, held: Batch, task: Task) -> None:
        self.learner, self.held, self.task = learner, held, task
        self.seconds = 0.0
        self.note = ""

    def due(self, step: int, since: float, max_seconds: float | None) -> bool:
        """Whether to look after this step; with a time limit, not while looks would take more than their share."""
        place = FIRST
        while place < step:
            place = math.ceil(place * GROWTH)
        return place == step and (max_seconds is None or self.seconds < SHARE * since)

    def look(self, state: State, device: torch.device) -> Look:
        """Draw, compare, judge; the state keeps what was seen."""
        began = time.monotonic()
        rng = torch.Generator(device).manual_seed(int(stream(self.task.seed, "train", "look").integers(2**62)))

        def draw(rows: int) -> Pixels:
            made: Pixels = self.learner.draw(self.held.take(np.arange(rows) % len(self.held)), rng)
            return made

        assert self.held.pixels is not None
        rows = min(SEEN, len(self.held))
        made, real, groups = draw(rows), self.held.pixels[:rows], _groups(self.held, rows)
        wide = spread(made, real, groups)
        value = float(self.task.judge(draw)) if self.task.judge is not None else math.nan
        self.seconds += time.monotonic() - began
        look = Look(state.step, value, wide, narrowest(made, real, groups))
        state.looks.append((look.step, look.value, look.spread, look.narrowest))
        self.note = f"spread {wide:.2f} of the real" + ("" if math.isnan(value) else f", judge {value:.4g}")
        return look

    def ring(self, state: State) -> tuple[bool, tuple[str, ...]]:
        """Whether the looks so far ring the alarm, and the remedies they ask for; the state keeps them with the reason.

        A generator that makes one thing only does not come back by itself: it goes back to the best with any remedy.
        """
        looks = [Look(*seen) for seen in state.looks]
        why = alarm(looks)
        wanted = None if why is None else remedy(state.remedies, looks)
        if wanted is None or why is None:
            return why is not None, ()
        state.remedies.append((state.step, wanted, why))
        dead = looks[-1].spread < DEAD and wanted != "back"
        return True, (wanted, "back") if dead else (wanted,)

    def broken(self, state: State, why: str) -> bool:
        """Whether a broken loss may be mended by going back; recorded."""
        if sum(name == "back" for _, name, _ in state.remedies) > 2:
            return False
        state.remedies.append((state.step, "back", why))
        return True

    def record(self, state: State) -> dict[str, Any]:
        """What the head keeps: looks, remedies, and why nothing was learnt if so."""
        looks = [Look(*seen) for seen in state.looks]
        return {
            "curve": [[_plain(value) for value in point] for point in state.curve],
            "watch": [[_plain(value) for value in look] for look in state.looks],
            "remedies": [list(entry) for entry in state.remedies],
            "failed": verdict.of_game(looks, went_on=self.task.initial is not None),
        }


def _groups(held: Batch, rows: int) -> np.ndarray:
    """The rows' groups: their first given token where it has few values."""
    if held.fields and held.fields[0].size <= GROUPS:
        return held.codes[:rows, 0]
    return np.zeros(rows, np.int64)


def _plain(value: float) -> float | None:
    return None if isinstance(value, float) and not math.isfinite(value) else value
