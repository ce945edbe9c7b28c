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
