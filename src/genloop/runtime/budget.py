"""Time is the dial: one clock for the whole command, which also hears Ctrl-C and who asks it to end."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FrameType

from genloop.core.errors import ConfigError

JUDGING_SHARE = 0.1
HEARD = (signal.SIGINT, signal.SIGTERM)  # Ctrl-C; what containers and schedulers send before they kill
SPINS = 10_000  # turns of some nanoseconds; 300,000, as the GNU runtime has it, keep a core from those who wait for it


@dataclass
class Budget:
    """Wall time since `began`, what is left of it, and whether the user asked to stop.

    `max_seconds` None means that the work decides; `stop` turns true when the time is spent or `interrupted` is set.
    """

    max_seconds: float | None = None
    clock: Callable[[], float] = time.monotonic
    began: float = field(default=-1.0)
    interrupted: bool = False

    def __post_init__(self) -> None:
        if self.max_seconds is not None and not 0 < self.max_seconds < float("inf"):
            raise ConfigError(f"--minutes must be above 0, found {self.max_seconds / 60:g}")
        if self.began < 0:
            self.began = self.clock()

    def spent(self) -> float:
        """Seconds since the command began."""
        return self.clock() - self.began

    def left(self, *, reserve: float = 0.0) -> float | None:
        """Seconds left after keeping back the share `reserve` of the whole; None without a limit, never below 0."""
        if self.max_seconds is None:
            return None
        return max(0.0, self.max_seconds * (1 - reserve) - self.spent())

    def stop(self) -> bool:
        """True once the user interrupted or the time is spent."""
        return self.interrupted or (self.max_seconds is not None and self.spent() >= self.max_seconds)


@contextmanager
def listening(budget: Budget) -> Iterator[Budget]:
    """While inside, the first Ctrl-C asks the work to stop and keep its best; the second one breaks off at once.

    So does SIGTERM.
    """
    if threading.current_thread() is not threading.main_thread():
        yield budget
        return

    def hear(number: int, frame: FrameType | None) -> None:
        if budget.interrupted:
            raise KeyboardInterrupt
        budget.interrupted = True

    before = [(number, signal.signal(number, hear)) for number in HEARD]
    try:
        yield budget
    finally:
        for number, handler in before:
            signal.signal(number, handler)


def threads(asked: int | None) -> int:
    """The number of threads to use: as asked, else every core this process may run on.

    Raises:
        ConfigError: fewer than one was asked for.
    """
    if asked is not None and asked < 1:
        raise ConfigError(f"--threads must be at least 1, found {asked}")
    return asked or len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else asked or os.cpu_count() or 1


def share_cores(environment: MutableMapping[str, str]) -> None:
    """Let threads that wait for one another sleep soon; how they wait is read when torch or LightGBM is first loaded.

    Beside other work they else spin while what they wait for stands in the queue. What the user says of it stays.
    """
    if "OMP_WAIT_POLICY" not in environment:
        environment.setdefault("GOMP_SPINCOUNT", str(SPINS))
