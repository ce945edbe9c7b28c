"""CSV, TSV and their kin as a source: every column as text, streamed by Arrow's reader, ragged rows repaired or named.

Arrow hands a row of the wrong width to a callback instead of the table; short rows and rows with empty cells too many
are put back in their place, and any other is an error that names it. Memory is a few blocks, whatever the file's size.
"""

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from genloop.core.errors import DataError
from genloop.files.dialect import Dialect, find_dialect
from genloop.files.encoding import Encoding, Unicode, find_encoding
from genloop.files.table import even, hash_file

_SAMPLE = 1 << 20
_BLOCK = 1 << 21


class Text:
    """A delimited text file.

    Raises:
        DataError: the file is empty, has a header only, or is in no known encoding.
    """

    def __init__(
        self,
        path: Path,
        *,
        encoding: str | None = None,
        delimiter: str | None = None,
        header: bool | None = None,
    ) -> None:
        self._path = path
        self._asked = {"encoding": encoding, "delimiter": delimiter, "header": header}
        self._encoding: Encoding = find_encoding(path, encoding)
        self._dialect: Dialect = _dialect(path, self._encoding, delimiter, header)
        self._repairs: tuple[str, ...] = ()
        if next(self.batches(1), None) is None:
            raise DataError(f"{path} has a header ({', '.join(self.columns)}) and no rows; expected at least one row")

    @property
    def columns(self) -> list[str]:
        """Column names in order."""
        return list(self._dialect.names)

    @property
    def notes(self) -> tuple[str, ...]:
        """What was detected, and, after the rows were read once, which rows were repaired."""
        return (*self._encoding.notes, *self._dialect.notes, *self._repairs)

    def batches(self, rows: int = 65_536) -> Iterator[pa.RecordBatch]:
        """All rows in order, at most `rows` at a time; every cell as text, an empty one missing.

        Raises:
            DataError: a row has more filled cells than the header, a quote is never closed, a row is too long.
        """
        ragged = _Ragged(self._path, self._dialect)
        with Unicode(self._path, self._encoding, self._dialect.quote) as stream:
            yield from even(self._parts(stream, ragged), rows)
        self._repairs = ragged.notes()

    def fingerprint(self) -> str:
        """A hash of the file's bytes."""
        return hash_file(self._path)

    def describe(self) -> dict[str, Any]:
        """The file's place and what the user said of its dialect."""
        asked = {key: value for key, value in self._asked.items() if value is not None}
        return {"kind": "file", "path": str(self._path.absolute()), "format": "text", **asked}

    def _parts(self, stream: Unicode, ragged: "_Ragged") -> Iterator[pa.RecordBatch]:
        names, last = self.columns, None
        try:
            for batch in _open(stream, self._dialect, ragged):
                last = ragged.whole(batch)
                yield self._bare(last, ragged)
            if (rest := ragged.rest()) is not None:
                yield self._bare(rest, ragged)
        except pa.ArrowInvalid as error:
            if "straddles" in str(error):
                raise DataError(
                    f"{self._path}: row {ragged.position + 1} exceeds {_BLOCK >> 20} MB; is a quote never closed?"
                ) from error
            if "Empty CSV" in str(error):
                return
            raise DataError(f"{self._path} cannot be read as a table of {len(names)} columns: {error}") from error
        if stream.quotes % 2 and last is not None and _open_cell(last):
            raise DataError(f"{self._path}: a quote that opens in row {ragged.position} is never closed")

    def _bare(self, batch: pa.RecordBatch, ragged: "_Ragged") -> pa.RecordBatch:
        """The batch without spare cells at the ends of rows and without what is wrapped around cells."""
        width, columns = len(self.columns), list(batch.columns)
        for column in columns[width:]:
            filled = pc.index(pc.not_equal(pc.utf8_trim_whitespace(column).fill_null(""), ""), True).as_py()
            if filled >= 0:
                raise DataError(ragged.complaint(ragged.position - batch.num_rows + filled + 1, width + 1))
        for place in self._dialect.wrapped:
            bare = pc.replace_substring_regex(pc.utf8_trim(columns[place], "\t"), '^="([^"]*)"$', r"\1")
            columns[place] = pc.if_else(pc.equal(bare, ""), pa.scalar(None, pa.string()), bare)
        return pa.RecordBatch.from_arrays(columns[:width], names=self.columns)


