"""Pictures from codes: drawn from the prior, or coded and decoded for another family. Imports no torch."""

import numpy as np

from genloop.core.protocols import Batch, Coder, Pixels, Weights
from genloop.generators.vae.config import part


def sample(weights: Weights, given: Batch, rng: np.random.Generator, *, coder: Coder | None = None) -> Pixels:
    """One picture for each row of `given`, from codes drawn from the prior.

    Raises:
        ConfigError: the codes are quantised, so there is no prior to draw from.
    """
    pixels: Pixels = part("pictures").load(weights).draw(given, rng)
    return pixels


def coder(weights: Weights) -> Coder:
    """The fitted encoder and decoder, as other families learn in them; loaded once for each `Weights`."""
    found: Coder = part("pictures").load(weights)
    return found
