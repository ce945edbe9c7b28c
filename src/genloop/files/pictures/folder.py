"""A folder of pictures as a table: paths, the sub-folder as class, and what a metadata file says about each.

The metadata file (`metadata.csv` or `metadata.jsonl` with the column `file_name`) is that of the Hugging Face
"imagefolder" convention. Without one, file names that are words serve as captions.
"""

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa

from genloop.core.errors import DataError
from genloop.files.pictures import decode, listing
from genloop.files.pictures.listing import Listing
from genloop.files.pictures.values import Skipped

_SNIFFED = 16


class Folder:
    """The pictures under a folder, in the order of their paths; `skipped` lists files that are none, with reasons.

    Raises:
        DataError: there is no picture, or a metadata file is damaged or names a file outside of the folder.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.resolve()
        if _told(str(self._path)) != str(self._path):
            raise DataError(f"the name of the folder {_told(str(self._path))!r} is not in UTF-8; rename it")
        others: list[Skipped] = []
        names = listing.pack(_walk(self._path, others))
        self.skipped: tuple[Skipped, ...] = tuple(sorted(others))
        if not len(names):
            raise DataError(listing.nothing(path, self.skipped))
        self._listing: Listing = listing.read(names, lambda name: (self._path / name).read_bytes(), str(path))
        self.notes: tuple[str, ...] = (*self._listing.notes, *listing.remarks(self.skipped))
        self.kinds = self._listing.kinds

    @property
    def columns(self) -> list[str]:
        """Column names in order."""
        return self._listing.columns

    def batches(self, rows: int = 65_536) -> Iterator[pa.RecordBatch]:
        """All rows in order, at most `rows` at a time."""
        yield from self._listing.batches(f"{self._path}{os.sep}", rows)

    def fingerprint(self) -> str:
        """A hash of the names, the sizes and the bytes of all pictures, and of what is said about them."""
        digest = hashlib.sha256(self._listing.digest())
        for name in listing.each(self._listing.names):
            with open(f"{self._path}{os.sep}{name}", "rb") as file:  # noqa: PTH123  (a path would intern every name)
                digest.update(f"{name}\0{os.fstat(file.fileno()).st_size}\0".encode())
                while part := file.read(1 << 20):
                    digest.update(part)
        return digest.hexdigest()

    def describe(self) -> dict[str, Any]:
        """The folder's place."""
        return {"kind": "folder", "path": str(self._path), "format": "folder"}


def _walk(root: Path, others: list[Skipped]) -> Iterator[str]:
    """Relative paths of what is called or begins as a picture; hidden files are passed over, others are listed."""
    waiting = [""]
    while waiting:
        at = waiting.pop()
        for entry in _entries(root / at):
            name = f"{at}{_told(entry.name)}"
            if name != at + entry.name:
                others.append((name, "its name is not in UTF-8; rename it"))
                continue
            if listing.is_hidden(entry.name) or listing.is_metadata(name):
                continue
            if entry.is_dir():
                waiting += [] if entry.is_symlink() else [f"{name}/"]
            elif not entry.is_file():
                others.append((name, "no regular file"))
            elif listing.is_picture(name) or (not PurePosixPath(name).suffix and _is_magic(root / name)):
                yield name
            else:
                others.append((name, _what(root / name)))


def _told(name: str) -> str:
    """A name that can be shown and kept: bytes that are no UTF-8 become question marks in a diamond."""
    return os.fsencode(name).decode("utf-8", "replace")


def _entries(folder: Path) -> Iterator[os.DirEntry[str]]:
    """What is in the folder; nothing where it cannot be looked into."""
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        yield from entries


def _is_magic(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return listing.is_magic(file.read(_SNIFFED))
    except OSError:
        return False


def _what(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return decode.describe(file.read(512)) or f"no picture (the ending {path.suffix!r})"
    except OSError as error:
        return error.strerror or "cannot be opened"
