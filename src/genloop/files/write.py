"""Made records to a file or database, by the ending: whole or not at all, with their label."""

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.parquet as pq

from genloop.core.errors import DataError, OutputError, SourceNotFound
from genloop.core.records import Records
from genloop.files.atomic import replacing
from genloop.files.deposit import Deposit, stored_label
from genloop.files.sinks import LABEL_KEY, Csv, JsonLines, Parquet, Workbook
from genloop.files.sql import is_url

Label = Mapping[str, Any]


class Sink(Protocol):
    """Where records go, batch by batch."""

    def write(self, records: Records) -> None:
        """Appends the records; all come in the columns and types of the first."""


_SINKS: dict[str, Callable[..., Any]] = {
    ".parquet": Parquet,
    ".pq": Parquet,
    ".csv": Csv,
    ".tsv": Csv,
    ".jsonl": JsonLines,
    ".ndjson": JsonLines,
    ".xlsx": Workbook,
}
_SQLITE = (".sqlite", ".sqlite3", ".db")
ENDINGS = (*_SINKS, *_SQLITE)
_SPELT = (Csv, JsonLines)  # those that take an encoding


def write(
    records: Records, destination: str | Path, *, label: Label | None = None, encoding: str | None = None
) -> None:
    """Writes all records to `destination`.

    Raises:
        OutputError: the place is not writable, the disk is full or the ending unknown; the old file stays.
    """
    with writer(destination, label=label, encoding=encoding) as sink:
        sink.write(records)


@contextlib.contextmanager
def writer(destination: str | Path, *, label: Label | None = None, encoding: str | None = None) -> Iterator[Sink]:
    """A sink whose content stands at `destination` when the block ends well, and only then.

    The destination is a file, its format told by its ending, or a database URL (`?table=NAME`, else the table
    `made`). `encoding` is for text; "utf-8-sig" makes Excel show Chinese CSV right.

    Raises:
        OutputError: the place is not writable, the disk is full or the ending unknown; the old file stays.
    """
    text = None if label is None else json.dumps(dict(label), ensure_ascii=False)
    path = Path(destination).expanduser()
    ending = path.suffix.lower()
    if isinstance(destination, str) and is_url(destination):
        with _deposited(Deposit(destination, label=text)) as sink:
            yield sink
    elif ending in _SQLITE:
        with _deposited(Deposit(path, label=text)) as sink:
            yield sink
    elif ending in _SINKS:
        with _filed(path, _SINKS[ending], text, encoding) as sink:
            yield sink
    else:
        raise OutputError(f"{path}: the ending {ending!r} is not known; expected one of {', '.join(ENDINGS)}")


@contextlib.contextmanager
def _deposited(sink: Deposit) -> Iterator[Sink]:
    try:
        yield sink
        sink.close()
    except BaseException:
        with contextlib.suppress(Exception):
            sink.drop()
        raise


@contextlib.contextmanager
def _filed(path: Path, kind: Callable[..., Any], text: str | None, encoding: str | None) -> Iterator[Sink]:
    options = {"encoding": encoding} if encoding is not None and kind in _SPELT else {}
    beside = side_car(path)
    own = text is None or kind is Parquet
    with contextlib.ExitStack() as stack:
        if not own:  # first in, last out: the label takes its place after the records
            stack.enter_context(replacing(beside, shown=path)).write_text(f"{text}\n", encoding="utf-8")
        part = stack.enter_context(replacing(path))
        sink = kind(part, name=path, label=text, **options)
        with _closing(sink):
            yield sink
    if own:
        beside.unlink(missing_ok=True)  # it would speak of the file that was replaced


def side_car(path: Path) -> Path:
    """Where the label of a file stands that cannot hold one itself."""
    return path.with_name(path.name + ".genloop.json")


def read_label(path: str | Path) -> dict[str, Any] | None:
    """The label of a made file or table, None when it has none.

    Raises:
        SourceNotFound: there is no such file.
        DataError: the label is damaged.
    """
    if isinstance(path, str) and is_url(path):
        return stored_label(path)
    path = Path(path).expanduser()
    if not path.exists():
        raise SourceNotFound(f"no file {path}")
    if path.suffix.lower() in _SQLITE:
        return stored_label(path)
    text: str | bytes | None = None
    if side_car(path).exists():
        text = side_car(path).read_text(encoding="utf-8")
    elif path.suffix.lower() in (".parquet", ".pq"):
        try:
            text = (pq.read_schema(path).metadata or {}).get(LABEL_KEY)
        except pa.ArrowInvalid as error:
            raise DataError(f"{path} is no readable Parquet file: {error}") from error
    if text is None:
        return None
    try:
        label = json.loads(text)
    except ValueError as error:
        raise DataError(f"the label of {path} is damaged: {error}") from error
    return label if isinstance(label, dict) else None


@contextlib.contextmanager
def _closing(sink: Any) -> Iterator[None]:
    """Closes the sink; when the block failed, without complaint about what was left half-written."""
    try:
        yield
    except BaseException:
        with contextlib.suppress(Exception):
            sink.close()
        raise
    sink.close()
