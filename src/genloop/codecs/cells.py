"""Cells: small bins in value order that hold about equal rows, drawn from uniformly.

No edge is a row's value: inner edges are averages of the rows around them, the two ends are the average of the
outermost rows moved outwards by half their mean absolute deviation, which never passes the true extreme. On a grid
cells hold whole units and their edges are half units; otherwise they are real intervals. No cell spans a wide gap.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from jaxtyping import Float, Int, Shaped

Values = Shaped[np.ndarray, "_values"]

WIDE_GAP = 0.05  # of the range: no cell spans such a gap between neighbouring values


@dataclass(frozen=True)
class Cells:
    """Cells in value order, their rows, and the edges by which values are told to them (in wide gaps: the middle)."""

    lows: Float[np.ndarray, "cells"]
    highs: Float[np.ndarray, "cells"]
    rows: Int[np.ndarray, "cells"]
    edges: Float[np.ndarray, "inner_edges"]


def fit(positions: Float[np.ndarray, "values"], counts: Values, *, floor: int, rows: int, grid: bool) -> Cells:
    """Cells with about `rows` and at least `floor` rows each; none below the floor in all."""
    if counts.sum() < floor:
        return Cells(np.zeros(0), np.zeros(0), np.zeros(0, dtype=np.int64), np.zeros(0))
    begins = _begins(positions, counts, floor)
    parts = [
        _cells(positions[begin:end], counts[begin:end], floor, rows, grid)
        for begin, end in pairwise([*begins, len(positions)])
    ]
    gaps = [np.zeros(0), *((positions[begin - 1 : begin] + positions[begin]) / 2 for begin in begins[1:])]
    edges = [edge for gap, part in zip(gaps, parts, strict=True) for edge in (gap, part.edges)]
    lows, highs, held = (np.concatenate([getattr(p, name) for p in parts]) for name in ("lows", "highs", "rows"))
    return Cells(lows, highs, held, np.concatenate(edges))


def _begins(positions: Float[np.ndarray, "values"], counts: Values, floor: int) -> list[int]:
    """Where values begin and begin again behind a gap too wide to draw from, with the floor of rows on either side."""
    wide = np.flatnonzero(np.diff(positions) > WIDE_GAP * (positions[-1] - positions[0])) + 1
    before = np.r_[0, np.cumsum(counts)]
    begins = [0]
    for place in wide.tolist():
        if before[place] - before[begins[-1]] >= floor and before[-1] - before[place] >= floor:
            begins.append(place)
    return begins


def _cells(positions: Float[np.ndarray, "values"], counts: Values, floor: int, rows: int, grid: bool) -> Cells:
    """The cells of values without a wide gap."""
    total = int(counts.sum())
    ranks = np.cumsum(counts)
    half = -(-floor // 2)
    cuts = np.arange(1, total // rows) * (total / max(total // rows, 1))
    windows = np.clip(cuts.astype(np.int64)[:, None] + np.arange(-half, half), 0, total - 1)
    inner = positions[np.searchsorted(ranks, windows, side="right")].mean(axis=1)
    low, high = _end(positions, ranks, floor, -1), _end(positions, ranks, floor, 1)
    if grid:
        low, inner, high = np.floor(low) - 0.5, np.floor(inner) + 0.5, np.ceil(high) + 0.5
    edges = np.unique(np.r_[low, inner[(inner > low) & (inner < high)], high])
    if len(edges) == 1:
        edges = np.r_[edges, edges]
    held = np.bincount(np.searchsorted(edges[1:-1], positions, side="left"), counts, minlength=len(edges) - 1)
    starts = _gather(held, floor)
    highs, held = edges[np.r_[starts[1:], len(edges) - 1]], np.add.reduceat(held, starts).astype(np.int64)
    return Cells(edges[starts], highs, held, edges[starts[1:]])


def _end(positions: Float[np.ndarray, "values"], ranks: Values, floor: int, side: int) -> Any:
    """An end of the axis from the outermost rows: their mean, moved outwards by half their mean deviation."""
    window = np.arange(floor) if side < 0 else np.arange(ranks[-1] - floor, ranks[-1])
    outermost = positions[np.searchsorted(ranks, window, side="right")]
    centre = outermost.mean()
    end = centre + side * np.abs(outermost - centre).mean() / 2
    return np.clip(end, outermost.min(), outermost.max())


def _gather(held: Values, floor: int) -> Int[np.ndarray, "starts"]:
    """Where cells begin once neighbours are joined until each holds the floor."""
    starts, rows = [0], 0
    for index, more in enumerate(held.tolist()):
        if rows >= floor:
            starts.append(index)
            rows = 0
        rows += more
    if rows < floor and len(starts) > 1:
        starts.pop()
    return np.array(starts)


def join_empty(found: Cells, points: Values, floor: int) -> Cells:
    """Cells of a grid joined until each holds a unit that is no point; all dropped if there is none."""
    room = free_units(points, found.highs) - free_units(points, found.lows)
    if room.sum() <= 0:
        return Cells(found.lows[:0], found.highs[:0], found.rows[:0], found.edges[:0])
    starts = _gather(np.where(room > 0, floor, 0), floor)
    last = np.r_[starts[1:], len(room)] - 1
    return Cells(
        found.lows[starts], found.highs[last], np.add.reduceat(found.rows, starts), found.edges[starts[1:] - 1]
    )


def free_units(points: Values, edges: Values) -> Float[np.ndarray, "edges"]:
    """How many whole units below each edge are no points (up to a constant): the measure that draws skip points by."""
    return np.asarray(np.ceil(edges) - np.searchsorted(points, edges))


def group(found: Cells, wanted: int) -> list[int]:
    """The first cell of each interval: runs of touching cells that reach the wanted rows."""
    begins = [0, *(np.flatnonzero(found.lows[1:] > found.highs[:-1]) + 1).tolist()]
    runs = pairwise([*begins, len(found.rows)]) if len(found.rows) else ()
    return [begin + int(start) for begin, end in runs for start in _gather(found.rows[begin:end], wanted)]
