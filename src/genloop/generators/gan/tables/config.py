"""Settings of the adversarial family of tables and the shape of its networks; imports no torch.

The defaults were chosen on tables other than those of the benchmark, by a two-sample test on rows set aside.
"""

from dataclasses import dataclass

from genloop.core import config, extras
from genloop.core.errors import ConfigError
from genloop.core.protocols import Batch
from genloop.nn.modes import Modes, Stored

NAME = "gan"
KINDS = frozenset({"number", "category", "time", "place"})
FORM = "tokens"
GAMES = ("relativistic", "hinge", "wgan-gp")


@dataclass(frozen=True)
class Config:
    """What can be set for one fit; `core.config.read` builds it from the plan's settings.

    `loss` is the game and `penalty` the weight of the penalty on the critic's slope, taken every `every` steps.
    `pack` rows are shown to the critic at once. `noise` is the length of the noise, `hidden` and `layers` size both
    networks, `fine` is the width of the head for places inside a mode; `temperature` softens the choice of tokens that
    the gradient goes through. `single` and `subset` are the shares of rows that are given one token, drawn by log
    frequency, and a random subset of fields. `match` weighs the generator's distance from the data's pairs of tokens.
    """

    loss: str = "hinge"
    penalty: float = 0.02
    every: int = 4
    pack: int = 2
    match: float = 3.0
    noise: int = 64
    hidden: int = 128
    layers: int = 2
    fine: int = 16
    temperature: float = 0.5
    single: float = 0.25
    subset: float = 0.25
    batch: int = 256
    epochs: float = 30.0
    most_epochs: float = 300.0
    most_steps: int = 2500
    learning_rate: float = 5e-3
    critic_rate: float = 1.0
    betas: tuple[float, float] = (0.5, 0.99)
    average: float = 0.98
    holdout: float = 0.05
    patience: int = 24
    precision: str = "auto"
    device: str = "auto"

    def __post_init__(self) -> None:
        config.check(
            self,
            NAME,
            among={"loss": GAMES, "precision": config.PRECISIONS},
            least=dict.fromkeys(("every", "pack", "noise", "hidden", "fine", "batch", "most_steps", "patience"), 1)
            | dict.fromkeys(("penalty", "match", "layers"), 0),
            above=("temperature",),
            shares=("average", "holdout"),
        )
        for name in ("single", "subset"):
            if not 0 <= getattr(self, name) <= 1:
                raise ConfigError(f"gan setting {name}={getattr(self, name)}: expected a share from 0 to 1")
        if self.single + self.subset > 1:
            raise ConfigError(f"gan settings single + subset = {self.single + self.subset}: expected at most 1")


@dataclass(frozen=True)
class Shape(Stored):
    """All that fixes the arrays' sizes: the modes of every field, and the widths."""

    noise: int
    hidden: int
    layers: int
    fine: int

    @classmethod
    def of(cls, batch: Batch, config: Config) -> "Shape":
        """The shape for these rows."""
        modes = Modes.fit(batch.codes, batch.fields)
        return cls(modes.starts, modes.sizes, config.noise, config.hidden, config.layers, config.fine)


check = config.checker(Config)
part = extras.parts(__package__, "the gan family")
