"""Cells become values and values become cells again, type by type."""

import datetime as dt
import decimal

import numpy as np
import pyarrow as pa
import pytest

from genloop.core.errors import SchemaError
from genloop.core.schema import Column, Schema
from genloop.files.clean import clean, decode, encode, restore
from genloop.files.profile import profile


def there(column: Column, cells):
    values, unread = decode(column, cells if isinstance(cells, pa.Array) else pa.array(cells))
    return values.to_pylist(), unread


@pytest.mark.parametrize(
    "cells",
    [
        pa.array([1, None, -3], pa.int8()),
        pa.array([1, None, 2**63 - 1], pa.int64()),
        pa.array([1, None, 2**63 + 2**11], pa.uint64()),
        pa.array([1.5, None, -3.25], pa.float64()),
        pa.array([1.0, None, -3.0], pa.float64()),
        pa.array([0.1, None, -3.3], pa.float32()),
        pa.array([decimal.Decimal("1.50"), None], pa.decimal128(9, 2)),
        pa.array([decimal.Decimal("15"), None], pa.decimal128(9, 0)),
        pa.array([True, None, False]),
        pa.array(["a", None, "b"]),
        pa.array(["a", None, "b"], pa.large_string()),
        pa.array([dt.date(2024, 2, 29), None, dt.date(1905, 1, 1)]),
        pa.array([dt.date(2024, 2, 29), None], pa.date64()),
        pa.array([dt.time(23, 59, 1), None], pa.time32("s")),
        pa.array([dt.time(23, 59, 1, 5), None], pa.time64("us")),
        pa.array([1_500, None, -1_500], pa.timestamp("ms")),
        pa.array([1_500_000, None], pa.timestamp("ns", "Asia/Shanghai")),
        pa.array([5, None], pa.timestamp("s", "UTC")),
        pa.array([5, None], pa.duration("s")),
        pa.nulls(3),
    ],
    ids=lambda cells: str(cells.type),
)
def test_typed_cells_come_back_as_they_were(cells) -> None:
    table = pa.table({"x": cells})
    schema = profile(table)
    assert restore(clean(table, schema).records, schema).equals(table)


@pytest.mark.parametrize(
    "cells",
    [
        pa.array([1, None, -3], pa.int8()),
        pa.array([1.5, None, -3.25]),
        pa.array([1.0, None, -3.0]),
        pa.array([decimal.Decimal("1.50"), None], pa.decimal128(9, 2)),
        pa.array([dt.date(2024, 2, 29), None]),
        pa.array([dt.time(23, 59, 1, 5), None], pa.time64("us")),
        pa.array([dt.time(23, 59, 1), None], pa.time32("s")),
        pa.array([1_500, None, -1_500], pa.timestamp("ms")),
        pa.array([5, None], pa.timestamp("s", "UTC")),
        pa.array([5, None], pa.duration("s")),
    ],
    ids=lambda cells: str(cells.type),
)
@pytest.mark.parametrize("kind", ["category", "key"])
def test_typed_cells_declared_categories_or_keys_come_back_as_they_were(cells, kind) -> None:
    table = pa.table({"x": cells})
    schema = profile(table, kinds={"x": kind})
    cleaned = clean(table, schema).records
    assert cleaned["x"].type == pa.string()
    assert restore(cleaned, schema).equals(table)


def test_cleaned_types_are_those_of_the_kinds() -> None:
    table = pa.table({
        "whole": ["1", "2"], "real": ["1.5", "2.25"], "word": ["a", "b"], "day": ["2024-01-01", "2024-01-02"],
        "lat": ["1.5", "2.5"], "lon": ["1.5", "2.5"], "flag": [True, False],
    })  # fmt: skip
    types = [str(kind) for kind in clean(table, profile(table)).records.schema.types]
    assert types == ["int64", "double", "string", "timestamp[us]", "double", "double", "string"]


def test_what_cannot_be_read_is_missing_and_counted() -> None:
    column = Column("x", "number", decimals=0)
    assert there(column, ["1", "x", "?", "", None, "2.5", "inf"]) == ([1, None, None, None, None, 2, None], 2)
    assert there(Column("x", "number", decimals=1), ["1.5", "1e2", "+3", "-4"]) == ([1.5, 100.0, 3.0, -4.0], 0)
    assert there(column, ["99999999999999999999"]) == ([None], 1)
    assert there(Column("x", "time", formats=("%Y-%m-%d",)), ["2024-02-30", "2024-02-29", "-", "soon"]) == (
        [None, dt.datetime(2024, 2, 29), None, None], 2,
    )  # fmt: skip


def test_infinities_are_counted_and_nan_is_missing() -> None:
    cells = [1.5, float("inf"), float("-inf"), float("nan"), None]
    assert there(Column("x", "number", "double", decimals=1), cells) == ([1.5, None, None, None, None], 2)
    assert there(Column("x", "number", "double", decimals=0), cells[1:]) == ([None] * 4, 2)


def test_a_float_column_of_whole_numbers_rounds_what_is_new() -> None:
    assert there(Column("x", "number", "double", decimals=0), [1.0, 2.6, 1e300]) == ([1, 3, None], 1)


