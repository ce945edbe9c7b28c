"""Generative adversarial networks of tables: a generator of token choices against a critic of packs of rows.

CTGAN (Xu et al. 2019, arXiv 1907.00503) with the hinge (arXiv 1802.05957) and zero-centred penalties (arXiv
2501.05441), modes that keep spikes exact, and a generator that completes any subset of a row's fields.

Importing the family imports no torch; `fit` and `sample` load it when they are called.
"""

from genloop.core.protocols import Task, Weights
from genloop.generators.gan.tables.config import FORM, KINDS, NAME, Config, Shape, check, part
from genloop.generators.gan.tables.sample import sample

__all__ = ["FORM", "KINDS", "NAME", "Config", "Shape", "check", "fit", "sample"]


def fit(task: Task) -> Weights:
    """Learn the joint distribution of the task's fields.

    Raises:
        MissingExtra: torch is not installed.
        ConfigError: a setting is unknown or out of range, or the task brings no training loop.
        DataError: there is nothing to learn, or `initial` was learnt on other fields.
    """
    weights: Weights = part("game").fit(task)
    return weights
