"""Drawing as the family's verb; the work, which needs torch, is in `draw`."""

from typing import Any

import numpy as np

from genloop.core.protocols import Batch, Coder, Pixels, Weights
from genloop.generators.transformer.pictures.config import part


def sample(
    weights: Weights, given: Batch, rng: np.random.Generator, *, coder: Coder | None = None, **changes: Any
) -> Pixels:
    """One picture for each row of `given`; `changes` (temperature, least, guidance) override the fit's settings.

    Raises:
        MissingExtra: torch is not installed.
        ConfigError: no coder came, or a change is unknown or out of range.
    """
    made: Pixels = part("draw").draw(weights, given, rng, coder=coder, **changes)
    return made
