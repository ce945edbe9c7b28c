"""Settings of the decoder of texts and its sizes; imports no torch."""

from dataclasses import dataclass

from genloop.core import config, extras
from genloop.core.errors import ConfigError

NAME = "transformer"
KINDS = frozenset({"text"})
FORM = "words"


@dataclass(frozen=True)
class Config:
    """What can be set for one fit; `core.config.read` builds it from the plan's settings.

    `width`, `layers` and `tokens` (places a step) of 0 follow from the time and the amount of text. `heads` of queries
    share `shared` heads of keys and values. No place sees more than `context` places back. A share `blind` of what a
    row is given is left out in learning, and a share `backwards` of the rows is followed by its codes, so that they can
    be drawn from a text. Matrices inside the blocks learn by orthogonal
    steps at the rate `muon` (0: like all others by AdamW at `learning_rate`).
    """

    vocabulary: int = 0
    width: int = 0
    layers: int = 0
    heads: int = 4
    shared: int = 2
    context: int = 256
    tokens: int = 0
    blind: float = 0.1
    backwards: float = 0.15
    epochs: float = 6.0
    most_epochs: float = 40.0
    most_steps: int = 3000
    learning_rate: float = 0.01
    muon: float = 0.02
    weight_decay: float = 0.05
    average: float = 0.99
    holdout: float = 0.03
    patience: int = 4
    looks: int = 12
    warmup: int = 25
    schedule: str = "flat"
    anneal: float = 0.4
    precision: str = "auto"
    device: str = "auto"
    serving: str = "auto"

    def __post_init__(self) -> None:
        if self.vocabulary < 2:
            raise ConfigError(
                f"transformer setting vocabulary={self.vocabulary}: expected the codec's number of tokens"
            )
        config.check(
            self,
            NAME,
            among={
                "precision": config.PRECISIONS,
                "serving": ("auto", "float32", "int8"),
                "schedule": ("cosine", "flat"),
            },
            least={"context": 8},
            above=("heads", "shared", "most_steps", "patience", "looks", "learning_rate", "epochs"),
            shares=("blind", "backwards", "holdout", "average"),
        )
        if self.muon < 0:
            raise ConfigError(f"transformer setting muon={self.muon}: expected a rate, or 0 for AdamW alone")
        if self.heads % self.shared or self.width % (2 * self.heads):
            raise ConfigError(
                f"transformer settings width={self.width}, heads={self.heads}, shared={self.shared}: expected a width "
                "that is an even number for each head, and a multiple of the shared heads as heads"
            )


part = extras.parts(__package__, "the transformer family")
