"""Settings of the family of open weights, and the one place where its packages are imported; imports no torch."""

import os
from dataclasses import dataclass
from types import ModuleType

from genloop.core import config, extras
from genloop.core.errors import ConfigError
from genloop.core.training import Training

NAME = "pretrained"
KINDS = frozenset({"text"})
FORM = "raw"
PURPOSE, EXTRA = "the pretrained family", "weights"


@dataclass(frozen=True)
class Config(Training):
    """What can be set for one fit; `core.config.read` builds it from the plan's settings.

    `base` is a folder of weights, a GGUF file or the name of a model pack, `column` the column of texts. `rank` and
    `alpha` size the thin matrices. A share `blind` of what a row is given is left out in learning, and a share `hints`
    of the rows is told some words that stand in the text, and as many how it ends. Rows of more than `context` tokens
    are cut there. A step shows about `tokens` tokens. Besides the tokens of the corpus, `others` of the vocabulary are
    drawn in each step to stand for the rest of it (0: the whole vocabulary in each step). Beside the network speak
    counts of what `counts` texts hold, and what the text itself said before (`nn.blend`; 0: the network alone).
    """

    FAMILY = NAME

    base: str = ""
    column: str = ""
    rank: int = 16
    alpha: float = 32.0
    blind: float = 0.1
    hints: float = 0.1
    context: int = 512
    tokens: int = 512
    others: int = 4096
    counts: int = 2
    epochs: float = 2.0
    most_epochs: float = 6.0
    most_steps: int = 800
    learning_rate: float = 5e-4
    average: float = 0.9
    patience: int = 3
    looks: int = 8
    warmup: int = 10
    precision: str = "auto"

    def __post_init__(self) -> None:
        if not self.base:
            raise ConfigError(
                "the pretrained family needs weights to start from: base = a folder with config.json and safetensors, "
                "a .gguf file, or a model pack such as gemma3-270m (--base)"
            )
        super().__post_init__()
        config.check(
            self,
            NAME,
            among={"precision": config.PRECISIONS},
            least={"context": 16, "tokens": 16, "others": 0, "counts": 0, "warmup": 0},
            above=("rank", "alpha", "looks"),
            shares=("blind", "hints"),
        )


part = extras.parts(__package__, PURPOSE, EXTRA)


def package(name: str) -> ModuleType:
    """An optional package, imported without any way to a network.

    Raises:
        MissingExtra: it is not installed.
    """
    os.environ["HF_HUB_OFFLINE"] = "1"
    os.environ["TRANSFORMERS_OFFLINE"] = "1"
    return extras.load(name, PURPOSE, EXTRA)
