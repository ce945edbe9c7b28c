"""Drawing as the family's verb; the work, which needs torch, is in `draw`."""

from typing import Any

import numpy as np
from jaxtyping import Float

from genloop.core.protocols import Batch, Coder, Pixels, Weights
from genloop.generators.flow.config import part
from genloop.nn.noise import normal


def sample(
    weights: Weights,
    given: Batch,
    rng: np.random.Generator,
    *,
    coder: Coder | None = None,
    noise: np.ndarray | None = None,
    **changes: Any,
) -> Pixels:
    """One picture for each row of `given`; `changes` override the fit's settings.

    What can change: solver, evaluations, bend, guidance, guided.
    Where `noise` is given the pictures are those that it stands for.

    Raises:
        MissingExtra: torch is not installed.
        ConfigError: the flow lives in codes and no coder came, or a change is unknown or out of range.
    """
    made: Pixels = part("draw").draw(weights, given, rng, coder=coder, begun=noise, **changes)
    return made


def noise(
    weights: Weights, rows: int, rng: np.random.Generator, *, truncation: float | None = None
) -> Float[np.ndarray, "rows length"]:
    """Noise for `sample(noise=...)`, one row a picture; `truncation` draws anew what lies beyond so many deviations."""
    shape = weights.head["shape"]
    return normal(rows, int(shape["channels"] * shape["height"] * shape["width"]), rng, truncation)
