"""Settings of the variational autoencoder of tables and the shape of its networks; imports no torch.

The defaults were chosen on tables other than those of the benchmark, by a two-sample test on rows set aside.
"""

from dataclasses import dataclass

from genloop.core import config, extras
from genloop.core.errors import ConfigError
from genloop.core.protocols import Batch
from genloop.core.training import Training
from genloop.nn.modes import Modes, Stored

NAME = "vae"
KINDS = frozenset({"number", "category", "time", "place"})
FORM = "tokens"


@dataclass(frozen=True)
class Config(Training):
    """What can be set for one fit; `core.config.read` builds it from the plan's settings.

    `latent` is the length of a row's code, `hidden` and `layers` size both networks, `fine` is the width of the head
    for places inside a mode. `beta` weighs the ELBO's KL term, from 0 up
    over `growing` steps; `draws` codes a row tighten the bound. `subset` is the share of training rows of which the
    encoder sees a random subset of fields, so that any fields can be given.
    """

    FAMILY = NAME

    latent: int = 32
    hidden: int = 160
    layers: int = 2
    fine: int = 32
    beta: float = 1.0
    growing: int = 200
    draws: int = 1
    subset: float = 0.25
    batch: int = 256
    epochs: float = 30.0
    most_epochs: float = 100.0
    most_steps: int = 2500
    learning_rate: float = 5e-3
    average: float = 0.995
    holdout: float = 0.05
    patience: int = 5
    precision: str = "auto"

    def __post_init__(self) -> None:
        super().__post_init__()
        config.check(
            self,
            NAME,
            among={"precision": config.PRECISIONS},
            least={"beta": 0, "layers": 0} | dict.fromkeys(("latent", "hidden", "fine", "batch", "draws"), 1),
        )
        if not 0 <= self.subset <= 1:
            raise ConfigError(f"vae setting subset={self.subset}: expected a share from 0 to 1")


@dataclass(frozen=True)
class Shape(Stored):
    """All that fixes the arrays' sizes: the modes of every field, and the widths."""

    latent: int
    hidden: int
    layers: int
    fine: int

    @classmethod
    def of(cls, batch: Batch, config: Config) -> "Shape":
        """The shape for these rows."""
        modes = Modes.fit(batch.codes, batch.fields)
        return cls(modes.starts, modes.sizes, config.latent, config.hidden, config.layers, config.fine)


check = config.checker(Config)
part = extras.parts(__package__, "the vae family")
