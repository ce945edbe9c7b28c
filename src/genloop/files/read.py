"""One door for every table: a path, a database URL, a query or a table in memory becomes a source of records."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from genloop.core.errors import DataError, SourceNotFound
from genloop.core.records import Source
from genloop.files.table import Memory, Parquet
from genloop.files.text import Text

_TEXT = (".csv", ".tsv", ".tab", ".txt", ".data", ".csv.gz", ".tsv.gz", ".txt.gz")
_FILES: dict[str, Callable[[Path], Source]] = {".parquet": Parquet, ".pq": Parquet}


def read(
    data: Any,
    *,
    table: str | None = None,
    query: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    header: bool | None = None,
) -> Source:
    """The source that `data` names; nothing is read yet beyond what tells its columns.

    `encoding`, `delimiter` and `header` overrule what is detected in a text file.

    Raises:
        SourceNotFound: a file or table does not exist.
        DataError: the data cannot be read as a table, or the ending is unknown.
    """
    if not isinstance(data, str | Path):
        return Memory(data)
    path = _existing(Path(data))
    name = path.name.lower()
    if name.endswith(_TEXT):
        return Text(path, encoding=encoding, delimiter=delimiter, header=header)
    opener = _FILES.get(path.suffix.lower())
    if opener is None:
        known = ", ".join([*_TEXT, *sorted(_FILES)])
        raise DataError(f"{path}: the ending {path.suffix!r} is not known; expected one of {known}")
    return opener(path)


def reopen(description: Mapping[str, Any]) -> Source:
    """The source that `describe` described.

    Raises:
        SourceNotFound: it was in memory, has moved or cannot be reached.
    """
    if description.get("kind") == "memory":
        raise SourceNotFound("the table was in memory and is gone; pass it again (--data names a file)")
    options = {
        key: description[key] for key in ("table", "query", "encoding", "delimiter", "header") if key in description
    }
    return read(description["path"], **options)


def _existing(path: Path) -> Path:
    path = path.expanduser()
    if not path.exists():
        raise SourceNotFound(f"no file {path} (looked in {path.absolute().parent})")
    if path.is_dir():
        raise DataError(f"{path} is a folder; expected a file")
    return path
