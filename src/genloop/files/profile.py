"""What each column of a table holds: recognised over all rows, batch by batch, so that memory does not matter."""

import re
from collections.abc import Collection, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from genloop.core.errors import DataError, SchemaError
from genloop.core.records import Records, Source
from genloop.core.schema import KINDS, Column, Schema, Summary
from genloop.files import missing, physical

_PLAIN = r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$"


def profile(
    source: Source | Records,
    *,
    kinds: Mapping[str, str] | None = None,
    keys: Collection[str] = (),
    drop: Collection[str] = (),
    floor: int = 5,
) -> Schema:
    """The schema of the source's columns without `drop`, with `kinds` and `keys` in place of what was recognised."""
    kinds = kinds or {}
    records = source if isinstance(source, pa.Table) else pa.Table.from_batches(source.batches())
    _check(records.column_names, {*kinds, *keys, *drop}, kinds)
    if records.num_rows == 0:
        raise DataError("expected a header and at least one row, found no row; check the file and the query")
    columns, summaries = [], {}
    for name in records.column_names:
        if name in drop:
            continue
        wanted = "key" if name in keys else kinds.get(name)
        column, summaries[name] = _column(name, records[name], wanted)
        columns.append(column)
    return Schema(tuple(columns), summaries)


def _check(names: list[str], asked: set[str], kinds: Mapping[str, str]) -> None:
    unknown = sorted(asked - set(names))
    if unknown:
        raise SchemaError(f"no column {', '.join(map(repr, unknown))}; the table has {', '.join(names)}")
    for name, kind in kinds.items():
        if kind not in KINDS:
            raise SchemaError(f"column {name!r}: unknown kind {kind!r}; expected one of {', '.join(KINDS)}")


def _column(name: str, raw: pa.ChunkedArray, wanted: str | None) -> tuple[Column, Summary]:
    typed = str(physical.value_type(raw.type))
    values = physical.plain(raw)
    guess, decimals = "category", None
    if values.type == pa.string():
        gone = missing.find(values, missing.AMONG_NUMBERS)
        number = pc.fill_null(pc.match_substring_regex(values, _PLAIN), False)
        if pc.sum(number).as_py() and pc.all(pc.or_(number, gone)).as_py():
            guess = "number"
            bare = values.filter(number)
            decimals = max(
                (len(s.rpartition(".")[2].strip()) for s in bare.unique().to_pylist() if "." in s), default=0
            )
    elif physical.is_number(values.type):
        guess = "number"
        decimals = 0 if pa.types.is_integer(values.type) else _decimals(values)
    distinct = len(values.unique())
    unique = distinct == len(values) > 20
    if unique and (guess == "category" or re.search(r"(^|_)id$", name, re.I)):
        guess = "key"
    kind = wanted or guess
    lost = pc.sum(missing.find(values)).as_py() if values.type == pa.string() else values.null_count
    column = Column(name, kind, typed, decimals=decimals if kind == "number" else None, unique=unique)  # type: ignore[arg-type]
    return column, Summary(len(values), lost, distinct)


def _decimals(values: pa.Array) -> int | None:
    values = values.drop_null().unique()
    for digits in range(16):
        if pc.all(pc.equal(pc.round(values, digits), values)).as_py() is not False:
            return digits
    return None
