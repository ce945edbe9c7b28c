"""A linear classifier of sparse rows: the support vector machine with squared loss, by dual coordinate descent.

Hsieh et al. 2008, ICML (algorithm 1 with random order; L2 loss): a few passes over the rows, no matrix is ever formed.
"""

from typing import no_type_check

import numpy as np
from jaxtyping import Float, Float64
from numba import njit
from scipy import sparse

_LOSS = 1.0  # what a row's loss weighs against the weights' length
_PASSES = 20


def fit(values: sparse.csr_matrix, labels: Float[np.ndarray, " rows"]) -> Float64[np.ndarray, " features"]:
    """Weights of the features, the last one the constant; labels are 0 or 1, and both sides weigh alike."""
    ones = float(labels.sum())
    share = np.where(labels == 1, len(labels) / max(2 * ones, 1), len(labels) / max(2 * (len(labels) - ones), 1))
    weights = np.zeros(values.shape[1] + 1)
    starts = values.indptr.astype(np.int64)
    _descend(values.data, values.indices, starts, 2 * labels - 1, _LOSS * share, weights, _PASSES)
    return weights


def predict(values: sparse.csr_matrix, weights: Float64[np.ndarray, " features"]) -> Float[np.ndarray, " rows"]:
    """How much each row is like the label 1."""
    return np.asarray(values @ weights[:-1] + weights[-1])


@njit(cache=True, nogil=True)
@no_type_check
def _descend(data, indices, starts, signs, loss, weights, passes):  # pragma: no cover (compiled)
    rows = len(starts) - 1
    dual, order = np.zeros(rows), np.arange(rows)
    state = np.uint64(88172645463325252)
    for _ in range(passes):
        for place in range(rows - 1, 0, -1):
            state ^= state << np.uint64(13)
            state ^= state >> np.uint64(7)
            state ^= state << np.uint64(17)
            other = np.int64(state % np.uint64(place + 1))
            order[place], order[other] = order[other], order[place]
        moved = 0.0
        for row in order:
            length, margin = 1.0, weights[-1]
            for at in range(starts[row], starts[row + 1]):
                length += data[at] * data[at]
                margin += weights[indices[at]] * data[at]
            slope = signs[row] * margin - 1 + dual[row] / (2 * loss[row])
            after = max(dual[row] - slope / (length + 1 / (2 * loss[row])), 0.0)
            change = (after - dual[row]) * signs[row]
            dual[row] = after
            moved = max(moved, abs(change))
            if change != 0:
                for at in range(starts[row], starts[row + 1]):
                    weights[indices[at]] += change * data[at]
                weights[-1] += change
        if moved < 1e-2:
            break
