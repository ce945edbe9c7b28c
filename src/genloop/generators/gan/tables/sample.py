"""Sampling, exact without conditions and by importance under them; imports no torch until it is called."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Bool, Float

from genloop.core.protocols import Codes, Weights
from genloop.generators.gan.tables.config import part


def sample(
    weights: Weights,
    rows: int,
    rng: np.random.Generator,
    *,
    share: Sequence[Float[np.ndarray, " _codes"] | None] | None = None,
    given: tuple[Codes, Bool[np.ndarray, "rows fields"]] | None = None,
) -> Codes:
    """`rows` draws from p(fields | every field's token lies where `share` > 0, weighted by it, and `given`).

    Without conditions a draw is exact for the model. What one free row in 128 meets is met by free rows, resampled by
    how likely they meet it. What is rarer, or asked for in over 64 ways at a time, is shown to the generator, which was
    trained to complete any subset of fields, so the answer is as good as that training: of shares the narrowest is met
    by drawing its token from the model's own frequencies and giving it; the others by resampling 16 candidates a row by
    the mass they leave. What is given stays, and no token without share comes, in every row.

    Raises:
        MissingExtra: torch is not installed.
        ModelFileError: an array is missing or has another size than the head says.
    """
    codes: Codes = part("draw").draw(weights, rows, rng, share=share, given=given)
    return codes