class _Ragged:
    """Rows of the wrong width, kept until the rows around them come; counts what was repaired."""

    def __init__(self, path: Path, dialect: Dialect) -> None:
        self.position = 0  # rows handed on so far
        self._path, self._dialect = path, dialect
        self._waiting: list[tuple[int, list[str | None]]] = []
        self._short: list[int] = []
        self._long: list[int] = []
        self._error: str | None = None

    def take(self, row: Any) -> str:
        """Arrow's callback: keeps a row that can be repaired, or remembers the error and stops."""
        place = row.number - self._dialect.skip  # counted from 1
        width = len(self._dialect.names) + self._dialect.spare
        try:
            cells = _cells(row.text, self._dialect)
        except csv.Error as error:
            self._error = f"{self._path}: row {place} has the wrong number of cells and cannot be repaired: {error}"
            return "error"
        if any(cell.strip() for cell in cells[width:]):
            self._error = self.complaint(place, len(cells))
            return "error"
        (self._short if len(cells) < width else self._long).append(place)
        padded: list[str | None] = [cell or None for cell in cells[:width]]
        self._waiting.append((place - 1, padded + [None] * (width - len(padded))))
        return "skip"

    def complaint(self, row: int, cells: int) -> str:
        """What to tell of a row with filled cells beyond the last column."""
        names = self._dialect.names
        return (
            f"{self._path}: row {row} has {cells} cells, expected {len(names)} ({', '.join(names)}); "
            "correct the row or its quoting"
        )

    def error(self) -> str | None:
        """What the row that could not be repaired has wrong."""
        return self._error

    def whole(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch with the ragged rows that belong before or inside it."""
        start, good = self.position, batch.num_rows
        inside = 0
        while inside < len(self._waiting) and self._waiting[inside][0] < start + good + inside + 1:
            inside += 1
        mine, self._waiting = self._waiting[:inside], self._waiting[inside:]
        self.position += good + inside
        if not mine:
            return batch
        both = pa.concat_batches([batch, self._made(mine)])
        order = np.empty(good + inside, np.int64)
        ragged = np.array([place - start for place, _ in mine])
        order[ragged] = np.arange(good, good + inside)
        order[np.setdiff1d(np.arange(good + inside), ragged)] = np.arange(good)
        return both.take(pa.array(order))

    def rest(self) -> pa.RecordBatch | None:
        """Ragged rows after the last whole one."""
        if not self._waiting:
            return None
        mine, self._waiting = self._waiting, []
        self.position += len(mine)
        return self._made(mine)

    def notes(self) -> tuple[str, ...]:
        """What was repaired, with the first row of each sort."""
        notes = []
        if self._short:
            notes.append(f"{len(self._short)} short row(s) filled up with missing cells, first: row {self._short[0]}")
        if self._long:
            notes.append(f"empty cells too many cut off in {len(self._long)} row(s), first: row {self._long[0]}")
        return tuple(notes)

    def _made(self, rows: list[tuple[int, list[str | None]]]) -> pa.RecordBatch:
        columns = zip(*(cells for _, cells in rows), strict=True)
        return pa.RecordBatch.from_arrays([pa.array(c, pa.string()) for c in columns], names=_spelt(self._dialect))


def _dialect(path: Path, encoding: Encoding, delimiter: str | None, header: bool | None) -> Dialect:
    with Unicode(path, encoding) as stream:
        raw = stream.read(_SAMPLE)
        cut = len(raw) == _SAMPLE
    sample = raw.decode("utf-8", "ignore")
    if not sample.strip():
        raise DataError(f"{path} is empty; expected a header and rows")
    if cut:
        sample = sample[: max(sample.rfind("\n"), sample.rfind("\r")) + 1] or sample
    if delimiter is None and "".join(path.suffixes).lower().startswith((".tsv", ".tab")) and "\t" in sample:
        delimiter = "\t"
    found = find_dialect(sample, delimiter=delimiter, header=header)
    if found is None:
        raise DataError(f"{path} is empty; expected a header and rows")
    return found


def _open(stream: Unicode, dialect: Dialect, ragged: _Ragged) -> Iterator[pa.RecordBatch]:
    names = _spelt(dialect)
    try:
        yield from arrow_csv.open_csv(
            pa.PythonFile(stream, mode="r"),
            read_options=arrow_csv.ReadOptions(
                use_threads=False, block_size=_BLOCK, skip_rows=dialect.skip, column_names=names
            ),
            parse_options=arrow_csv.ParseOptions(
                delimiter=dialect.delimiter,
                quote_char=dialect.quote,
                double_quote=dialect.escape is None,
                escape_char=dialect.escape or False,
                newlines_in_values=True,
                ignore_empty_lines=len(names) > 1,  # in a single column an empty line is a missing cell
                invalid_row_handler=ragged.take,
            ),
            convert_options=arrow_csv.ConvertOptions(
                column_types=dict.fromkeys(names, pa.string()),
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=True,
            ),
        )
    except pa.ArrowInvalid as error:
        if ragged.error() is not None:
            raise DataError(str(ragged.error())) from error
        raise


def _spelt(dialect: Dialect) -> list[str]:
    """The names with those of the spare cells at the ends of rows."""
    return [*dialect.names, *(f"\0{place}" for place in range(dialect.spare))]


def _cells(text: str, dialect: Dialect) -> list[str]:
    lines = io.StringIO(text, newline="")
    rows = csv.reader(
        lines,
        delimiter=dialect.delimiter,
        quotechar=dialect.quote,
        escapechar=dialect.escape,
        doublequote=dialect.escape is None,
    )
    return next(rows, [])


def _open_cell(batch: pa.RecordBatch) -> bool:
    cell = batch.column(batch.num_columns - 1)[batch.num_rows - 1].as_py() if batch.num_rows else None
    return cell is not None and "\n" in cell
