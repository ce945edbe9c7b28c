"""Tokens as digits, coarse to fine, and a wavelet tree that counts them in any slice of rows.

A field's tokens get a binary code that halves the training mass at every digit (Fano 1949; on ordered fields the code
keeps the order, so that a digit is a cut of the value range: a Polya tree, Lavine 1992). Digits are what is learnt and
drawn: near the leaf of a tree few rows decide the coarse digits, and the fine ones are left to larger slices. The
counts come from a wavelet tree (Grossi, Gupta and Vitter 2003): per digit one running count of zeros.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int32, UInt16
from numba import njit


@dataclass(frozen=True)
class Code:
    """Internal nodes of a binary code; `child[u, bit]` is the next internal node, or ~token where the code ends."""

    child: Int32[np.ndarray, "codes 2"]
    level: Int32[np.ndarray, " codes"]
    path: Int32[np.ndarray, "tokens levels"]
    """path[k] lists 2 * node + bit from the root to token k, then -1."""


def fano(weights: Float[np.ndarray, " tokens"]) -> Code:
    """The code that cuts the tokens, in their order, where the mass is halved best."""
    mass = np.concatenate([[0.0], np.cumsum(np.asarray(weights, float) + 1e-9)])
    child: list[list[int]] = []
    level: list[int] = []
    paths: list[list[int]] = [[] for _ in range(len(weights))]
    todo = [(0, len(weights), -1, 0, 0)]
    while todo:
        lo, hi, parent, bit, depth = todo.pop()
        if hi - lo == 1:
            if parent >= 0:
                child[parent][bit] = ~lo
            continue
        node = len(child)
        child.append([0, 0])
        level.append(depth)
        if parent >= 0:
            child[parent][bit] = node
        cut = int(np.searchsorted(mass, (mass[lo] + mass[hi]) / 2))
        cut = min(max(cut, lo + 1), hi - 1)
        if cut - 1 > lo and mass[cut] - (mass[lo] + mass[hi]) / 2 > (mass[lo] + mass[hi]) / 2 - mass[cut - 1]:
            cut -= 1
        for k in range(lo, hi):
            paths[k].append(2 * node + (k >= cut))
        todo += [(lo, cut, node, 0, depth + 1), (cut, hi, node, 1, depth + 1)]
    table = np.full((len(weights), max(1, max(map(len, paths)))), -1, np.int32)
    for k, steps in enumerate(paths):
        table[k, : len(steps)] = steps
    return Code(np.array(child, np.int32).reshape(-1, 2), np.array(level, np.int32), table)


def offsets(tokens: UInt16[np.ndarray, " rows"], code: Code) -> Int32[np.ndarray, " codes_and_end"]:
    """Where each internal node's run of rows + 1 counts begins in the flat array that `zeros` fills."""
    counts = np.bincount(tokens, minlength=code.path.shape[0])
    begin: Int32[np.ndarray, " codes_and_end"] = _offsets(counts, code.path, code.child.shape[0])
    return begin


@njit(cache=True, nogil=True)
def _offsets(counts, path, nodes):  # type: ignore[no-untyped-def]
    size = np.zeros(nodes + 1, np.int64)
    for k in range(counts.size):
        for step in path[k]:
            if step < 0:
                break
            size[(step >> 1) + 1] += counts[k]
    for u in range(nodes):
        size[u + 1] += size[u] + 1
    return size.astype(np.int32)


@njit(cache=True, nogil=True)
def zeros(tokens, path, offset):  # type: ignore[no-untyped-def]
    """Running counts: zeros[offset[u] + i] of the first i rows that reach node u take bit 0 there."""
    out = np.zeros(offset[-1], np.int32)
    place = offset[:-1].copy()
    for k in tokens:
        for step in path[k]:
            if step < 0:
                break
            u = step >> 1
            at = place[u]
            out[at + 1] = out[at] + 1 - (step & 1)
            place[u] = at + 1
    return out
