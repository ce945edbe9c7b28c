"""Are made pictures where real ones are, and are real ones where made ones are: precision, recall, density, coverage.

Kynkaanniemi et al. 2019, arXiv 1904.06991 (precision, recall): inside the ball of some picture of the other set that
reaches to its k-th neighbour. Naeem et al. 2020, arXiv 2002.09797 (density, coverage), k = 5: less moved by outliers.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

NEIGHBOURS = 5
_CHUNK = 1_000
Vectors = Float[np.ndarray, "_rows length"]


@dataclass(frozen=True)
class Spread:
    """Per made picture whether it is among real ones and how densely; per real one whether it is recalled, covered."""

    precise: Float[np.ndarray, " _made"]
    dense: Float[np.ndarray, " _made"]
    recalled: Float[np.ndarray, " _real"]
    covered: Float[np.ndarray, " _real"]


def measure(real: Vectors, made: Vectors, *, neighbours: int = NEIGHBOURS) -> Spread:
    """The four properties of two sets; each needs more pictures than there are neighbours."""
    near_real, near_made = (reach(part, neighbours) for part in (real, made))
    precise, dense = np.zeros(len(made)), np.zeros(len(made))
    recalled, covered = np.zeros(len(real)), np.zeros(len(real))
    for start in range(0, len(real), _CHUNK):
        part = slice(start, start + _CHUNK)
        apart = squares(real[part], made)
        inside = apart < near_real[part, None]
        precise = np.maximum(precise, inside.any(axis=0))
        dense += inside.sum(axis=0) / neighbours
        recalled[part] = (apart < near_made[None]).any(axis=1)
        covered[part] = inside.any(axis=1)
    return Spread(precise, dense, recalled, covered)


def reach(points: Vectors, neighbours: int) -> Float[np.ndarray, " _rows"]:
    """The squared distance from each point to its k-th nearest other one."""
    found = np.empty(len(points), np.float32)
    for start in range(0, len(points), _CHUNK):
        apart = squares(points[start : start + _CHUNK], points)
        apart[np.arange(len(apart)), np.arange(start, start + len(apart))] = -1  # itself, whatever rounding says
        found[start : start + _CHUNK] = np.partition(apart, neighbours, axis=1)[:, neighbours]
    return found


def squares(first: Vectors, second: Vectors) -> Float[np.ndarray, "_rows _others"]:
    """Squared distances between two sets."""
    one, other = np.asarray(first, np.float32), np.asarray(second, np.float32)
    lengths = (one * one).sum(axis=1)[:, None] + (other * other).sum(axis=1)[None]
    return np.asarray(np.maximum(lengths - 2 * (one @ other.T), 0))
