"""Sampling, exact without conditions and by importance under them; imports no torch until it is called."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float

from genloop.core.protocols import Codes, Weights
from genloop.generators.vae.tables.config import part


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
    codes: Codes = part("draw").draw(weights, rows, rng, share=share, given=given)
    return codes
