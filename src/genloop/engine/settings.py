"""What can be asked of a fit, checked on construction; every field has a default and names its flag when refused."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from genloop.core.errors import ConfigError, SchemaError
from genloop.core.schema import KINDS

MIN_FLOOR = 5


@dataclass(frozen=True)
class Settings:
    """The settings of a fit. `minutes` is the dial; `steps` repeats a run exactly; `rules` is auto, off or a file.

    Each stage of the plan that takes steps takes so many. `picture_memory` is in megabytes; it changes where pictures
    lie, never what is learnt. `given` names the columns of pictures that others are made from.
    """

    minutes: float | None = None
    steps: int | None = None
    family: str | None = None
    seed: int = 0
    rules: str = "auto"
    kinds: Mapping[str, str] = field(default_factory=dict)
    drop: tuple[str, ...] = ()
    keys: tuple[str, ...] = ()
    floor: int = MIN_FLOOR
    holdout: float = 0.1
    threads: int | None = None
    device: str | None = None
    family_settings: Mapping[str, Any] = field(default_factory=dict)
    pictures: str | None = None
    picture_memory: int | None = None
    given: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.minutes is not None and self.steps is not None:
            raise ConfigError("--minutes and --steps exclude each other: steps repeat a run, minutes decide its steps")
        if self.minutes is not None and not 0 < self.minutes < float("inf"):
            raise ConfigError(f"--minutes must be above 0, found {self.minutes:g}")
        if self.steps is not None and self.steps < 1:
            raise ConfigError(f"--steps must be at least 1, found {self.steps}")
        if self.floor < MIN_FLOOR:
            raise ConfigError(
                f"--floor must be at least {MIN_FLOOR}, found {self.floor}: what fewer rows carry may name a person"
            )
        self._check_machine()
        if not 0 <= self.holdout <= 0.5:
            raise ConfigError(f"--holdout is a share of the rows from 0 to 0.5, found {self.holdout:g}")
        if not 0 <= self.seed < 2**63:
            raise ConfigError(f"--seed is a whole number from 0 on, found {self.seed}")
        if self.rules not in ("auto", "off") and not Path(self.rules).is_file():
            raise ConfigError(f"--rules is auto, off or a file of rules; there is no file {self.rules!r}")
        for name, kind in self.kinds.items():
            if kind not in KINDS:
                raise SchemaError(f"--kind {name}={kind}: unknown kind; expected one of {', '.join(KINDS)}")
        both = sorted({*self.keys, *self.kinds, *self.given} & set(self.drop))
        if both:
            raise ConfigError(
                f"column {', '.join(both)} is named by --drop and by --key, --kind or --given; name it once"
            )

    def _check_machine(self) -> None:
        """Refuse threads and memory that cannot be."""
        if self.threads is not None and self.threads < 1:
            raise ConfigError(f"--threads must be at least 1, found {self.threads}")
        if self.picture_memory is not None and self.picture_memory < 0:
            raise ConfigError(f"--picture-memory is a number of megabytes from 0 on, found {self.picture_memory}")

    def decisive(self) -> dict[str, Any]:
        """The settings that change what is learnt (not how long or on how many threads), for telling runs apart."""
        names = ("family", "seed", "rules", "kinds", "drop", "keys", "floor", "holdout", "family_settings", "pictures")
        values = {name: getattr(self, name) for name in (*names, *(("given",) if self.given else ()))}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}
