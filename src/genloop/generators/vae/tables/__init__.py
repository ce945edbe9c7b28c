"""Variational autoencoders of tables: a code per row, a choice of tokens per field given it, and the ELBO.

TVAE (Xu et al. 2019, arXiv 1907.00503) with token heads for numbers and rows seen in part.

Importing the family imports no torch; `fit` and `sample` load it when they are called.
"""

from genloop.core.protocols import Task, Weights
from genloop.generators.vae.tables.config import FORM, KINDS, NAME, Config, Shape, check, part
from genloop.generators.vae.tables.sample import sample

__all__ = ["FORM", "KINDS", "NAME", "Config", "Shape", "check", "fit", "sample"]


def fit(task: Task) -> Weights:
    """Learn the joint distribution of the task's fields.

    Raises:
        MissingExtra: torch is not installed.
        ConfigError: a setting is unknown or out of range, or the task brings no training loop.
        DataError: there is nothing to learn, or `initial` was learnt on other fields.
    """
    weights: Weights = part("loss").fit(task)
    return weights
