"""From tokens of an axis back to values: points exactly, intervals by a draw within, conditions kept exactly.

A draw within an interval picks a cell by its rows, then a place in the cell uniformly. On a grid it is made in the
measure that counts only units that are no points, so a decoded value always encodes to the token it came from.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int, Shaped

from genloop.codecs import heaps
from genloop.codecs.axis import Axis
from genloop.codecs.cells import free_units
from genloop.codecs.limits import Limits

Values = Shaped[np.ndarray, "_values"]


@dataclass(frozen=True)
class _Cells:
    """The cells as limits leave them: clipped ends, weights, and the units that draws skip."""

    lows: Float[np.ndarray, "cells"]
    highs: Float[np.ndarray, "cells"]
    weights: Float[np.ndarray, "cells"]
    skipped: Values


def share(axis: Axis, limits: Limits) -> Float[np.ndarray, "tokens"]:
    """The part of each token's mass that satisfies the limits."""
    shares = np.zeros(axis.size)
    if len(axis.points):
        shares[axis.token_of_point] = limits.keep(axis.points)
    if len(axis.first):
        weights = _clip(axis, limits).weights if limits.only is None else _listed_weights(axis, limits)
        whole = np.add.reduceat(axis.cell_rows, axis.first)
        shares[axis.token_of_interval] = np.add.reduceat(weights, axis.first) / whole
    return np.clip(shares, 0.0, 1.0)


def decode(axis: Axis, codes: Int[np.ndarray, "rows"], rng: np.random.Generator, limits: Limits) -> Values:
    """A value per token; a token that the limits forbid gives way to the nearest one they allow."""
    values = np.zeros(len(codes), dtype=axis.points.dtype)
    if not axis.size:
        return values
    codes = np.minimum(codes, axis.size - 1)
    if limits != Limits():
        codes = near(share(axis, limits) > 0, codes)
    labels = axis.order[codes]
    at_point = labels >= 0
    values[at_point] = axis.points[labels[at_point]]
    intervals = ~labels[~at_point]
    draw = _draw if limits.only is None else _draw_listed
    values[~at_point] = draw(axis, intervals, rng, limits)
    return values


def near(allowed: Values, codes: Values) -> Values:
    """Each code, or the nearest code for which `allowed` is true."""
    able = np.flatnonzero(allowed)
    if not len(able):
        return codes
    after = np.minimum(np.searchsorted(able, codes), len(able) - 1)
    before = np.maximum(after - 1, 0)
    return np.where(np.abs(able[before] - codes) < np.abs(able[after] - codes), able[before], able[after])


def _clip(axis: Axis, limits: Limits) -> _Cells:
    points = axis.position(axis.points)
    whole = _measure(axis, points, axis.highs) - _measure(axis, points, axis.lows)
    lows, highs, skipped, step = axis.lows, axis.highs, points, 0.5 if axis.grid else 0.0
    if limits.low is not None:
        lows = np.maximum(lows, _place(axis, limits.low) - step)
    if limits.high is not None:
        highs = np.minimum(highs, _place(axis, limits.high) + step)
    if limits.never:
        skipped = np.union1d(points, [_place(axis, value) for value in limits.never])
    highs = np.maximum(highs, lows)
    room = _measure(axis, skipped, highs) - _measure(axis, skipped, lows)
    inside = (axis.lows >= lows) & (axis.highs <= highs)
    part = np.divide(room, whole, out=inside.astype(np.float64), where=whole > 0)
    return _Cells(lows, highs, axis.cell_rows * part, skipped)


def _measure(axis: Axis, points: Values, edges: Values) -> Float[np.ndarray, "edges"]:
    return free_units(points, edges) if axis.grid else edges


def _place(axis: Axis, value: Any) -> float:
    return float(value - axis.origin)


def _draw(axis: Axis, intervals: Values, rng: np.random.Generator, limits: Limits) -> Values:
    cells = _clip(axis, limits)
    total = np.r_[0.0, np.cumsum(cells.weights)]
    begin, end = total[axis.first[intervals]], total[np.r_[axis.first[1:], len(cells.lows)][intervals]]
    spot = np.minimum(begin + rng.random(len(intervals)) * (end - begin), np.nextafter(end, -1))
    cell = np.minimum(np.searchsorted(total, spot, side="right") - 1, len(cells.lows) - 1)
    low, high = (_measure(axis, cells.skipped, edges)[cell] for edges in (cells.lows, cells.highs))
    if not axis.grid:
        values = low + rng.random(len(intervals)) * (high - low)
    else:
        rank = np.minimum(low + np.floor(rng.random(len(intervals)) * (high - low)), high - 1)
        shifted = cells.skipped - np.arange(len(cells.skipped))
        values = axis.value(rank + np.searchsorted(shifted, rank, side="right"))
        if axis.heaps.shape[1]:
            values = heaps.decode(values, axis.heaps[cell], cells.lows[cell], cells.highs[cell], cells.skipped, rng)
    if limits.low is not None or limits.high is not None:
        values = np.clip(values, limits.low, limits.high)
    return np.asarray(values)


def _listed(axis: Axis, limits: Limits) -> tuple[Values, Values]:
    """The wanted values that are no points, and the cell each lies in (those in no cell are left out)."""
    assert limits.only is not None
    wanted = np.unique(np.array(limits.only, dtype=axis.points.dtype))
    wanted = wanted[limits.keep(wanted) & ~np.isin(wanted, axis.points)]
    places = axis.position(wanted)
    cell = np.clip(np.searchsorted(axis.lows, places, side="right") - 1, 0, len(axis.lows) - 1)
    inside = (places >= axis.lows[cell]) & (places <= axis.highs[cell])
    return wanted[inside], cell[inside]


def _listed_weights(axis: Axis, limits: Limits) -> Float[np.ndarray, "cells"]:
    """Each wanted value weighs its part of a grid cell's units, or as one row of a continuous cell."""
    _, cell = _listed(axis, limits)
    found = np.bincount(cell, minlength=len(axis.lows)).astype(np.float64)
    if not axis.grid:
        return np.asarray(np.minimum(found, axis.cell_rows))
    points = axis.position(axis.points)
    room = free_units(points, axis.highs) - free_units(points, axis.lows)
    return np.asarray(axis.cell_rows * np.minimum(found / np.maximum(room, 1.0), 1.0))


def _draw_listed(axis: Axis, intervals: Values, rng: np.random.Generator, limits: Limits) -> Values:
    wanted, cell = _listed(axis, limits)
    values = np.zeros(len(intervals), dtype=axis.points.dtype)
    home = np.searchsorted(axis.first, cell, side="right") - 1
    for interval in np.intersect1d(intervals, home):
        rows = np.flatnonzero(intervals == interval)
        values[rows] = rng.choice(wanted[home == interval], len(rows))
    return values
