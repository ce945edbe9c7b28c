"""How far two sets of vectors lie apart, by how often each falls into the same cells: the area under a frontier.

Pillutla et al. 2021, arXiv 2102.01454 (MAUVE): both sets are cut into cells by k-means and the Kullback-Leibler
divergences of each to all mixtures of both form a curve; half a count is added to every
cell (arXiv 2212.14578, section 5).
"""

import numpy as np
from jaxtyping import Float, Int64
from scipy import sparse

_SCALE = 5.0
_MIXTURES = 25
_ROUNDS = 12
Vectors = Float[np.ndarray, "_rows length"]


def cells(vectors: Vectors, count: int, rng: np.random.Generator) -> Int64[np.ndarray, " rows"]:
    """The cell of each vector, by k-means from centres drawn far apart (Arthur and Vassilvitskii 2007)."""
    points = np.asarray(vectors, np.float32)
    centres = points[[int(rng.integers(len(points)))]]
    near = _squares(points, centres)[:, 0]
    while len(centres) < count:
        chance = near / near.sum() if near.sum() > 0 else np.full(len(points), 1 / len(points))
        drawn = points[[int(rng.choice(len(points), p=chance / chance.sum()))]]
        centres = np.concatenate([centres, drawn])
        near = np.minimum(near, _squares(points, drawn)[:, 0])
    own = np.zeros(len(points), np.int64)
    for _ in range(_ROUNDS):
        own = _squares(points, centres).argmin(axis=1)
        sums = (
            sparse.csr_matrix((np.ones(len(own), np.float32), (own, np.arange(len(own)))), (count, len(own))) @ points
        )
        counts = np.bincount(own, minlength=count)
        centres = np.where(counts[:, None] > 0, sums / np.maximum(counts, 1)[:, None], centres)
    return own


def area(first: Int64[np.ndarray, "_one"], second: Int64[np.ndarray, "_two"], count: int) -> float:
    """1 where both fall into the cells alike, towards 0 where they share none."""
    p, q = ((np.bincount(part, minlength=count) + 0.5) / (len(part) + count / 2) for part in (first, second))
    weights = np.linspace(0, 1, _MIXTURES + 2)[1:-1]
    xs, ys = [0.0], [1.0]
    for weight in weights[::-1]:
        mixed = weight * p + (1 - weight) * q
        xs.append(float(np.exp(-_SCALE * np.sum(q * np.log(q / mixed)))))
        ys.append(float(np.exp(-_SCALE * np.sum(p * np.log(p / mixed)))))
    return float(np.trapezoid([*ys, 0.0], [*xs, 1.0]))


def _squares(points: Vectors, centres: Vectors) -> Float[np.ndarray, "rows centres"]:
    lengths = (points * points).sum(axis=1)[:, None] + (centres * centres).sum(axis=1)[None]
    return np.asarray(np.maximum(lengths - 2 * (points @ centres.T), 0))
