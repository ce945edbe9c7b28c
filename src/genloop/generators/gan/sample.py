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
    noise: Float[np.ndarray, "rows length"] | None = None,
) -> Pixels:
    """One picture for each row of `given`; `truncation` cuts the noise at so many deviations (0: whole).

    Less noise gives more usual pictures and less variety. Where `noise` is given the pictures are those that it
    stands for. There is no coder: the family learns pixels.
    """
    pixels: Pixels = part("draw").draw(weights, given, rng, truncation, noise)
    return pixels


def noise(
    weights: Weights, rows: int, rng: np.random.Generator, *, truncation: float | None = None
) -> Float[np.ndarray, "rows length"]:
    """Noise for `sample(noise=...)`, one row a picture, as the generator learnt it."""
    drawn: np.ndarray = part("draw").begin(weights, rows, rng, truncation)
    return drawn


def slopes(
    weights: Weights, batch: Batch, rng: np.random.Generator, *, taught: bool = True
) -> Float[np.ndarray, "rows height width"]:
    """How much each pixel of the batch's pictures moves the critic's answer: where it looks.

    The gradient is averaged over noisy copies (SmoothGrad, Smilkov et al. 2017, arXiv 1706.03825). Where `taught` is
    false a critic that learnt nothing is asked, for comparison (Adebayo et al. 2018, arXiv 1810.03292).
    """
    found: np.ndarray = part("gaze").slopes(weights, batch, rng, taught=taught)
    return found


def score(weights: Weights, batch: Batch) -> Float[np.ndarray, " rows"]:
    """The critic's answers to pictures under their conditions, higher for more real, to choose among candidates by.

    Discriminator rejection sampling (Azadi et al. 2019, arXiv 1810.06758) reads them as log odds.
    """
    answers: np.ndarray = part("draw").answers(weights, batch)
    return answers
