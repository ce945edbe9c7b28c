"""Whatever rows come in, rules that do not contradict each other hold in all that go out."""

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


@settings(max_examples=150, deadline=None)
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
