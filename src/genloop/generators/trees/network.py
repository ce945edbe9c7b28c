"""A tree sorts rows by their parent fields until a split would no longer be significant.

Breiman's CART on a few random features of the target at once, histogram splits as in LightGBM (Ke et al. 2017) with
bins that adapt to the range each node still holds. What is different: a leaf stores no prediction. The tree is a
hierarchical sort of the training tokens, and every node, not only the leaves, is a contiguous slice of them; `sample`
mixes the slices on the path. Kernels are compiled by numba and release the interpreter lock.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32, Int16, Int32, UInt16
from numba import njit

BINS = 64
"""Histogram cells a node and feature: a child halves the range at least, so depth refines what 64 cells blur."""


@dataclass(frozen=True)
class Tree:
    """Nodes in breadth-first order; children of node v are left[v] and left[v] + 1, `feature` is -1 at a leaf."""

    feature: Int16[np.ndarray, " nodes"]
    threshold: UInt16[np.ndarray, " nodes"]
    left: Int32[np.ndarray, " nodes"]


def grow(
    parents: UInt16[np.ndarray, "fields rows"],
    targets: Float32[np.ndarray, "rows targets"],
    rows: Int32[np.ndarray, " bag"],
    *,
    min_leaf: int,
    min_gain: float,
) -> Tree:
    """The tree that greedily reduces the summed variance of `targets`; `rows` is reordered in place.

    A node is split while its best split gains at least `min_gain` times the node's mean squared deviation: under
    independence one split gains about one such unit a target, so the bar is a significance test.
    """
    return Tree(*_grow(parents, targets, rows, min_leaf, min_gain))


@njit(cache=True, nogil=True)
def _fill(xf, targets, rows, a, b, hist):  # type: ignore[no-untyped-def]
    """Sums of the targets, then the count, per cell of the range that rows[a:b] hold; (lowest code, shift, cells)."""
    lo = 65535
    hi = 0
    for i in range(a, b):
        code = xf[rows[i]]
        lo = min(lo, code)
        hi = max(hi, code)
    shift = 0
    while ((hi - lo) >> shift) >= BINS:
        shift += 1
    cells = ((hi - lo) >> shift) + 1
    if cells == 1:
        return lo, shift, cells
    hist[:cells] = 0
    count = targets.shape[1]
    for i in range(a, b):
        r = rows[i]
        k = (xf[r] - lo) >> shift
        for s in range(count):
            hist[k, s] += targets[r, s]
        hist[k, count] += 1
    return lo, shift, cells


@njit(cache=True, nogil=True)
def _split(xf, targets, rows, a, b, total, base, min_leaf, hist, left_sum):  # type: ignore[no-untyped-def]
    """Best (gain, threshold) of one feature over rows[a:b]."""
    count = targets.shape[1]
    lo, shift, cells = _fill(xf, targets, rows, a, b, hist)
    left_sum[:] = 0
    best = 0.0
    threshold = 0
    for k in range(cells - 1):
        if hist[k, count] == 0:
            continue
        for s in range(count + 1):
            left_sum[s] += hist[k, s]
        n_left = left_sum[count]
        n_right = b - a - n_left
        if n_left < min_leaf:
            continue
        if n_right < min_leaf:
            break
        gain = -base
        for s in range(count):
            right = total[s] - left_sum[s]
            gain += left_sum[s] * left_sum[s] / n_left + right * right / n_right
        if gain > best:
            best = gain
            threshold = lo + ((k + 1) << shift) - 1
    return best, threshold


@njit(cache=True, nogil=True)
def _partition(xf, threshold, rows, a, b, spare):  # type: ignore[no-untyped-def]
    """rows[a:b] stably reordered, codes up to `threshold` first; returns where the others begin."""
    middle = a
    above = 0
    for i in range(a, b):
        r = rows[i]
        if xf[r] <= threshold:
            rows[middle] = r
            middle += 1
        else:
            spare[above] = r
            above += 1
    rows[middle:b] = spare[:above]
    return middle


@njit(cache=True, nogil=True)
def _grow(parents, targets, rows, min_leaf, min_gain):  # type: ignore[no-untyped-def]
    count = targets.shape[1]
    capacity = 2 * (rows.size // min_leaf) + 3
    feature = np.full(capacity, -1, np.int16)
    threshold = np.zeros(capacity, np.uint16)
    left = np.zeros(capacity, np.int32)
    start = np.zeros(capacity, np.int32)
    stop = np.zeros(capacity, np.int32)
    hist = np.zeros((BINS, count + 1), np.float32)
    left_sum = np.zeros(count + 1)
    total = np.zeros(count)
    spare = np.empty(rows.size, np.int32)
    stop[0] = rows.size
    nodes = 1
    v = 0
    while v < nodes:
        a = start[v]
        b = stop[v]
        v += 1
        if b - a < 2 * min_leaf:
            continue
        total[:] = 0
        squares = 0.0
        for i in range(a, b):
            for s in range(count):
                y = targets[rows[i], s]
                total[s] += y
                squares += y * y
        base = 0.0
        for s in range(count):
            base += total[s] * total[s] / (b - a)
        spread = squares - base
        if spread <= 1e-6 * (b - a):
            continue
        best = 0.0
        f_best = -1
        t_best = 0
        for f in range(parents.shape[0]):
            gain, t = _split(parents[f], targets, rows, a, b, total, base, min_leaf, hist, left_sum)
            if gain > best:
                best = gain
                f_best = f
                t_best = t
        if f_best < 0 or best < min_gain * spread / (b - a):
            continue
        middle = _partition(parents[f_best], t_best, rows, a, b, spare)
        feature[v - 1] = f_best
        threshold[v - 1] = t_best
        left[v - 1] = nodes
        start[nodes] = a
        stop[nodes] = middle
        start[nodes + 1] = middle
        stop[nodes + 1] = b
        nodes += 2
    return feature[:nodes].copy(), threshold[:nodes].copy(), left[:nodes].copy()


@njit(cache=True, nogil=True)
def leaves(parents, feature, threshold, left):  # type: ignore[no-untyped-def]
    """Leaf number of every row of `parents` ("fields rows", coded as the tree was grown)."""
    out = np.zeros(parents.shape[1], np.int32)
    for i in range(out.size):
        v = 0
        while feature[v] >= 0:
            v = left[v] + (parents[feature[v], i] > threshold[v])
        out[i] = v
    return out


@njit(cache=True, nogil=True)
def sizes(leaf, feature, left):  # type: ignore[no-untyped-def]
    """Rows below every node, from each row's leaf."""
    size = np.zeros(feature.size, np.int32)
    for v in leaf:
        size[v] += 1
    for v in range(feature.size - 1, -1, -1):
        if feature[v] >= 0:
            size[v] = size[left[v]] + size[left[v] + 1]
    return size


@njit(cache=True, nogil=True)
def starts(size, feature, left):  # type: ignore[no-untyped-def]
    """Where every node's slice begins when rows stand in the order of their leaves."""
    start = np.zeros(feature.size, np.int32)
    for v in range(feature.size):
        if feature[v] >= 0:
            start[left[v]] = start[v]
            start[left[v] + 1] = start[v] + size[left[v]]
    return start
