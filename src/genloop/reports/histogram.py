"""Two distributions over the same edges in one drawing, legible with spikes, long tails and times."""

import json
import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from genloop.reports.marks import Chart, share, tips

_WIDE = 1.5


def histogram(edges: Sequence[Any], real: Sequence[float], made: Sequence[float], *, real_name: str = "@real") -> Chart:
    """Two histograms over the same edges: the first as filled steps, the second as a line.

    Bins of about equal width stand at their values; others stand side by side, so that a spike and a long tail are
    both legible, with the edges written below.
    """
    spread = _spread(edges)
    names = [_edge(edge) for edge in edges]
    at = [float(edge) for edge in edges] if spread else [float(index) for index in range(len(edges))]
    rows = [
        {"x": a, "x2": b, "real": r, "made": m, "range": f"{low} – {high}"}
        for a, b, r, m, low, high in zip(at, at[1:], real, made, names, names[1:], strict=False)
    ]
    axis: dict[str, Any] = {"title": None, "grid": False, "tickCount": 5, "labelFlush": True, "format": "~s"}
    if not spread:
        ticks = _ticks(len(edges))
        axis |= {
            "values": ticks,
            "labelExpr": _written({tick: names[tick] for tick in ticks}),
            "labelOverlap": "greedy",
        }
        axis.pop("format")
    x = {"field": "x", "type": "quantitative", "axis": axis, "scale": {"zero": False, "nice": False}}
    steps = [{"at": row["x"], "real": row["real"], "made": row["made"]} for row in rows]
    steps.append({**steps[-1], "at": at[-1]})
    drawn: dict[str, Any] = {"interpolate": "step-after", "aria": False}
    area, line = {"type": "area", "color": "$real"}, {"type": "line", "color": "$made", "strokeWidth": 2}
    layers: list[dict[str, Any]] = [
        {
            "transform": [{"filter": "isValid(datum.at)"}],
            "mark": drawn | mark,
            "encoding": {"x": {**x, "field": "at"}, "y": share(side)},
        }
        for side, mark in (("real", area), ("made", line))
    ]
    tooltip = [{"field": "range", "title": "@range"}, *tips(real_name)]
    layers.append(
        {
            "transform": [{"filter": "isValid(datum.x)"}],
            "mark": {"type": "rect", "opacity": 0, "aria": False},
            "encoding": {"x": x, "x2": {"field": "x2"}, "tooltip": tooltip},
        }
    )
    return Chart({"height": 130, "layer": layers}, rows + steps, 160)


def _spread(edges: Sequence[Any]) -> bool:
    """Whether the edges are numbers whose bins have about the same width."""
    if not all(isinstance(edge, int | float) and math.isfinite(edge) for edge in edges):
        return False
    widths = [b - a for a, b in pairwise(edges)]
    return bool(min(widths) > 0 and max(widths) <= _WIDE * min(widths))


def _ticks(count: int) -> list[int]:
    step = max(1, math.ceil((count - 1) / 5))
    return list(range(0, count, step))


def _written(names: Mapping[int, str]) -> str:
    """A Vega expression that writes a tick's name; names are JSON strings in it, never code."""
    text = "''"
    for tick, name in names.items():
        text = f"datum.value === {tick} ? {json.dumps(name)} : {text}"
    return text


def _edge(edge: Any) -> str:
    if isinstance(edge, bool) or not isinstance(edge, int | float):
        return str(edge).replace("T00:00:00", "").replace("T", " ")
    if not math.isfinite(edge):
        return "∞" if edge > 0 else "−∞"
    size = abs(edge)
    for floor, unit in ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e4, "k")):
        if size >= floor:
            return f"{edge / (1e3 if unit == 'k' else floor):.3g}{unit}"
    return f"{edge:.4g}"
