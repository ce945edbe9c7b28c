"""Cells of a source become values of their column's kind, and values become the source's spelling again."""

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from genloop.core.records import Records
from genloop.core.schema import Column, Schema
from genloop.files import missing, physical

_PLAIN = r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$"


@dataclass(frozen=True)
class Cleaned:
    """Typed values, and per column how many cells could not be read and became missing."""

    records: Records
    repairs: dict[str, int]


def clean(records: Records, schema: Schema) -> Cleaned:
    """The values that `records` spell, column by column as the schema's kinds say."""
    columns, repairs = {}, {}
    for column in schema.columns:
        values, unread = _values(column, physical.plain(records[column.name]))
        columns[column.name] = values
        if unread:
            repairs[column.name] = unread
    return Cleaned(pa.table(columns), repairs)


def restore(records: Records, schema: Schema) -> Records:
    """Cleaned values in the spelling and the types of the source."""
    return pa.table({c.name: _spelt(c, physical.plain(records[c.name])) for c in schema.columns})


def _values(column: Column, raw: pa.Array) -> tuple[pa.Array, int]:
    if column.kind in ("number", "place"):
        return _numbers(raw, column)
    text = raw if raw.type == pa.string() else pc.cast(raw, pa.string())
    return pc.if_else(missing.find(text), pa.scalar(None, pa.string()), text), 0


def _numbers(raw: pa.Array, column: Column) -> tuple[pa.Array, int]:
    whole = column.decimals == 0 and column.kind == "number"
    if raw.type == pa.string():
        readable = pc.fill_null(pc.match_substring_regex(raw, _PLAIN), False)
        unread = len(raw) - pc.sum(pc.or_(readable, missing.find(raw, missing.AMONG_NUMBERS))).as_py()
        raw = pc.cast(pc.if_else(readable, pc.utf8_trim_whitespace(raw), pa.scalar(None, pa.string())), pa.float64())
    else:
        unread = 0
    values = pc.cast(raw, pa.float64(), safe=False)
    finite = pc.fill_null(pc.is_finite(values), True)
    unread += len(values) - pc.sum(finite).as_py()
    if whole and pa.types.is_integer(raw.type):
        return pc.cast(raw, pa.int64()), unread
    values = pc.if_else(finite, values, pa.scalar(None, pa.float64()))
    return (pc.cast(pc.round(values), pa.int64()) if whole else values), unread


def _spelt(column: Column, values: pa.Array) -> pa.Array:
    kind = physical.read(column.physical)
    if column.kind in ("number", "place") and physical.is_text(kind):
        return values
    if pa.types.is_integer(kind) and pa.types.is_floating(values.type):
        values = pc.round(values)
    return pc.cast(values, kind, safe=False)
