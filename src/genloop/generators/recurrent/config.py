"""Settings of the recurrent networks of texts; imports no torch."""

from dataclasses import dataclass

from genloop.core import config, extras
from genloop.core.errors import ConfigError

NAME = "recurrent"
KINDS = frozenset({"text"})
FORM = "words"


@dataclass(frozen=True)
class Config:
    """What can be set for one fit; `core.config.read` builds it from the plan's settings.

    Slopes reach back over `truncation` places (and to the beginning of the stretch that a place stands in); the state
    goes on. Texts of more than `longest` tokens are learnt in pieces. A share `dropout` of what enters and leaves the
    cells is left out in learning. `blind` and `backwards` are as in the family transformer.
    """

    vocabulary: int = 0
    cell: str = "lstm"
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
    weight_decay: float = 0.01
    average: float = 0.99
    holdout: float = 0.03
    patience: int = 4
    looks: int = 12
    clip: float = 1.0
    warmup: int = 25
    schedule: str = "flat"
    anneal: float = 0.4
    device: str = "auto"

    def __post_init__(self) -> None:
        if self.vocabulary < 2:
            raise ConfigError(f"recurrent setting vocabulary={self.vocabulary}: expected the codec's number of tokens")
        config.check(
            self,
            NAME,
            among={"cell": ("lstm", "gru"), "schedule": ("cosine", "flat")},
            least={"longest": 8},
            above=("width", "layers", "truncation", "tokens", "most_steps", "patience", "looks", "learning_rate"),
            shares=("dropout", "blind", "backwards", "holdout", "average"),
        )


part = extras.parts(__package__, "the recurrent family")
