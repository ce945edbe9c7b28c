"""The bytes behind a cell of pictures: themselves, a file by its path, or a member of an archive (`A.zip!a/1.png`)."""

import io
import stat
import zipfile
from pathlib import Path
from types import TracebackType
from typing import Any

MOST_BYTES = 512 << 20  # of one picture file
_BEFORE_MEMBER = ".zip!"
Opened = io.BytesIO | io.BufferedReader


class Cells:
    """Opens cells; keeps one file or archive open at a time and closes it at the end of the block."""

    def __init__(self) -> None:
        self._file: io.BufferedReader | None = None
        self._archive: zipfile.ZipFile | None = None
        self._path = ""

    def __enter__(self) -> "Cells":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._close_file()
        if self._archive is not None:
            self._archive.close()

    def open(self, cell: Any) -> Opened:
        """The cell's bytes as a file, valid until the next is opened.

        Raises:
            OSError: the file is not there, is not readable or is larger than a picture can be.
        """
        self._close_file()
        if isinstance(cell, bytes):
            return io.BytesIO(cell)
        path, found, member = str(cell).partition(_BEFORE_MEMBER)
        if found:
            return io.BytesIO(self._member(path + _BEFORE_MEMBER[:-1], member))
        status = Path(path).stat()  # before opening: a pipe would wait for ever
        if not stat.S_ISREG(status.st_mode):
            raise OSError(22, "no regular file")
        if status.st_size > MOST_BYTES:
            raise OSError(27, f"larger than {MOST_BYTES >> 20} MB")
        self._file = file = Path(path).open("rb")  # noqa: SIM115  (closed before the next, and at the end)
        return file

    def _member(self, path: str, member: str) -> bytes:
        if self._archive is None or self._path != path:
            if self._archive is not None:
                self._archive.close()
            self._archive, self._path = zipfile.ZipFile(path), path
        found = self._archive.getinfo(member)
        if found.file_size > MOST_BYTES:
            raise OSError(27, f"larger than {MOST_BYTES >> 20} MB")
        return self._archive.read(found)

    def _close_file(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
