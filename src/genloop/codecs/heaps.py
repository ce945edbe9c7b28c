"""Heaps: how often drawn values are to be round, as people round the numbers they state (heaping, in surveys).

Among the rows of a stretch of cells, q_k is the share of multiples of 10^k among the multiples of 10^(k-1). Uniform
draws reach 0.1 by themselves, so a draw is rounded one more digit with chance r_k = (q_k - 0.1) / 0.9, and only where
q_k stands out of chance. Whole units only; a rounded value must stay in its cell and be no point.
"""

from typing import Any

import numpy as np
from jaxtyping import Float, Int, Shaped

Values = Shaped[np.ndarray, "_values"]

STRETCHES = 8
DIGITS = 9
ENOUGH = 50  # multiples of the power before, from which on a share is looked at
DEVIATIONS = 5.0
BY_CHANCE = 0.1


def fit(values: Values, counts: Values, edges: Values, floor: int) -> list[list[Any]]:
    """Per stretch of cells its end and the chances of rounding by 1, 2, ... digits; empty when nothing is heaped."""
    number = len(edges) + 1
    cell = np.searchsorted(edges, values.astype(np.float64), side="left")
    ends = np.unique(np.linspace(0, number, STRETCHES + 1).astype(np.int64))[1:]
    stretch = np.searchsorted(ends, cell, side="right")
    found = [[int(end), _chances(values[stretch == k], counts[stretch == k], floor)] for k, end in enumerate(ends)]
    return found if any(chances for _, chances in found) else []


def read(found: list[list[Any]], number: int) -> Float[np.ndarray, "cells digits"]:
    """Per cell the chance of rounding by at least 1, 2, ... digits."""
    digits = max((len(chances) for _, chances in found), default=0)
    by_cell = np.zeros((number, digits))
    begin = 0
    for end, chances in found:
        by_cell[begin:end, : len(chances)] = np.cumprod(chances)
        begin = end
    return by_cell


def decode(
    units: Int[np.ndarray, "rows"],
    chances: Float[np.ndarray, "rows digits"],
    lows: Float[np.ndarray, "rows"],
    highs: Float[np.ndarray, "rows"],
    skipped: Values,
    rng: np.random.Generator,
) -> Int[np.ndarray, "rows"]:
    """Drawn units, some of them rounded; none outside of its cell, none that is skipped."""
    rounded, luck = units, rng.random(len(units))
    for digits in range(1, chances.shape[1] + 1):
        power = 10**digits
        whole = (units + power // 2) // power * power
        able = (luck < chances[:, digits - 1]) & (whole > lows) & (whole < highs) & ~np.isin(whole, skipped)
        rounded = np.where(able, whole, rounded)
    return np.asarray(rounded)


def _chances(values: Values, counts: Values, floor: int) -> list[float]:
    chances: list[float] = []
    before = int(counts.sum())
    for digits in range(1, DIGITS + 1):
        round_rows = int(counts[values % 10**digits == 0].sum())
        excess = round_rows - BY_CHANCE * before
        if before < ENOUGH or round_rows < floor or excess < DEVIATIONS * np.sqrt(BY_CHANCE * before):
            break
        chances.append(excess / before / (1 - BY_CHANCE))
        before = round_rows
    return chances
