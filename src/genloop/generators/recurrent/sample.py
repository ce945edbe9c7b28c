"""The verbs of a fitted recurrent network; the work, which needs torch, is in `draw`."""

from collections.abc import Iterator

import numpy as np
from jaxtyping import Float

from genloop.core.protocols import Batch, Codes, Weights
from genloop.core.texts import Texts, Wish
from genloop.generators.recurrent.config import part


def sample(weights: Weights, given: Batch, rng: np.random.Generator, wish: Wish) -> Texts:
    """One text for each row of `given.codes`, with END where it ended by itself."""
    made: Texts = part("draw").sample(weights, given, rng, wish)
    return made


def stream(weights: Weights, given: Batch, rng: np.random.Generator, wish: Wish) -> Iterator[int]:
    """The new tokens of one text, each as soon as it is drawn."""
    found: Iterator[int] = part("draw").stream(weights, given, rng, wish)
    return found


def score(weights: Weights, batch: Batch) -> Float[np.ndarray, " rows"]:
    """-log p(text | codes) of each row in nats, END included."""
    found: Float[np.ndarray, " rows"] = part("draw").score(weights, batch)
    return found


def infer(weights: Weights, batch: Batch, rng: np.random.Generator) -> Codes:
    """The batch's codes with those that are UNKNOWN drawn from p(codes | text, known codes)."""
    found: Codes = part("draw").infer(weights, batch, rng)
    return found
