"""Generative adversarial networks of pictures: a generator and a critic that learn against each other.

Goodfellow et al. 2014 (arXiv 1406.2661). Presets: `modern` (hinge loss with a lazy R1 penalty, no normalisation),
`dcgan` (the classic game on the classic layers, arXiv 1511.06434), `r3gan` (relativistic with R1 and R2, arXiv
2501.05441) and `wgan-gp` (arXiv 1704.00028). Conditions enter the critic by projection (arXiv 1802.05637).

Importing the family imports no torch; its functions load it when they are called.
"""

from collections.abc import Mapping
from typing import Any

from genloop.core.protocols import Task, Weights
from genloop.generators.gan.config import FORM, KINDS, NAME, PRESETS, Config, Shape, part, resolve
from genloop.generators.gan.sample import noise, sample, score, slopes

__all__ = [
    "FORM",
    "KINDS",
    "NAME",
    "PRESETS",
    "Config",
    "Shape",
    "fit",
    "needs",
    "noise",
    "resolve",
    "sample",
    "score",
    "slopes",
]


def needs(settings: Mapping[str, Any]) -> tuple[str, dict[str, Any]] | None:
    """None: the family learns pixels.

    Raises:
        ConfigError: a setting is unknown or out of range.
    """
    resolve(settings)
    return None


def fit(task: Task) -> Weights:
    """Learn p(pixels | codes, vectors, pictures) of the task's rows.

    Raises:
        MissingExtra: torch is not installed.
        ConfigError: a setting is unknown or out of range.
        DataError: there are fewer than two pictures to learn.
    """
    weights: Weights = part("loss").fit(task)
    return weights
