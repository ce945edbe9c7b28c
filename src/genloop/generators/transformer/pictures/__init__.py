"""A decoder over picture codes: the whole numbers of a coder's row or grid, drawn one after another.

Van den Oord, Vinyals and Kavukcuoglu 2017 (arXiv 1711.00937) drew such codes with a PixelCNN, Esser, Rombach and Ommer
2021 (arXiv 2012.09841) with a transformer, as here. Importing the family imports no torch.
"""

from collections.abc import Mapping
from typing import Any

from genloop.core import config as settings_of
from genloop.core.protocols import Task, Weights
from genloop.generators.transformer.pictures.config import FORM, KINDS, NAME, Config, part
from genloop.generators.transformer.pictures.sample import sample

__all__ = ["CODES_SHARE", "FORM", "KINDS", "NAME", "UNASKED", "Config", "fit", "needs", "sample"]

CODES_SHARE = 0.7  # of the time, for the coder: how its codes go together is learnt in a few passes
UNASKED = "parts"  # pictures also come out well where a condition, or all, is left out: some were learnt so


def needs(settings: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
    """The coder of whole numbers that must come first.

    Raises:
        ConfigError: a setting is unknown or out of range.
    """
    settings_of.read(Config, settings)
    return "vae", {"preset": "vq"}


def fit(task: Task) -> Weights:
    """Learn the codes of the task's pictures.

    Raises:
        MissingExtra: torch is not installed.
        ConfigError: a setting is unknown or out of range, or no coder came.
        DataError: there is nothing to learn.
    """
    weights: Weights = part("loss").fit(task)
    return weights
