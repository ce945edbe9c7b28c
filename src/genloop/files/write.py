"""Made records to a file, folder or database, by the ending: whole or not at all, with their label."""

import contextlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import pyarrow as pa
import pyarrow.parquet as pq

from genloop.core.errors import DataError, OutputError, SourceNotFound
from genloop.core.pixels import is_tensor
from genloop.core.records import Records
from genloop.files.atomic import replacing, replacing_folder
from genloop.files.deposit import Deposit, stored_label
from genloop.files.pictures import marks, png
from genloop.files.pictures.arrays import Arrays
from genloop.files.pictures.gallery import Beside, Gallery, numbered, own
from genloop.files.pictures.sheet import Sheet
from genloop.files.sinks import LABEL_KEY, Csv, JsonLines, Parquet, Workbook
from genloop.files.sql import is_url

Label = Mapping[str, Any]


@runtime_checkable
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
    ".npz": Arrays,
}
_SQLITE = (".sqlite", ".sqlite3", ".db")
ENDINGS = (*_SINKS, *_SQLITE, *marks.ENDINGS)
_SPELT = (Csv, JsonLines)  # those that take an encoding
_MADE = ".made-by-genloop"


def write(
    records: Records,
    destination: str | Path,
    *,
    label: Label | None = None,
    encoding: str | None = None,
    mark: bool = True,
) -> None:
    """Writes all records to `destination`.

    Raises:
        OutputError: the place is not writable, the disk is full or the ending unknown; the old file stays.
    """
    with writer(destination, label=label, encoding=encoding, mark=mark) as sink:
        sink.write(records)


@contextlib.contextmanager
def writer(
    destination: str | Path, *, label: Label | None = None, encoding: str | None = None, mark: bool = True
) -> Iterator[Sink]:
    """A sink whose content stands at `destination` when the block ends well, and only then.

    The destination is a file, its format told by its ending, a folder for pictures (one that exists, or a name with a
    slash at the end or without an ending), or a database URL (`?table=NAME`, else the table `made`). `encoding` is for
    text; "utf-8-sig" makes Excel show Chinese CSV right. `mark` puts a visible mark on a sheet of pictures.

    Raises:
        OutputError: the place is not writable, the disk is full or the ending unknown; the old file stays.
    """
    text = None if label is None else json.dumps(dict(label), ensure_ascii=False)
    path = Path(destination).expanduser()
    ending = path.suffix.lower()
    if not path.name:
        raise OutputError(f"{str(destination)!r} names no file and no new folder; name one with -o")
    if isinstance(destination, str) and is_url(destination):
        with _deposited(Deposit(destination, label=text)) as sink:
            yield _Celled(sink, lambda records: png.into_cells(records, label))
    elif _is_folder(destination, path):
        with _foldered(path, label, text) as sink:
            yield sink
    elif ending in _SQLITE:
        with _deposited(Deposit(path, label=text)) as sink:
            yield _Celled(sink, lambda records: png.into_cells(records, label))
    elif ending in marks.ENDINGS:
        with replacing(path) as part:
            sheet = Sheet(part, name=path, label=label, mark=mark)
            with _closing(sheet):
                yield sheet
    elif ending in _SINKS:
        with _filed(path, _SINKS[ending], label, encoding) as sink:
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


def _is_folder(destination: str | Path, path: Path) -> bool:
    slashed = isinstance(destination, str) and destination.endswith(("/", os.sep))
    if slashed or (path.is_dir() and path.suffix.lower() not in ENDINGS):
        return True
    return not path.suffix and path.name != "" and not path.exists()


@contextlib.contextmanager
def _foldered(path: Path, label: Label | None, text: str | None) -> Iterator[Sink]:
    beside = side_car(path)
    with contextlib.ExitStack() as stack:
        if text is not None:  # first in, last out: the label takes its place after the pictures
            stack.enter_context(replacing(beside, shown=path)).write_text(f"{text}\n", encoding="utf-8")
        before = read_label(path) if beside.exists() else None
        part = stack.enter_context(replacing_folder(path, mine=lambda file: before is not None and own(file, before)))
        gallery = Gallery(part, name=path, label=label)
        with _closing(gallery):
            yield gallery
    if text is None:
        beside.unlink(missing_ok=True)


@contextlib.contextmanager
def _filed(path: Path, kind: Callable[..., Any], label: Label | None, encoding: str | None) -> Iterator[Sink]:
    options = {"encoding": encoding} if encoding is not None and kind in _SPELT else {}
    text = None if label is None else json.dumps(dict(label), ensure_ascii=False)
    beside = side_car(path)
    own = text is None or kind is Parquet
    with contextlib.ExitStack() as stack:
        if not own:  # first in, last out: the label takes its place after the records
            stack.enter_context(replacing(beside, shown=path)).write_text(f"{text}\n", encoding="utf-8")
        part = stack.enter_context(replacing(path))
        pictures = stack.enter_context(_Pictures(path, kind, label).placed())
        sink = kind(part, name=path, label=text, **options)
        with _closing(sink):
            yield sink if kind is Arrays else _Celled(sink, pictures)
    if own:
        beside.unlink(missing_ok=True)  # it would speak of the file that was replaced


class _Celled:
    """A sink whose records pass through `change` first, which makes cells of pictures."""

    def __init__(self, sink: Sink, change: Callable[[Records], Records]) -> None:
        self._sink, self._change = sink, change

    def write(self, records: Records) -> None:
        """Appends the records."""
        self._sink.write(self._change(records) if any(map(is_tensor, records.schema.types)) else records)


class _Pictures:
    """Where the pictures of a file go that holds a table: into its cells, or into a folder beside a text."""

    def __init__(self, path: Path, kind: Callable[..., Any], label: Label | None) -> None:
        self._path, self._kind, self._label = path, kind, label
        self._files: Beside | None = None
        self._stack = contextlib.ExitStack()

    @contextlib.contextmanager
    def placed(self) -> Iterator[Callable[[Records], Records]]:
        """What turns pictures into cells; a folder it made takes its place when the block ends well."""
        with self._stack:
            yield self._change

    def _change(self, records: Records) -> Records:
        if self._kind is Workbook:
            raise OutputError(f"{self._path}: a workbook holds no pictures; write a folder/, .npz, .parquet or .csv")
        if self._kind not in _SPELT:
            return png.into_cells(records, self._label)
        if self._files is None:
            place = self._path.with_name(f"{self._path.name}.files")
            mine = (place / _MADE).exists()
            folder = self._stack.enter_context(
                replacing_folder(place, mine=lambda file: mine and (file.name == _MADE or numbered(file)))
            )
            (folder / _MADE).write_text("made by genloop: the pictures of the table beside this folder\n", "utf-8")
            self._files = Beside(folder, place.name, self._label)
        return self._files.into_cells(records)


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
    elif path.suffix.lower() in marks.ENDINGS and path.is_file():
        text = marks.read(path)
    elif path.is_dir():
        first = next(iter(sorted(path.rglob("*.png"))), None)
        text = None if first is None else marks.read(first)
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
