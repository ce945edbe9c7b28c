"""Settings of the recurrent networks of texts; imports no torch."""

from dataclasses import dataclass

from genloop.core import config, extras
from genloop.core.training import Writing

NAME = "recurrent"
KINDS = frozenset({"text"})
FORM = "words"


@dataclass(frozen=True)
class Config(Writing):
    """What can be set for one fit; `core.config.read` builds it from the plan's settings.

    Slopes reach back over `truncation` places (and to the beginning of the stretch that a place stands in); the state
    goes on. Texts of more than `longest` tokens are learnt in pieces. A share `dropout` of what enters and leaves the
    cells is left out in learning. Beside the network speak counts of what comes behind two tokens, of those that
    `counts` texts hold, and what the text itself said before (`nn.blend`; 0: the network alone).
    """

    FAMILY = NAME

    cell: str = "lstm"
    width: int = 256
    layers: int = 1
    truncation: int = 32
    longest: int = 1024
    dropout: float = 0.1
    counts: int = 2
    learning_rate: float = 6e-3
    clip: float = 1.0

    def __post_init__(self) -> None:
        super().__post_init__()
        config.check(
            self,
            NAME,
            among={"cell": ("lstm", "gru")},
            least={"longest": 8, "counts": 0},
            above=("width", "layers", "truncation", "tokens"),
            shares=("dropout",),
        )


part = extras.parts(__package__, "the recurrent family")
