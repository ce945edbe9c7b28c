"""Every registered judge keeps the contract, on tables of every kind, found by name."""

import dataclasses
import json
import math
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from genloop.core import registry
from genloop.core.protocols import Evidence
from genloop.core.rules import Order
from genloop.core.schema import Column, Schema
from genloop.core.score import Score

_SCHEMA = Schema(
    (
        Column("id", "key", "int64"),
        Column("note", "text"),
        Column("amount", "number", "double", decimals=3),
        Column("count", "number", "int64", decimals=0),
        Column("shop", "category"),
        Column("at", "time", "timestamp[us]"),
        Column("lat", "place", "double", decimals=5, partner="lon"),
        Column("lon", "place", "double", decimals=5, partner="lat"),
        Column("paid", "category"),
        Column("same", "category"),
        Column("nothing", "number", "double"),
    )
)


def _table(rows: int, seed: int) -> pa.Table:
    rng = np.random.default_rng(seed)
    count = rng.integers(0, 9, rows)
    start = datetime(2024, 1, 1)
    shops = np.array([f"shop {place}" for place in range(12)])[np.minimum(rng.geometric(0.4, rows), 12) - 1]
    spot = rng.normal(0, 0.5, (rows, 2))
    return pa.table(
        {
            "id": np.arange(rows) + seed * 10_000,
            "note": [f"note {seed} {place}" for place in range(rows)],
            "amount": pa.array(np.round(rng.lognormal(3, 1, rows), 3), mask=rng.random(rows) < 0.15),
            "count": pa.array(count, pa.int64()),
            "shop": pa.array(shops.tolist(), pa.string(), mask=rng.random(rows) < 0.1),
            "at": pa.array(
                [start + timedelta(seconds=int(s)) for s in rng.integers(0, 10**7, rows)], pa.timestamp("us")
            ),
            "lat": np.round(50 + spot[:, 0], 5),
            "lon": np.round(8 + spot[:, 1], 5),
            "paid": pa.array(np.where(count + rng.normal(0, 1, rows) > 3, "yes", "no").tolist()),
            "same": ["one"] * rows,
            "nothing": pa.nulls(rows, pa.float64()),
        }
    )


def _evidence(rows: int = 240, **changes: Any) -> Evidence:
    known = Evidence(
        _SCHEMA, _table(rows, 1), _table(rows, 2), _table(rows, 3), "paid", rules=(Order("count", "amount"),), seed=5
    )
    return dataclasses.replace(known, **changes)


def _only(*names: str) -> Schema:
    return Schema(tuple(_SCHEMA[name] for name in names))


def _huge() -> Evidence:
    schema = Schema((Column("x", "number"), Column("y", "number", "int64", decimals=0)))
    rng = np.random.default_rng(0)
    tables = [
        pa.table({"x": rng.normal(size=120) * 1e300, "y": rng.integers(-(2**63), 2**63 - 1, 120)}) for _ in range(3)
    ]
    return Evidence(schema, *tables, "x")


def _wide() -> Evidence:
    names = [f"c{place}" for place in range(60)]
    rng = np.random.default_rng(0)
    tables = [pa.table({name: rng.integers(0, 50, 40) for name in names}) for _ in range(3)]
    return Evidence(Schema(tuple(Column(name, "number") for name in names)), *tables, None)


_CASES = {
    "mixed kinds": _evidence(),
    "ten rows": _evidence(10),
    "one made row": _evidence(made=_table(1, 3)),
    "no made rows": _evidence(made=_table(0, 3)),
    "no holdout": _evidence(holdout=None),
    "no train": _evidence(train=None),
    "made rows alone": _evidence(train=None, holdout=None),
    "empty holdout": _evidence(holdout=_table(0, 2)),
    "holdout of one row": _evidence(holdout=_table(1, 2)),
    "one column": _evidence(schema=_only("amount")),
    "one category": _evidence(schema=_only("paid")),
    "a constant column": _evidence(schema=_only("same")),
    "a column without values": _evidence(schema=_only("nothing")),
    "constant and empty columns": _evidence(schema=_only("same", "nothing"), target=None),
    "keys and text alone": _evidence(schema=_only("id", "note")),
    "times and places": _evidence(schema=_only("at", "lat", "lon"), target=None),
    "an unknown target": _evidence(target="elsewhere"),
    "made rows lack a column": _evidence(made=_table(240, 3).drop_columns(["amount"])),
    "made rows of one value": _evidence(made=_table(240, 3).take([0] * 240)),
    "the training rows themselves": _evidence(made=_table(240, 1)),
    "more columns than rows": _wide(),
    "huge numbers": _huge(),
    "a time as target": _evidence(target="at"),
}


@pytest.fixture(params=registry.names("judges"))
def judge(request: pytest.FixtureRequest) -> Any:
    return registry.load("judges", request.param)


@pytest.fixture(params=_CASES)
def evidence(request: pytest.FixtureRequest) -> Evidence:
    return _CASES[request.param]


def _walk(value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for part in value.values():
            yield from _walk(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _walk(part)
    else:
        yield value


def test_the_product_s_own_judges_are_all_registered():
    own = {"shapes", "critic", "usefulness", "coverage", "rules", "originality", "privacy"}
    assert own <= set(registry.names("judges"))


def test_a_judge_carries_the_name_it_is_registered_under():
    assert all(name == registry.load("judges", name).NAME for name in registry.names("judges"))


def test_every_score_lies_in_its_bounds_with_its_interval_and_survives_json(judge, evidence):
    for score in judge.score(evidence):
        low, high = score.bounds
        assert math.isfinite(score.value)
        assert low <= score.value <= high, score.name
        assert score.interval is not None, score.name
        assert low <= score.interval[0] <= score.interval[1] <= high, score.name
        assert score.unit
        text = json.dumps(score.to_dict(), allow_nan=False)
        again = Score.from_dict(json.loads(text))
        assert json.loads(json.dumps(again.to_dict())) == json.loads(text)


def test_the_value_lies_in_its_own_interval_on_ordinary_rows(judge):
    for score in judge.score(_evidence()):
        assert score.interval[0] <= score.value <= score.interval[1], score.name


def test_the_same_seed_gives_the_same_scores(judge):
    first, again = (json.dumps([s.to_dict() for s in judge.score(_evidence(120))]) for _ in range(2))
    assert first == again


def test_score_names_are_unique_over_all_judges():
    names = [s.name for name in registry.names("judges") for s in registry.load("judges", name).score(_evidence(60))]
    assert len(names) == len(set(names))


def test_ten_rows_leave_wide_intervals():
    shapes, privacy = (registry.load("judges", name).score(_evidence(10)) for name in ("shapes", "privacy"))
    for score in (*shapes, *privacy):
        assert score.interval[1] - score.interval[0] > 0.1, score.name


def test_no_value_that_few_real_rows_carry_reaches_the_detail(judge):
    evidence = _evidence()
    carried: dict[Any, int] = {}
    for table in (evidence.train, evidence.holdout):
        for name in ("amount", "lat", "lon", "shop", "note"):
            for value in table.column(name).to_pylist():
                carried[value] = carried.get(value, 0) + 1
    rare = {value for value, rows in carried.items() if rows < evidence.floor and value != 0}
    for score in judge.score(evidence):
        if score.name == "shapes":
            told = [
                column[part] for column in score.detail["columns"] for part in ("labels", "edges") if part in column
            ]
        else:
            told = [score.detail]
        found = {value for value in _walk(told) if isinstance(value, str | float)}
        assert not {value for value in found & rare if isinstance(value, str) or value > 10}, score.name
