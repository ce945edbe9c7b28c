"""Nearest rows: the distance is the sum over columns of |difference of ranks| for numbers and 0 or 1 for categories.

Ranks are taken among the real rows and lie between 0 and 1; a missing cell is at distance 1 from every present one.
Beside the nearest row, the nearest on all columns but one is found for every column: what an attacker who knows the
others would guess from.
"""

from dataclasses import dataclass
from typing import no_type_check

import numpy as np
from jaxtyping import Float32, Int64
from numba import njit

from genloop.judges.view import Axis, Matrix

Points = Float32[np.ndarray, "_rows columns"]
_WORK = 3e10  # queries x rows x columns of one search: about five seconds
_LEAST = 2_000  # queries below which a search says too little
_TILE = 2048  # rows of the base at a time: they and their sums stay in the nearest cache


@dataclass(frozen=True)
class Nearest:
    """For every query the distance to its nearest row and, per column, the row nearest on the other columns."""

    distance: Float32[np.ndarray, " rows"]
    others: Int64[np.ndarray, "rows columns"]


def place(axes: tuple[Axis, ...], real: Matrix, matrix: Matrix) -> Points:
    """Rows as points: a difference of at least 1 in a coordinate counts as 1."""
    points = np.empty(matrix.shape, np.float32)
    for column, axis in enumerate(axes):
        values = matrix[:, column]
        if axis.is_category:
            points[:, column] = np.where(np.isnan(values), -2, 2 * values)
        else:
            points[:, column] = np.where(np.isnan(values), -1, rank(real[:, column], values))
    return points


def rank(real: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The share of present real values below each value, ties counted half."""
    known = np.sort(real[~np.isnan(real)])
    if not len(known):
        return np.zeros(len(values))
    below = np.searchsorted(known, values, side="left") + np.searchsorted(known, values, side="right")
    return np.asarray(below / (2 * len(known)))


def searchable(columns: int) -> int:
    """How many rows a search can go through for the least number of queries."""
    return int(_WORK / (_LEAST * max(1, columns)))


def affordable(base: int, columns: int) -> int:
    """How many queries a search among `base` rows should ask: rather all rows and fewer queries than the reverse."""
    return max(_LEAST, int(_WORK / max(1, base * columns)))


def find(queries: Points, base: Points, *, others: bool = False) -> Nearest:
    """The nearest rows of `base`; `others` asks for the guesses on all columns but one too."""
    rows, columns = queries.shape
    best = np.full(rows, np.inf, np.float32)
    best_others = np.full((rows, columns if others else 0), np.inf, np.float32)
    guesses = np.zeros(best_others.shape, np.int64)
    _scan(np.ascontiguousarray(queries), np.ascontiguousarray(base.T), best, best_others, guesses)
    return Nearest(best, guesses)


@njit(cache=True, nogil=True)
@no_type_check
def _scan(queries, base, best, best_others, guesses):  # pragma: no cover (compiled)
    rows, columns = queries.shape
    wanted = best_others.shape[1]
    total = np.empty(_TILE, np.float32)
    one = np.float32(1)
    for start in range(0, base.shape[1], _TILE):
        stop = min(start + _TILE, base.shape[1])
        width = stop - start
        for row in range(rows):
            total[:width] = 0
            for column in range(columns):
                here = queries[row, column]
                line = base[column, start:stop]
                for place in range(width):
                    total[place] += min(abs(line[place] - here), one)
            nearest = best[row]
            for place in range(width):
                nearest = min(nearest, total[place])
            best[row] = nearest
            if wanted == 0:
                continue
            worst = best_others[row].max()
            for place in range(width):
                if worst > 0 and total[place] - one < worst:  # leaving a column out takes at most 1 off
                    for column in range(columns):
                        left = total[place] - min(abs(base[column, start + place] - queries[row, column]), one)
                        if left < best_others[row, column]:
                            best_others[row, column] = max(left, 0)
                            guesses[row, column] = start + place
                    worst = best_others[row].max()
