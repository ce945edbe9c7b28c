"""An ordered axis of tokens: values that many rows carry are kept as points, all others lie in small intervals.

A histogram with equal rows per bin and exact atoms beside it. A point is a value that at least the floor of rows carry.
An interval is a run of cells; a cell holds at least the floor of rows and is drawn from uniformly, skipping points.
No edge is a row's value: inner edges are averages of the rows around them, the two ends are the average of the
outermost rows moved outwards by half their mean absolute deviation, which never passes the true extreme.
On a grid (integers, decimals) cells hold whole units and their edges are half units; otherwise they are real intervals.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from jaxtyping import Float, Int, Shaped

Values = Shaped[np.ndarray, "_values"]
Frozen = dict[str, Any]

CELLS_PER_INTERVAL = 4
WIDE_GAP = 0.05  # of the range: no cell spans such a gap between neighbouring values
SPIKE_DEVIATIONS = 3.0
ALL_POINTS = 1.5  # times `tokens`: so many values that reach the floor all become points
EXACT_INTEGERS = 2**52


@dataclass(frozen=True)
class Axis:
    """A frozen axis ready for work; `order[token]` is a point's index, or ~index of an interval."""

    grid: bool
    origin: int
    points: Values
    lows: Float[np.ndarray, "cells"]
    highs: Float[np.ndarray, "cells"]
    cell_rows: Float[np.ndarray, "cells"]
    first: Int[np.ndarray, "intervals"]
    edges: Float[np.ndarray, "inner_edges"]
    order: Int[np.ndarray, "tokens"]
    rows: Float[np.ndarray, "tokens"]

    @property
    def size(self) -> int:
        """How many tokens there are."""
        return len(self.order)

    @property
    def token_of_point(self) -> Int[np.ndarray, "points"]:
        """The token of each point, in value order."""
        return np.flatnonzero(self.order >= 0)

    @property
    def token_of_interval(self) -> Int[np.ndarray, "intervals"]:
        """The token of each interval, in value order."""
        return np.flatnonzero(self.order < 0)

    @property
    def ends(self) -> tuple[Any, Any] | None:
        """The smallest and largest value that can come out, None when nothing is kept."""
        lows, highs = list(self.points[:1]), list(self.points[-1:])
        if len(self.lows):
            lows.append(self.value(self.lows[:1] + (0.5 if self.grid else 0.0))[0])
            highs.append(self.value(self.highs[-1:] - (0.5 if self.grid else 0.0))[0])
        return (min(lows).item(), max(highs).item()) if lows else None

    def position(self, values: Values) -> Float[np.ndarray, "values"]:
        """Values as floats relative to the origin, the measure cells are kept in."""
        if self.origin and values.dtype.kind == "i":
            return _differ(values, self.origin)
        return values.astype(np.float64)

    def value(self, positions: Float[np.ndarray, "values"]) -> Values:
        """The inverse of `position`; whole units on a grid."""
        if not self.grid:
            return positions
        low, high = float(-(2**63) - self.origin), float(2**63 - 1024 - self.origin)
        whole = np.rint(np.clip(positions, low, high))
        half = np.floor(whole / 2)  # added twice: the distance from the origin may be beyond int64
        units: Values = np.int64(self.origin) + half.astype(np.int64) + (whole - half).astype(np.int64)
        return units


@dataclass(frozen=True)
class Cells:
    """Cells in value order, their rows, and the edges by which values are told to them (in wide gaps: the middle)."""

    lows: Float[np.ndarray, "cells"]
    highs: Float[np.ndarray, "cells"]
    rows: Int[np.ndarray, "cells"]
    edges: Float[np.ndarray, "inner_edges"]


