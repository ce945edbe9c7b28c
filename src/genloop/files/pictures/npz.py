"""NumPy archives of pictures: `x` (rows x height x width, and channels) and `y`, their classes; never objects.

Arrays are read from the archive a few pictures at a time, so that one larger than memory can be learnt.
"""

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from genloop.core.errors import DataError
from genloop.files.pictures import bounds, pnm
from genloop.files.table import hash_file

_PICTURES = ("x", "x_train", "images", "train_images", "arr_0", "data")
_CLASSES = {"x": "y", "x_train": "y_train", "images": "labels", "train_images": "train_labels", "arr_0": "arr_1",
            "data": "labels"}  # fmt: skip
_MOST_CLASS_BYTES = 1 << 30
_PEEKED = 4_096  # pictures at a time


class Npz:
    """The pictures and classes of an `.npz` file.

    Raises:
        DataError: it is damaged, holds no array of pictures, unpacks to far too much, or holds Python objects.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.kinds = {"image": "image", "class": "category"}
        try:
            with zipfile.ZipFile(path) as archive:
                names = [name.removesuffix(".npy") for name in archive.namelist()]
                self._x = next((name for name in _PICTURES if name in names), "")
                if not self._x:
                    raise DataError(f"{path}: expected the arrays x and y; found {', '.join(names) or 'none'}")
                self._shape, self._type = self._header(archive, self._x)
                self._last, self._rows = _layout(self._shape, path)
                plain = self._shape if self._last else (self._rows, *self._shape[2:], self._shape[1])
                bounds.check(path, plain, archive.getinfo(f"{self._x}.npy").compress_size)
                self._y = _CLASSES[self._x] if _CLASSES[self._x] in names else ""
                if self._y and self._header(archive, self._y)[0][:1] != (self._rows,):
                    raise DataError(f"{path}: {self._y} is not as long as {self._x} ({self._rows:,} pictures)")
        except (zipfile.BadZipFile, OSError, ValueError, KeyError, RuntimeError) as error:
            if isinstance(error, DataError):
                raise
            raise DataError(f"{path} is no readable NumPy archive: {error}") from error
        self._low, self._high = self._range()
        self.notes: tuple[str, ...] = tuple(self._remarks())

    @property
    def columns(self) -> list[str]:
        """Column names in order."""
        return ["image", "class"] if self._y else ["image"]

    def batches(self, rows: int = 65_536) -> Iterator[pa.RecordBatch]:
        """All rows in order, at most `rows` at a time."""
        classes = self._classes() if self._y else None
        at = 0
        for part in self._parts(rows):
            columns = [pnm.encode(_eight_bits(part, self._low, self._high))]
            if classes is not None:
                columns.append(classes.slice(at, len(part)))
            at += len(part)
            yield pa.RecordBatch.from_arrays(columns, names=self.columns)

    def fingerprint(self) -> str:
        """A hash of the file's bytes."""
        return hash_file(self._path)

    def describe(self) -> dict[str, Any]:
        """The file's place."""
        return {"kind": "file", "path": str(self._path.absolute()), "format": "npz"}

    def _remarks(self) -> Iterator[str]:
        if self._x not in ("x", "images"):
            yield f"read the array {self._x!r}" + (f" with {self._y!r}" if self._y else "")
        if self._type != np.uint8 or self._high == 1:
            yield f"{self._x} holds {self._type} from {self._low:g} to {self._high:g}: brought to 0..255"
        if not self._y:
            yield f"no array {_CLASSES[self._x]!r}: no column 'class'"

    def _header(self, archive: zipfile.ZipFile, name: str) -> tuple[tuple[int, ...], np.dtype[Any]]:
        with archive.open(f"{name}.npy") as file:
            shape, order, kind = _npy_header(file)
        if kind.hasobject:
            raise DataError(f"{self._path}: the array {name!r} holds Python objects, which are not read; save it plain")
        if order and len(shape) > 1:
            raise DataError(f"{self._path}: the array {name!r} is in Fortran order; save np.ascontiguousarray of it")
        return shape, kind

    def _parts(self, rows: int) -> Iterator[np.ndarray]:
        """The pictures as they stand, channels last."""
        each = int(np.prod(self._shape[1:])) * self._type.itemsize
        rows = bounds.at_once(rows, each)
        try:
            with zipfile.ZipFile(self._path) as archive, archive.open(f"{self._x}.npy") as file:
                _npy_header(file)
                for at in range(0, self._rows, rows):
                    count = min(rows, self._rows - at)
                    data = file.read(count * each)
                    if len(data) < count * each:
                        raise DataError(f"{self._path} is cut short within {self._x}")
                    part = np.frombuffer(data, self._type).reshape(count, *self._shape[1:])
                    part = part[..., None] if part.ndim == 3 else part
                    yield part if self._last else part.transpose(0, 2, 3, 1)
        except (zipfile.BadZipFile, OSError, EOFError) as error:
            raise DataError(f"{self._path} is damaged: {error}") from error

    def _range(self) -> tuple[float, float]:
        """The ends of what stands for black and white; bytes that are all 0 or 1 are a drawing of two levels."""
        if self._type == np.uint8:
            brightest = 0
            for part in self._parts(_PEEKED):
                brightest = max(brightest, int(part.max()))
                if brightest > 1:
                    break
            return 0.0, 1.0 if brightest == 1 else 255.0
        if self._type.kind not in "fiub":
            raise DataError(f"{self._path}: expected numbers in {self._x}, found {self._type}")
        ends = [(float(np.nanmin(part)), float(np.nanmax(part))) for part in self._parts(_PEEKED)]
        low, high = min(e[0] for e in ends), max(e[1] for e in ends)
        if not (np.isfinite(low) and np.isfinite(high)):
            raise DataError(f"{self._path}: {self._x} holds values that are not finite; expected 0..1, -1..1 or 0..255")
        for known in ((0.0, 1.0), (-1.0, 1.0), (0.0, 255.0), (0.0, 65_535.0)):
            if known[0] <= low and high <= known[1]:
                return known
        return low, high

    def _classes(self) -> pa.Array:
        with zipfile.ZipFile(self._path) as archive, archive.open(f"{self._y}.npy") as file:
            shape, _, kind = _npy_header(file)
            if int(np.prod(shape)) * kind.itemsize > _MOST_CLASS_BYTES:
                raise DataError(f"{self._path}: {self._y} is larger than {_MOST_CLASS_BYTES >> 20} MB")
            data = file.read(int(np.prod(shape)) * kind.itemsize)
        values = np.frombuffer(data, kind).reshape(shape)
        if values.ndim == 2:
            values = values[:, 0] if shape[1] == 1 else values.argmax(axis=1)  # one column, or one-hot
        if values.dtype.kind == "f" and (values == np.rint(values)).all():
            values = values.astype(np.int64)
        if values.dtype.kind == "S":
            values = np.char.decode(values, "utf-8", "replace")
        texts = pa.array(values.astype(str)).cast(pa.string())
        return pa.array([text or None for text in texts.to_pylist()], pa.string()) if kind.kind in "US" else texts


def _npy_header(file: Any) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = np.lib.format.read_magic(file)
    read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
    return read(file)


def _layout(shape: tuple[int, ...], path: Path) -> tuple[bool, int]:
    """Whether channels come last (or are left out), and how many pictures there are."""
    if len(shape) in (3, 4) and 0 not in shape:
        if len(shape) == 3 or shape[3] in (1, 3, 4):
            return True, shape[0]
        if shape[1] in (1, 3, 4):
            return False, shape[0]
    raise DataError(f"{path}: expected pictures (rows x height x width, and 1, 3 or 4 channels); found shape {shape}")


def _eight_bits(part: np.ndarray, low: float, high: float) -> np.ndarray:
    if part.dtype == np.uint8 and high == 255:
        return part
    values = np.nan_to_num((part.astype(np.float64) - low) * (255.0 / (high - low or 1.0)))
    return np.rint(values).astype(np.uint8)
