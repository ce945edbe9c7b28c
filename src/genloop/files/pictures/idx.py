"""IDX files, the format of the MNIST family: an array of pictures and one of labels beside it, plain or gzipped."""

import gzip
import hashlib
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from genloop.core.errors import DataError
from genloop.files.pictures import bounds, pnm
from genloop.files.table import hash_file

_NAME = re.compile(r"(?:[-._]idx\d[-._]ubyte|\.idx\d?|[-._]ubyte)(?:\.gz)?$", re.I)
_UBYTE = 8
Opened = gzip.GzipFile | io.BufferedReader
_MOST_ROWS = 100_000_000


def is_named(name: str) -> bool:
    """Whether a file is called as IDX files are."""
    return bool(_NAME.search(name))


def is_idx(path: Path) -> bool:
    """Whether a file begins as an array of bytes in this format does."""
    try:
        with _opened(path) as file:
            start = file.read(4)
    except (OSError, EOFError):
        return False
    return len(start) == 4 and start[:3] == b"\0\0\x08" and 1 <= start[3] <= 4


def find(folder: Path) -> Path | None:
    """The array of pictures in a folder, that for training where there are several; None when there is none."""
    named = sorted(path for path in folder.iterdir() if is_named(path.name) and path.is_file() and is_idx(path))
    arrays = [path for path in named if len(_shape(path)[0]) >= 3]
    return min(arrays, key=lambda path: ("train" not in path.name.lower(), path.name), default=None)


class Idx:
    """The pictures of an IDX file, and their classes where labels stand beside them."""

    def __init__(self, path: Path) -> None:
        """`path` is either of the two files."""
        images, labels = _pair(path)
        if images is None:
            raise DataError(f"{path} holds labels; expected the pictures beside it, {_swapped(path.name, back=True)}")
        self._images, self._labels = images, labels
        self.kinds = {"image": "image", "class": "category"}
        shape, self._start = _shape(images)
        if len(shape) == 3:
            shape = (*shape, 1)
        if len(shape) != 4 or shape[3] not in (1, 3, 4) or 0 in shape or shape[0] > _MOST_ROWS:
            raise DataError(f"{images}: expected pictures (rows x height x width), found an array of {shape}")
        bounds.check(images, shape, images.stat().st_size)
        self._shape = shape
        self.notes: tuple[str, ...] = tuple(self._checked())

    @property
    def columns(self) -> list[str]:
        """Column names in order."""
        return ["image"] if self._labels is None else ["image", "class"]

    def batches(self, rows: int = 65_536) -> Iterator[pa.RecordBatch]:
        """All rows in order, at most `rows` at a time."""
        classes = self._classes()
        size = int(np.prod(self._shape[1:]))
        rows = bounds.at_once(rows, size)
        with _opened(self._images) as file:
            file.read(self._start)
            for at in range(0, self._shape[0], rows):
                count = min(rows, self._shape[0] - at)
                pixels = _exactly(file, count * size, self._images).reshape(count, *self._shape[1:])
                columns: list[pa.Array] = [pnm.encode(pixels)]
                if classes is not None:
                    columns.append(pa.array(classes[at : at + count].astype(str)).cast(pa.string()))
                yield pa.RecordBatch.from_arrays(columns, names=self.columns)

    def fingerprint(self) -> str:
        """A hash of the files' bytes."""
        files = [self._images, *([] if self._labels is None else [self._labels])]
        return hashlib.sha256("".join(hash_file(path) for path in files).encode()).hexdigest()

    def describe(self) -> dict[str, Any]:
        """The file's place."""
        return {"kind": "file", "path": str(self._images.absolute()), "format": "idx"}

    def _checked(self) -> Iterator[str]:
        """What a user should know. Raises DataError when the two files do not belong together."""
        if self._labels is None:
            yield "no labels stand beside the pictures: no column 'class'"
            return
        shape, _ = _shape(self._labels)
        if shape != (self._shape[0],):
            raise DataError(
                f"{self._labels} has {shape[0]:,} labels for {self._shape[0]:,} pictures; expected as many; "
                "is it the other file's?"
            )
        others = [path.name for path in self._images.parent.iterdir() if is_named(path.name)]
        rest = [name for name in others if name not in (self._images.name, self._labels.name)]
        if rest:
            yield f"read {self._images.name} with its labels; beside it, not read: {', '.join(sorted(rest))}"

    def _classes(self) -> np.ndarray | None:
        if self._labels is None:
            return None
        with _opened(self._labels) as file:
            file.read(_shape(self._labels)[1])
            return _exactly(file, self._shape[0], self._labels)


def _pair(path: Path) -> tuple[Path | None, Path | None]:
    """The pictures and the labels of which `path` is one."""
    if len(_shape(path)[0]) == 1:
        return _beside(path, back=True), path
    return path, _beside(path, back=False)


def _beside(path: Path, *, back: bool) -> Path | None:
    name = _swapped(path.name, back=back)
    bare = name.removesuffix(".gz")
    for other in (name, bare, f"{bare}.gz"):
        if other != path.name and (found := path.with_name(other)).is_file() and is_idx(found):
            return found
    return None


def _swapped(name: str, *, back: bool) -> str:
    """The name of the labels of an array of pictures, or with `back` the other way round."""
    words = (("images", "labels"), ("image", "label"))
    for images, labels in words:
        old, new = (labels, images) if back else (images, labels)
        if old in name:
            name = name.replace(old, new)
            break
    return re.sub(r"idx[134]", "idx3", name) if back else re.sub(r"idx[34]", "idx1", name)


def _opened(path: Path) -> Opened:
    with path.open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
    return gzip.open(path, "rb") if zipped else path.open("rb")


def _shape(path: Path) -> tuple[tuple[int, ...], int]:
    """The array's shape, and where its bytes begin."""
    try:
        with _opened(path) as file:
            start = file.read(4)
            if len(start) < 4 or start[:2] != b"\0\0":
                raise DataError(f"{path} is no IDX file (it begins with {start.hex() or 'nothing'})")
            if start[2] != _UBYTE or not 1 <= start[3] <= 4:
                raise DataError(f"{path}: expected an array of bytes with 1 to 4 axes; found type {start[2]:#x}")
            axes = file.read(4 * start[3])
    except (OSError, EOFError) as error:
        raise DataError(f"{path} is no readable IDX file: {error}") from error
    if len(axes) < 4 * start[3]:
        raise DataError(f"{path} is cut short within its header")
    return tuple(int(n) for n in np.frombuffer(axes, ">u4")), 4 + len(axes)


def _exactly(file: Opened, count: int, path: Path) -> np.ndarray:
    parts, left = [], count
    try:
        while left and (part := file.read(min(left, 1 << 26))):
            parts.append(part)
            left -= len(part)
    except (OSError, EOFError) as error:
        raise DataError(f"{path} is damaged or cut short: {error}") from error
    if left:
        raise DataError(f"{path} is cut short: {left:,} bytes are missing; copy or fetch it again")
    return np.frombuffer(b"".join(parts), np.uint8)
