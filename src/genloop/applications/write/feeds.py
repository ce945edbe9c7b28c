"""RSS and Atom files as documents: titles and texts of their entries, by the `feedparser` package."""

import io
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from genloop.applications.write import extras
from genloop.core.errors import DataError, SourceNotFound
from genloop.files.texts import document, html

MOST_BYTES = 64 << 20


@dataclass(frozen=True)
class Entry:
    """One entry of a feed or page of a site; `id` is what the feed calls it, where it does."""

    title: str
    text: str
    link: str
    id: str = ""


def read(path: Path) -> list[Entry]:
    """The entries of a feed in a file that say something.

    Raises:
        SourceNotFound: there is no such file.
        DataError: it is no feed, declares entities, or has no text.
        MissingExtra: feedparser is not installed.
    """
    if not path.is_file():
        raise SourceNotFound(f"no feed {path}")
    data = path.read_bytes()
    if len(data) > MOST_BYTES:
        raise DataError(f"{path} has {len(data) >> 20} MB; a feed of at most {MOST_BYTES >> 20} MB is read")
    if b"<!ENTITY" in data.upper():
        raise DataError(f"{path} declares entities, which no feed needs; it is not read")
    parsed: Any = extras.load("feedparser").parse(io.BytesIO(data), sanitize_html=True)
    if not parsed.get("version"):
        raise DataError(f"{path} is neither RSS nor Atom")
    found = [_entry(raw) for raw in parsed.entries]
    found = [entry for entry in found if entry.text]
    if not found:
        raise DataError(f"{path}: none of its {len(parsed.entries)} entries holds text")
    return found


def _entry(raw: Any) -> Entry:
    bodies = [part.get("value", "") for part in raw.get("content", ())] or [raw.get("summary", "")]
    text = document.tidy(html.read(f"<html><body>{max(bodies, key=len)}</body></html>")[0])
    title = document.tidy(html.read(f"<html><body><p>{raw.get('title', '')}</p></body></html>")[0])
    return Entry(title, text, str(raw.get("link", "")), str(raw.get("id", "")))
