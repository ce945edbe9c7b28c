"""A small card with one score of every kind that the judges give, good throughout."""

import dataclasses
from collections.abc import Callable
from typing import Any

import pytest

from genloop.core.rules import Dependency, Evidence, Order
from genloop.core.schema import Column, Schema, Summary
from genloop.core.score import Score
from genloop.reports.card import CardData

UNIT = (0.0, 1.0)
COLUMNS = [
    {
        "name": "age",
        "kind": "number",
        "score": 0.98,
        "edges": [0, 10, 20, 30, 40, 50],
        "real": [0.1, 0.3, 0.3, 0.2, 0.1],
        "made": [0.1, 0.28, 0.31, 0.21, 0.1],
        "missing_real": 0.05,
        "missing_made": 0.04,
    },
    {"name": "job", "kind": "category", "score": 0.95, "labels": ["a", "b"], "real": [0.7, 0.3], "made": [0.65, 0.35]},
    {"name": "day", "kind": "time", "score": 0.99, "edges": [0, 86400, 172800], "real": [0.5, 0.5], "made": [0.5, 0.5]},
]
SCORES = (
    Score("shapes", 0.975, "fidelity", UNIT, "higher", 1, (0.97, 0.98), ceiling=0.98, detail={"columns": COLUMNS}),
    Score(
        "pairs",
        0.96,
        "fidelity",
        UNIT,
        "higher",
        1,
        (0.95, 0.97),
        ceiling=0.97,
        detail={"columns": ["age", "job", "day"], "matrix": [[1, 0.93, 0.97], [0.93, 1, 0.99], [0.97, 0.99, 1]]},
    ),
    Score("triples", 0.95, "fidelity", UNIT, "higher", 1, (0.94, 0.96), ceiling=0.96),
    Score(
        "c2st",
        0.53,
        "fidelity",
        UNIT,
        "lower",
        0.5,
        (0.51, 0.55),
        detail={"rows": 100, "told_by": [{"column": "job", "share": 0.6}, {"column": "age", "share": 0.4}]},
    ),
    Score(
        "coverage",
        0.97,
        "diversity",
        UNIT,
        "higher",
        1,
        (0.95, 0.98),
        ceiling=0.98,
        detail={"groups": [{"columns": ["job", "age"], "values": ["b", None], "real": 0.02, "made": 0.01}]},
    ),
    Score(
        "usefulness",
        0.996,
        "usefulness",
        (0.0, 2.0),
        "higher",
        1,
        (0.99, 1.001),
        detail={"target": "job", "measure": "AUC", "real": 0.9, "made": 0.896},
    ),
    Score(
        "rules",
        1.0,
        "rules",
        UNIT,
        "higher",
        1,
        (0.999, 1.0),
        detail={
            "rules": [
                {"text": "job -> age", "origin": "found", "violations": 0, "rows": 100, "train": 1.0, "holdout": 0.998},
                {"text": "a <= b", "origin": "declared", "violations": 0, "rows": 100, "train": None, "holdout": None},
            ]
        },
    ),
    Score("copies", 0.9, "originality", (0.0, 1e4), "lower", 1, (0.6, 1.3)),
    Score("c2st_gap", 0.01, "originality", (-1.0, 1.0), "lower", 0, (-0.01, 0.03), ceiling=0.02),
    Score("duplicates", 0.01, "originality", UNIT, "lower", 0.01, (0.005, 0.015)),
    Score("exact", 0.01, "originality", (-1.0, 1.0), "lower", 0, (-0.01, 0.03)),
    Score(
        "near1",
        0.009,
        "originality",
        UNIT,
        "lower",
        0.01,
        (0.006, 0.012),
        detail={"edges": [0, 1, 2, 3], "holdout": [5, 20, 10], "made": [4, 22, 9]},
    ),
    Score(
        "membership",
        0.002,
        "privacy",
        (-1.0, 1.0),
        "lower",
        0,
        (-0.006, 0.01),
        detail={"roc": [{"false": 0, "true": 0}, {"false": 0.5, "true": 0.51}, {"false": 1, "true": 1}]},
    ),
    Score(
        "attribute",
        0.001,
        "privacy",
        (-1.0, 1.0),
        "lower",
        0,
        (-0.004, 0.006),
        detail={"columns": [{"name": "job", "advantage": 0.001, "interval": [-0.004, 0.006]}]},
    ),
)
SCHEMA = Schema(
    (
        Column("age", "number", confidence=0.6, reason="few values"),
        Column("job", "category", notes=("two values are rare",)),
        Column("day", "time"),
        Column("id", "key", unique=True),
        Column("remark", "text"),
    ),
    {"age": Summary(100, 5, 60, 1.0, 49.0), "job": Summary(100, 0, 2)},
)


@pytest.fixture
def card() -> CardData:
    """A good card."""
    return CardData(
        title="customers.csv",
        scores=SCORES,
        schema=SCHEMA,
        rules=(
            Dependency(("job",), "age", evidence=Evidence(1.0, 0.998, 100)),
            Order("a", "b", origin="declared"),
        ),
        plan={"stages": [{"family": "trees", "columns": ["age", "job"], "order": ["job", "age"], "seconds": 1.5}]},
        seeds={"fit": 7, "split": 0},
        versions={"genloop": "0.1.0"},
        rows={"train": 400, "holdout": 100, "made": 1000},
        repairs={"age": 3},
        notes=("learnt from a part of the rows",),
        created="2026-01-02T03:04:05+00:00",
        label={"model": "abc"},
    )


Change = Callable[..., CardData]


@pytest.fixture
def change(card: CardData) -> Change:
    """The good card with fields of the named score replaced."""

    def replace(name: str, **fields: Any) -> CardData:
        scores = [dataclasses.replace(s, **fields) if s.name == name else s for s in card.scores]
        return dataclasses.replace(card, scores=tuple(scores))

    return replace
