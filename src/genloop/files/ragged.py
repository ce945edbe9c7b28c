"""Rows of a text file that have not as many cells as the header: put back in their place repaired, or named."""

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from genloop.files.dialect import Dialect


class Ragged:
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
        if self._dialect.spaced and row.text.count(self._dialect.quote) % 2:
            self._error = self.line_break(place)
            return "error"
        if any(cell.strip() for cell in cells[width:]):
            self._error = self.complaint(place, len(cells))
            return "error"
        if len(cells) != width:
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

    def line_break(self, row: int) -> str:
        """What to tell of a row that ends inside a cell quoted after a space."""
        return f"{self._path}: row {row}: a cell quoted after a space cannot hold a line break; take the space out"

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
        return pa.RecordBatch.from_arrays([pa.array(c, pa.string()) for c in columns], names=spelt_names(self._dialect))


def spelt_names(dialect: Dialect) -> list[str]:
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
        skipinitialspace=dialect.spaced,
    )
    return next(rows, [])
