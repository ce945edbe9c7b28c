"""Settings of the decoder of texts and its sizes; imports no torch."""

from dataclasses import dataclass

from genloop.core import config, extras
from genloop.core.errors import ConfigError
from genloop.core.training import Writing

NAME = "transformer"
KINDS = frozenset({"text"})
FORM = "words"


@dataclass(frozen=True)
class Config(Writing):
    """What can be set for one fit; `core.config.read` builds it from the plan's settings.

    `width`, `layers` and `tokens` (places a step) of 0 follow from the time and the amount of text. `heads` of queries
    share `shared` heads of keys and values. No place sees more than `context` places back. Matrices inside the blocks
    learn by orthogonal steps at the rate `muon` (0: like all others by AdamW at `learning_rate`). A share `dropout` of
    what enters, leaves and is added by the blocks is left out; that and `weight_decay`, where they are not given,
    rise with how often the texts will be seen. A share `middle` of the texts is learnt with their ends first, so that a
    text can be written towards how it is to end (0: an end that is asked for is set where it fits best). Beside
    the network speak counts of what comes behind two tokens, of those that `counts` texts hold, and what the text
    itself said before (`nn.blend`; 0: the network alone).
    """

    FAMILY = NAME

    width: int = 0
    layers: int = 0
    heads: int = 4
    shared: int = 2
    context: int = 256
    tokens: int = 0
    learning_rate: float = 0.01
    muon: float = 0.02
    weight_decay: float | None = None
    dropout: float | None = None
    middle: float = 0.1
    counts: int = 2
    precision: str = "auto"
    serving: str = "auto"

    def __post_init__(self) -> None:
        super().__post_init__()
        config.check(
            self,
            NAME,
            among={"precision": config.PRECISIONS, "serving": ("auto", "float32", "int8")},
            least={"context": 8, "counts": 0},
            above=("heads", "shared"),
            shares=("middle", "dropout"),
        )
        if self.muon < 0:
            raise ConfigError(f"transformer setting muon={self.muon}: expected a rate, or 0 for AdamW alone")
        if self.heads % self.shared or self.width % (2 * self.heads):
            raise ConfigError(
                f"transformer settings width={self.width}, heads={self.heads}, shared={self.shared}: expected a width "
                "that is an even number for each head, and a multiple of the shared heads as heads"
            )


part = extras.parts(__package__, "the transformer family")
