"""Pictures from codes: drawn from the prior, or coded and decoded for another family. Imports no torch."""

import numpy as np
from jaxtyping import Float

from genloop.core.errors import ConfigError
from genloop.core.protocols import Batch, Coder, Pixels, Weights
from genloop.generators.vae.config import part
from genloop.nn.noise import normal


def sample(
    weights: Weights,
    given: Batch,
    rng: np.random.Generator,
    *,
    coder: Coder | None = None,
    noise: Float[np.ndarray, "rows length"] | None = None,
) -> Pixels:
    """One picture for each row of `given`, from codes drawn from the prior, or from `noise` as the codes.

    Raises:
        ConfigError: the codes are quantised, so there is no prior to draw from.
    """
    pixels: Pixels = part("pictures").load(weights).draw(given, rng, noise)
    return pixels


def noise(
    weights: Weights, rows: int, rng: np.random.Generator, *, truncation: float | None = None
) -> Float[np.ndarray, "rows length"]:
    """Codes from the prior for `sample(noise=...)`; `truncation` draws anew what lies beyond so many deviations.

    Raises:
        ConfigError: the codes are quantised, so there is no prior to draw from.
    """
    if weights.head["shape"]["code"] != "dense":
        raise ConfigError("the vae's preset vq has codes of whole numbers and no prior to draw from")
    return normal(rows, int(weights.head["shape"]["length"]), rng, truncation)


def coder(weights: Weights) -> Coder:
    """The fitted encoder and decoder, as other families learn in them; loaded once for each `Weights`."""
    found: Coder = part("pictures").load(weights)
    return found
