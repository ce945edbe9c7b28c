"""What only texts with a latent can do; the work, which needs torch, is in `draw`."""

import numpy as np
from jaxtyping import Float32

from genloop.core.protocols import Batch, Weights
from genloop.core.texts import Texts, Wish
from genloop.generators.vae.texts.config import part


def encode(weights: Weights, batch: Batch) -> Float32[np.ndarray, "rows latent"]:
    """The latent of each text: the mean of its posterior."""
    found: Float32[np.ndarray, "rows latent"] = part("draw").encode(weights, batch)
    return found


def rewrite(weights: Weights, batch: Batch, strength: float, rng: np.random.Generator, wish: Wish) -> Texts:
    """Each text anew, given its row's codes; `strength` is from 0, its own reconstruction, to 1, a fresh draw.

    Raises:
        ConfigError: the strength is out of range.
        DataError: the rows hold no texts.
    """
    made: Texts = part("draw").rewrite(weights, batch, strength, rng, wish)
    return made


def between(
    weights: Weights, first: Batch, second: Batch, steps: int, rng: np.random.Generator, wish: Wish
) -> list[Texts]:
    """So many texts on the way from each first one to its second; the ends are what `rewrite` makes of them at 0.

    Raises:
        ConfigError: there are fewer than two steps.
        DataError: the rows hold no texts, or there are not as many of each.
    """
    made: list[Texts] = part("draw").between(weights, first, second, steps, rng, wish)
    return made