def freeze(
    values: Values, counts: Values, *, floor: int, tokens: int, exact: Values | None = None
) -> tuple[Frozen, int]:
    """The axis of sorted distinct `values` carried by `counts` rows, and how many rows it could not keep.

    `exact` counts the rows that stand on the value itself where values were rounded before; it decides points.
    """
    exact = counts if exact is None else exact
    grid = values.dtype.kind == "i"
    is_point = choose(values, counts, exact, floor=floor, tokens=tokens, grid=grid)
    points, point_rows = values[is_point], exact[is_point]
    rest_counts = counts - np.where(is_point, exact, 0)
    rest, rest_counts = values[rest_counts > 0], rest_counts[rest_counts > 0]
    origin = _origin(values, counts, floor) if grid else 0
    total = int(rest_counts.sum())
    positions = _differ(rest, origin) if grid and origin else rest.astype(np.float64)
    wanted = max(floor, -(-total // max(2 * tokens - len(points), 1)))
    found = cells(positions, rest_counts, floor=floor, rows=max(floor, -(-wanted // CELLS_PER_INTERVAL)), grid=grid)
    kept = _without_empty(found, _relative(points, origin), floor) if grid else found
    first = _group(kept, wanted)
    frozen: Frozen = {
        "grid": grid,
        "origin": origin,
        "points": points.tolist(),
        "point_rows": point_rows.tolist(),
        "lows": kept.lows.tolist(),
        "highs": kept.highs.tolist(),
        "cell_rows": kept.rows.tolist(),
        "first": first,
        "edges": kept.edges[np.array(first[1:], dtype=np.int64) - 1].tolist(),
    }
    return frozen, 0 if len(points) or len(kept.rows) else total


def read(frozen: Frozen) -> Axis:
    """The axis that `freeze` wrote."""
    grid = bool(frozen["grid"])
    points = np.array(frozen["points"], dtype=np.int64 if grid else np.float64)
    lows, highs = (np.array(frozen[name], dtype=np.float64) for name in ("lows", "highs"))
    cell_rows = np.array(frozen["cell_rows"], dtype=np.float64)
    first, edges = np.array(frozen["first"], dtype=np.int64), np.array(frozen["edges"], dtype=np.float64)
    middle = (first + np.r_[first[1:], len(lows)] - 1) // 2 if len(first) else first
    keys = np.r_[_relative(points, frozen["origin"]), (lows[middle] + highs[middle]) / 2]
    labels = np.r_[np.arange(len(points)), ~np.arange(len(first))]
    by_key = np.argsort(keys, kind="stable")
    interval_rows = np.add.reduceat(cell_rows, first) if len(first) else cell_rows
    rows = np.r_[np.array(frozen["point_rows"], dtype=np.float64), interval_rows][by_key]
    return Axis(grid, int(frozen["origin"]), points, lows, highs, cell_rows, first, edges, labels[by_key], rows)


def size(frozen: Frozen) -> int:
    """How many tokens a frozen axis has."""
    return len(frozen["points"]) + len(frozen["first"])


def encode(axis: Axis, values: Values) -> Int[np.ndarray, "values"]:
    """The token of each value: its point, else its interval, else the nearest point."""
    if axis.size == 0:
        return np.zeros(len(values), dtype=np.int64)
    tokens = np.zeros(len(values), dtype=np.int64)
    if len(axis.first):
        tokens = axis.token_of_interval[np.searchsorted(axis.edges, axis.position(values), side="left")]
    if len(axis.points):
        after = np.minimum(np.searchsorted(axis.points, values), len(axis.points) - 1)
        hit = axis.points[after] == values
        if not len(axis.first):
            before = np.maximum(after - 1, 0)
            gap_after, gap_before = (np.abs(_gap(axis.points[side], values)) for side in (after, before))
            after, hit = np.where(gap_before < gap_after, before, after), np.ones(len(values), dtype=bool)
        tokens = np.where(hit, axis.token_of_point[after], tokens)
    return tokens


def choose(values: Values, counts: Values, exact: Values, *, floor: int, tokens: int, grid: bool) -> Values:
    """Which values become points: all that reach the floor if few, else the common and the locally spiky."""
    candidate: Values = exact >= floor
    if candidate.sum() <= ALL_POINTS * tokens or not len(values):
        return candidate
    common = exact >= max(floor, int(counts.sum()) / tokens)
    expected = _local_rate(values.astype(np.float64), counts) if grid else np.zeros(len(values))
    deviation = (exact - expected) / np.sqrt(expected + 1)
    score = np.where(candidate & (common | (deviation >= SPIKE_DEVIATIONS)), deviation, -np.inf)
    score[common & candidate] += 1e12
    chosen = np.argsort(-score, kind="stable")[:tokens]
    keep: Values = np.zeros(len(values), dtype=bool)
    keep[chosen[np.isfinite(score[chosen])]] = True
    return keep


def _local_rate(values: Values, counts: Values, reach: int = 10) -> Float[np.ndarray, "values"]:
    """Rows per unit among the ten distinct values on either side, the value itself left out."""
    index = np.arange(len(values))
    left, right = np.maximum(index - reach, 0), np.minimum(index + reach, len(values) - 1)
    total = np.r_[0, np.cumsum(counts)]
    around = total[right + 1] - total[left] - counts
    return np.asarray(around / np.maximum(values[right] - values[left], 1.0))


def _origin(values: Values, counts: Values, floor: int) -> int:
    """Zero, or near the lowest rows where integers are too large for exact floats."""
    if not len(values) or max(abs(int(values[0])), abs(int(values[-1]))) < EXACT_INTEGERS:
        return 0
    lowest = values[: np.searchsorted(np.cumsum(counts), floor) + 1]
    return int(lowest[0]) + int(np.mean(_differ(lowest, int(lowest[0]))))


def _differ(values: Values, origin: int) -> Float[np.ndarray, "values"]:
    """Values less the origin, exact where the difference fits a float and never overflowing."""
    rough = values.astype(np.float64) - float(origin)
    with np.errstate(over="ignore"):
        return np.where(np.abs(rough) < 2**62, (values - np.int64(origin)).astype(np.float64), rough)


def _relative(points: Values, origin: int) -> Float[np.ndarray, "values"]:
    return _differ(points, origin) if origin else points.astype(np.float64)


def _gap(points: Values, values: Values) -> Float[np.ndarray, "values"]:
    return points.astype(np.float64) - values.astype(np.float64)


def cells(positions: Float[np.ndarray, "values"], counts: Values, *, floor: int, rows: int, grid: bool) -> Cells:
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


def _without_empty(found: Cells, points: Values, floor: int) -> Cells:
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


def _group(found: Cells, wanted: int) -> list[int]:
    """The first cell of each interval: runs of touching cells that reach the wanted rows."""
    begins = [0, *(np.flatnonzero(found.lows[1:] > found.highs[:-1]) + 1).tolist()]
    runs = pairwise([*begins, len(found.rows)]) if len(found.rows) else ()
    return [begin + int(start) for begin, end in runs for start in _gather(found.rows[begin:end], wanted)]
