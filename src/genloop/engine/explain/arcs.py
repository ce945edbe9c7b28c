"""Ways through noise that stay where noise lives: on the sphere whose radius is the noise's own length.

In many dimensions normal noise lies near a sphere; a straight line between two points of it would pass through the
middle, where the generator has seen nothing (White 2016, arXiv 1609.04468).
"""

import numpy as np
from jaxtyping import Float

_SAME = 1e-4
_MOST = 0.9  # of a row's length that one direction may take up


def between(
    first: Float[np.ndarray, " length"], last: Float[np.ndarray, " length"], steps: int
) -> Float[np.ndarray, "steps length"]:
    """Points at equal angles on the arc from the first to the last, both among them."""
    share = np.linspace(0, 1, steps)[:, None]
    cosine = float(first @ last) / max(float(np.linalg.norm(first) * np.linalg.norm(last)), 1e-12)
    angle = float(np.arccos(np.clip(cosine, -1, 1)))
    if angle < _SAME or np.pi - angle < _SAME:
        return np.asarray((1 - share) * first + share * last, np.float32)
    parts = np.sin((1 - share) * angle) * first + np.sin(share * angle) * last
    return np.asarray(parts / np.sin(angle), np.float32)


def along(
    noise: Float[np.ndarray, "rows length"], direction: Float[np.ndarray, " length"], place: float
) -> Float[np.ndarray, "rows length"]:
    """The noise moved to `place` deviations along a unit direction, each row keeping its length."""
    sizes = np.linalg.norm(noise, axis=1)
    rest = noise - np.outer(noise @ direction, direction)
    aim = np.clip(place, -_MOST * sizes, _MOST * sizes)
    left = np.sqrt(np.maximum(sizes**2 - aim**2, 0)) / np.maximum(np.linalg.norm(rest, axis=1), 1e-9)
    return np.asarray(rest * left[:, None] + aim[:, None] * direction, np.float32)
