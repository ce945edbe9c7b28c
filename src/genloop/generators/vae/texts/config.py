"""Settings of the variational autoencoder of texts; imports no torch."""

from dataclasses import dataclass

from genloop.core import config, extras
from genloop.core.errors import ConfigError

NAME = "vae"
KINDS = frozenset({"text"})
FORM = "words"


@dataclass(frozen=True)
class Config:
    """What can be set for one fit; `core.config.read` builds it from the plan's settings.

    `latent` is the length of a text's code, `readers` the number of layers that read a text into it. Of the KL term
    `free_bits` nats a part of the code cost nothing; its weight rises from 0 to 1 in the first half of each of so many
    `cycles` of `cycle` steps, then stays at 1. A share `hidden` of the tokens that the writer reads is hidden from it.
    A score is the bound of `draws` latents. The rest is as in the family recurrent.
    """

    vocabulary: int = 0
    latent: int = 32
    readers: int = 2
    free_bits: float = 0.25
    cycle: int = 60
    cycles: int = 4
    hidden: float = 0.1
    draws: int = 8
    width: int = 256
    layers: int = 1
    truncation: int = 32
    longest: int = 1024
    tokens: int = 2048
    dropout: float = 0.1
    blind: float = 0.1
    backwards: float = 0.15
    epochs: float = 6.0
    most_epochs: float = 40.0
    most_steps: int = 3000
    learning_rate: float = 6e-3
    muon: float = 0.005
    weight_decay: float = 0.01
    average: float = 0.99
    holdout: float = 0.03
    patience: int = 6
    looks: int = 12
    clip: float = 1.0
    warmup: int = 25
    schedule: str = "flat"
    anneal: float = 0.4
    device: str = "auto"

    def __post_init__(self) -> None:
        if self.vocabulary < 2:
            raise ConfigError(f"vae setting vocabulary={self.vocabulary}: expected the codec's number of tokens")
        config.check(
            self,
            NAME,
            among={"schedule": ("cosine", "flat")},
            least={"longest": 8, "readers": 0, "free_bits": 0, "cycles": 0, "muon": 0},
            above=(
                "latent", "cycle", "draws", "width", "layers", "truncation", "tokens", "most_steps", "patience",
                "looks", "learning_rate",
            ),
            shares=("hidden", "dropout", "blind", "backwards", "holdout", "average"),
        )  # fmt: skip


part = extras.parts(__package__, "the vae family")
