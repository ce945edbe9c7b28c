"""Rows of Python values, whose types are known only at the end, on their way to Arrow through a temporary file.

Each chunk is typed by itself; the types that all chunks of a column fit are chosen when the last has come. Reading a
query or a workbook once into a private temporary file also makes every later pass see the same rows.
"""

import json
import tempfile
import weakref
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from genloop.core.errors import OutputError
from genloop.files.columns import texts
from genloop.files.table import even, hash_batches

_CHUNK = 16_384
_FAR, _EXACT = 2**63, 2**53
_SIMPLE = {bool, int, float, str, bytes, date}


class Spool:
    """Rows kept in a temporary file that goes when this object goes."""

    def __init__(self, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        self.names = list(names)
        self._folder = scratch(self)
        self.rows = 0
        self._paths: list[Path] = []
        types: list[pa.DataType] = [pa.null()] * len(self.names)
        long: set[int] = set()  # columns with integers that a double would round
        coming = iter(rows)
        while chunk := list(islice(coming, _CHUNK)):
            columns = [typed(cells) for cells in zip(*chunk, strict=True)]
            types = [wider(old, column.type) for old, column in zip(types, columns, strict=True)]
            self._keep(columns)
            self.rows += len(chunk)
            long |= {place for place, column in enumerate(columns) if _is_long(column)}
        self._types = [
            pa.string() if pa.types.is_null(kind) or (place in long and pa.types.is_floating(kind)) else kind
            for place, kind in enumerate(types)
        ]

    def batches(self, rows: int = 65_536) -> Iterator[pa.RecordBatch]:
        """All rows in order, at most `rows` at a time."""
        yield from even(self._parts(), rows)

    def fingerprint(self) -> str:
        """A hash of names, types and values."""
        return hash_batches(self.names, self.batches())

    def _keep(self, columns: list[pa.Array]) -> None:
        batch = pa.RecordBatch.from_arrays(columns, names=self.names)
        path = self._folder / f"{len(self._paths)}.arrow"
        options = pa.ipc.IpcWriteOptions(compression="lz4")
        try:
            with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, batch.schema, options=options) as file:
                file.write_batch(batch)
        except OSError as error:
            raise full(self._folder, error) from error
        self._paths.append(path)

    def _parts(self) -> Iterator[pa.RecordBatch]:
        for path in self._paths:
            with pa.OSFile(str(path)) as source, pa.ipc.open_file(source) as file:
                batch = file.get_batch(0)
            columns = [_cast(column, kind) for column, kind in zip(batch.columns, self._types, strict=True)]
            yield pa.RecordBatch.from_arrays(columns, names=self.names)


def scratch(owner: object) -> Path:
    """A private folder in the system's temporary one that goes when `owner` goes."""
    try:
        folder = tempfile.TemporaryDirectory(prefix="genloop-")
    except OSError as error:
        raise full(Path(tempfile.gettempdir()), error) from error
    weakref.finalize(owner, folder.cleanup)
    return Path(folder.name)


def full(folder: Path, error: OSError) -> OutputError:
    """The error of a temporary folder that cannot be written."""
    return OutputError(f"cannot write the temporary folder {folder}: {error}; TMPDIR names another place")


def typed(cells: Sequence[Any]) -> pa.Array:
    """The cells in the one Arrow type that fits them all, as text where they mix."""
    values, kinds = cells, set(map(type, cells)) - {type(None)}
    if not kinds <= _SIMPLE:
        values = [_value(cell) for cell in cells]
        kinds = set(map(type, values)) - {type(None)}
    if str in kinds:
        values = [None if value == "" else value for value in values]
    if not kinds:
        return pa.nulls(len(values))
    if kinds <= {int, float}:
        if float not in kinds and all(-_FAR <= value < _FAR for value in values if value is not None):
            return pa.array(values, pa.int64())
        if float in kinds and all(abs(value) <= _EXACT for value in values if type(value) is int):
            return pa.array(values, pa.float64())
    elif kinds <= {date, datetime}:
        return _times(values, kinds)
    elif kinds == {bool}:
        return pa.array(values, pa.bool_())
    elif kinds == {bytes}:
        return pa.array(values, pa.large_binary())
    elif kinds == {time}:
        return pa.array(values, pa.time64("us"))
    return texts([_text(value) for value in values])


def wider(first: pa.DataType, second: pa.DataType) -> pa.DataType:
    """The type into which both can be turned."""
    if first == second or pa.types.is_null(second):
        return first
    if pa.types.is_null(first):
        return second
    if {first, second} == {pa.int64(), pa.float64()}:
        return pa.float64()
    if {first, second} == {pa.date32(), pa.timestamp("us")}:
        return pa.timestamp("us")
    return pa.string()


def _is_long(column: pa.Array) -> bool:
    if not pa.types.is_int64(column.type):
        return False
    ends = pc.min_max(column).as_py()
    return ends["min"] is not None and max(-ends["min"], ends["max"]) > _EXACT


def _value(cell: Any) -> Any:
    """The cell as one of a few Python types; numbers that a double would round, and all that is rare, become text."""
    match cell:
        case Decimal():
            return format(cell, "f") if cell.is_finite() else None
        case timedelta():
            return str(cell)
        case bytearray() | memoryview():
            return bytes(cell)
        case dict() | list() | tuple():
            return json.dumps(cell, ensure_ascii=False, default=str)
        case None | bool() | int() | float() | str() | bytes() | date() | time():
            return cell
        case _:
            return str(cell)


def _times(values: Sequence[Any], kinds: set[type]) -> pa.Array:
    if kinds == {date}:
        return pa.array(values, pa.date32())
    zoned = {value.tzinfo is not None for value in values if isinstance(value, datetime)}
    if len(zoned) > 1 or (zoned == {True} and date in kinds):
        return pa.array([_text(value) for value in values], pa.string())
    whole = [datetime(v.year, v.month, v.day) if v is not None and not isinstance(v, datetime) else v for v in values]
    return pa.array(whole, pa.timestamp("us", tz="UTC" if zoned == {True} else None))


def _text(value: Any) -> str | None:
    match value:
        case None | str():
            return value
        case bytes():
            return value.hex()
        case datetime():
            return value.isoformat(sep=" ")
        case _:
            return str(value)


def _cast(column: pa.Array, kind: pa.DataType) -> pa.Array:
    """The column of one chunk in the type of all, spelt as `typed` spells when it is text."""
    if column.type == kind:
        return column
    if pa.types.is_string(kind):
        return pa.array([_text(value) for value in column.to_pylist()], pa.string())
    return column.cast(kind, safe=False)
