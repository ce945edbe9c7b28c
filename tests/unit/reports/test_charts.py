"""Every chart is a Vega-Lite specification that compiles, with the numbers the judges gave."""

import json
import math
from typing import Any

import pytest
import vl_convert

from genloop.reports import charts
from genloop.reports.histogram import histogram
from genloop.reports.marks import Chart


def compiled(chart: Chart) -> dict[str, Any]:
    """The Vega of the chart, phrases and colours put in as the page does."""

    def fill(part: Any) -> Any:
        if isinstance(part, dict):
            return {key: fill(value) for key, value in part.items()}
        if isinstance(part, list):
            return [fill(value) for value in part]
        if isinstance(part, str):
            return "datum.label" if part == "@learnt" else "#123456" if part.startswith("$") else part.lstrip("@")
        return part

    raw = chart.to_dict()
    spec = {"$schema": "https://vega.github.io/schema/vega-lite/v6.json", "width": 300, **fill(raw["spec"])}
    vega: dict[str, Any] = vl_convert.vegalite_to_vega(json.dumps(spec | {"data": {"values": raw["rows"]}}))
    return vega


LABELS = {"labels": [f"v{i}" for i in range(20)], "real": [0.05] * 20, "made": [0.05] * 20}


@pytest.mark.parametrize(
    "chart",
    [
        charts.column({"labels": ["a", None, " "], "real": [0.5, 0.3, 0.2], "made": [0.4, 0.4, 0.2]}),
        charts.column(LABELS),
        charts.column({"edges": [0, 1, 2, 3], "real": [0.5, 0.3, 0.2], "made": [0.4, 0.4, 0.2]}),
        charts.column({"kind": "time", "edges": [0, 86400, 172800], "real": [0.5, 0.5], "made": [0.4, 0.6]}),
        charts.column({"kind": "time", "edges": ["2024-01-01", "2024-02-01"], "real": [1.0], "made": [1.0]}),
        charts.pairs(["a", "b", "c"], [[1, None, 0.7], [0.9, 1, math.nan], [0.7, 0.8, 1]]),
        charts.ranked([("a", 0.5), ("b", -0.1)], title="@attention"),
        charts.ranked([("a", 0.5), ("b", 0.1)], title="@advantage", between=[[0.4, 0.6], None]),
        charts.outcomes(0.9, 0.8),
        charts.roc([{"false": 0, "true": 0}, (1.0, 1.0)]),
    ],
)
def test_every_chart_compiles(chart: Chart | None) -> None:
    assert chart is not None
    assert compiled(chart)["marks"]


def test_a_column_without_bins_has_no_chart() -> None:
    assert charts.column({"edges": [], "real": [], "made": []}) is None
    assert charts.column({"labels": ["a"], "real": [1.0, 0.0], "made": [1.0]}) is None


def test_many_labels_end_in_one_bar_of_the_rest() -> None:
    chart = charts.column(LABELS)
    assert chart is not None
    assert len(chart.rows) == charts.LABELS_SHOWN
    assert chart.rows[-1] == {"name": charts.REST, "real": pytest.approx(0.65), "made": pytest.approx(0.65)}


def test_the_judges_own_rest_is_never_named_first() -> None:
    chart = charts.column({"labels": [charts.REST, "a"], "real": [0.9, 0.1], "made": [0.8, 0.2]})
    assert chart is not None
    assert [row["name"] for row in chart.rows] == ["a", charts.REST]


def test_the_worst_columns_come_first_in_the_heat_map() -> None:
    chart = charts.pairs(["good", "bad", "worse"], [[1, 0.9, 0.8], [0.9, 1, 0.5], [0.8, 0.5, 1]])
    assert chart.rows[0] == {"a": "bad", "b": "worse", "v": 0.5}
    assert len(chart.rows) == 3


def test_bins_of_one_width_stand_at_their_values() -> None:
    chart = histogram([0, 10, 20], [0.4, 0.6], [0.5, 0.5])
    assert [(row["x"], row["x2"]) for row in chart.rows[:2]] == [(0, 10), (10, 20)]
    assert chart.rows[-1] == {"at": 20.0, "real": 0.6, "made": 0.5}


def test_a_merged_bin_is_as_low_as_its_share_a_width() -> None:
    chart = histogram([0, 1, 2, 3, 8], [0.25, 0.25, 0.25, 0.25], [0, 0, 0, 1])
    steps = [row for row in chart.rows if "at" in row]
    assert steps[3]["real"] == pytest.approx(0.05)
    assert chart.rows[3]["real"] == 0.25  # the tooltip tells the share itself


def test_bins_of_all_widths_stand_side_by_side_with_their_edges_written() -> None:
    chart = histogram([0, 0, 1, 100, 12_345, math.inf], [0.2] * 5, [0.2] * 5)
    assert [row["x"] for row in chart.rows[:5]] == [0, 1, 2, 3, 4]
    assert [row["range"] for row in chart.rows[:5]] == ["0 – 0", "0 – 1", "1 – 100", "100 – 12.3k", "12.3k – ∞"]


@pytest.mark.parametrize(
    ("step", "first"),
    [(3600, "00:00 – 01:00"), (36_000, "01-01 00:00 – 01-01 10:00"), (86_400 * 2, "01-01 – 01-03")],
)
def test_times_are_written_as_fine_as_their_span_asks(step: int, first: str) -> None:
    chart = histogram([step * i for i in range(5)], [0.25] * 4, [0.25] * 4, seconds=True)
    assert chart.rows[0]["range"] == first


def test_years_are_written_alone_and_times_out_of_range_as_numbers() -> None:
    year = 31_557_600
    assert histogram([0, 10 * year, 20 * year], [1, 0], [1, 0], seconds=True).rows[0]["range"] == "1970 – 1980"
    assert histogram([0, 1e15, 2e15], [1, 0], [1, 0], seconds=True).rows[0]["range"] == "1970 – 1e+15"


def test_the_names_of_edges_are_never_code() -> None:
    chart = histogram(['"+alert(1)+"', "b"], [1.0], [1.0])
    expression = json.dumps(chart.spec)
    assert json.dumps(json.dumps('"+alert(1)+"'))[1:-1] in expression
    assert compiled(chart)["marks"]
