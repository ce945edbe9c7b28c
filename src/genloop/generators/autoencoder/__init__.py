"""Autoencoders of pictures: plain and denoising ones for features and anomalies, and a network that restores.

Denoising autoencoders: Vincent et al. 2008. The preset `restoration` is a U-Net (Ronneberger et al. 2015, arXiv
1505.04597) told which harm was done: noise, a smaller size, or a hole. Pictures are drawn by a density of the codes
given the other columns, learnt afterwards (Ghosh et al. 2020, arXiv 1903.12436).

Importing the family imports no torch; its functions load it when they are called.
"""

from collections.abc import Mapping
from typing import Any

from genloop.core.protocols import Task, Weights
from genloop.generators.autoencoder.config import FORM, KINDS, NAME, PRESETS, Config, part, resolve
from genloop.generators.autoencoder.sample import anomaly, coder, noise, restore, sample

__all__ = [
    "FORM",
    "KINDS",
    "NAME",
    "PRESETS",
    "UNASKED",
    "Config",
    "anomaly",
    "coder",
    "fit",
    "needs",
    "noise",
    "resolve",
    "restore",
    "sample",
]

UNASKED = "parts"  # pictures also come out well where a condition, or all, is left out: some were learnt so


def needs(settings: Mapping[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """None: the family learns pixels.

    Raises:
        ConfigError: a setting is unknown or out of range.
    """
    resolve(settings)
    return None


def fit(task: Task) -> Weights:
    """Learn codes of the task's pictures, or to restore pictures like them.

    Raises:
        MissingExtra: torch is not installed.
        ConfigError: a setting is unknown or out of range.
        DataError: there are no pictures to learn.
    """
    weights: Weights = part("loss").fit(task)
    return weights
