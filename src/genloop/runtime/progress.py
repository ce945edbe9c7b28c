"""Progress as numbers: how far, how long still, and the curve of the score; showing it is the interface's matter."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from genloop.core.protocols import Progress


@dataclass(frozen=True)
class State:
    """Where a running command stands; `left_seconds` is None until it can be told."""

    stage: str
    share: float
    spent_seconds: float
    left_seconds: float | None
    score: float | None
    note: str


@dataclass
class Meter:
    """Turns the events of a running fit into states, and keeps the curve of scores with their seconds.

    It is a `Report`: families call it. `show` receives each state.
    """

    show: Callable[[State], None] = lambda state: None
    clock: Callable[[], float] = time.monotonic
    curve: list[tuple[str, float, float]] = field(default_factory=list)
    _stage: str = ""
    _began: float = 0.0
    _start: float | None = None
    _score: float | None = None

    def __call__(self, progress: Progress) -> None:
        """Take one event in and show the state that follows from it."""
        now = self.clock()
        if self._start is None:
            self._start = now
        if progress.stage != self._stage:
            self._stage, self._began, self._score = progress.stage, now, None
        if progress.score is not None:
            self._score = progress.score
            self.curve.append((progress.stage, round(now - self._start, 3), float(progress.score)))
        share = min(max(progress.share, 0.0), 1.0)
        spent = now - self._began
        left = spent * (1 - share) / share if share > 0 and spent > 0 else None
        self.show(State(progress.stage, share, now - self._start, left, self._score, progress.note))
