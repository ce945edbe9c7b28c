"""Settings of the transformer family and the shape of its network; imports no torch.

The defaults were chosen by held-out likelihood at equal core-seconds on tables other than those of the benchmark.
"""

from dataclasses import dataclass
from math import ceil, isqrt
from typing import Any

from genloop.core import config, extras
from genloop.core.errors import ConfigError
from genloop.core.protocols import Field
from genloop.core.training import Training

NAME = "transformer"
KINDS = frozenset({"number", "category", "time", "place"})
FORM = "tokens"
ONE_STEP = 64


@dataclass(frozen=True)
class Config(Training):
    """What can be set for one fit; `core.config.read` builds it from the plan's settings.

    `width` is the embedding of one token, narrowed on wide tables; `hidden` and `layers` size each field's network;
    `fine` is the width of the second step of a two-step head. `chain` and `subset` are the shares of training rows
    that follow the default order and that see a random subset first; the others follow a uniformly random order.
    """

    FAMILY = NAME

    width: int = 32
    hidden: int = 128
    layers: int = 1
    fine: int = 32
    chain: float = 0.5
    subset: float = 0.25
    dropout: float = 0.0
    batch: int = 512
    epochs: float = 12.0
    most_epochs: float = 60.0
    most_steps: int = 2500
    learning_rate: float = 0.02
    holdout: float = 0.05
    precision: str = "auto"

    def __post_init__(self) -> None:
        super().__post_init__()
        config.check(
            self,
            NAME,
            among={"precision": config.PRECISIONS},
            least={"chain": 0, "subset": 0, "layers": 0} | dict.fromkeys(("width", "hidden", "fine", "batch"), 1),
            shares=("dropout",),
        )
        if self.chain + self.subset > 1:
            raise ConfigError(f"transformer settings chain + subset = {self.chain + self.subset}: expected at most 1")


@dataclass(frozen=True)
class Shape:
    """All that fixes the arrays' sizes: the fields, their default order, and the widths."""

    sizes: tuple[int, ...]
    ordered: tuple[bool, ...]
    missing: tuple[bool, ...]
    order: tuple[int, ...]
    width: int
    hidden: int
    layers: int
    fine: int

    @classmethod
    def of(cls, fields: tuple[Field, ...], order: tuple[int, ...], config: Config) -> "Shape":
        """The shape for these fields; a table of many columns gets narrower layers, not a bill that grows cubically."""
        wide = max(len(fields), 1)
        width = max(4, min(config.width, 16 * config.width // wide))
        hidden = max(16, min(config.hidden, 64 * config.hidden // wide))
        return cls(
            tuple(f.size for f in fields),
            tuple(f.ordered for f in fields),
            tuple(f.missing for f in fields),
            order,
            width,
            min(hidden, config.hidden),
            config.layers,
            config.fine,
        )

    @classmethod
    def from_head(cls, raw: dict[str, Any]) -> "Shape":
        """The shape that a weights' head stores."""
        values: dict[str, Any] = {key: tuple(v) if isinstance(v, list) else v for key, v in raw.items()}
        return cls(**values)

    @property
    def steps(self) -> tuple[tuple[int, int], ...]:
        """Per field (coarse, fine): up to 64 tokens are drawn in one step, more in two of about equal length."""
        sides = [1 if size <= ONE_STEP else isqrt(size - 1) + 1 for size in self.sizes]
        return tuple((ceil(size / side), side) for size, side in zip(self.sizes, sides, strict=True))


check = config.checker(Config)
part = extras.parts(__package__, "the transformer family")
