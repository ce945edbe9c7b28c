"""Settings of the variational autoencoder of texts; imports no torch."""

from dataclasses import dataclass

from genloop.core import config, extras
from genloop.core.training import Writing

NAME = "vae"
KINDS = frozenset({"text"})
FORM = "words"


@dataclass(frozen=True)
class Config(Writing):
    """What can be set for one fit; `core.config.read` builds it from the plan's settings.

    `latent` is the length of a text's code, `readers` the number of layers that read a text into it. Of the KL term
    `free_bits` nats a part of the code cost nothing; its weight rises from 0 to 1 in the first half of each of so many
    `cycles` of `cycle` steps, then stays at 1. A share `hidden` of the tokens that the writer reads is hidden from it.
    A score is the bound of `draws` latents. The rest is as in the family recurrent.
    """

    FAMILY = NAME

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
    dropout: float = 0.1
    learning_rate: float = 6e-3
    muon: float = 0.005
    patience: int = 6
    clip: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        config.check(
            self,
            NAME,
            least={"longest": 8, "readers": 0, "free_bits": 0, "cycles": 0, "muon": 0},
            above=("latent", "cycle", "draws", "width", "layers", "truncation", "tokens"),
            shares=("hidden", "dropout"),
        )


part = extras.parts(__package__, "the vae family")
