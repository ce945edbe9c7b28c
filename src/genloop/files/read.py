"""One door for every table: a path, a folder of pictures or documents, a database URL, a query or a table in memory."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from genloop.core.errors import DataError, SourceNotFound
from genloop.core.records import Source
from genloop.files import sql
from genloop.files.excel import Excel
from genloop.files.lines import Lines
from genloop.files.pictures import idx
from genloop.files.pictures.archive import Archive
from genloop.files.pictures.folder import Folder
from genloop.files.pictures.idx import Idx
from genloop.files.pictures.linked import link
from genloop.files.pictures.npz import Npz
from genloop.files.query import Query, is_query
from genloop.files.table import Memory, Parquet
from genloop.files.text import Text
from genloop.files.texts import document
from genloop.files.texts.folder import Texts, is_texts
from genloop.files.texts.prose import is_prose

_TEXT = (".csv", ".tsv", ".tab", ".txt", ".data", ".csv.gz", ".tsv.gz", ".txt.gz")
_PARQUET = (".parquet", ".pq")
_EXCEL = (".xlsx", ".xlsm")
_LINES = (".jsonl", ".ndjson", ".json", ".jsonl.gz", ".ndjson.gz")
_REMOTE = ("http://", "https://", "ftp://", "s3://", "gs://", "file://")
_SQLITE = (".sqlite", ".sqlite3", ".db")
_DOCUMENT = tuple(ending for ending in document.ENDINGS if ending not in _TEXT)
ENDINGS = (*_TEXT, *_PARQUET, *_EXCEL, ".xls", *_LINES, *_SQLITE, ".npz", ".zip", *_DOCUMENT)


def read(
    data: Any,
    *,
    table: str | None = None,
    query: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    header: bool | None = None,
) -> Source:
    """The source that `data` names: a file, a folder of pictures or of documents, a database URL, a SELECT, or a table.

    `table` is a table of a database or a sheet of a workbook. `query` goes to the database; over anything else it is
    a DuckDB query in which the source is called `data`. `encoding`, `delimiter` and `header` overrule what is found
    in a text file. Every source also has `notes`, a tuple of what was detected and repaired.

    Raises:
        SourceNotFound: a file, table or server does not exist or cannot be reached.
        DataError: the data cannot be read as a table, or the ending is unknown.
    """
    if isinstance(data, str) and sql.is_url(data):
        if data.startswith(_REMOTE):
            raise DataError(f"{data.split('?')[0]}: expected a local file or a database URL; fetch the file first")
        return sql.Sql(data, table=table, query=query)
    if isinstance(data, str) and query is None and is_query(data):
        return Query(data)
    if not isinstance(data, str | Path):
        return _queried(Memory(data), query)
    path = _existing(Path(data))
    if path.is_dir():
        return _queried(_folder(path), query)
    name = path.name.lower()
    if name.endswith(_SQLITE):
        return sql.open_file(path, table=table, query=query)
    if table is not None and not name.endswith((*_EXCEL, ".xls")):
        raise DataError(f"{path} holds one table only; a table is named in a database or a workbook")
    source = _file(path, name, table, encoding=encoding, delimiter=delimiter, header=header)
    return _queried(link(source, path.parent), query)


def reopen(description: Mapping[str, Any]) -> Source:
    """The source that `describe` described.

    Raises:
        SourceNotFound: it was in memory, has moved or cannot be reached.
    """
    kind = description.get("kind")
    if kind == "memory":
        raise SourceNotFound("the table was in memory and is gone; pass it again (--data names a file)")
    if kind == "query":
        inner = description.get("data")
        data = None if inner is None else reopen(inner)
        return Query(description["query"], data, folder=description.get("folder"))
    options = {key: description.get(key) for key in ("table", "query", "encoding", "delimiter", "header")}
    return read(description["url"] if kind == "sql" else description["path"], **options)


def _file(path: Path, name: str, table: str | None, **dialect: Any) -> Source:
    if name.endswith(_DOCUMENT) or (name.endswith(".txt") and _undivided(dialect) and is_prose(path)):
        return Texts(path, encoding=dialect["encoding"])
    if name.endswith(_TEXT):
        return Text(path, **dialect)
    if name.endswith(_PARQUET):
        return Parquet(path)
    if name.endswith(_EXCEL):
        return Excel(path, table=table, header=dialect["header"])
    if name.endswith(_LINES):
        return Lines(path)
    if name.endswith(".xls"):
        return _exported(path, table, **dialect)
    if name.endswith(".npz"):
        return Npz(path)
    if name.endswith(".zip"):
        return Archive(path)
    if idx.is_idx(path):
        return Idx(path)
    raise DataError(f"{path}: the ending {path.suffix!r} is not known; expected one of {', '.join(ENDINGS)}")


def _exported(path: Path, table: str | None, **dialect: Any) -> Source:
    """A file called `.xls` that is often none: many systems export text or a new workbook under that name."""
    with path.open("rb") as file:
        head = file.read(8)
    if head.startswith(b"PK"):
        return Excel(path, table=table, header=dialect["header"])
    if head.startswith(b"\xd0\xcf\x11\xe0") or head.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"<"):
        raise DataError(f"{path} is an old workbook or a web page under the name .xls; save it as .xlsx in Excel")
    return Text(path, **dialect)


def _queried(source: Source, query: str | None) -> Source:
    return source if query is None else Query(query, source)


def _existing(path: Path) -> Path:
    path = path.expanduser()
    if not path.exists():
        raise SourceNotFound(f"no file {path} (looked in {path.absolute().parent})")
    return path


def _undivided(dialect: Mapping[str, Any]) -> bool:
    """Whether nobody said that a text file is a table."""
    return dialect["delimiter"] is None and dialect["header"] is None


def _folder(path: Path) -> Source:
    """The pictures in a folder, in files of their own or in an IDX array, or its documents."""
    array = idx.find(path)
    if array is not None:
        return Idx(array)
    return Texts(path) if is_texts(path) else Folder(path)
