"""Cells of a source become values of their column's kind, and values become the source's spelling again."""

import json
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from genloop.core.errors import SchemaError
from genloop.core.records import BEYOND, FIRST, Records
from genloop.core.schema import Column, Schema
from genloop.files import calendar, missing, numerals, physical, shapes
from genloop.files.pictures import values as pictures
from genloop.files.texts import markup

_NOTHING = pa.scalar(None, pa.string())
_CLOCKS = ("%H:%M:%S", "%H:%M:%S.%3f", "%H:%M:%S.%f", "%H:%M:%S.%9f")
_FIRST, _LAST = FIRST * 1_000_000, BEYOND * 1_000_000 - 1  # microseconds
_BIGGEST_CHUNK = 1 << 30  # bytes of one Arrow array of text, whose offsets have 32 bits


@dataclass(frozen=True)
class Cleaned:
    """Typed values, and per column how many cells could not be read and became missing.

    `skipped` names the pictures among them with the reason: a path, or the row counted from 1.
    """

    records: Records
    repairs: dict[str, int]
    skipped: dict[str, list[pictures.Skipped]] = field(default_factory=dict)


def clean(records: Records, schema: Schema) -> Cleaned:
    """The values that `records` spell, column by column as the schema's kinds say; other columns are left out.

    Numbers become int64 (`decimals` is 0) or float64, places float64, times timestamp[us] (UTC where zoned), pictures
    a tensor of uint8 in the column's shape, every other kind string. What cannot be read, and infinities, become
    missing and are counted.

    Raises:
        SchemaError: a column of the schema is not among the records'.
    """
    _check(records, schema)
    columns, repairs = {}, {}
    skipped: dict[str, list[pictures.Skipped]] = {}
    for column in schema.columns:
        if column.kind == "image":
            columns[column.name], lost = pictures.clean(column, records[column.name])
            if lost:
                repairs[column.name], skipped[column.name] = len(lost), lost
            continue
        parts = [decode(column, chunk) for chunk in _chunks(records[column.name])]
        columns[column.name] = pa.chunked_array([values for values, _ in parts])
        if unread := sum(count for _, count in parts):
            repairs[column.name] = unread
    return Cleaned(pa.table(columns), repairs, skipped)


def restore(records: Records, schema: Schema) -> Records:
    """Cleaned values in the spelling and the types of the source.

    Plain numbers that came as text stay numbers; those with currency, percent or separators are text again.

    Raises:
        SchemaError: a column of the schema is not among the records'.
    """
    _check(records, schema)
    columns = {}
    for column in schema.columns:
        own = records[column.name]
        whole = own if column.kind == "image" else pa.chunked_array([encode(column, part) for part in _chunks(own)])
        columns[column.name] = whole
    return pa.table(columns)


def decode(column: Column, cells: pa.Array) -> tuple[pa.Array, int]:
    """The values that one column's cells spell, and how many of them could not be read."""
    match column.kind:
        case "number" | "place":
            return _numbers(column, cells)
        case "time":
            return _times(column, cells)
        case _:
            return _texts(column, cells), 0


def encode(column: Column, values: pa.Array) -> pa.Array:
    """Cells of the source's type that spell the column's values."""
    kind = physical.read(column.physical)
    if column.kind in ("number", "place"):
        return _spelt_numbers(column, values, kind)
    if column.kind == "time":
        return _spelt_times(column, values, kind)
    if pa.types.is_boolean(kind):
        return pc.equal(values, "true")
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return pa.nulls(len(values), kind)
    return _from_text(values, kind)


def _check(records: Records, schema: Schema) -> None:
    absent = [name for name in schema.names if name not in records.column_names]
    if absent:
        raise SchemaError(
            f"no column {', '.join(map(repr, absent))}; the records have {', '.join(records.column_names)}"
        )


def _chunks(column: pa.ChunkedArray) -> list[pa.Array]:
    if column.num_chunks > 1 and column.nbytes > _BIGGEST_CHUNK:
        return [physical.plain(chunk) for chunk in column.chunks]
    return [physical.plain(column)]


