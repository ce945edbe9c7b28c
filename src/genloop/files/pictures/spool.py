"""Cleaned rows with pictures, in memory up to a budget, then in a temporary file that is mapped: flat however many.

Each column of pictures is one run of bytes, so that it reads as one array without a copy, in memory or from the file.
"""

import math
import os
from pathlib import Path

import numpy as np
import pyarrow as pa
from jaxtyping import UInt8

from genloop.core import pixels as tensors
from genloop.core.records import Records
from genloop.core.schema import Schema
from genloop.files.spool import full, scratch

BUDGET_BYTES = 1 << 30
_BATCH_BYTES = 64 << 20
_FILE_BYTES = 65_536  # of a usual picture file, when a cell holds it
_MOST, _LEAST = 65_536, 64


def rows_at_once(schema: Schema) -> int:
    """How many rows of a source to read and clean at a time, so that their pictures stay within 64 MB or so."""
    each = 1
    for column in schema.columns:
        if column.kind == "image" and column.shape is not None:
            raw = _FILE_BYTES if "binary" in column.physical and "array" not in column.formats else 0
            each += math.prod(column.shape) + raw
    return min(max(_BATCH_BYTES // each, _LEAST), _MOST)


class Spool:
    """Rows in the order in which they are written; `read` gives them as one table. The file goes with this object.

    `budget_bytes` bounds what all columns of pictures may take in memory; other columns always stay there.
    """

    def __init__(self, budget_bytes: int = BUDGET_BYTES) -> None:
        self._budget = budget_bytes
        self._schema: pa.Schema | None = None
        self._others: list[Records] = []
        self._held: dict[str, list[UInt8[np.ndarray, "rows height width channels"]]] = {}
        self._present: dict[str, list[np.ndarray]] = {}
        self._bytes = 0
        self._rows = 0
        self._folder: Path | None = None

    @property
    def spilt(self) -> bool:
        """Whether the pictures lie in a file."""
        return self._folder is not None

    def write(self, records: Records) -> None:
        """Appends the rows.

        Raises:
            OutputError: the temporary folder is full.
        """
        if self._schema is None:
            self._schema = records.schema
            self._held = {field.name: [] for field in self._schema if tensors.is_tensor(field.type)}
            self._present = {name: [] for name in self._held}
        self._rows += records.num_rows
        self._others.append(records.drop_columns(list(self._held)))
        for name, parts in self._held.items():
            column = records.column(name)
            self._present[name].append(column.is_valid().to_numpy())
            pixels = tensors.read(column)
            owned = pixels if pixels.flags.owndata or self.spilt else pixels.copy()  # the batch may be far larger
            parts.append(owned)
            self._bytes += pixels.nbytes
        if self._bytes > self._budget:
            self._spill()

    def read(self) -> Records:
        """All rows; pictures are one chunk each. More rows can be written afterwards, and read again."""
        if self._schema is None:
            return pa.table({})
        others = pa.concat_tables(self._others)
        columns = {
            field.name: self._column(field.name) if field.name in self._held else others.column(field.name)
            for field in self._schema
        }
        return pa.table(columns)

    def _column(self, name: str) -> pa.ExtensionArray:
        shape = tuple(self._schema.field(name).type.shape) if self._schema is not None else ()
        present = np.concatenate(self._present[name])
        if self._folder is None:
            if len(self._held[name]) > 1:
                self._held[name][:] = [np.concatenate(self._held[name])]
            return tensors.write(self._held[name][0], present)
        self._spill()
        pixels = np.zeros((0, *shape), np.uint8)
        if self._rows:
            pixels = np.memmap(self._place(name), np.uint8, "r", shape=(self._rows, *shape))
        return tensors.write(pixels, present)

    def _spill(self) -> None:
        """Moves what is held to the files."""
        if self._folder is None:
            self._folder = scratch(self)
        try:
            for name, parts in self._held.items():
                with self._place(name).open("ab") as file:
                    for part in parts:
                        file.write(part.data)
                parts.clear()
        except OSError as error:
            raise full(self._folder, error) from error
        self._bytes = self._budget  # from here on every batch goes to the file

    def _place(self, name: str) -> Path:
        folder = self._folder or Path(os.devnull)
        return folder / f"{list(self._held).index(name)}.pixels"
