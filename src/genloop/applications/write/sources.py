"""Collecting: documents from folders, files and tables, feeds and sitemaps, each with where it came from."""

import hashlib
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from genloop.applications.write import feeds, sitemap
from genloop.applications.write.brief import Brief, Place
from genloop.core.errors import DataError
from genloop.files import sql
from genloop.files.read import read as open_source
from genloop.files.texts.folder import Texts

_LONG = 20  # characters of a cell, on average, from which a column may be the one of texts
_ROW = {"en": "{path}, row {number:,}", "zh": "{path}，第 {number:,} 行"}


@dataclass(frozen=True)
class Found:
    """One collected document: its text (or none but facts), title and origin; `key` tells it from all others."""

    key: str
    text: str
    origin: str
    title: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    item: bool = False

    def to_dict(self) -> dict[str, Any]:
        """A JSON-able mapping."""
        return asdict(self)

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> "Found":
        """The document that `to_dict` wrote.

        Raises:
            DataError: the mapping is no document.
        """
        try:
            return cls(**raw)
        except TypeError as error:
            raise DataError(f"not a collected document: {error}") from error


def collect(brief: Brief, place: Place) -> tuple[list[Found], list[str]]:
    """The documents of one source, with notes on what was passed over.

    Raises:
        SourceNotFound: the source is not there or cannot be reached.
        DataError: it holds no text.
    """
    return _READERS[place.kind](brief, place)


def _folder(brief: Brief, place: Place) -> tuple[list[Found], list[str]]:
    path = brief.place(place.path)
    if path.is_dir():
        source: Any = Texts(path)
    else:
        source = open_source(path)
        if not isinstance(source, Texts):
            return _table(brief, place)
    rows = [row for batch in source.batches() for row in batch.to_pylist()]
    found = []
    for number, (name, row) in enumerate(zip(source.names, rows, strict=True)):
        key = _key(place.path, name, str(number if source.names.count(name) > 1 else 0))
        facts = {"class": row["class"]} if row.get("class") else {}
        found.append(Found(key, row["text"], name, row.get("title") or "", facts))
    return found, list(source.notes)


def _table(brief: Brief, place: Place) -> tuple[list[Found], list[str]]:
    source = open_source(place.path if sql.is_url(place.path) else brief.place(place.path))
    named = str(source.describe()["table"]) if sql.is_url(place.path) else place.path
    rows: list[dict[str, Any]] = []
    for batch in source.batches():
        rows += batch.to_pylist()[: place.rows - len(rows)]
        if len(rows) >= place.rows:
            break
    column = _column(place, place.text, source.columns) or _longest(source.columns, rows)
    heading = _column(place, place.title, source.columns)
    if column is None and not place.items:
        raise DataError(f"{place.shown}: no column of texts among {', '.join(source.columns)}; name one: text = ...")
    if heading is None and place.items:
        heading = next(name for name in source.columns if name != column)
    found = []
    for number, row in enumerate(rows, 1):
        cells = {name: str(value).strip() for name, value in row.items() if value is not None and str(value).strip()}
        text, title = cells.pop(column or "", ""), cells.get(heading or "", "")
        if (text or place.items) and (title or not place.items):
            origin = _ROW[brief.language].format(path=named, number=number)
            found.append(
                Found(_key(place.shown, str(number), text, str(cells)), text, origin, title, cells, place.items)
            )
    if not found:
        raise DataError(f"{place.shown}: no row with {'a title' if place.items else f'a text in {column}'}")
    return found, [*getattr(source, "notes", ())]


def _feed(brief: Brief, place: Place) -> tuple[list[Found], list[str]]:
    entries = feeds.read(brief.place(place.path))
    marks = [(e.id,) if e.id else (e.link, e.title) for e in entries]
    met = Counter(marks)  # many entries may share one link, and some have no other mark
    found = []
    for entry, mark in zip(entries, marks, strict=True):
        key = _key(place.path, *mark, *([entry.text] if met[mark] > 1 or not any(mark) else []))
        found.append(Found(key, entry.text, entry.link or place.path, entry.title))
    return found, []


def _sitemap(brief: Brief, place: Place) -> tuple[list[Found], list[str]]:
    pages, notes = sitemap.read(place.path, pages=place.pages)
    return [Found(_key(page.link), page.text, page.link, page.title) for page in pages], notes


_READERS: Mapping[str, Callable[[Brief, Place], tuple[list[Found], list[str]]]] = {
    "folder": _folder,
    "table": _table,
    "feed": _feed,
    "sitemap": _sitemap,
}


def _column(place: Place, name: str | None, columns: list[str]) -> str | None:
    if name is not None and name not in columns:
        raise DataError(f"{place.shown} has no column {name!r}; it has {', '.join(columns)}")
    return name


def _longest(columns: list[str], rows: list[dict[str, Any]]) -> str | None:
    """The column whose cells are longest on average, when they are long enough to be texts."""
    cells = {name: [row[name] for row in rows if isinstance(row[name], str)] for name in columns}
    sizes = {name: sum(map(len, found)) / len(found) for name, found in cells.items() if found}
    best = max(sizes, key=lambda name: sizes[name], default=None)
    return best if best is not None and sizes[best] >= _LONG else None


def _key(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()[:16]
