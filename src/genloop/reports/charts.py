"""Vega-Lite specifications of every chart of the card, as data."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from genloop.reports.histogram import histogram
from genloop.reports.marks import Chart, names_axis, quiet, tip, tips

LABELS_SHOWN = 8
REST = "…"  # the label of all values that are not named
_SMALL = 36


def column(detail: Mapping[str, Any]) -> Chart | None:
    """Made over real for one column: bars by label, or a histogram by edges; None when the judge gave neither."""
    real, made = _numbers(detail.get("real")), _numbers(detail.get("made"))
    if detail.get("labels") and len(real) == len(detail["labels"]) == len(made):
        return _bars(detail["labels"], real, made)
    if detail.get("edges") and len(real) == len(detail["edges"]) - 1 == len(made):
        return histogram(detail["edges"], real, made, seconds=_seconds(detail))
    return None


def pairs(names: Sequence[str], matrix: Sequence[Sequence[float | None]]) -> Chart:
    """Heat map of the agreement of every pair, the columns that agree least first."""
    order = sorted(range(len(names)), key=lambda i: _mean([v for j, v in enumerate(matrix[i]) if j != i]))
    rows: list[dict[str, Any]] = []
    values: list[float] = []
    for place, i in enumerate(order):
        for j in order[:place]:
            value = matrix[i][j] if matrix[i][j] is not None else matrix[j][i]
            if value is not None and not math.isnan(value):
                values.append(float(value))
                rows.append({"a": str(names[i]), "b": str(names[j]), "v": float(value)})
    low = min([0.9, *values])
    axis = names_axis(110) | {"labelOverlap": False, "labelFontSize": 11 if len(names) < _SMALL else 9.5}
    cell = max(11, min(30, 620 // max(len(names), 1)))
    spec = {
        "height": cell * max(len(names) - 1, 1),
        "mark": {"type": "rect", "aria": False, "stroke": "$paper", "strokeWidth": 1 if len(names) < 40 else 0.5},
        "encoding": {
            "x": {
                "field": "b",
                "type": "nominal",
                "sort": None,
                "axis": {**axis, "labelAngle": -90, "orient": "bottom"},
            },
            "y": {"field": "a", "type": "nominal", "sort": None, "axis": axis},
            "color": {
                "field": "v",
                "type": "quantitative",
                "scale": {
                    "domain": [low, 1],
                    "range": ["$heat0", "$heat1", "$heat2"],
                    "clamp": True,
                    "interpolate": "rgb",
                },
                "legend": {"title": "@agreement", "orient": "top", "gradientLength": 160, "tickCount": 3},
            },
            "tooltip": [
                {"field": "a", "title": "@column"},
                {"field": "b", "title": "@column"},
                {"field": "v", "title": "@agreement", "format": ".3f"},
            ],
        },
    }
    return Chart(spec, rows, cell * max(len(names) - 1, 1) + 150)


def ranked(rows: Sequence[tuple[str, float]], *, title: str, between: Sequence[Sequence[float] | None] = ()) -> Chart:
    """Horizontal bars in the given order; `between` gives the interval of each, where there is one."""
    ends = [pair or (value, value) for (_, value), pair in zip(rows, between or [None] * len(rows), strict=True)]
    data: list[dict[str, Any]] = [
        {"name": name, "v": value, "low": low, "high": high, "end": max(value, high, 0.0)}
        for (name, value), (low, high) in zip(rows, ends, strict=True)
    ]
    tooltip = [{"field": "name", "title": "@column"}, tip("v", title, ".1%")]
    bar = {"type": "bar", "color": "$made", "height": {"band": 0.6}, "cornerRadiusEnd": 2, "aria": False}
    rule = {"type": "rule", "color": "$ink", "strokeWidth": 1.5, "opacity": 0.65, "aria": False}
    text = {"type": "text", "align": "left", "dx": 6, "color": "$soft", "aria": False}
    number: dict[str, Any] = {"field": "v", "type": "quantitative"}
    top = max([0.0, *(row["end"] for row in data)])
    value = number | {"axis": quiet("~%")} | _room(top)
    layers: list[dict[str, Any]] = [{"mark": bar, "encoding": {"x": value, "tooltip": tooltip}}]
    if between:
        layers.append({"mark": rule, "encoding": {"x": number | {"field": "low"}, "x2": {"field": "high"}}})
    layers.append({"mark": text, "encoding": {"x": number | {"field": "end"}, "text": number | {"format": ".1%"}}})
    y = {"field": "name", "type": "nominal", "sort": None, "axis": names_axis()}
    return Chart({"height": 22 * len(data), "encoding": {"y": y}, "layer": layers}, data, 22 * len(data) + 30)


def outcomes(real: float, made: float) -> Chart:
    """The two bars of usefulness."""
    data = [{"who": "real", "v": real}, {"who": "made", "v": made}]
    spec = {
        "height": 76,
        "encoding": {
            "y": {
                "field": "who",
                "type": "nominal",
                "sort": None,
                "axis": {"title": None, "ticks": False, "domain": False, "labelExpr": "@learnt"},
            },
            "x": {"field": "v", "type": "quantitative", "axis": quiet("~f"), **_room(max(real, made))},
        },
        "layer": [
            {
                "mark": {"type": "bar", "height": {"band": 0.6}, "cornerRadiusEnd": 2, "aria": False},
                "encoding": {
                    "color": {
                        "field": "who",
                        "type": "nominal",
                        "scale": {"domain": ["real", "made"], "range": ["$real", "$made"]},
                        "legend": None,
                    },
                    "tooltip": [tip("v", "@result", ".4f")],
                },
            },
            {
                "mark": {"type": "text", "align": "left", "dx": 5, "color": "$ink", "aria": False},
                "encoding": {"text": {"field": "v", "type": "quantitative", "format": ".4f"}},
            },
        ],
    }
    return Chart(spec, data, 110)


def _room(top: float) -> dict[str, Any]:
    """A scale that leaves room for the number behind the longest bar."""
    return {"scale": {"domainMax": 1.3 * top}} if top > 0 else {}


def roc(points: Sequence[Any]) -> Chart:
    """The curve of the membership attack over the diagonal of guessing."""
    rows = [{"fpr": x, "tpr": y} for x, y in map(_point, points)]
    ends = [{"g": 0.0}, {"g": 1.0}]
    axis = {"format": ".0%", "tickCount": 5}
    x = {"field": "fpr", "type": "quantitative", "scale": {"domain": [0, 1]}, "axis": {**axis, "title": "@accused"}}
    y = {"field": "tpr", "type": "quantitative", "scale": {"domain": [0, 1]}, "axis": {**axis, "title": "@caught"}}
    guess = {"type": "line", "color": "$soft", "strokeDash": [5, 4], "strokeWidth": 1.5, "aria": False}
    curve = {"type": "line", "color": "$made", "strokeWidth": 2.5, "aria": False}
    layers: list[dict[str, Any]] = [
        {
            "transform": [{"filter": "isValid(datum.g)"}],
            "mark": guess,
            "encoding": {"x": {**x, "field": "g"}, "y": {**y, "field": "g"}},
        },
        {"transform": [{"filter": "isValid(datum.fpr)"}], "mark": curve, "encoding": {"x": x, "y": y}},
    ]
    return Chart({"height": 280, "layer": layers}, rows + ends, 330)


def _bars(labels: Sequence[Any], real: Sequence[float], made: Sequence[float]) -> Chart:
    rows: list[dict[str, Any]] = [
        {"name": _label(label), "real": r, "made": m} for label, r, m in zip(labels, real, made, strict=True)
    ]
    named = [row for row in rows if row["name"] != REST]
    if len(rows) > LABELS_SHOWN or len(named) < len(rows):
        named.sort(key=lambda row: -max(row["real"], row["made"]))
        shown = named[: LABELS_SHOWN - 1]
        rest = [row for row in rows if row not in shown]
        rows = [*shown, {"name": REST} | {side: sum(row[side] for row in rest) for side in ("real", "made")}]
    return _paired(rows, step=max(16, min(26, 130 // len(rows))), limit=110)


def _paired(rows: list[dict[str, Any]], *, step: int, limit: int) -> Chart:
    y = {"field": "name", "type": "nominal", "sort": None, "axis": names_axis(limit)}
    layers = [
        {
            "mark": {"type": "bar", "color": color, "height": {"band": band}, "aria": False},
            "encoding": {
                "x": {"field": side, "type": "quantitative", "axis": quiet("~%")},
                "tooltip": [{"field": "name", "title": "@value"}, *tips()],
            },
        }
        for side, color, band in (("real", "$real", 0.9), ("made", "$made", 0.36))
    ]
    spec = {"height": step * len(rows), "encoding": {"y": y}, "layer": layers}
    return Chart(spec, rows, step * len(rows) + 30)


def _label(label: Any) -> str:
    return "∅" if label is None else str(label) if str(label).strip() else "␣"


def _seconds(detail: Mapping[str, Any]) -> bool:
    return detail.get("kind") == "time" and isinstance(detail["edges"][0], int | float)


def _mean(values: Sequence[float | None]) -> float:
    known = [value for value in values if value is not None and not math.isnan(value)]
    return sum(known) / len(known) if known else 1.0


def _point(point: Any) -> tuple[float, float]:
    if isinstance(point, Mapping):
        return float(point["false"]), float(point["true"])
    return float(point[0]), float(point[1])


def _numbers(values: Any) -> list[float]:
    return [float(value) for value in values] if values is not None else []
