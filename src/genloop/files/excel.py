"""XLSX workbooks: one sheet, read row by row; formulas come as the values that Excel last computed."""

import re
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree.ElementTree import ParseError

from genloop.core.errors import DataError, GenloopError, SourceNotFound
from genloop.core.lazy import Lazy
from genloop.files.columns import unique_names
from genloop.files.dialect import count_titles, has_header
from genloop.files.spool import Spool
from genloop.files.table import hash_file

if TYPE_CHECKING:
    import openpyxl
else:
    openpyxl = Lazy("openpyxl")

_SAMPLE = 1_000
_DAMAGED = (zipfile.BadZipFile, zlib.error, ParseError, EOFError, KeyError, OSError, ValueError)
_ERRORS = re.compile(r"#(N/A|REF!|VALUE!|DIV/0!|NUM!|NAME\?|NULL!)")
Cells = tuple[Any, ...]


class Excel:
    """A sheet of a workbook, the first one unless another is named.

    Raises:
        DataError: the file is no workbook, or the sheet holds no rows.
        SourceNotFound: the workbook has no such sheet.
    """

    def __init__(self, path: Path, *, table: str | None = None, header: bool | None = None) -> None:
        self._path, self._sheet, self._header = path, table, header
        with path.open("rb") as file:
            try:
                self._spool, self.notes = self._read(openpyxl.load_workbook(file, read_only=True, data_only=True))
            except GenloopError:
                raise
            except (*_DAMAGED, openpyxl.utils.exceptions.InvalidFileException) as error:
                raise DataError(f"{path} is no readable XLSX workbook (damaged, or an old .xls?): {error}") from error

    @property
    def columns(self) -> list[str]:
        """Column names in order."""
        return list(self._spool.names)

    def batches(self, rows: int = 65_536) -> Iterator[Any]:
        """All rows in order, at most `rows` at a time."""
        return self._spool.batches(rows)

    def fingerprint(self) -> str:
        """A hash of the file's bytes."""
        return hash_file(self._path)

    def describe(self) -> dict[str, Any]:
        """The file's place and the sheet."""
        asked = {"table": self._sheet, "header": self._header}
        given = {key: value for key, value in asked.items() if value is not None}
        return {"kind": "file", "path": str(self._path.absolute()), "format": "xlsx", **given}

    def _read(self, book: Any) -> tuple[Spool, tuple[str, ...]]:
        names = [sheet.title for sheet in book.worksheets]
        if not names:
            raise DataError(f"{self._path} has no sheet with cells")
        if self._sheet is not None and self._sheet not in names:
            raise SourceNotFound(f"{self._path} has no sheet {self._sheet!r}; it has {', '.join(names)}")
        sheet = book[self._sheet] if self._sheet is not None else book.worksheets[0]
        sheet.reset_dimensions()  # some exports state a size that is not theirs
        where = f"{self._path}, sheet {sheet.title!r}"
        rows = (row for row in map(_cells, sheet.iter_rows(values_only=True)) if row)
        head = list(islice(rows, _SAMPLE))
        if not head:
            raise DataError(f"{where} is empty; expected a header and rows")
        titles = count_titles([_texts(row) for row in head])
        head = head[titles:]
        header = has_header([_texts(row) for row in head]) if self._header is None else self._header
        width = max(len(row) for row in head)
        first = [*_texts(head[0]), *[""] * (width - len(head[0]))]
        columns, notes = unique_names(first) if header else ([f"column_{i}" for i in range(1, width + 1)], [])
        if not header:
            notes.append("no header: columns are called column_1, column_2, ...")
        if titles:
            notes.append(f"{titles} row(s) above the table skipped")
        if len(names) > 1 and self._sheet is None:
            notes.append(f"sheet {sheet.title!r} read, the first of {len(names)}: {', '.join(names)}")
        spool = Spool(columns, _padded(chain(head[header:], rows), width, where))
        if not spool.rows:
            raise DataError(f"{where} has a header ({', '.join(columns)}) and no rows; expected at least one row")
        return spool, tuple(notes)


def _cells(row: Sequence[Any]) -> Cells:
    """The cells up to the last filled one; dates without a time of day as dates, Excel's errors as missing."""
    cells = list(row)
    while cells and cells[-1] in (None, ""):
        cells.pop()
    return tuple(_cell(cell) for cell in cells)


def _cell(cell: Any) -> Any:
    if isinstance(cell, datetime) and cell.time() == datetime.min.time():
        return cell.date()
    return None if isinstance(cell, str) and _ERRORS.fullmatch(cell) else cell


def _texts(row: Cells) -> list[str]:
    return ["" if cell is None else str(cell) for cell in row]


def _padded(rows: Any, width: int, where: str) -> Iterator[Cells]:
    for number, row in enumerate(rows, 1):
        if len(row) > width:
            raise DataError(f"{where}: row {number} has {len(row)} cells, expected {width}; give every column a name")
        yield (*row, *[None] * (width - len(row)))
