"""Whatever rows come in, rules that do not contradict each other hold in all that go out."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from genloop.core.holds import holds
from genloop.core.records import Records
from genloop.core.rules import Combination, Dependency, Formula, Order, Rule
from genloop.core.schema import Column, Schema
from genloop.files.rules import find
from genloop.optimisation.refine.keep import keep

SCHEMA = Schema(
    (
        *(Column(name, "number", decimals=0) for name in "abc"),
        *(Column(name, "number", decimals=2) for name in "def"),
        Column("g", "category"), Column("h", "category"), Column("s", "time"), Column("t", "time"),
    )
)  # fmt: skip
POOL: tuple[Rule, ...] = (
    Order("a", "b", origin="declared"),
    Order("b", "c", strict=True, origin="declared"),
    Order("d", "b", origin="declared"),
    Order("s", "t", strict=True, origin="declared"),
    Order("e", "f", origin="declared"),
    Formula("f", "product", ((1.0, "a"), (1.0, "d")), decimals=2, origin="declared"),
    Formula("e", "sum", ((1.0, "a"), (-2.0, "d")), ((1.0, "b"),), 3.0, 2, origin="declared"),
    Formula("c", "sum", ((1.0, "a"), (1.0, "b")), origin="declared"),
    Dependency(("g",), "h", ((("p",), "u"), (("q",), "v")), origin="declared"),
    Dependency(("g", "h"), "d", ((("p", "u"), "1.5"), (("q", "w"), "2"), (("q", None), None)), origin="declared"),
    Combination(("g", "h"), (("p", "u"), ("q", "v"), ("r", "v")), origin="declared"),
    Combination(("g", "a"), (("p", "1"), ("q", "2"), ("r", "3")), origin="declared"),
)


def _cells(values: st.SearchStrategy[Any], rows: int) -> st.SearchStrategy[list[Any]]:
    return st.lists(st.none() | values, min_size=rows, max_size=rows)


@st.composite
def tables(draw: st.DrawFn) -> Records:
    rows = draw(st.integers(1, 8))
    columns: dict[str, pa.Array] = {
        name: pa.array(draw(_cells(st.integers(-50, 50), rows)), pa.int64()) for name in "abc"
    }
    cents = st.integers(-9999, 9999).map(lambda number: number / 100)
    columns |= {name: pa.array(draw(_cells(cents, rows)), pa.float64()) for name in "def"}
    columns |= {name: pa.array(draw(_cells(st.sampled_from("pqruvwz"), rows)), pa.string()) for name in "gh"}
    moments = st.integers(0, 10**9).map(lambda seconds: datetime(1990, 1, 1) + timedelta(seconds=seconds))
    columns |= {name: pa.array(draw(_cells(moments, rows)), pa.timestamp("us")) for name in "st"}
    return pa.table(columns)


@settings(max_examples=80, deadline=None)
@given(tables(), st.sets(st.sampled_from(range(len(POOL))), min_size=1, max_size=6), st.booleans())
def test_declared_rules_always_hold(records: Records, chosen: set[int], redrawn: bool) -> None:
    rules = tuple(POOL[index] for index in sorted(chosen))

    def redraw(count: int, rng: np.random.Generator) -> Records:
        return records.take(pa.array(rng.integers(0, records.num_rows, count)))

    kept = keep(records, rules, SCHEMA, redraw=redraw if redrawn else None, rng=np.random.default_rng(0), rounds=2)
    assert kept.records.num_rows == records.num_rows and kept.records.schema == records.schema
    for rule in rules:
        applies, held = holds(rule, kept.records)
        assert (held == applies).all()


MAKERS: dict[str, Callable[[np.random.Generator, int], Any]] = {
    "constant": lambda rng, rows: np.full(rows, 7.0),
    "empty": lambda rng, rows: np.full(rows, np.nan),
    "coarse": lambda rng, rows: rng.integers(0, 3, rows) * 1.0,
    "huge": lambda rng, rows: rng.integers(-(2**60), 2**60, rows) * 1.0,
    "tiny": lambda rng, rows: rng.normal(size=rows) * 1e-12,
    "holed": lambda rng, rows: np.where(rng.random(rows) < 0.5, np.nan, rng.normal(size=rows)),
    "zeros": lambda rng, rows: np.where(rng.random(rows) < 0.95, 0.0, rng.normal(size=rows)),
    "infinite": lambda rng, rows: np.where(rng.random(rows) < 0.1, np.inf, rng.normal(size=rows)),
    "unique": lambda rng, rows: np.arange(rows) * 1.0,
    "text": lambda rng, rows: rng.choice(["a", "b", "c", None], rows).tolist(),
    "time": lambda rng, rows: pa.array(rng.integers(0, 10**15, rows), pa.int64()).cast(pa.timestamp("us")),
}


def _odd(chosen: list[str], rows: int, decimals: int | None, rng: np.random.Generator) -> tuple[Records, Schema]:
    """A table of columns that are constant, empty, coarse, huge, nearly unique or copies of each other."""
    columns = {f"{name}{i}": pa.array(MAKERS[name](rng, rows)) for i, name in enumerate(chosen)}
    kinds = {pa.string(): "category", pa.timestamp("us"): "time"}
    schema = Schema(
        tuple(Column(name, kinds.get(cells.type, "number"), decimals=decimals) for name, cells in columns.items())  # type: ignore[arg-type]
    )
    return pa.table(columns), schema


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from(sorted(MAKERS)), min_size=1, max_size=9),
    st.integers(50, 120),
    st.sampled_from([None, 0, 2]),
    st.integers(0, 10**6),
)
def test_rules_found_in_odd_tables_hold_in_them_and_can_be_kept(
    chosen: list[str], rows: int, decimals: int | None, seed: int
) -> None:
    records, schema = _odd(chosen, rows, decimals, np.random.default_rng(seed))
    found = find(records, None, schema)
    for rule in found:
        applies, held = holds(rule, records)
        assert held.sum() >= 0.995 * applies.sum() > 0
    kept = keep(records, found, schema, rng=np.random.default_rng(0))
    assert not kept.broken and kept.records.num_rows == records.num_rows
