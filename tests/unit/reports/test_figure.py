"""A score is told in its own form, with what is best to expect and the limits it was held against."""

import math
import re

import pytest

from genloop.core.score import Score
from genloop.reports import figure

C2ST = Score("c2st", 0.531, "fidelity", (0, 1), "lower", 0.5, (0.52, 0.54), unit="area under the curve")
PAIRS = Score("pairs", 0.96, "fidelity", (0, 1), "higher", 1, (0.95, 0.97), ceiling=0.98)


@pytest.mark.parametrize(
    ("name", "unit", "value", "text"),
    [
        ("c2st", "", 0.5312, "0.531"),
        ("usefulness", "ratio", 0.9962, "99.6 %"),
        ("membership", "advantage", -0.0049, "−0.5 %"),
        ("copies", "ratio", 0.934, "× 0.93"),
        ("copies", "ratio", 10_000.0, "× 10,000"),
        ("copies", "ratio", math.inf, "∞"),
        ("copies", "ratio", -math.inf, "−∞"),
        ("copies", "ratio", math.nan, "–"),
        ("loudness", "dB", -3.0, "−3.000 dB"),
        ("loudness", "%", 3.0, "3 %"),
    ],
)
def test_a_number_is_written_in_its_own_form(name: str, unit: str, value: float, text: str) -> None:
    assert figure.number(Score(name, value, "safety", (0, 1), "higher", 1, unit=unit), value) == text


def test_what_is_best_to_expect_names_fresh_real_rows_only_where_they_differ_from_the_ideal() -> None:
    assert [part.en for part in figure.reach(PAIRS)] == ["ideal 1.000", "fresh real rows 0.980"]
    assert [part.en for part in figure.reach(C2ST)] == ["ideal 0.500"]


def test_limits_are_told_on_the_scores_own_scale() -> None:
    told = [figure.limits(score) for score in (C2ST, PAIRS, Score("copies", 1, "originality", (0, 9), "lower", 1))]
    assert [words.en for words in told if words] == [
        "good up to 0.600, bad above 0.750",
        "good from 0.950, bad below 0.860",
        "good up to × 1.50, bad when the whole interval lies above × 1.00",
    ]


def test_a_strangers_score_keeps_its_name_and_has_no_limits() -> None:
    score = Score("loudness", 0.5, "safety", (0, 1), "higher", 1)
    assert figure.name(score).zh == "loudness"
    assert figure.about(score) is None
    assert figure.limits(score) is None
    assert 'class="zone none"' in figure.strip(score)


def test_the_strip_puts_dot_interval_and_zones_where_they_belong() -> None:
    drawn = figure.strip(C2ST)
    zones = re.findall(r'zone (\w+)" x="([\d.]+)"', drawn)
    assert [level for level, _ in zones] == ["good", "fair", "bad"]
    places = [float(x) for _, x in zones]
    assert places == sorted(places)
    dot = float(re.search(r'cx="([\d.]+)"', drawn)[1])  # type: ignore[index]
    assert places[0] < dot < places[1]
    assert 'class="interval"' in drawn


def test_better_lies_to_the_right_where_higher_is_better() -> None:
    zones = re.findall(r'zone (\w+)" x="([\d.]+)"', figure.strip(PAIRS))
    assert sorted(zones, key=lambda zone: float(zone[1])) == zones[::-1]


def test_a_value_off_the_scale_stays_on_the_strip() -> None:
    drawn = figure.strip(Score("c2st", 1.0, "fidelity", (0, 1), "lower", 0.5))
    assert 'cx="174.0"' in drawn


@pytest.mark.parametrize("bounds", [(0.0, math.inf), (1.0, 1.0)])
def test_what_has_no_scale_has_no_strip(bounds: tuple[float, float]) -> None:
    assert figure.strip(Score("loudness", 0.5, "safety", bounds, "higher", 1)) == "<span>–</span>"
    assert figure.strip(Score("c2st", math.nan, "fidelity", (0, 1), "lower", 0.5)) == "<span>–</span>"