def _numbers(column: Column, cells: pa.Array) -> tuple[pa.Array, int]:
    whole = column.decimals == 0 and column.kind == "number"
    goal = pa.int64() if whole else pa.float64()
    if cells.type == pa.string():
        numeral = numerals.read_pattern(column.formats[0]) if column.formats else numerals.Numeral()
        coded = cells.dictionary_encode()
        values = numerals.decode(shapes.bare(coded.dictionary), numeral, whole=whole).take(coded.indices)
        return _finite(values, goal, lost=_lost(cells, values))
    if pa.types.is_integer(cells.type) and goal == pa.int64() and cells.type != pa.uint64():
        return cells.cast(goal), 0
    if pa.types.is_temporal(cells.type) or pa.types.is_boolean(cells.type):
        values = _ticks(cells) if pa.types.is_temporal(cells.type) else cells.cast(pa.int64())
        return values.cast(goal), values.null_count - cells.null_count
    if not physical.is_number(cells.type):
        return pa.nulls(len(cells), goal), len(cells) - cells.null_count
    values = cells.cast(pa.float64(), safe=False)
    if cells.type == pa.float32() and column.decimals is not None:
        values = pc.round(values, column.decimals)
    return _finite(values, goal, lost=0)


def _lost(cells: pa.Array, values: pa.Array) -> int:
    """Cells that spell something which came out as nothing."""
    if values.null_count == cells.null_count:
        return 0
    unread = cells.filter(pc.is_null(values))
    return len(unread) - int(pc.sum(missing.find(unread, missing.AMONG_NUMBERS)).as_py() or 0)


def _finite(values: pa.Array, goal: pa.DataType, *, lost: int) -> tuple[pa.Array, int]:
    """The values without infinities (counted as lost) and nan (which means missing), in the goal's type."""
    if not pa.types.is_floating(values.type):
        return values.cast(goal), lost
    finite = pc.fill_null(pc.is_finite(values), False)
    if goal == pa.int64():
        finite = pc.and_(finite, pc.fill_null(pc.less(pc.abs(values), 2.0**63), False))
    gone = len(values) - values.null_count - int(pc.sum(finite).as_py() or 0)
    if gone:
        lost += gone - int(pc.sum(pc.is_nan(values)).as_py() or 0)
        values = pc.if_else(finite, values, pa.scalar(None, values.type))
    return (pc.round(values).cast(goal) if goal == pa.int64() else values), lost


def _times(column: Column, cells: pa.Array) -> tuple[pa.Array, int]:
    goal = pa.timestamp("us")
    if pa.types.is_temporal(cells.type):
        micros = _ticks(cells)
        return micros.cast(goal), micros.null_count - cells.null_count
    text = cells if cells.type == pa.string() else _as_text(cells, 0)
    coded = text.dictionary_encode()
    bare = shapes.bare(coded.dictionary)
    if column.formats and column.formats[0] in calendar.EPOCHS:
        ticks = numerals.decode(bare, numerals.Numeral(), whole=False)
        size = calendar.EPOCHS[column.formats[0]] if column.formats[0] != "epoch[ns]" else 1e-3
        micros, _ = _finite(pc.multiply(ticks, size), pa.int64(), lost=0)
        values = _within(micros, 1).cast(goal).take(coded.indices)
        return values, _lost(text, values)
    values = calendar.decode(bare, column.formats).take(coded.indices)
    return values, _lost(text, values)


def _ticks(cells: pa.Array) -> pa.Array:
    """Microseconds since 1970 (of a time of day: since midnight; zoned times in UTC), finer digits cut off.

    Times that lie in none of the years 1 to 9999 are missing.
    """
    short = pa.types.is_time32(cells.type) or pa.types.is_date32(cells.type)
    wide = cells.cast(pa.int32()).cast(pa.int64()) if short else cells.cast(pa.int64())
    if pa.types.is_date(cells.type):
        return _within(wide, 86_400_000_000 if short else 1_000)
    unit = cells.type.unit
    if unit == "ns":
        known = np.floor_divide(wide.fill_null(0).to_numpy(zero_copy_only=False), 1_000)
        return pa.array(known, mask=wide.is_null().to_numpy(zero_copy_only=False))
    return _within(wide, {"s": 1_000_000, "ms": 1_000, "us": 1}[unit])


