"""JSON lines (and JSON arrays): one object a row; every key that comes is a column, in order of coming."""

import gzip
import json
from collections.abc import Iterator
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from genloop.core.errors import DataError
from genloop.files.columns import unique_names
from genloop.files.encoding import unpacking
from genloop.files.spool import Spool
from genloop.files.table import hash_file


class Lines:
    """A file of JSON objects, one a line; nested values come as JSON text.

    Raises:
        DataError: the file is empty or cannot be unpacked, a line is no JSON object, or the text is not UTF-8.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        keys = list(dict.fromkeys(key for row in self._objects() for key in row))
        if not keys:
            raise DataError(f"{path} is empty; expected one JSON object a line")
        names, notes = unique_names(keys)
        self._spool = Spool(names, ([row.get(key) for key in keys] for row in self._objects()))
        self.notes: tuple[str, ...] = tuple(notes)

    @property
    def columns(self) -> list[str]:
        """Column names in order."""
        return list(self._spool.names)

    def batches(self, rows: int = 65_536) -> Iterator[Any]:
        """All rows in order, at most `rows` at a time."""
        return self._spool.batches(rows)

    def fingerprint(self) -> str:
        """A hash of the file's bytes."""
        return hash_file(self._path)

    def describe(self) -> dict[str, Any]:
        """The file's place."""
        return {"kind": "file", "path": str(self._path.absolute()), "format": "jsonl"}

    def _objects(self) -> Iterator[dict[str, Any]]:
        number = 0
        with unpacking(self._path), _opened(self._path) as file:
            try:
                if self._path.suffix.lower() == ".json":
                    yield from _array(file.read(), str(self._path))
                    return
                for number, line in enumerate(file, 1):
                    if line.strip():
                        yield _object(line, f"{self._path}, line {number}")
            except UnicodeDecodeError as error:
                raise DataError(f"{self._path}: line {number + 1} is not UTF-8: {error.reason}") from error


def _opened(path: Path) -> TextIOWrapper:
    if path.suffix.lower() == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig")
    return path.open(encoding="utf-8-sig")


def _array(text: str, where: str) -> list[dict[str, Any]]:
    """The objects of a JSON array, or of JSON lines under the ending `.json`."""
    if not text.lstrip().startswith("["):
        return [_object(line, f"{where}, line {n}") for n, line in enumerate(text.split("\n"), 1) if line.strip()]
    return [_checked(row, f"{where}, entry {n}") for n, row in enumerate(_parsed(text, where), 1)]


def _object(line: str, where: str) -> dict[str, Any]:
    return _checked(_parsed(line, where), where)


def _parsed(text: str, where: str) -> Any:
    try:
        return json.loads(text, parse_constant=lambda name: None)
    except (ValueError, RecursionError) as error:
        raise DataError(f"{where} is no JSON: {error}") from error


def _checked(row: Any, where: str) -> dict[str, Any]:
    if not isinstance(row, dict):
        raise DataError(f"{where}: expected a JSON object, found {type(row).__name__}")
    return row
