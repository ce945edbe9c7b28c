"""Made pictures as a NumPy archive: `x` (uint8, grey without an axis for channels) and `y`, never objects.

Pictures go through a file, so that memory stays flat; the archive is not compressed and can be mapped.
"""

import contextlib
import shutil
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from genloop.core import pixels as tensors
from genloop.core.errors import OutputError
from genloop.core.records import Records
from genloop.files.pictures.gallery import class_of, pictured

_INTEGER = r"^(0|-?[1-9][0-9]{0,17})$"


class Arrays:
    """An `.npz` file being filled: x, y where there is a class, and each other column under its name."""

    def __init__(self, part: Path, *, name: Path, label: str | None) -> None:
        self._part, self._name = part, name
        self._raw = tempfile.TemporaryFile(dir=part.parent)  # noqa: SIM115  (closed by `close`)
        self._shape: tuple[int, ...] = ()
        self._rows = 0
        self._class: str | None = None
        self._image = ""
        self._others: list[Records] = []

    def write(self, records: Records) -> None:
        """Appends the pictures; a missing one is black.

        Raises:
            OutputError: the records hold no picture, or of another shape than the first.
        """
        named = pictured(records, self._name)
        if not self._rows:
            self._image, self._class = named[0], class_of(records)
            self._shape = tuple(records.schema.field(self._image).type.shape)
        pixels = tensors.read(records.column(self._image))
        if pixels.shape[1:] != self._shape:
            raise OutputError(f"{self._name}: a later batch has pictures of another shape than the first")
        self._raw.write(np.ascontiguousarray(pixels).data)
        self._rows += len(pixels)
        self._others.append(records.drop_columns(named))

    def close(self) -> None:
        """Puts the archive together."""
        with contextlib.closing(self._raw):
            if not self._rows:
                raise OutputError(f"{self._name}: no records were made, nothing to write")
            self._raw.seek(0)
            others = pa.concat_tables(self._others)
            with zipfile.ZipFile(self._part, "w", zipfile.ZIP_STORED) as archive:
                shape = self._shape[:2] if self._shape[2] == 1 else self._shape
                with archive.open("x.npy", "w", force_zip64=True) as file:
                    head = {"descr": "|u1", "fortran_order": False, "shape": (self._rows, *shape)}
                    np.lib.format.write_array_header_1_0(file, head)
                    shutil.copyfileobj(self._raw, file, 1 << 20)
                for name in others.column_names:
                    kept = "y" if name == self._class else name
                    if name == self._class or name not in ("x", "y"):
                        values = _classes(others[name]) if name == self._class else _values(others[name])
                        with archive.open(f"{kept.replace('/', '_')}.npy", "w", force_zip64=True) as file:
                            np.lib.format.write_array(file, values, allow_pickle=False)


def _classes(column: pa.ChunkedArray) -> np.ndarray:
    """Classes as int64 when every name is an integer, else as text."""
    texts = column.cast(pa.string())
    whole = not texts.null_count and pc.all(pc.match_substring_regex(texts, _INTEGER)).as_py()
    return _plain(texts.cast(pa.int64()).to_numpy() if whole else _texts(texts))


def _values(column: pa.ChunkedArray) -> np.ndarray:
    kind = column.type
    if pa.types.is_integer(kind) and not column.null_count:
        return _plain(column.to_numpy())
    if pa.types.is_floating(kind) or pa.types.is_integer(kind):
        return _plain(column.cast(pa.float64(), safe=False).to_numpy())
    return _texts(column.cast(pa.string()))


def _texts(texts: pa.ChunkedArray) -> np.ndarray:
    """Text of one width, missing ones empty."""
    return np.array([text or "" for text in texts.to_pylist()], dtype=np.str_)


def _plain(values: Any) -> np.ndarray:
    return np.ascontiguousarray(values)
