"""Arrow's own writers behind one face: Parquet, and CSV or TSV in UTF-8."""

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from genloop.core.errors import OutputError
from genloop.core.records import Records

LABEL_KEY = b"genloop"
_GROUP_ROWS = 131_072
_LINES = 65_536


class Parquet:
    """A Parquet file; small writes are joined to row groups of 131,072 rows. The label goes into its metadata."""

    holds_label = True

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
    mark by which Excel knows UTF-8.
    """

    holds_label = False

    def __init__(self, part: Path, *, name: Path, label: str | None, encoding: str = "utf-8") -> None:
        self._name, self._mark = name, "".encode(encoding)
        self._delimiter = "\t" if name.suffix.lower() == ".tsv" else ","
        self._file = part.open("wb")
        self._columns: list[str] | None = None

    def write(self, records: Records) -> None:
        """Appends the records."""
        if self._columns is None:
            self._columns = list(records.column_names)
            head = pa.table([[name] for name in self._columns], names=self._columns)
            self._file.write(self._mark + _lines(head.to_batches()[0], self._delimiter))
        if list(records.column_names) != self._columns:
            raise OutputError(f"{self._name}: a later batch has other columns than the first")
        for batch in spell(records).to_batches(max_chunksize=_LINES):
            self._file.write(_lines(batch, self._delimiter))

    def close(self) -> None:
        """Closes the file."""
        with self._file:
            if self._columns is None:
                raise OutputError(f"{self._name}: no records were made, nothing to write")


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


def spell(records: Records) -> Records:
    """Times as ISO 8601 text without the microseconds that none of the batch has; dictionaries as their values."""
    columns = []
    for column in records.columns:
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        if pa.types.is_timestamp(column.type):
            column = _spell_times(column)
        elif pa.types.is_large_string(column.type) or pa.types.is_string_view(column.type):
            column = column.cast(pa.string())
        columns.append(column)
    return pa.table(columns, names=records.column_names)


def _spell_times(column: pa.ChunkedArray) -> pa.ChunkedArray:
    zone = "Z" if column.type.tz is not None else ""
    plain = pc.cast(column, pa.timestamp("us", column.type.tz), safe=False).cast(pa.timestamp("us"))
    whole = pc.all(pc.equal(pc.microsecond(plain), 0)).as_py() is not False
    whole = whole and pc.all(pc.equal(pc.millisecond(plain), 0)).as_py() is not False
    text = pc.cast(pc.cast(plain, pa.timestamp("s")) if whole else plain, pa.string())
    return pc.binary_join_element_wise(text, zone, "") if zone else text
