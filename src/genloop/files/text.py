"""CSV, TSV and their kin as a source: every column as text, streamed by Arrow's reader, ragged rows repaired or named.

Arrow hands a row of the wrong width to a callback instead of the table; short rows and rows with empty cells too many
are put back in their place, and any other is an error that names it. Memory is a few blocks, whatever the file's size.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from genloop.core.errors import DataError
from genloop.files.dialect import Dialect, find_dialect
from genloop.files.encoding import Encoding, Unicode, find_encoding
from genloop.files.ragged import Ragged, spelt_names
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
        ragged = Ragged(self._path, self._dialect)
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

    def _parts(self, stream: Unicode, ragged: Ragged) -> Iterator[pa.RecordBatch]:
        names, last = self.columns, None
        try:
            for batch in _open(stream, self._dialect, ragged):
                last = ragged.whole(batch)
                yield self._bare(last, ragged)
            if (rest := ragged.rest()) is not None:
                last = rest
                yield self._bare(rest, ragged)
        except pa.ArrowInvalid as error:
            if "straddles" in str(error):
                raise DataError(
                    f"{self._path}: row {ragged.position + 1} exceeds {_BLOCK >> 20} MB: a quote that is never closed, "
                    "or a whole document in one cell; close it, or save the document as a .txt file of its own"
                ) from error
            if "Empty CSV" in str(error):
                return
            raise DataError(f"{self._path} cannot be read as a table of {len(names)} columns: {error}") from error
        if stream.quotes % 2 and last is not None and _open_cell(last):
            raise DataError(f"{self._path}: a quote that opens in row {ragged.position} is never closed")

    def _bare(self, batch: pa.RecordBatch, ragged: Ragged) -> pa.RecordBatch:
        """The batch without spare cells at the ends of rows and without what is wrapped around cells."""
        width, columns = len(self.columns), list(batch.columns)
        for column in columns[width:]:
            filled = pc.index(pc.not_equal(pc.utf8_trim_whitespace(column).fill_null(""), ""), True).as_py()
            if filled >= 0:
                raise DataError(ragged.complaint(ragged.position - batch.num_rows + filled + 1, width + 1))
        if self._dialect.spaced:
            columns = [_unquoted(column, self._dialect.quote, ragged) for column in columns]
        for place in self._dialect.wrapped:
            bare = pc.replace_substring_regex(pc.utf8_trim(columns[place], "\t"), '^="([^"]*)"$', r"\1")
            columns[place] = pc.if_else(pc.equal(bare, ""), pa.scalar(None, pa.string()), bare)
        return pa.RecordBatch.from_arrays(columns[:width], names=self.columns)


def _dialect(path: Path, encoding: Encoding, delimiter: str | None, header: bool | None) -> Dialect:
    with Unicode(path, encoding) as stream:
        raw = stream.read(_SAMPLE)
        cut = len(raw) == _SAMPLE
    sample = raw.decode("utf-8", "ignore")
    if not sample.strip():
        raise _empty(path)
    if cut:
        sample = sample[: max(sample.rfind("\n"), sample.rfind("\r")) + 1]
    if not sample:
        raise DataError(
            f"{path}: the first line exceeds {_SAMPLE >> 20} MB, which is no header of a table; put each row on a line "
            "of its own, or save a document as a .txt file"
        )
    if delimiter and not (len(delimiter) == 1 and delimiter.isascii() and delimiter not in "\r\n\0\"'"):
        raise DataError(f"the delimiter {delimiter!r} cannot part cells; expected one plain character: , ; | or a tab")
    if delimiter is None and path.name.lower().removesuffix(".gz").endswith((".tsv", ".tab")) and "\t" in sample:
        delimiter = "\t"
    found = find_dialect(sample, delimiter=delimiter, header=header)
    if found is None:
        raise _empty(path)
    return found


def _empty(path: Path) -> DataError:
    wanted = "text, or a header and rows" if path.suffix.lower() == ".txt" else "a header and rows"
    return DataError(f"{path} is empty; expected {wanted}")


def _open(stream: Unicode, dialect: Dialect, ragged: Ragged) -> Iterator[pa.RecordBatch]:
    names = spelt_names(dialect)
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


def _unquoted(column: pa.Array, quote: str, ragged: Ragged) -> pa.Array:
    """Cells without the spaces before them and the quotes that the reader, seeing a space first, took for text."""
    bare = pc.utf8_ltrim(column, " ")
    opened = pc.and_(pc.starts_with(bare, quote), pc.not_equal(bare, column))
    quoted = pc.and_(opened, pc.match_substring_regex(bare, f"(?s)^{quote}.*{quote}$"))
    broken = pc.index(pc.and_not(opened, quoted), True).as_py()
    if broken >= 0:
        raise DataError(ragged.line_break(ragged.position - len(column) + broken + 1))
    inside = pc.replace_substring(pc.utf8_slice_codeunits(bare, 1, -1), quote * 2, quote)
    result = pc.if_else(quoted, inside, bare)
    return pc.if_else(pc.equal(result, ""), pa.scalar(None, pa.string()), result)


def _open_cell(batch: pa.RecordBatch) -> bool:
    last = batch.slice(max(0, batch.num_rows - 1)).to_pylist()
    return any("\n" in cell for row in last for cell in row.values() if cell is not None)