def test_bytes_and_nested_cells_are_held_as_text_and_come_out_empty() -> None:
    table = pa.table({"b": pa.array([b"\x89PNG", None]), "s": [{"a": 1}, None], "l": [[1], None]})
    schema = profile(table)
    cleaned = clean(table, schema).records
    assert cleaned.to_pydict() == {"b": ["bytes", None], "s": ['{"a": 1}', None], "l": ["[1]", None]}
    assert restore(cleaned, schema)["b"].to_pylist() == [None, None]


def test_numbers_that_cannot_be_read_from_their_type_are_counted() -> None:
    assert there(Column("x", "number", "binary", decimals=0), pa.array([b"1", None])) == ([None, None], 1)
    assert there(Column("x", "number", "bool", decimals=0), pa.array([True, None])) == ([1, None], 0)
    assert encode(Column("x", "number", "bool", decimals=0), pa.array([1, None])).to_pylist() == [True, None]


def test_made_numbers_fit_the_type_of_the_source() -> None:
    column = Column("x", "number", "uint64")
    assert encode(column, pa.array([1.2, -5.0, 1e30, None])).to_pylist() == [1, 0, 2**64 - 2**11, None]
    column = Column("x", "number", "int8")
    assert encode(column, pa.array([1.6, 500.0])).to_pylist() == [2, 127]


def test_epochs_are_read_and_written() -> None:
    for unit, size in {"s": 1, "ms": 1_000, "us": 10**6, "ns": 10**9}.items():
        column = Column("x", "time", "int64", (f"epoch[{unit}]",))
        values, _ = decode(column, pa.array([1_700_000_000 * size, None]))
        assert values.to_pylist() == [dt.datetime(2023, 11, 14, 22, 13, 20), None]
        assert encode(column, values).to_pylist() == [1_700_000_000 * size, None]


def test_times_beyond_the_calendar_are_missing_and_counted() -> None:
    never = 9_999_999_999_999  # seconds: of the year 318857
    for cells in (
        pa.array([0, never, None]).cast(pa.timestamp("s")),
        pa.array([0, never * 1_000, None]).cast(pa.timestamp("ms")),
        pa.array([0, 2**60, None]).cast(pa.timestamp("s")),
        pa.array([0, 2**30, None], pa.int32()).cast(pa.date32()),
    ):
        values, lost = decode(Column("x", "time", str(cells.type)), cells)
        assert (values.to_pylist(), lost) == ([dt.datetime(1970, 1, 1), None, None], 1)
    values, lost = decode(Column("x", "time", "int64", ("epoch[s]",)), pa.array([0, never, never, 2**62, None]))
    assert (values.to_pylist(), lost) == ([dt.datetime(1970, 1, 1), None, None, None, None], 3)
    last = pa.array([dt.datetime.min, dt.datetime.max])
    assert decode(Column("x", "time", str(last.type)), last)[0].equals(last)


def test_dates_as_numbers_come_back_as_numbers() -> None:
    table = pa.table({"x": pa.array([20240105, None, 20231231], pa.int32())})
    schema = profile(table)
    assert schema["x"].formats == ("%Y%m%d",)
    assert restore(clean(table, schema).records, schema).equals(table)


def test_a_time_without_a_format_is_written_in_iso() -> None:
    values = pa.array([dt.datetime(2024, 1, 5, 3)], pa.timestamp("us"))
    assert encode(Column("x", "time"), values).to_pylist() == ["2024-01-05 03:00:00"]


def test_symbols_come_back_and_plain_numbers_stay_numbers() -> None:
    table = pa.table({"price": ["$1,234.50", "-$3.00", None], "plain": ["1", "2.50", None]})
    schema = profile(table)
    back = restore(clean(table, schema).records, schema)
    assert back["price"].to_pylist() == table["price"].to_pylist()
    assert back["plain"].to_pylist() == [1.0, 2.5, None]


def test_an_absent_column_is_named_with_what_exists() -> None:
    schema = Schema((Column("a", "number"), Column("b", "number")))
    for verb in (clean, restore):
        with pytest.raises(SchemaError, match="no column 'b'; the records have a, c"):
            verb(pa.table({"a": [1], "c": [2]}), schema)


def test_columns_outside_the_schema_are_left_out_and_chunks_are_joined() -> None:
    table = pa.table({"a": pa.chunked_array([["1"], ["x", "3"]]), "c": [1, 2, 3]})
    cleaned = clean(table, Schema((Column("a", "number", decimals=0),)))
    assert cleaned.records.to_pydict() == {"a": [1, None, 3]}
    assert cleaned.repairs == {"a": 1}


def test_empty_tables_stay_empty() -> None:
    columns = (Column("n", "number", decimals=0), Column("t", "time", formats=("%Y",)), Column("c", "category"))
    empty = pa.table({name: pa.array([], pa.string()) for name in "ntc"})
    schema = Schema(columns)
    assert restore(clean(empty, schema).records, schema).num_rows == 0


def test_a_million_cells_are_cleaned_without_a_python_loop() -> None:
    cells = np.char.mod("%.2f", np.random.default_rng(0).normal(0, 1e4, 200_000))
    values, unread = decode(Column("x", "number", decimals=2), pa.array(cells))
    assert unread == 0
    assert np.array_equal(values.to_numpy(), cells.astype(float))
