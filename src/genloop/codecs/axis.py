"""An ordered axis of tokens: values that many rows carry are kept as points, all others lie in small intervals.

A histogram with equal rows per bin and exact atoms beside it. A point is a value that at least the floor of rows carry.
An interval is a run of cells (see `cells`); a cell holds at least the floor of rows and is drawn from uniformly,
skipping points. An axis is a grid (integers, decimals) or continuous.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int, Shaped

from genloop.codecs import cells, heaps

Values = Shaped[np.ndarray, "_values"]
Frozen = dict[str, Any]

CELLS_PER_INTERVAL = 4
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
    heaps: Float[np.ndarray, "cells digits"]
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


def freeze(
    values: Values, counts: Values, *, floor: int, tokens: int, exact: Values | None = None, heaped: bool = False
) -> tuple[Frozen, int]:
    """The axis of sorted distinct `values` carried by `counts` rows, and how many rows it could not keep.

    `exact` counts the rows that stand on the value itself where values were rounded before; it decides points.
    Where `heaped`, units are decimal and drawn ones are to be round as often as the rows' (see `heaps`).
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
    found = cells.fit(positions, rest_counts, floor=floor, rows=max(floor, -(-wanted // CELLS_PER_INTERVAL)), grid=grid)
    kept = cells.join_empty(found, _relative(points, origin), floor) if grid else found
    first = cells.group(kept, wanted)
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
        "heaps": heaps.fit(rest, rest_counts, kept.edges, floor) if heaped and grid and not origin and total else [],
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
    heaped = heaps.read(frozen["heaps"], len(lows))
    return Axis(grid, int(frozen["origin"]), points, lows, highs, cell_rows, first, edges, heaped, labels[by_key], rows)


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
