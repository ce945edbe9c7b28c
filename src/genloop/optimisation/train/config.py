"""Settings of the training loop."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from genloop.core.errors import ConfigError


@dataclass(frozen=True)
class Config:
    """What a family asks of the loop.

    Without a budget a run lasts `epochs`, at most `most_steps`; with one it lasts as many steps as the time allows,
    at most `most_epochs`.
    `average` is the decay of the weights' moving average. After `patience` looks at the held-out rows without gain
    the rest of the schedule is cut to a short annealing; a game waits for at least eight, each clearly worse.
    `schedule` "cosine" falls from the first step on. "flat" keeps the full rate and falls in a straight line over the
    last share `anneal`: with a time budget the length is then fixed when the fall begins, by the time really taken.
    `rates` are multiples of the learning rate for the players of a game, `reserve` the share of the time that is used.
    With `muon` above 0 the matrices that the learner's `orthogonal(name)` names move by orthogonal steps at that rate,
    made in the format `precision`.
    """

    batch: int = 512
    epochs: float = 12.0
    most_epochs: float = 60.0
    most_steps: int = 2500
    learning_rate: float = 3e-3
    weight_decay: float = 0.01
    average: float = 0.998
    patience: int = 4
    warmup: int = 100
    clip: float = 20.0
    looks: int = 24
    device: str = "auto"
    betas: tuple[float, float] = (0.9, 0.98)
    schedule: Literal["cosine", "flat"] = "cosine"
    anneal: float = 0.5
    rates: Mapping[str, float] = field(default_factory=dict)
    reserve: float = 0.95
    muon: float = 0.0
    precision: Literal["float32", "bfloat16"] = "float32"

    def __post_init__(self) -> None:
        for name in ("batch", "epochs", "most_epochs", "most_steps", "learning_rate", "patience", "clip", "looks"):
            if getattr(self, name) <= 0:
                raise ConfigError(f"training setting {name}={getattr(self, name)}: expected more than 0")
        if not 0 <= self.average < 1:
            raise ConfigError(f"training setting average={self.average}: expected from 0 to below 1")
        if not all(0 <= beta < 1 for beta in self.betas):
            raise ConfigError(f"training setting betas={self.betas}: expected two numbers from 0 to below 1")
        if not 0 < self.reserve <= 1:
            raise ConfigError(f"training setting reserve={self.reserve}: expected above 0 to 1")
        if self.muon < 0:
            raise ConfigError(f"training setting muon={self.muon}: expected a rate, or 0 for none")
        if not 0 < self.anneal < 1:
            raise ConfigError(f"training setting anneal={self.anneal}: expected above 0 to below 1")
