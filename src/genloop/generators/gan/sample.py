"""The two things a fitted generator and its critic do: make pictures, and say how real pictures look; no torch here."""

import numpy as np
from jaxtyping import Float

from genloop.core.protocols import Batch, Coder, Pixels, Weights
from genloop.generators.gan.config import part


def sample(
    weights: Weights,
    given: Batch,
    rng: np.random.Generator,
    *,
    coder: Coder | None = None,
    truncation: float | None = None,
) -> Pixels:
    """One picture for each row of `given`; `truncation` cuts the noise at so many deviations (0: whole).

    Less noise gives more usual pictures and less variety. There is no coder: the family learns pixels.
    """
    pixels: Pixels = part("draw").draw(weights, given, rng, truncation)
    return pixels


def score(weights: Weights, batch: Batch) -> Float[np.ndarray, " rows"]:
    """The critic's answers to pictures under their conditions, higher for more real, to choose among candidates by.

    Discriminator rejection sampling (Azadi et al. 2019, arXiv 1810.06758) reads them as log odds.
    """
    answers: np.ndarray = part("draw").answers(weights, batch)
    return answers
