"""Records are Arrow tables; a source is where they come from, readable in batches and more than once."""

from collections.abc import Iterator
from typing import Any, Protocol, runtime_checkable

import pyarrow as pa

Records = pa.Table
FIRST, BEYOND = -62_135_596_800, 253_402_300_800  # the years 1 to 9999, seconds since 1970: what calendars hold


@runtime_checkable
class Source(Protocol):
    """A table that can be read again: a file, a query, a data frame in memory.

    Columns come as the source holds them (every column of a CSV as text); `files.clean` turns them into values.
    """

    @property
    def columns(self) -> list[str]:
        """Column names in order."""

    def batches(self, rows: int = 65_536) -> Iterator[pa.RecordBatch]:
        """All rows in order, at most `rows` at a time."""

    def fingerprint(self) -> str:
        """A hash of the content; equal content gives an equal hash."""

    def describe(self) -> dict[str, Any]:
        """Where the data are (path or URL without secrets, table, query), enough to open them again."""
