"""The learning rate over a run: a warm-up, then a cosine or a flat stretch and a fall; a short way out on a stall."""

import math
from dataclasses import dataclass, replace

LOWEST = 0.02
WAY_OUT = 0.2


@dataclass(frozen=True)
class Schedule:
    """Which share of the full rate each step takes.

    `total` is the planned number of steps. With `fall` None the rate falls by a cosine over all of them; else it stays
    until the last share `fall` of the steps and falls there in a straight line, so that nothing before the fall
    depends on `total`. Once `stalled` is set the rate falls in a straight line from what it was at that step to the
    lowest, over a fifth of the steps done; `end` is then nearer than `total`.
    """

    total: int
    warmup: int
    stalled: int | None = None
    fall: float | None = None

    @property
    def end(self) -> int:
        """The step after which the run is over."""
        if self.stalled is None:
            return self.total
        return min(self.total, self.stalled + max(1, math.ceil(self.stalled * WAY_OUT)))

    @property
    def rise(self) -> int:
        """How many steps the rate rises; a cosine's at most a tenth of all."""
        return self.warmup if self.fall is not None else min(self.warmup, self.total // 10)

    @property
    def falls_from(self) -> int:
        """The step at which a flat schedule begins to fall."""
        return round(self.total * (1 - (self.fall or 0.0)))

    def rate(self, step: int) -> float:
        """The share of the full learning rate at `step` (from 0)."""
        if self.stalled is not None and step >= self.stalled:
            left = 1 - (step - self.stalled) / max(1, self.end - self.stalled)
            return LOWEST + (self._plain(self.stalled) - LOWEST) * max(0.0, left)
        return self._plain(step)

    def stall(self, step: int) -> "Schedule":
        """This schedule on its way out from `step`."""
        return replace(self, stalled=step) if self.stalled is None else self

    def fall_now(self, step: int) -> "Schedule":
        """A flat schedule whose fall begins at `step`; the same total given from the start repeats it."""
        assert self.fall is not None
        return replace(self, total=max(step + 1, round(step / (1 - self.fall))))

    def _plain(self, step: int) -> float:
        if self.fall is not None:
            left = (self.total - step) / max(1, self.total - self.falls_from)
            return min(1.0, (step + 1) / max(1, self.rise)) * max(LOWEST, min(1.0, left))
        rise = min(1.0, (step + 1) / max(1, self.rise))
        return rise * (LOWEST + (1 - LOWEST) * 0.5 * (1 + math.cos(math.pi * step / max(1, self.total))))
