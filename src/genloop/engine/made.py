"""Made rows: held when few, drawn again chunk by chunk when many, and never written without their label."""

import contextlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from genloop.core import extras
from genloop.core.errors import DataError, SourceNotFound
from genloop.core.records import Records
from genloop.core.schema import Schema
from genloop.engine.refining import Ledger
from genloop.engine.rows import first
from genloop.files.read import read as open_source
from genloop.files.write import read_label, writer

if TYPE_CHECKING:
    import pandas as pd
    import polars as pl

HELD_ROWS = 200_000


class Made:
    """A made table of `rows` rows, in the spelling of the data that the model learnt from.

    Up to 200,000 rows are held in memory. More are drawn when they are read, chunk by chunk and each time the same.
    """

    def __init__(
        self,
        rows: int,
        draw: Callable[[], Iterator[Records]],
        label: Mapping[str, str],
        ledger: Ledger | None = None,
    ) -> None:
        """`draw` gives the same chunks on every call; few rows are drawn at once, so that errors come now.

        `ledger` takes down what refining changed while they are drawn; the label tells it.
        """
        self.rows = rows
        self.label = dict(label)
        self._draw = draw
        self.ledger = Ledger() if ledger is None else ledger
        self._held: Records | None = pa.concat_tables(draw()) if rows <= HELD_ROWS else None
        if self.refining:
            self.label["refining"] = json.dumps(self.refining)

    def __len__(self) -> int:
        """The number of rows."""
        return self.rows

    def __repr__(self) -> str:
        """One line: how many rows, by which model."""
        return f"Made({self.rows:,} rows, model {self.label.get('model', '?')[:12]})"

    @property
    def refining(self) -> dict[str, Any]:
        """What refining was asked to do and what it changed so far; empty where nothing was refined."""
        return self.ledger.to_dict()

    def batches(self) -> Iterator[Records]:
        """The rows chunk by chunk; memory stays bounded however many there are."""
        if self._held is not None:
            yield self._held
        else:
            yield from self._draw()

    def to_arrow(self) -> Records:
        """All rows as an Arrow table."""
        if self._held is None:
            self._held = pa.concat_tables(self._draw())
        return self._held

    def to_pandas(self) -> "pd.DataFrame":
        """All rows as a pandas data frame."""
        return self.to_arrow().to_pandas()

    def to_polars(self) -> "pl.DataFrame":
        """All rows as a polars data frame.

        Raises:
            MissingExtra: polars is not installed.
        """
        frame: pl.DataFrame = extras.load("polars", "a polars frame", "polars").from_arrow(self.to_arrow())
        return frame

    def save(
        self, path: str | Path, *, mark: bool = True, report: Callable[[float], None] = lambda share: None
    ) -> None:
        """Write the rows with their label, by the path's ending (parquet, csv, xlsx, jsonl, ...).

        `mark` puts the visible mark onto a sheet of pictures; without it the label says that it was left out.

        Raises:
            OutputError: the place cannot be written; whatever stood there still stands.
        """
        done = 0
        label = self.label if mark else {**self.label, "mark": "left out on request"}
        with writer(path, label=label, mark=mark) as destination:
            for records in self.batches():
                destination.write(records)
                done += records.num_rows
                report(done / max(self.rows, 1))


def label_of(made: Any) -> Mapping[str, Any]:
    """The label of a made table, where it carries one that can be read."""
    if isinstance(made, Made):
        return made.label
    if not isinstance(made, str | os.PathLike):
        return {}
    with contextlib.suppress(DataError, SourceNotFound):
        return read_label(os.fspath(made)) or {}
    return {}


def rows_of(made: Any, schema: Schema, most: int) -> Records:
    """The first made rows of a `Made`, a path or a data frame, at most so many, in the columns of the schema.

    Raises:
        DataError: columns of the model are missing, or there is no row.
    """
    raw = first(made.batches() if isinstance(made, Made) else open_source(made), most)
    absent = [name for name in schema.names if name not in raw.column_names]
    if absent:
        raise DataError(f"the made table has no column {', '.join(absent)}; the model makes {', '.join(schema.names)}")
    if raw.num_rows == 0:
        raise DataError("the made table has no row; there is nothing to judge")
    return raw.select(schema.names)
