"""Rectified flow: straight paths from noise to pictures, learnt as a velocity (arXiv 2209.03003, 2210.02747).

By default the pictures are the codes of a coder, so that a small network learns them in a minute and draws thousands a
second; on request the pixels themselves. Importing the family imports no torch; the verbs load it when they are called.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from genloop.core import config as settings_of
from genloop.core.protocols import Batch, Coder, Pixels, Task, Weights
from genloop.generators.flow.config import FORM, KINDS, NAME, Config, part
from genloop.generators.flow.sample import noise, sample

__all__ = [
    "FORM",
    "KINDS",
    "NAME",
    "UNASKED",
    "Config",
    "fit",
    "inpaint",
    "invert",
    "morph",
    "needs",
    "noise",
    "sample",
    "vary",
]

UNASKED = "parts"  # pictures also come out well where a condition, or all, is left out: some were learnt so


def needs(settings: Mapping[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """The coder that must come first, or None when the flow lives in the pixels.

    Raises:
        ConfigError: a setting is unknown or out of range.
    """
    return ("vae", {"preset": "latent"}) if settings_of.read(Config, settings).space == "codes" else None


def fit(task: Task) -> Weights:
    """Learn the velocity field of the task's pictures.

    Raises:
        MissingExtra: torch is not installed.
        ConfigError: a setting is unknown or out of range.
        DataError: there is nothing to learn.
    """
    weights: Weights = part("loss").fit(task)
    return weights


def invert(weights: Weights, pixels: Pixels, given: Batch, *, coder: Coder | None = None) -> np.ndarray:
    """The noise that the flow would turn into these pictures, by following it backwards."""
    noise: np.ndarray = part("edit").invert(weights, pixels, given, coder=coder)
    return noise


def vary(
    weights: Weights,
    pixels: Pixels,
    strength: float,
    given: Batch,
    rng: np.random.Generator,
    *,
    coder: Coder | None = None,
) -> Pixels:
    """Pictures like these; `strength` from 0 (the same) to 1 (any picture of the condition)."""
    made: Pixels = part("edit").vary(weights, pixels, strength, given, rng, coder=coder)
    return made


def morph(
    weights: Weights, first: Pixels, second: Pixels, share: float, given: Batch, *, coder: Coder | None = None
) -> Pixels:
    """Pictures on the way from the first to the second, `share` of it gone."""
    made: Pixels = part("edit").morph(weights, first, second, share, given, coder=coder)
    return made


def inpaint(
    weights: Weights,
    pixels: Pixels,
    mask: np.ndarray,
    given: Batch,
    rng: np.random.Generator,
    *,
    coder: Coder | None = None,
) -> Pixels:
    """The pictures with the places where `mask` is true made anew to fit the rest."""
    made: Pixels = part("edit").inpaint(weights, pixels, mask, given, rng, coder=coder)
    return made
