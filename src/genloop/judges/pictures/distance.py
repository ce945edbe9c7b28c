"""How far two sets of vectors lie apart: the Frechet distance, and the kernel distance without its bias.

Heusel et al. 2017, arXiv 1706.08500 (equation 6), on our own features in place of Inception's; Binkowski et al. 2018,
arXiv 1801.01401 (section 4): the squared maximum mean discrepancy with a cubic kernel, unbiased, over random subsets.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float
from scipy import linalg

Vectors = Float[np.ndarray, "_rows length"]


@dataclass(frozen=True)
class Moments:
    """Mean and covariance of vectors: all that the Frechet distance looks at."""

    mean: Float[np.ndarray, " length"]
    cov: Float[np.ndarray, "length length"]

    @classmethod
    def of(cls, vectors: Vectors) -> "Moments":
        """Those of these vectors, at least two."""
        whole = np.asarray(vectors, np.float64)
        mean = whole.mean(axis=0)
        apart = whole - mean
        return cls(mean, apart.T @ apart / (len(whole) - 1))


def frechet(first: Moments, second: Moments) -> float:
    """|m1 - m2|^2 + tr(S1 + S2 - 2 (S1 S2)^(1/2)), the root taken as that of a symmetric matrix."""
    values, axes = linalg.eigh(first.cov)
    root = (axes * np.sqrt(np.maximum(values, 0))) @ axes.T
    between = np.sqrt(np.maximum(linalg.eigvalsh(root @ second.cov @ root), 0)).sum()
    gap = first.mean - second.mean
    return float(max(gap @ gap + np.trace(first.cov) + np.trace(second.cov) - 2 * between, 0.0))


def spread(vectors: Vectors, other: Moments, rng: np.random.Generator, *, times: int = 20) -> float:
    """The standard error of the Frechet distance of these vectors to `other`: a bootstrap over pictures."""
    whole = np.asarray(vectors, np.float64)
    found = []
    for _ in range(times):
        weight = rng.multinomial(len(whole), np.full(len(whole), 1 / len(whole))).astype(np.float64)
        mean = weight @ whole / len(whole)
        apart = whole - mean
        found.append(frechet(Moments(mean, (apart * weight[:, None]).T @ apart / (len(whole) - 1)), other))
    return float(np.std(found, ddof=1))


def kernel(
    first: Vectors, second: Vectors, rng: np.random.Generator, *, size: int = 500, subsets: int = 20
) -> tuple[float, float]:
    """The kernel distance averaged over random subsets, and the standard error of that mean.

    A subset is at most half of either side, so that subsets differ. Their spread says how sure the figure of all is
    (the delete-d jackknife of Shao and Wu 1989: variance of subsets times size over what is left out), to which comes
    that only so many subsets were drawn.
    """
    rows = min(len(first), len(second))
    size = max(2, min(size, rows // 2))
    one, other = (np.asarray(part, np.float64) for part in (first, second))
    found = [
        discrepancy(one[rng.choice(len(one), size, replace=False)], other[rng.choice(len(other), size, replace=False)])
        for _ in range(subsets)
    ]
    parts = size / max(rows - size, 1) + 1 / subsets
    return float(np.mean(found)), float(np.std(found, ddof=1) * np.sqrt(parts))


def discrepancy(first: Float[np.ndarray, "_m length"], second: Float[np.ndarray, "_n length"]) -> float:
    """The unbiased squared maximum mean discrepancy under the kernel (x.y / length + 1)^3."""
    length = first.shape[1]
    own, others = ((part @ part.T / length + 1) ** 3 for part in (first, second))
    between = (first @ second.T / length + 1) ** 3
    within = sum((k.sum() - np.trace(k)) / (len(k) * (len(k) - 1)) for k in (own, others))
    return float(within - 2 * between.mean())