def _within(ticks: pa.Array, size: int) -> pa.Array:
    """Ticks of so many microseconds as microseconds; those beyond the calendar as missing."""
    inside = pc.and_(pc.greater_equal(ticks, -(-_FIRST // size)), pc.less_equal(ticks, _LAST // size))
    return pc.multiply(pc.if_else(inside, ticks, pa.scalar(None, pa.int64())), size)


def _texts(column: Column, cells: pa.Array) -> pa.Array:
    if pa.types.is_nested(cells.type):
        cells = pa.array(
            [None if v is None else json.dumps(v, ensure_ascii=False, default=str) for v in cells.to_pylist()],
            pa.string(),
        )
    elif (
        pa.types.is_binary(cells.type)
        or pa.types.is_large_binary(cells.type)
        or pa.types.is_fixed_size_binary(cells.type)
    ):
        cells = pc.if_else(pc.is_null(cells), _NOTHING, pa.scalar("bytes"))
    elif cells.type != pa.string():
        return _as_text(cells, column.decimals)
    coded = cells.dictionary_encode()
    words = markup.clean(coded.dictionary) if markup.FORM in column.formats else coded.dictionary
    return pc.if_else(missing.find(coded.dictionary), _NOTHING, words).take(coded.indices)


def _as_text(cells: pa.Array, decimals: int | None) -> pa.Array:
    """Typed cells as text; whole floats without a point, infinities and nan as missing."""
    if pa.types.is_floating(cells.type):
        values, _ = _finite(cells.cast(pa.float64()), pa.int64() if decimals == 0 else pa.float64(), lost=0)
        return values.cast(pa.string())
    return (cells.cast(pa.int64()) if pa.types.is_duration(cells.type) else cells).cast(pa.string())


def _spelt_numbers(column: Column, values: pa.Array, kind: pa.DataType) -> pa.Array:
    if physical.is_text(kind):
        spelt = numerals.encode(values, numerals.read_pattern(column.formats[0])) if column.formats else values
        return spelt.cast(kind) if column.formats else spelt
    if pa.types.is_temporal(kind):
        return _from_ticks(values.cast(pa.int64(), safe=False), kind)
    if pa.types.is_decimal(kind):
        wide = values.cast(pa.decimal128(19)) if pa.types.is_integer(values.type) else pc.round(values, kind.scale)
        return wide.cast(kind, safe=False)
    if pa.types.is_integer(kind) and pa.types.is_floating(values.type):
        return pa.array(_clipped(values, kind), mask=values.is_null().to_numpy(zero_copy_only=False)).cast(kind)
    return values.cast(kind, safe=False)


def _clipped(values: pa.Array, kind: pa.DataType) -> np.ndarray:
    """Floats as the integers nearest to them that the type holds."""
    bounds = np.iinfo(kind.to_pandas_dtype())
    floats = np.rint(values.fill_null(0).to_numpy(zero_copy_only=False))
    top = np.nextafter(float(bounds.max), 0) if bounds.bits == 64 else bounds.max
    clipped: np.ndarray = np.clip(floats, bounds.min, top).astype(bounds.dtype)
    return clipped


def _spelt_times(column: Column, values: pa.Array, kind: pa.DataType) -> pa.Array:
    if pa.types.is_temporal(kind):
        return _from_ticks(values.cast(pa.int64()), kind)
    pattern = column.formats[0] if column.formats else "%Y-%m-%d %H:%M:%S"
    return _from_text(calendar.encode(values, pattern, column.zone), kind)


def _from_ticks(micros: pa.Array, kind: pa.DataType) -> pa.Array:
    """Microseconds in the source's own type of time; what it cannot hold is cut off."""
    if pa.types.is_date(kind):
        return micros.cast(pa.timestamp("us")).cast(kind, safe=False)
    size = {"s": 1_000_000, "ms": 1_000, "us": 1, "ns": 1}[kind.unit]
    ticks = np.floor_divide(micros.fill_null(0).to_numpy(zero_copy_only=False), size)
    ticks = ticks * 1_000 if kind.unit == "ns" else ticks
    if pa.types.is_time(kind):
        ticks = ticks % {"s": 86_400, "ms": 86_400_000, "us": 86_400_000_000, "ns": 86_400_000_000_000}[kind.unit]
    whole = pa.array(ticks, mask=micros.is_null().to_numpy(zero_copy_only=False))
    return whole.cast(pa.int32()).cast(kind) if pa.types.is_time32(kind) else whole.cast(kind)


def _from_text(values: pa.Array, kind: pa.DataType) -> pa.Array:
    if pa.types.is_null(kind):
        return pa.nulls(len(values))
    if pa.types.is_duration(kind):
        return values.cast(pa.int64()).cast(kind)
    if pa.types.is_time(kind):
        return _from_ticks(calendar.decode(values, _CLOCKS).cast(pa.int64()), kind)
    return values.cast(kind)
