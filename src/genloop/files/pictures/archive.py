"""A `.zip` of a folder of pictures as a table; nothing is unpacked, members are read where they lie.

Refused whole: a member whose name leads out of the archive, more members or larger ones than pictures have, and bombs
(members that unpack to more than 200 times their size).
"""

import hashlib
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa

from genloop.core.errors import DataError
from genloop.files.pictures import decode, listing
from genloop.files.pictures.cells import MOST_BYTES
from genloop.files.pictures.listing import Listing
from genloop.files.pictures.values import Skipped
from genloop.files.table import hash_file

MOST_MEMBERS = 5_000_000
_MOST_RATIO, _SMALL = 200, 1 << 20  # a member up to 1 MB is no bomb, however well it packs
_ENCRYPTED = 1


class Archive:
    """The pictures in a zip archive; `skipped` lists members that are none, with reasons.

    Raises:
        DataError: it is damaged, unsafe, or holds no picture.
    """

    def __init__(self, path: Path) -> None:
        self._path = path.resolve()
        try:
            with zipfile.ZipFile(path) as archive:
                members, self.skipped = _members(archive, path)
                if not members:
                    raise DataError(listing.nothing(path, self.skipped))
                self._top = _top(members)
                names = listing.pack(name.removeprefix(self._top) for name in members)
                self._listing: Listing = listing.read(names, lambda name: _read(archive, self._top + name), str(path))
        except (zipfile.BadZipFile, OSError, RuntimeError, NotImplementedError) as error:
            if isinstance(error, DataError):
                raise
            raise DataError(f"{path} is no readable zip archive (damaged or cut short?): {error}") from error
        self.notes: tuple[str, ...] = (*self._listing.notes, *listing.remarks(self.skipped))
        self.kinds = self._listing.kinds

    @property
    def columns(self) -> list[str]:
        """Column names in order."""
        return self._listing.columns

    def batches(self, rows: int = 65_536) -> Iterator[pa.RecordBatch]:
        """All rows in order, at most `rows` at a time."""
        yield from self._listing.batches(f"{self._path}!{self._top}", rows)

    def fingerprint(self) -> str:
        """A hash of the archive's bytes."""
        return hashlib.sha256(hash_file(self._path).encode() + self._listing.digest()).hexdigest()

    def describe(self) -> dict[str, Any]:
        """The file's place."""
        return {"kind": "file", "path": str(self._path), "format": "zip"}


def _members(archive: zipfile.ZipFile, path: Path) -> tuple[list[str], tuple[Skipped, ...]]:
    listed = archive.infolist()
    if len(listed) > MOST_MEMBERS:
        raise DataError(f"{path} has {len(listed):,} members; at most {MOST_MEMBERS:,} are read")
    names: list[str] = []
    others: list[Skipped] = []
    for member in listed:
        name = member.filename
        listing.within(name, str(path))
        if member.is_dir() or any(part != "." and listing.is_hidden(part) for part in name.split("/")):
            continue
        packed = max(member.compress_size, 1)
        if member.file_size > MOST_BYTES or member.file_size > max(_SMALL, _MOST_RATIO * packed):
            raise DataError(
                f"{path}: {name} unpacks from {packed:,} to {member.file_size:,} bytes, which no picture does; "
                "the archive is refused, take this member out"
            )
        if member.flag_bits & _ENCRYPTED:
            others.append((name, "encrypted"))
        elif listing.is_picture(name):
            names.append(name)
        elif PurePosixPath(name).name not in ("metadata.csv", "metadata.jsonl"):
            with archive.open(member) as file:
                start = file.read(512)
            others.append((name, decode.describe(start) or f"no picture (the ending {PurePosixPath(name).suffix!r})"))
    return sorted(set(names)), tuple(sorted(others))


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    """A metadata member. Raises KeyError when there is none."""
    if archive.getinfo(name).file_size > listing.MOST_METADATA:
        raise DataError(f"{archive.filename}: {name} is larger than {listing.MOST_METADATA >> 20} MB")
    return archive.read(name)


def _top(names: list[str]) -> str:
    """The one folder that an archive often wraps all else in, with its slash; the classes stand below it."""
    parents = {PurePosixPath(name).parts[:-1] for name in names}
    tops = {parent[:1] for parent in parents}
    wrapped = len(tops) == 1 and tops != {()} and any(len(parent) > 1 for parent in parents)
    return f"{next(iter(tops))[0]}/" if wrapped or (len(parents) == 1 and tops != {()}) else ""
