"""The chance of a token given a row's parents: slices on the path from root to leaf, each leaning on the one above.

All kernels walk one path twice over: down the tree to find the slices, then digit by digit down the token code, where
the wavelet tree maps every slice to the rows that took the same digits so far. At a digit,
p = (count + a p_above) / (rows + a) from root to leaf, with a from `loss.strengths`.
"""

import numpy as np
from numba import njit

DEPTH = 4096
"""Longest path: trees are unbalanced, but a path of 4,096 splits of at least five rows each does not occur."""
BELOW_ONE = 1.0 - 2.0**-53


@njit(cache=True, nogil=True)
def _descend(parents, i, feature, threshold, left, start, size, lo, hi):  # type: ignore[no-untyped-def]
    """Fills lo, hi with the slices on row i's path, root first; returns their number."""
    v = 0
    depth = 0
    while True:
        lo[depth] = start[v]
        hi[depth] = start[v] + size[v]
        depth += 1
        if feature[v] < 0 or depth == DEPTH:
            return depth
        v = left[v] + (parents[feature[v], i] > threshold[v])


@njit(cache=True, nogil=True)
def _zero(zeros, at, lo, hi, depth, strength):  # type: ignore[no-untyped-def]
    """Chance that the digit whose counts begin at `at` is zero."""
    p = 0.5
    for d in range(depth):
        n = hi[d] - lo[d]
        if n == 0:
            break
        count = zeros[at + hi[d]] - zeros[at + lo[d]]
        p = count / n if d == 0 else (count + strength * p) / (n + strength)
    return p


@njit(cache=True, nogil=True)
def _follow(zeros, at, bit, lo, hi, depth):  # type: ignore[no-untyped-def]
    """Maps the slices to the rows that took `bit`; returns how many of them, from the root, still hold rows."""
    kept = 0
    for d in range(depth):
        a = zeros[at + lo[d]]
        b = zeros[at + hi[d]]
        lo[d] = lo[d] - a if bit else a
        hi[d] = hi[d] - b if bit else b
        if hi[d] == lo[d]:
            break
        kept = d + 1
    return kept


@njit(cache=True, nogil=True)
def _digit(zeros, at, lo, hi, below, above, depth, strength):  # type: ignore[no-untyped-def]
    """As `_zero`, but keeps the counts at the slices' ends for `_take`; returns the chance and how many are kept."""
    p = 0.5
    for d in range(depth):
        n = hi[d] - lo[d]
        if n == 0:
            return p, d
        below[d] = zeros[at + lo[d]]
        above[d] = zeros[at + hi[d]]
        count = above[d] - below[d]
        p = count / n if d == 0 else (count + strength * p) / (n + strength)
    return p, depth


@njit(cache=True, nogil=True)
def _take(bit, lo, hi, below, above, depth):  # type: ignore[no-untyped-def]
    """As `_follow`, from the counts that `_digit` kept."""
    for d in range(depth):
        lo[d] = lo[d] - below[d] if bit else below[d]
        hi[d] = hi[d] - above[d] if bit else above[d]
        if hi[d] == lo[d]:
            return d
    return depth


@njit(cache=True, nogil=True)
def draw(parents, feature, threshold, left, start, size, zeros, offset, child, strength, uniform, turn):  # type: ignore[no-untyped-def]
    """One token a row; `strength` is per code node, `uniform` one number in [0, 1) a row, used up digit by digit.

    `turn` is the order in which rows are visited: neighbours in the tree read the same counts.
    """
    out = np.empty(parents.shape[1], np.uint16)
    lo = np.empty(DEPTH, np.int32)
    hi = np.empty(DEPTH, np.int32)
    below = np.empty(DEPTH, np.int32)
    above = np.empty(DEPTH, np.int32)
    for i in turn:
        depth = _descend(parents, i, feature, threshold, left, start, size, lo, hi)
        x = uniform[i]
        u = 0
        while u >= 0:
            p, depth = _digit(zeros, offset[u], lo, hi, below, above, depth, strength[u])
            bit = x >= p
            x = min((x - p) / (1.0 - p) if bit else x / p, BELOW_ONE)
            depth = _take(bit, lo, hi, below, above, depth)
            u = child[u, 1 if bit else 0]
        out[i] = ~u
    return out


@njit(cache=True, nogil=True)
def chance(parents, feature, threshold, left, start, size, zeros, offset, path, strength, tokens):  # type: ignore[no-untyped-def]
    """The chance of each row's own token."""
    out = np.ones(parents.shape[1])
    lo = np.empty(DEPTH, np.int32)
    hi = np.empty(DEPTH, np.int32)
    for i in range(out.size):
        depth = _descend(parents, i, feature, threshold, left, start, size, lo, hi)
        for step in path[tokens[i]]:
            if step < 0:
                break
            u = step >> 1
            bit = step & 1
            p = _zero(zeros, offset[u], lo, hi, depth, strength[u])
            out[i] *= 1.0 - p if bit else p
            depth = _follow(zeros, offset[u], bit, lo, hi, depth)
    return out


@njit(cache=True, nogil=True)
def grid(parents, feature, threshold, left, start, size, zeros, offset, path, strengths, tokens, out):  # type: ignore[no-untyped-def]
    """Adds to out[row, level, g] the chance of the row's own digit under strengths[g], for the choice of strengths."""
    lo = np.empty(DEPTH, np.int32)
    hi = np.empty(DEPTH, np.int32)
    for i in range(parents.shape[1]):
        depth = _descend(parents, i, feature, threshold, left, start, size, lo, hi)
        for level in range(path.shape[1]):
            step = path[tokens[i], level]
            if step < 0:
                break
            at = offset[step >> 1]
            bit = step & 1
            for g in range(strengths.size):
                p = _zero(zeros, at, lo, hi, depth, strengths[g])
                out[i, level, g] += 1.0 - p if bit else p
            depth = _follow(zeros, at, bit, lo, hi, depth)


@njit(cache=True, nogil=True)
def spread(parents, feature, threshold, left, start, size, zeros, offset, child, strength, tokens):  # type: ignore[no-untyped-def]
    """The chance of every token, "rows tokens"; costs as much as drawing that many tokens a row."""
    out = np.zeros((parents.shape[1], tokens))
    lo = np.empty((64, DEPTH), np.int32)
    hi = np.empty((64, DEPTH), np.int32)
    node = np.empty(64, np.int32)
    mass = np.empty(64)
    depths = np.empty(64, np.int32)
    for i in range(out.shape[0]):
        depths[0] = _descend(parents, i, feature, threshold, left, start, size, lo[0], hi[0])
        node[0] = 0
        mass[0] = 1.0
        top = 1
        while top > 0:
            top -= 1
            u = node[top]
            if u < 0:
                out[i, ~u] += mass[top]
                continue
            depth = depths[top]
            p = _zero(zeros, offset[u], lo[top], hi[top], depth, strength[u])
            lo[top + 1, :depth] = lo[top, :depth]
            hi[top + 1, :depth] = hi[top, :depth]
            whole = mass[top]
            for bit in range(2):
                node[top + bit] = child[u, bit]
                mass[top + bit] = whole * (1.0 - p if bit else p)
                depths[top + bit] = _follow(zeros, offset[u], bit, lo[top + bit], hi[top + bit], depth)
            top += 2
    return out
