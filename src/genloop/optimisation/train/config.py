"""Settings of the training loop."""

from dataclasses import dataclass

from genloop.core.errors import ConfigError


@dataclass(frozen=True)
class Config:
    """What a family asks of the loop.

    Without a budget a run lasts `epochs`, at most `most_steps`; with one it lasts as many steps as the time allows,
    at most `most_epochs`.
    `average` is the decay of the weights' moving average. After `patience` looks at the held-out rows without gain
    the rest of the schedule is cut to a short annealing.
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

    def __post_init__(self) -> None:
        for name in ("batch", "epochs", "most_epochs", "most_steps", "learning_rate", "patience", "clip", "looks"):
            if getattr(self, name) <= 0:
                raise ConfigError(f"training setting {name}={getattr(self, name)}: expected more than 0")
        if not 0 <= self.average < 1:
            raise ConfigError(f"training setting average={self.average}: expected from 0 to below 1")
