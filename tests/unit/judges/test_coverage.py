"""Rare groups: present, lost, and what fresh rows would show."""

import dataclasses

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from genloop.core.protocols import Evidence
from genloop.core.schema import Column, Schema
from genloop.judges import bins, coverage
from genloop.judges.view import Axis

_SCHEMA = Schema((Column("c", "category"),))


def _zipf(rows, seed):
    chance = 1 / np.arange(1, 401) ** 1.3
    return pa.table(
        {"c": np.char.add("v", np.random.default_rng(seed).choice(400, rows, p=chance / chance.sum()).astype(str))}
    )


def test_fresh_rows_reach_the_ceiling(scored, world):
    score = scored(coverage, world("fresh"))["coverage"]
    assert score.value == pytest.approx(score.ceiling, abs=0.02)
    assert score.detail["recall"] > 0.6
    assert score.detail["count"] > 20


def test_the_ceiling_is_what_repeated_fresh_tables_show_on_average(scored, monkeypatch):
    monkeypatch.setattr(coverage, "_VALUES", 400)
    values, ceilings = [], []
    for seed in range(0, 60, 3):
        train, holdout, made = (_zipf(1200, seed + part) for part in range(3))
        score = scored(coverage, Evidence(_SCHEMA, train, holdout, made, None))["coverage"]
        values.append(score.value)
        ceilings.append(score.ceiling)
    assert np.mean(values) == pytest.approx(np.mean(ceilings), abs=0.01)


def test_lost_values_are_counted_and_shown_first(scored):
    train = pa.table({"c": ["common"] * 960 + ["rare a"] * 10 + ["rare b"] * 10 + ["rare c"] * 10 + ["once"] * 4})
    made = pa.table({"c": ["common"] * 980 + ["rare a"] * 10 + ["once"] * 4})
    score = scored(coverage, Evidence(_SCHEMA, train, train, made, None))["coverage"]
    assert score.value == pytest.approx(1 / 3)
    assert score.detail["count"] == 3
    shown = score.detail["groups"]
    assert {tuple(group["values"]) for group in shown[:2]} == {("rare b",), ("rare c",)}
    assert shown[0]["real"] == pytest.approx(10 / 994, abs=1e-5)
    assert shown[0]["made"] == 0
    assert not any("once" in group["values"] for group in shown)


def test_pairs_that_vanish_are_caught_though_their_values_stay(scored):
    rng = np.random.default_rng(0)
    first = rng.choice(["a", "b", "c", "d"], 4000, p=[0.3, 0.3, 0.36, 0.04])
    second = np.where(first == "d", rng.choice(["x", "y"], 4000, p=[0.15, 0.85]), "x")
    train = pa.table({"p": first, "q": second})
    made = pa.table({"p": first, "q": np.where((first == "d") & (second == "x"), "y", second)})
    schema = Schema((Column("p", "category"), Column("q", "category")))
    score = scored(coverage, Evidence(schema, train, None, made, None))["coverage"]
    assert score.value == 0
    assert score.detail["groups"][0]["columns"] == ["p", "q"]
    assert score.detail["groups"][0]["values"] == ["d", "x"]


def test_missing_cells_can_be_a_rare_group(scored):
    train = pa.table({"c": ["a"] * 990 + [None] * 10})
    made = pa.table({"c": ["a"] * 1000})
    score = scored(coverage, Evidence(_SCHEMA, train, None, made, None))["coverage"]
    assert score.value == 0
    assert score.detail["groups"][0]["values"] == [None]


def test_many_more_made_rows_do_not_help(scored, world):
    made = pa.concat_tables([world().made] * 4)
    assert scored(coverage, world(made))["coverage"].detail["rows"] == 800


def test_without_rare_groups_or_rows_there_is_no_score(scored):
    plain = pa.table({"c": ["a"] * 500 + ["b"] * 500})
    assert scored(coverage, Evidence(_SCHEMA, plain, plain, plain, None)) == {}
    assert scored(coverage, Evidence(_SCHEMA, None, None, plain, None)) == {}


def test_wide_tables_are_judged_on_a_choice_of_pairs():
    assert len(coverage._sets(60, 0)) == 60 + 400


@pytest.mark.parametrize(
    ("column", "values", "cell", "text"),
    [
        (Column("x", "number", decimals=2), np.arange(1000) / 8, 2, "12.5..25"),
        (Column("x", "number", decimals=2), np.arange(1000) / 8, 1, "..12.5"),
        (Column("x", "number"), np.array([1.5, 2.5]), 2, "2.5"),
        (Column("t", "time"), np.array([0.0, 86400.0]), 2, "1970-01-02 00:00:00"),
        (Column("t", "time"), np.arange(1000.0) * 86400, 1, "..1970-04-10"),
        (Column("t", "time"), np.array([0.0, 253402300799.999999]), 2, "9999-12-31 23:59:59"),
        (Column("t", "time"), np.array([0.0, -62135596800.0]), 1, "0001-01-01 00:00:00"),
        (Column("x", "number"), np.array([1.0, 2.0]), 0, None),
    ],
)
def test_a_group_is_named_in_words_with_rounded_ends(column, values, cell, text):
    axis = Axis(column)
    assert coverage._label(axis, bins.fit(axis, values, most=10), cell) == text


def test_rounded_ends_are_not_the_rows_values(world):
    values = np.array(pc.drop_null(world().train.column("income")))
    axis = Axis(dataclasses.replace(world().schema["income"]))
    fitted = bins.fit(axis, values, most=10)
    assert not set(coverage._round(axis, fitted.edges)) & set(values)


def test_what_is_left_of_a_category_with_very_many_values_is_no_group(scored):
    common = [f"v{place}" for place in range(coverage._VALUES) for _ in range(40)]
    train = pa.table({"c": [*common, *(f"left {place}" for place in range(20))]})
    assert scored(coverage, Evidence(_SCHEMA, train, None, train, None)) == {}
