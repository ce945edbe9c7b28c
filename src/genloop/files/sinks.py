"""The makers of files behind one face, taking records batch by batch: Parquet, CSV and TSV, JSON lines, XLSX."""

import json
import math
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from genloop.core.errors import OutputError
from genloop.core.lazy import Lazy
from genloop.core.records import Records

if TYPE_CHECKING:
    import openpyxl
else:
    openpyxl = Lazy("openpyxl")

LABEL_KEY = b"genloop"
_GROUP_ROWS = 131_072
_LINES = 65_536
_ENCODINGS = ("utf-8", "utf-8-sig", "gb18030")
_SHEET_ROWS, _SHEET_COLUMNS, _CELL_LETTERS = 1_048_576, 16_384, 32_767


class Parquet:
    """A Parquet file; small writes are joined to row groups of 131,072 rows. The label goes into its metadata."""

    def __init__(self, part: Path, *, name: Path, label: str | None) -> None:
        self._part, self._name, self._label = part, name, label
        self._writer: pq.ParquetWriter | None = None
        self._schema: pa.Schema | None = None
        self._held: list[Records] = []
        self._rows = 0

    def write(self, records: Records) -> None:
        """Appends the records."""
        if self._schema is None:
            metadata = {} if self._label is None else {LABEL_KEY: self._label.encode()}
            self._schema = records.schema.with_metadata(metadata)
            self._writer = pq.ParquetWriter(self._part, self._schema, compression="zstd")
        self._held.append(fit_schema(records, self._schema, self._name))
        self._rows += records.num_rows
        if self._rows >= _GROUP_ROWS:
            self._flush()

    def close(self) -> None:
        """Writes what is held and the footer."""
        if self._writer is None:
            raise OutputError(f"{self._name}: no records were made, nothing to write")
        try:
            self._flush()
        finally:
            self._writer.close()

    def _flush(self) -> None:
        if self._writer is not None:
            joined, self._held, self._rows = pa.concat_tables(self._held), [], 0
            self._writer.write_table(joined, row_group_size=_GROUP_ROWS)


class Csv:
    """A CSV file in UTF-8, tab-separated when its name ends in `.tsv`; only cells that need quotes carry them.

    A missing value is an empty cell, an empty text is `""`. With the encoding "utf-8-sig" the file begins with the
    mark by which Excel knows UTF-8; "gb18030" is what old Chinese programs read.
    """

    def __init__(self, part: Path, *, name: Path, label: str | None, encoding: str = "utf-8") -> None:
        if encoding not in _ENCODINGS:
            raise OutputError(f"{name}: the encoding {encoding!r} is not offered; expected {', '.join(_ENCODINGS)}")
        self._name, self._encoding = name, encoding
        self._delimiter = "\t" if name.suffix.lower() == ".tsv" else ","
        self._file = part.open("wb")
        self._columns: list[str] | None = None

    def write(self, records: Records) -> None:
        """Appends the records."""
        if self._columns is None:
            self._columns = list(records.column_names)
            head = pa.table([[name] for name in self._columns], names=self._columns)
            self._file.write("".encode(self._encoding))  # the mark, where there is one
            self._put(head.to_batches()[0])
        if list(records.column_names) != self._columns:
            raise OutputError(f"{self._name}: a later batch has other columns than the first")
        for batch in spell(records).to_batches(max_chunksize=_LINES):
            self._put(batch)

    def close(self) -> None:
        """Closes the file."""
        with self._file:
            if self._columns is None:
                raise OutputError(f"{self._name}: no records were made, nothing to write")

    def _put(self, batch: pa.RecordBatch) -> None:
        lines = _lines(batch, self._delimiter)
        self._file.write(bytes(lines).decode().encode("gb18030") if self._encoding == "gb18030" else lines)


def _lines(batch: pa.RecordBatch, delimiter: str) -> memoryview | bytes:
    """The rows as UTF-8 lines, column by column without a loop over cells."""
    cells = [_cells(column, delimiter) for column in batch.columns]
    if len(cells) == 1:
        cells = [cells[0].fill_null('""')]  # an empty line would be no row
    rows = pc.binary_join_element_wise(*cells, delimiter, null_handling="replace", null_replacement="")
    lines = pc.binary_join_element_wise(rows, "", "\n")
    size = pc.sum(pc.binary_length(lines)).as_py() or 0
    return memoryview(lines.buffers()[2])[:size] if size else b""


def _cells(column: pa.Array, delimiter: str) -> pa.Array:
    if not pa.types.is_string(column.type):
        return column.cast(pa.string())
    special = pc.match_substring_regex(column, f'[{delimiter}"\r\n]|^$|^\\s|\\s$')
    if not pc.any(special).as_py():
        return column
    quoted = pc.binary_join_element_wise('"', pc.replace_substring(column, '"', '""'), '"', "")
    return pc.if_else(special, quoted, column)


