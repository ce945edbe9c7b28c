"""Tables held in memory and Parquet files; batches of even size and a hash of content whatever its chunks."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from genloop.core.errors import DataError
from genloop.core.lazy import Lazy
from genloop.files.columns import plain, texts, unique_names

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = Lazy("pandas")

_HASHED_ROWS = 65_536


class Memory:
    """A pandas, polars or Arrow table, or anything that offers the Arrow stream interface, as a source."""

    def __init__(self, data: Any) -> None:
        table, notes = _arrow(data)
        names, renamed = unique_names(table.column_names)
        self._table = plain(table.rename_columns(names))
        self.notes: tuple[str, ...] = (*notes, *renamed)

    @property
    def columns(self) -> list[str]:
        """Column names in order."""
        return list(self._table.column_names)

    def batches(self, rows: int = 65_536) -> Iterator[pa.RecordBatch]:
        """All rows in order, at most `rows` at a time."""
        yield from even(self._table.to_batches(), rows)

    def fingerprint(self) -> str:
        """A hash of the content; equal content gives an equal hash."""
        return hash_batches(self.columns, self.batches(_HASHED_ROWS))

    def describe(self) -> dict[str, Any]:
        """That the table was in memory: it cannot be opened again by this description."""
        return {"kind": "memory", "rows": self._table.num_rows, "reopen": "pass the table again"}


class Parquet:
    """A Parquet file, read row group by row group."""

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            with pq.ParquetFile(path) as file:
                schema, self._rows = file.schema_arrow, file.metadata.num_rows
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
            raise DataError(f"{path} is no readable Parquet file (damaged or cut short?): {error}") from error
        self._names, notes = unique_names(schema.names)
        self.notes: tuple[str, ...] = tuple(notes)
        if not self._names:
            raise DataError(f"{path} has no columns")

    @property
    def columns(self) -> list[str]:
        """Column names in order."""
        return list(self._names)

    def batches(self, rows: int = 65_536) -> Iterator[pa.RecordBatch]:
        """All rows in order, at most `rows` at a time."""
        try:
            with pq.ParquetFile(self._path, pre_buffer=False, buffer_size=1 << 20) as file:
                parts = file.iter_batches(batch_size=rows, use_threads=False)
                yield from even((plain_batch(part, self._names) for part in parts), rows)
        except (pa.ArrowInvalid, OSError) as error:  # what is no Parquet, and what does not unpack
            raise DataError(f"{self._path} is damaged: {error}") from error

    def fingerprint(self) -> str:
        """A hash of the file's bytes."""
        return hash_file(self._path)

    def describe(self) -> dict[str, Any]:
        """The file's place."""
        return {"kind": "file", "path": str(self._path.absolute()), "format": "parquet"}


def plain_batch(batch: pa.RecordBatch, names: list[str]) -> pa.RecordBatch:
    """The batch in plain types under the given names."""
    table = plain(pa.Table.from_arrays(batch.columns, names=names))
    return pa.RecordBatch.from_arrays([column.combine_chunks() for column in map(_one, table.columns)], names=names)


def _one(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column if column.num_chunks else pa.chunked_array([pa.array([], column.type)])


def even(batches: Iterable[pa.RecordBatch], rows: int) -> Iterator[pa.RecordBatch]:
    """The same rows in batches of exactly `rows`, the last one shorter; no empty ones."""
    held: list[pa.RecordBatch] = []
    count = 0
    for batch in batches:
        while batch.num_rows:
            part = batch.slice(0, rows - count)
            batch = batch.slice(part.num_rows)
            held.append(part)
            count += part.num_rows
            if count == rows:
                yield _joined(held)
                held, count = [], 0
    if held:
        yield _joined(held)


def _joined(parts: list[pa.RecordBatch]) -> pa.RecordBatch:
    return parts[0] if len(parts) == 1 else pa.concat_batches(parts)


def hash_file(path: Path) -> str:
    """SHA-256 of the file's bytes."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def hash_batches(names: Iterable[str], batches: Iterable[pa.RecordBatch]) -> str:
    """SHA-256 of names, types and values, the same however the rows are chunked or stored."""
    digest = hashlib.sha256("\0".join(names).encode())
    for batch in even(batches, _HASHED_ROWS):
        for column in batch.columns:
            digest.update(str(column.type).encode())
            digest.update(np.packbits(column.is_valid().to_numpy(zero_copy_only=False)).tobytes())
            for part in _bytes(column):
                digest.update(part)
    return digest.hexdigest()


def _bytes(column: pa.Array) -> Iterator[Any]:
    """The values as bytes, missing ones as zeros, whatever lies beneath them."""
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_binary(kind):
        filled = column.fill_null("" if pa.types.is_string(kind) else b"")
        lengths = pc.binary_length(filled).to_numpy(zero_copy_only=False).astype(np.int64)
        yield lengths
        offsets = np.frombuffer(filled.buffers()[1], np.int32 if pa.types.is_string(kind) else np.int64)
        start, stop = int(offsets[filled.offset]), int(offsets[filled.offset + len(filled)])
        if filled.buffers()[2] is not None:
            yield memoryview(filled.buffers()[2])[start:stop]
    elif pa.types.is_decimal(kind):
        yield from _bytes(column.cast(pa.string()))
    else:
        if pa.types.is_temporal(kind) or pa.types.is_boolean(kind):
            small = {1: pa.uint8(), 32: pa.int32(), 64: pa.int64()}
            column = column.cast(small[kind.bit_width])
        yield np.ascontiguousarray(column.fill_null(0).to_numpy(zero_copy_only=False))


def _arrow(data: Any) -> tuple[pa.Table, list[str]]:
    if isinstance(data, pa.Table):
        return data, []
    if isinstance(data, pa.RecordBatch):
        return pa.Table.from_batches([data]), []
    if isinstance(data, pd.DataFrame):
        return _from_pandas(data)
    try:
        if hasattr(data, "__arrow_c_stream__") or hasattr(data, "__arrow_c_array__"):
            return pa.table(data), []
        if isinstance(data, Mapping):
            return pa.table(dict(data)), []
    except (ValueError, TypeError, OverflowError) as error:
        raise DataError(f"the table in memory cannot be read: {error}") from error
    raise DataError(f"expected a path, a database URL, or a pandas, polars or Arrow table; found {type(data).__name__}")


def _from_pandas(frame: "pd.DataFrame") -> tuple[pa.Table, list[str]]:
    """Column by column, so that one of mixed types becomes text and the others keep theirs; the index is left out."""
    arrays, notes = [], []
    for place in range(frame.shape[1]):
        column = frame.iloc[:, place]
        try:
            array = _spelt(column) if _is_span(column.dtype) else pa.array(column, from_pandas=True)
        except (OverflowError, UnicodeEncodeError):  # whole numbers beyond 64 bits, halves of surrogate pairs
            array = _spelt(column)
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
            array = _spelt(column)
            notes.append(f"column {str(frame.columns[place])!r} mixes types: read as text")
        arrays.append(array)
    return pa.Table.from_arrays(arrays, names=[str(name) for name in frame.columns]), notes


def _is_span(kind: Any) -> bool:
    """Whether cells are periods or intervals, which Arrow holds as bare numbers."""
    return isinstance(kind, pd.PeriodDtype | pd.IntervalDtype)


def _spelt(column: "pd.Series[Any]") -> pa.Array:
    """The cells as text."""
    missing = column.isna().to_numpy()
    return texts([None if no else str(value) for value, no in zip(column, missing, strict=True)])
