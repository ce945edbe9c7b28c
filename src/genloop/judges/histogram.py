"""What a column's distributions look like, as a chart may show it: no cell stands for fewer real rows than the floor.

Edges are multiples of round steps, so they carry no value of a real row.
"""

import math
from typing import Any

import numpy as np
from jaxtyping import Float, Int64

from genloop.judges.view import Axis

REST = "…"  # label of all values that are too rare to be named
_MOST_LABELS = 20
_MOST_BINS = 30
_HOUR, _DAY = 3600.0, 86400.0
_TIME_STEPS = (1.0, 5.0, 15.0, 60.0, 300.0, 900.0, _HOUR, 3 * _HOUR, 6 * _HOUR, _DAY, 7 * _DAY, 30 * _DAY, 91 * _DAY)


def draw(
    axis: Axis, real: Float[np.ndarray, " rows"], made: Float[np.ndarray, " made_rows"], *, floor: int
) -> dict[str, Any]:
    """Labels or edges with the shares of real and made rows among those present, and the shares missing."""
    missing = [int(np.isnan(values).sum()) for values in (real, made)]
    real, made = real[~np.isnan(real)], made[~np.isnan(made)]
    cells = _labelled(axis, real, made, floor) if axis.is_category else _binned(axis, real, made, floor)
    return {
        **cells,
        "missing_real": _share(missing[0] if missing[0] >= floor else 0, len(real) + missing[0]),
        "missing_made": _share(missing[1], len(made) + missing[1]),
    }


def _labelled(
    axis: Axis, real: Float[np.ndarray, " rows"], made: Float[np.ndarray, " made_rows"], floor: int
) -> dict[str, Any]:
    counts = [np.bincount(values.astype(int), minlength=len(axis.labels)) for values in (real, made)]
    shown = int(np.sum(counts[0][:_MOST_LABELS] >= floor))  # codes come most frequent first
    if 0 < counts[0][shown:].sum() < floor and shown:
        shown -= 1  # the rest must stand for enough rows too
    labels, tables = list(axis.labels[:shown]), [count[:shown].astype(np.int64) for count in counts]
    if shown < len(axis.labels):
        labels.append(REST)
        tables = [
            np.append(table, count[shown:].sum()).astype(np.int64) for table, count in zip(tables, counts, strict=True)
        ]
    return {"labels": labels, "real": _shares(tables[0]), "made": _shares(tables[1])}


def _binned(
    axis: Axis, real: Float[np.ndarray, " rows"], made: Float[np.ndarray, " made_rows"], floor: int
) -> dict[str, Any]:
    if len(real) < floor:
        return {"edges": [], "real": [], "made": []}
    edges = _edges(axis, real)
    low, high = edges[0], edges[-1]
    counts = [np.histogram(np.clip(values, low, high), edges)[0].astype(np.int64) for values in (real, made)]
    keep = _merge(counts[0], floor)
    starts = np.array([0, *keep[:-1]])
    merged = [np.add.reduceat(count, starts) for count in counts]
    return {
        "edges": [float(edge) for edge in edges[[0, *keep]]],
        "real": _shares(merged[0]),
        "made": _shares(merged[1]),
    }


def _edges(axis: Axis, real: Float[np.ndarray, " rows"]) -> Float[np.ndarray, " edges"]:
    low, high = (float(part) for part in np.quantile(real, (0.005, 0.995)))
    step = _step(axis, (high - low) / _MOST_BINS, max(abs(low), abs(high)))
    first, last = math.floor(low / step), math.floor(high / step) + 1
    return np.array([float(f"{place * step:.12g}") for place in range(first, last + 1)])


def _step(axis: Axis, width: float, largest: float) -> float:
    """The smallest round step of at least `width`: 1, 2 or 5 by a power of ten, or a common span of time.

    It is never finer than floats near `largest` resolve.
    """
    if axis.column.kind == "time":
        return next((step for step in _TIME_STEPS if step >= width), max(1.0, math.ceil(width / _DAY)) * _DAY)
    smallest = 10.0 ** -(axis.column.decimals if axis.column.decimals is not None else 9)
    smallest = max(smallest, abs(largest) * 1e-12)
    power = 10.0 ** math.floor(math.log10(max(width, smallest)))
    return max(smallest, next(power * part for part in (1, 2, 5, 10) if power * part >= width * (1 - 1e-9)))


def _merge(count: Int64[np.ndarray, " bins"], floor: int) -> list[int]:
    """Right ends of runs of bins that hold at least `floor` real rows each."""
    ends, total = [], 0
    for place, rows in enumerate(count.tolist(), 1):
        total += rows
        if total >= floor:
            ends.append(place)
            total = 0
    if not ends:
        return [len(count)]
    ends[-1] = len(count)
    return ends


def _shares(count: Int64[np.ndarray, " bins"]) -> list[float]:
    return [_share(rows, int(count.sum())) for rows in count.tolist()]


def _share(count: int, rows: int) -> float:
    return round(count / rows, 6) if rows else 0.0