class JsonLines:
    """A file of JSON objects, one a row, in UTF-8; missing values are null, times ISO 8601."""

    def __init__(self, part: Path, *, name: Path, label: str | None, encoding: str = "utf-8") -> None:
        self._file = part.open("w", encoding=encoding, newline="\n")

    def write(self, records: Records) -> None:
        """Appends the records."""
        for batch in spell(records).to_batches(max_chunksize=_LINES):
            names, columns = batch.schema.names, [map(_json, column.to_pylist()) for column in batch.columns]
            for cells in zip(*columns, strict=True):
                row = dict(zip(names, cells, strict=True))
                self._file.write(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n")

    def close(self) -> None:
        """Closes the file."""
        self._file.close()


class Workbook:
    """An XLSX workbook of one sheet. Text stays text: a cell that begins with "=" is no formula."""

    def __init__(self, part: Path, *, name: Path, label: str | None) -> None:
        self._part, self._name, self._rows = part, name, 0
        self._book = openpyxl.Workbook(write_only=True)
        self._sheet = self._book.create_sheet("made")

    def write(self, records: Records) -> None:
        """Appends the records.

        Raises:
            OutputError: they do not fit into a sheet.
        """
        if not self._rows:
            self._sheet.append([self._cell(name) for name in records.column_names])
            self._rows = 1
        self._rows += records.num_rows
        if self._rows > _SHEET_ROWS or records.num_columns > _SHEET_COLUMNS:
            raise OutputError(
                f"{self._name}: a sheet holds {_SHEET_ROWS - 1:,} rows and {_SHEET_COLUMNS:,} columns; "
                "write .parquet or .csv"
            )
        for batch in decoded(records).to_batches(max_chunksize=_LINES):
            for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                self._sheet.append([self._cell(value) for value in row])

    def close(self) -> None:
        """Puts the workbook together."""
        self._book.save(self._part)

    def _cell(self, value: Any) -> Any:
        match value:
            case str() if len(value) < _CELL_LETTERS and value[:1] not in ("=", "#") and value.isprintable():
                return value
            case None | bool():
                return value
            case Decimal():
                value = value if len(value.as_tuple().digits) <= 15 else str(value)
            case int():
                value = value if abs(value) < 10**15 else str(value)  # Excel keeps 15 digits
            case float():
                value = value if math.isfinite(value) else str(value)
            case datetime() if value.tzinfo is not None or value.year < 1900:
                value = value.isoformat()
            case date() if value.year < 1900:  # before the first day that Excel shows
                value = value.isoformat()
            case bytes():
                value = value.hex()
        if not isinstance(value, str):
            return value
        if len(value) > _CELL_LETTERS:
            raise OutputError(f"{self._name}: a cell of a workbook holds {_CELL_LETTERS:,} characters; write .parquet")
        cell = openpyxl.cell.WriteOnlyCell(self._sheet, openpyxl.cell.cell.ILLEGAL_CHARACTERS_RE.sub("\ufffd", value))
        cell.data_type = "s"
        return cell


def fit_schema(records: Records, schema: pa.Schema | None, name: Path) -> Records:
    """The records in the columns and types of the first batch.

    Raises:
        OutputError: they do not fit.
    """
    if schema is None or records.schema.equals(schema):
        return records
    try:
        return records.select(schema.names).cast(schema)
    except (KeyError, pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise OutputError(f"{name}: a later batch does not fit the columns of the first: {error}") from error


def decoded(records: Records) -> Records:
    """The records with dictionaries as their values, one type of text, times to the microsecond."""
    columns = []
    for column in records.columns:
        kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
        if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
            kind = pa.string()
        if pa.types.is_timestamp(kind):
            kind = pa.timestamp("us", kind.tz)
        columns.append(column if column.type == kind else column.cast(kind, safe=False))
    return pa.table(columns, names=records.column_names)


def spell(records: Records) -> Records:
    """The records decoded, times as ISO 8601 text without the microseconds that none of the batch has."""
    columns = [_spell_times(c) if pa.types.is_timestamp(c.type) else c for c in decoded(records).columns]
    return pa.table(columns, names=records.column_names)


def _spell_times(column: pa.ChunkedArray) -> pa.ChunkedArray:
    zone = "Z" if column.type.tz is not None else ""
    plain = column.cast(pa.timestamp("us"))
    whole = pc.all(pc.equal(pc.subsecond(plain), 0)).as_py() is not False
    text = pc.cast(pc.cast(plain, pa.timestamp("s")) if whole else plain, pa.string())
    return pc.binary_join_element_wise(text, zone, "") if zone else text


def _json(value: Any) -> Any:
    match value:
        case float():
            return value if math.isfinite(value) else None
        case None | bool() | int() | str() | list() | dict():
            return value
        case Decimal():
            return float(value) if len(value.as_tuple().digits) <= 15 else str(value)
        case bytes():
            return value.hex()
        case _:
            return str(value)
