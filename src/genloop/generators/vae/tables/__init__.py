"""Variational autoencoders of tables: a code per row, a choice of tokens per field given it, and the ELBO.

TVAE (Xu et al. 2019, arXiv 1907.00503) with token heads for numbers, a learnt prior and rows seen in part.

Importing the family imports no torch; `fit` and `sample` load it when they are called.
"""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float

from genloop.core.protocols import Codes, Task, Weights
from genloop.generators.vae.tables.config import FORM, KINDS, NAME, Config, Shape, part

__all__ = ["FORM", "KINDS", "NAME", "Config", "Shape", "fit", "sample"]


def fit(task: Task) -> Weights:
    """Learn the joint distribution of the task's fields.

    Raises:
        MissingExtra: torch is not installed.
        ConfigError: a setting is unknown or out of range, or the task brings no training loop.
        DataError: there is nothing to learn, or `initial` was learnt on other fields.
    """
    weights: Weights = part("loss").fit(task)
    return weights


def sample(
    weights: Weights,
    rows: int,
    rng: np.random.Generator,
    *,
    share: Sequence[Float[np.ndarray, " _codes"] | None] | None = None,
    given: tuple[Codes, Bool[np.ndarray, "rows fields"]] | None = None,
) -> Codes:
    """`rows` draws from p(fields | every field's token lies where `share` > 0, weighted by it, and `given`).

    Without conditions a draw is exact for the model. Under conditions codes are drawn from the encoder's answer to
    what is fixed and resampled by importance, which is exact in the limit of many candidates: 16 a row are drawn.
    What is given stays, and no token without share comes, in every row.

    Raises:
        MissingExtra: torch is not installed.
        ModelFileError: an array is missing or has another size than the head says.
    """
    codes: Codes = part("sample").sample(weights, rows, rng, share=share, given=given)
    return codes
