"""A small world whose distribution is known, so that fresh rows, copies and broken rows can all be drawn."""

import dataclasses
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest

from genloop.core.protocols import Evidence
from genloop.core.schema import Column, Schema
from genloop.judges import critic, usefulness

SCHEMA = Schema(
    (
        Column("income", "number", "double", decimals=2),
        Column("age", "number", "int64", decimals=0),
        Column("city", "category"),
        Column("joined", "time", "timestamp[us]"),
        Column("id", "key", "int64"),
        Column("good", "category"),
    )
)
ROWS = 800
_CITIES = np.array([f"city {place}" for place in range(30)])
_CHANCE = 1 / np.arange(1, 31) ** 1.5


def draw(rows: int, seed: int) -> pa.Table:
    """Fresh rows: income rises with age, rare cities, a time, a key, good follows income, some cells missing."""
    rng = np.random.default_rng(seed)
    age = rng.integers(18, 80, rows)
    income = np.round(np.exp(rng.normal(0, 0.3, rows)) * age * 100, 2)
    city = rng.choice(30, rows, p=_CHANCE / _CHANCE.sum())
    good = np.where(income * rng.lognormal(0, 0.2, rows) > 5000, "yes", "no")
    joined = np.datetime64("2024-01-01") + (
        rng.integers(0, 365, rows) * 24 + rng.integers(8, 18, rows)
    ) * np.timedelta64(3600, "s")
    return pa.table(
        {
            "income": pa.array(income, mask=rng.random(rows) < 0.1),
            "age": pa.array(age, pa.int64()),
            "city": pa.array(_CITIES[city]),
            "joined": pa.array(joined.astype("datetime64[us]"), mask=rng.random(rows) < 0.05),
            "id": pa.array(np.arange(rows) + seed * 1_000_000),
            "good": pa.array(good),
        }
    )


def shuffle(records: pa.Table, *columns: str, seed: int = 0) -> pa.Table:
    """The records with the named columns (all, when none is named) shuffled apart from the others."""
    rng = np.random.default_rng(seed)
    for name in columns or records.column_names:
        place = records.column_names.index(name)
        records = records.set_column(place, name, records.column(name).take(rng.permutation(records.num_rows)))
    return records


def copy(records: pa.Table, seed: int = 0) -> pa.Table:
    """A bootstrap: the generator that remembers rows and nothing else."""
    return records.take(np.random.default_rng(seed).integers(0, records.num_rows, records.num_rows))


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Fewer trees: this world is simple."""
    monkeypatch.setattr(critic, "_ROUNDS", 50)
    monkeypatch.setattr(critic, "_EXPLAINED", 160)
    monkeypatch.setattr(usefulness, "_ROUNDS", {"binary": 40, "multiclass": 10, "regression": 60})


@pytest.fixture(scope="session")
def world() -> Callable[..., Evidence]:
    """Evidence about this world: fresh rows as made ones, unless told otherwise."""
    train, holdout, fresh = draw(ROWS, 1), draw(ROWS, 2), draw(ROWS, 3)

    def build(made: pa.Table | str | None = None, **changes: object) -> Evidence:
        known = {"fresh": fresh, "copied": copy(train), "shuffled": shuffle(train), None: fresh}
        table = made if isinstance(made, pa.Table) else known[made]
        return dataclasses.replace(Evidence(SCHEMA, train, holdout, table, "good"), **changes)

    return build


@pytest.fixture(scope="session")
def population() -> Callable[[int, int], pa.Table]:
    """The function that draws fresh rows of this world: how many, by which seed."""
    return draw


@pytest.fixture(scope="session")
def scored() -> Callable[..., dict]:
    """Scores of a judge by name."""
    return lambda judge, evidence: {score.name: score for score in judge.score(evidence)}


@pytest.fixture(scope="session")
def apart() -> Callable[..., pa.Table]:
    """The function that breaks columns apart from the rest."""
    return shuffle
