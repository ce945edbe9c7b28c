"""A table with a column of paths of pictures: relative paths start at the table's folder and never lead out of it."""

import hashlib
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from genloop.core.errors import DataError
from genloop.core.records import Source
from genloop.files.pictures import listing

_LOOKED_AT = 256
_MOSTLY = 0.9


def link(source: Source, folder: Path) -> Source:
    """The source with its columns of paths made absolute; the source itself when it has none.

    A column is one of paths when nine in ten of its first cells end as pictures do and one of those files is there. A
    source that knows its own kinds, such as an archive, is taken at its word.
    """
    if hasattr(source, "kinds"):
        return source
    first = next(iter(source.batches(_LOOKED_AT)), None)
    if first is None:
        return source
    root = folder.resolve()
    named = [name for name in first.schema.names if _names_pictures(first.column(name))]
    linked = [name for name in named if _is_there(first.column(name), root)]
    lost = [name for name in named if name not in linked]
    return Linked(source, root, linked, lost) if named else source


class Linked:
    """A table whose columns `linked` hold paths of pictures inside the folder `root`."""

    def __init__(self, source: Source, root: Path, linked: list[str], lost: list[str]) -> None:
        self._source, self._root, self._linked = source, root, linked
        notes = [f"column {name!r} names pictures; they are looked for in {root}" for name in linked]
        notes += [f"column {name!r} names pictures, of which none is found in {root}" for name in lost]
        self.notes: tuple[str, ...] = (*getattr(source, "notes", ()), *notes)
        self.kinds = dict.fromkeys(linked, "image")

    @property
    def columns(self) -> list[str]:
        """Column names in order."""
        return self._source.columns

    def batches(self, rows: int = 65_536) -> Iterator[pa.RecordBatch]:
        """All rows in order, at most `rows` at a time.

        Raises:
            DataError: a path leads out of the table's folder.
        """
        at = 0
        for batch in self._source.batches(rows):
            columns = [
                self._absolute(name, cells, at) if name in self._linked else cells
                for name, cells in zip(batch.schema.names, batch.columns, strict=True)
            ]
            at += batch.num_rows
            yield pa.RecordBatch.from_arrays(columns, names=batch.schema.names)

    def fingerprint(self) -> str:
        """A hash of the table and of the bytes of all pictures that it names."""
        digest = hashlib.sha256(self._source.fingerprint().encode())
        for batch in self.batches():
            for path in itertools.chain.from_iterable(batch.column(name).to_pylist() for name in self._linked):
                if path is not None and Path(path).is_file():
                    with Path(path).open("rb") as file:
                        digest.update(hashlib.file_digest(file, "sha256").digest())
                else:
                    digest.update(b"\0")
        return digest.hexdigest()

    def describe(self) -> dict[str, Any]:
        """The table's place."""
        return self._source.describe()

    def _absolute(self, name: str, cells: pa.Array, at: int) -> pa.Array:
        places = [
            None if cell in (None, "") else self._inside(cell, f"row {at + row}, column {name!r}")
            for row, cell in enumerate(cells.to_pylist(), 1)
        ]
        return pa.array(places, pa.string())

    def _inside(self, cell: str, where: str) -> str:
        """The absolute path; neither dots, nor a root elsewhere, nor a link on the way may lead out of the folder."""
        bare = cell.strip().replace("\\", "/")
        if Path(bare).is_absolute() and Path(bare).is_relative_to(self._root):
            bare = Path(bare).relative_to(self._root).as_posix()
        place = self._root / listing.within(bare, where)
        if not place.resolve().is_relative_to(self._root):
            raise DataError(f"{where}: {cell!r} is a link that leads out of the folder {self._root}")
        return str(place)


def _names_pictures(cells: pa.Array) -> bool:
    if not pa.types.is_string(cells.type):
        return False
    present = [cell for cell in cells.to_pylist() if cell]
    pictures = sum(listing.is_picture(cell.strip()) and not cell.startswith(("http:", "https:")) for cell in present)
    return bool(present) and pictures >= _MOSTLY * len(present)


def _is_there(cells: pa.Array, root: Path) -> bool:
    """Whether any of the files is there, wherever the path leads; a path out of the folder is then refused."""
    return any((root / cell.strip().replace("\\", "/")).is_file() for cell in cells.to_pylist() if cell)
