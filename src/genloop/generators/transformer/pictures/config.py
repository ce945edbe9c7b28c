"""Settings of the decoder over picture codes; imports no torch."""

from dataclasses import dataclass

from genloop.core import config, extras
from genloop.core.errors import ConfigError
from genloop.core.training import Training

NAME = "transformer"
KINDS = frozenset({"image"})
FORM = "pixels"


@dataclass(frozen=True)
class Config(Training):
    """What can be set for one fit; `core.config.read` builds it from the plan's settings.

    `nothing` is the share of rows that training shows without their condition, `guidance` how strongly drawing follows
    it (1: as learnt; else twice the work). `temperature` below 1 prefers what is likely; a level whose chance is below
    `least` times that of the likeliest never comes (min-p, arXiv 2407.01082).
    """

    FAMILY = NAME

    preset: str = "codes"
    width: int = 128
    layers: int = 4
    heads: int = 4
    dropout: float = 0.0
    nothing: float = 0.05
    guidance: float = 1.2
    temperature: float = 1.0
    least: float = 0.0
    batch: int = 128
    most_epochs: float = 16.0
    most_steps: int = 10_000
    learning_rate: float = 3e-3
    weight_decay: float = 0.05
    patience: int = 8
    looks: int = 20
    precision: str = "auto"

    def __post_init__(self) -> None:
        super().__post_init__()
        config.check(
            self,
            NAME,
            among={"preset": ("codes",), "precision": config.PRECISIONS},
            above=("width", "layers", "heads", "batch", "looks", "temperature"),
            shares=("dropout", "nothing", "least"),
        )
        if self.width % self.heads:
            raise ConfigError(f"transformer setting width={self.width}: expected a multiple of heads={self.heads}")
        if self.guidance != 1 and not self.nothing:
            raise ConfigError(
                "transformer setting guidance needs rows learnt without their condition; set nothing above 0"
            )


part = extras.parts(__package__, "the transformer family")
