"""Normal noise as rows of numbers, where pictures of some families begin; imports no torch."""

import numpy as np
from jaxtyping import Float32

LEAST_CUT = 0.05


def normal(
    rows: int, length: int, rng: np.random.Generator, cut: float | None = None
) -> Float32[np.ndarray, "rows length"]:
    """Normal noise; with `cut` what lies beyond that many deviations is drawn again (none, or 0: whole)."""
    values = rng.standard_normal((rows, length), np.float32)
    if cut:
        beyond = np.flatnonzero(np.abs(values) > max(cut, LEAST_CUT))
        while len(beyond):
            values.flat[beyond] = rng.standard_normal(len(beyond), np.float32)
            beyond = beyond[np.abs(values.flat[beyond]) > max(cut, LEAST_CUT)]
    return values
