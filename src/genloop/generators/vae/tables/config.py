"""Settings of the variational autoencoder of tables and the shape of its networks; imports no torch.

The defaults were chosen on tables other than those of the benchmark, by a two-sample test on rows set aside.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from genloop.core import extras
from genloop.core.errors import ConfigError
from genloop.core.protocols import Batch
from genloop.nn.modes import Modes

NAME = "vae"
KINDS = frozenset({"number", "category", "time", "place"})
FORM = "tokens"


@dataclass(frozen=True)
class Config:
    """What can be set for one fit; `core.config.read` builds it from the plan's settings.

    `latent` is the length of a row's code, `hidden` and `layers` size both networks, `fine` is the width of the head
    for places inside a mode. `beta` weighs the ELBO's KL term, from 0 up
    over `growing` steps. `subset` is the share of training rows of which the
    encoder sees a random subset of fields, so that any fields can be given.
    """

    latent: int = 32
    hidden: int = 160
    layers: int = 2
    fine: int = 32
    beta: float = 1.0
    growing: int = 200
    subset: float = 0.25
    batch: int = 256
    epochs: float = 30.0
    most_epochs: float = 100.0
    most_steps: int = 2500
    learning_rate: float = 5e-3
    weight_decay: float = 0.01
    average: float = 0.995
    holdout: float = 0.05
    patience: int = 5
    precision: str = "auto"
    device: str = "auto"

    def __post_init__(self) -> None:
        for name in ("latent", "hidden", "fine", "batch", "most_steps", "patience"):
            if getattr(self, name) < 1:
                raise ConfigError(f"vae setting {name}={getattr(self, name)}: expected at least 1")
        for name in ("subset", "average", "holdout"):
            if not 0 <= getattr(self, name) <= 1:
                raise ConfigError(f"vae setting {name}={getattr(self, name)}: expected a share from 0 to 1")
        if self.precision not in ("auto", "float32", "bfloat16"):
            raise ConfigError(f"precision {self.precision!r}: expected auto, float32 or bfloat16")
        if self.beta < 0 or self.layers < 0:
            raise ConfigError(f"vae settings beta={self.beta}, layers={self.layers}: expected at least 0")


@dataclass(frozen=True)
class Shape:
    """All that fixes the arrays' sizes: the modes of every field, and the widths."""

    starts: tuple[tuple[int, ...], ...]
    sizes: tuple[int, ...]
    latent: int
    hidden: int
    layers: int
    fine: int

    @classmethod
    def of(cls, batch: Batch, config: Config) -> "Shape":
        """The shape for these rows."""
        modes = Modes.fit(batch.codes, batch.fields)
        return cls(modes.starts, modes.sizes, config.latent, config.hidden, config.layers, config.fine)

    @classmethod
    def from_head(cls, raw: Mapping[str, Any]) -> "Shape":
        """The shape that a weights' head stores."""
        values: dict[str, Any] = dict(raw)
        values["starts"] = tuple(tuple(starts) for starts in raw["starts"])
        return cls(**{**values, "sizes": tuple(raw["sizes"])})

    def to_head(self) -> dict[str, Any]:
        """The shape as JSON-able values."""
        return asdict(self)

    @property
    def modes(self) -> Modes:
        """The fields' tokens as modes and places."""
        return Modes(self.starts, self.sizes)


part = extras.parts(__package__, "the vae family")
