"""Names and Arrow types that every source is brought to: unique names, one type for text, nothing nested."""

import json
from collections.abc import Sequence

import pyarrow as pa
import pyarrow.compute as pc


def unique_names(names: Sequence[object]) -> tuple[list[str], list[str]]:
    """Column names as text, stripped, none empty and none twice; and one note for each that had to change."""
    given = ["" if name is None else _whole(str(name)).strip() for name in names]
    taken = set(given)
    seen: set[str] = set()
    result, notes = [], []
    for place, name in enumerate(given, 1):
        new = name
        if not name:
            new = _free(f"column_{place}", taken)
            notes.append(f"column {place} has no name: called {new!r}")
        elif name in seen:
            new = _free(name, taken, 2)
            notes.append(f"column {place} is a second {name!r}: renamed {new!r}")
        taken.add(new)
        seen.add(new)
        result.append(new)
    return result, notes


def _free(name: str, taken: set[str], number: int = 1) -> str:
    new = name if number == 1 else f"{name}_{number}"
    while new in taken:
        number += 1
        new = f"{name}_{number}"
    return new


def texts(values: Sequence[str | None]) -> pa.Array:
    """The texts in Arrow's memory; half of a surrogate pair, which JSON and Python can spell, becomes U+FFFD."""
    try:
        return pa.array(values, pa.string())
    except UnicodeEncodeError:
        return pa.array([None if value is None else _whole(value) for value in values], pa.string())


def _whole(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def plain_type(kind: pa.DataType) -> pa.DataType:
    """The type a column of `kind` is handed on as: numbers and times as they are, one type for text, nested as text."""
    types = pa.types
    if types.is_dictionary(kind) or types.is_run_end_encoded(kind):
        return plain_type(kind.value_type)
    if isinstance(kind, pa.BaseExtensionType):
        return pa.string() if _is_uuid(kind) else plain_type(kind.storage_type)
    if types.is_float16(kind) or types.is_float32(kind):
        return pa.float64()
    if types.is_duration(kind) or types.is_interval(kind):
        return pa.int64()
    if types.is_binary(kind) or types.is_fixed_size_binary(kind) or types.is_binary_view(kind):
        return pa.large_binary()
    kept = (types.is_boolean, types.is_integer, types.is_floating, types.is_decimal, types.is_date, types.is_time)
    if types.is_timestamp(kind) or types.is_large_binary(kind) or any(test(kind) for test in kept):
        return kind
    return pa.string()


def _is_uuid(kind: pa.DataType) -> bool:
    return isinstance(kind, pa.BaseExtensionType) and getattr(kind, "extension_name", "") == "arrow.uuid"


def plain(records: pa.Table) -> pa.Table:
    """The same rows in plain types; nested values become JSON text."""
    arrays = [_plain_column(column) for column in records.columns]
    return pa.table(arrays, names=records.column_names)


def _plain_column(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind, types = column.type, pa.types
    goal = plain_type(kind)
    if kind == goal:
        return column
    if types.is_dictionary(kind) or types.is_run_end_encoded(kind):
        return _plain_column(column.cast(kind.value_type))
    if _is_uuid(kind):
        return pa.chunked_array([pa.array([None if v is None else str(v) for v in column.to_pylist()], goal)])
    if isinstance(kind, pa.BaseExtensionType):
        return _plain_column(column.cast(kind.storage_type))
    if types.is_float16(kind) or types.is_float32(kind):
        return column.cast(pa.float32()).cast(pa.string()).cast(goal)  # 0.1 stays 0.1, not 0.10000000149
    if types.is_nested(kind):
        spelt = [None if v is None else json.dumps(v, ensure_ascii=False, default=str) for v in column.to_pylist()]
        return pa.chunked_array([pa.array(spelt, goal)])
    if types.is_interval(kind):  # microseconds, a month as 30 days, as SQL counts them
        spans = [None if v is None else (v.months * 30 + v.days, v.nanoseconds) for v in column.to_pylist()]
        ticks = [None if v is None else v[0] * 86_400_000_000 + v[1] // 1_000 for v in spans]
        return pa.chunked_array([pa.array(ticks, goal)])
    if types.is_duration(kind):
        return pc.cast(column, pa.duration("us"), safe=False).cast(goal)
    return column.cast(goal)
