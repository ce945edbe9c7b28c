"""Two distributions over the same edges in one drawing, legible with spikes, long tails and times."""

import json
import math
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

from genloop.reports.marks import Chart, share, tips

_ALIKE, _WIDEST = 1.5, 40
_NUMBER = "format(datum.value, abs(datum.value) < 100000 ? '.6~f' : '~s')"
_DAY, _YEAR = 86_400, 31_557_600
_UNITS = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e4, "k"))
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def histogram(
    edges: Sequence[Any],
    real: Sequence[float],
    made: Sequence[float],
    *,
    real_name: str = "@real",
    seconds: bool = False,
) -> Chart:
    """Two histograms over the same edges: the first as filled steps, the second as a line.

    `seconds` says that the edges are times, in seconds since 1970. Bins of mostly one width stand at their values, a
    wider one as low as its share a width; other bins stand side by side with their edges written below, so that a
    spike and a long tail are both legible.
    """
    base = _width(edges)
    names = [_edge(edge, _pattern(edges) if seconds else None) for edge in edges]
    at = [float(edge) for edge in edges] if base else [float(index) for index in range(len(edges))]
    rows = [
        {"x": a, "x2": b, "real": r, "made": m, "range": f"{low} – {high}"}
        for (a, b), r, m, (low, high) in zip(pairwise(at), real, made, pairwise(names), strict=True)
    ]
    steps = [{"at": row["x"], **_heights(row, base)} for row in rows]
    steps.append({**steps[-1], "at": at[-1]})
    axis = _axis(at, names, written=not base or seconds)
    return Chart({"height": 130, "layer": _layers(axis, real_name)}, rows + steps, 160)


def _heights(row: Mapping[str, Any], base: float | None) -> dict[str, float]:
    part = min(1.0, base / (row["x2"] - row["x"])) if base else 1.0
    return {side: row[side] * part for side in ("real", "made")}


def _layers(axis: Mapping[str, Any], real_name: str) -> list[dict[str, Any]]:
    x = {"type": "quantitative", "axis": axis, "scale": {"zero": False, "nice": False}}
    drawn: dict[str, Any] = {"interpolate": "step-after", "aria": False}
    marks: tuple[tuple[str, dict[str, Any]], ...] = (
        ("real", {"type": "area", "color": "$real"}),
        ("made", {"type": "line", "color": "$made", "strokeWidth": 2}),
    )
    shapes = [
        {
            "transform": [{"filter": "isValid(datum.at)"}],
            "mark": drawn | mark,
            "encoding": {"x": {**x, "field": "at"}, "y": share(side)},
        }
        for side, mark in marks
    ]
    hover = {
        "transform": [{"filter": "isValid(datum.x)"}],
        "mark": {"type": "rect", "opacity": 0, "aria": False},
        "encoding": {
            "x": {**x, "field": "x"},
            "x2": {"field": "x2"},
            "tooltip": [{"field": "range", "title": "@range"}, *tips(real_name)],
        },
    }
    return [*shapes, hover]


def _axis(at: Sequence[float], names: Sequence[str], *, written: bool) -> dict[str, Any]:
    axis: dict[str, Any] = {"title": None, "grid": False, "labelFlush": True, "labelOverlap": "greedy"}
    if not written:
        return axis | {"tickCount": 5, "labelExpr": _NUMBER}
    step = max(1, math.ceil((len(at) - 1) / 4))
    ticks = {at[place]: names[place] for place in range(0, len(at), step)}
    return axis | {"values": list(ticks), "labelExpr": _written(ticks)}


def _width(edges: Sequence[Any]) -> float | None:
    """The usual width of the bins; None when the edges are no numbers, or most bins have widths of their own."""
    if not all(isinstance(edge, int | float) and math.isfinite(edge) for edge in edges):
        return None
    widths = [float(b - a) for a, b in pairwise(edges)]
    usual = median(widths)
    alike = sum(width <= _ALIKE * usual and width * _ALIKE >= usual for width in widths)
    fits = min(widths) > 0 and max(widths) <= _WIDEST * min(widths) and 2 * alike > len(widths)
    return usual if fits else None


def _written(names: Mapping[float, str]) -> str:
    """A Vega expression that writes a tick's name; names are JSON strings in it, never code."""
    text = "''"
    for tick, name in names.items():
        text = f"datum.value === {json.dumps(tick)} ? {json.dumps(name)} : {text}"
    return text


def _pattern(edges: Sequence[Any]) -> str:
    """How the times of the edges are written: as fine as their span asks for."""
    span = float(edges[-1]) - float(edges[0])
    if span > 10 * _YEAR:
        return "%Y"
    if span > _YEAR / 3:
        return "%Y-%m"
    return "%m-%d" if span > 3 * _DAY else "%m-%d %H:%M" if span > _DAY else "%H:%M"


def _edge(edge: Any, pattern: str | None) -> str:
    if isinstance(edge, bool) or not isinstance(edge, int | float):
        return str(edge).replace("T00:00:00", "").replace("T", " ")
    if not math.isfinite(edge):
        return "∞" if edge > 0 else "−∞"
    if pattern is not None:
        return _moment(float(edge), pattern)
    for floor, unit in _UNITS:
        if abs(edge) >= floor:
            return f"{edge / (1e3 if unit == 'k' else floor):.3g}{unit}"
    return f"{edge:.4g}"


def _moment(seconds: float, pattern: str) -> str:
    try:
        return (_EPOCH + timedelta(seconds=seconds)).strftime(pattern)
    except OverflowError:
        return f"{seconds:.4g}"
