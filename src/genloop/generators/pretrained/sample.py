"""The verbs of fitted open weights; the work, which needs torch and transformers, is in `tries` and `draw`."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float

from genloop.core import config as settings_of
from genloop.core.demand import Demand
from genloop.core.protocols import Weights
from genloop.core.records import Records
from genloop.core.texts import Message, Wish
from genloop.generators.pretrained import base as bases
from genloop.generators.pretrained.config import Config, part


def adopt(base: str, **settings: Any) -> Weights:
    """The base as it is, without having learnt anything: for conversations, and as what learning is measured against.

    Raises:
        SourceNotFound, ModelFileError, MissingExtra: there are no such weights, or they cannot be opened.
    """
    config = settings_of.read(Config, {"base": base, "column": "text", **settings})
    weights: Weights = part("loss").bare(bases.find(base), config)
    return weights


def check(settings: Mapping[str, Any]) -> None:
    """Refuses settings, and a base that cannot be opened, before any work.

    Raises:
        ConfigError: a setting is unknown or out of range.
        SourceNotFound, ModelFileError, MissingExtra: there are no such weights, or they cannot be opened.
    """
    bases.locate(settings_of.read(Config, settings).base)


def sample(weights: Weights, given: Records, rng: np.random.Generator, demand: Demand, wish: Wish) -> list[str | None]:
    """One text for each row of `given`, whose cells that are missing or absent are not given."""
    made: list[str | None] = part("tries").sample(weights, given, rng, demand, wish)
    return made


def stream(weights: Weights, given: Records, rng: np.random.Generator, demand: Demand, wish: Wish) -> Iterator[str]:
    """The pieces of the text of one row as they are drawn."""
    found: Iterator[str] = part("tries").stream(weights, given, rng, demand, wish)
    return found


def reply(
    weights: Weights, prompts: Sequence[Sequence[Message]], rng: np.random.Generator, demand: Demand, wish: Wish
) -> list[str]:
    """One answer to each conversation."""
    made: list[str] = part("tries").reply(weights, prompts, rng, demand, wish)
    return made


def converses(weights: Weights) -> bool:
    """Whether the base's tokenizer has a form for conversations, so that it answers a prompt and does not go on."""
    return bool(part("tries").converses(weights))


def score(weights: Weights, records: Records) -> Float[np.ndarray, " rows"]:
    """-log p(text | the row's other columns) of each row in nats, the end included."""
    found: Float[np.ndarray, " rows"] = part("tries").score(weights, records)
    return found


def export(weights: Weights, folder: Path) -> None:
    """Write the base with what was learnt added to it as a folder of safetensors that any tool of the field serves.

    Raises:
        OutputError: the folder holds something already, or cannot be written.
        SourceNotFound, ModelFileError, MissingExtra: the base is gone, has changed, or cannot be opened.
    """
    part("merged").save(weights, folder)
