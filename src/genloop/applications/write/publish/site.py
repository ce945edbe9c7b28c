"""A static site: a page for each article, an index and an RSS feed; the site's own list says what belongs to it."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from genloop.applications.write.publish import pages
from genloop.applications.write.publish.piece import Piece
from genloop.applications.write.publish.receipt import Receipt
from genloop.core.errors import OutputError
from genloop.files.atomic import replacing
from genloop.trust import written

LIST = "site.json"


class Site:
    """The site in a folder. Files that genloop did not make are never written over."""

    def __init__(self, folder: Path, key: str, *, title: str, url: str, language: str) -> None:
        self.folder, self.key = folder, key
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(f"cannot make the site's folder {folder}: {error.strerror or error}") from error
        kept = self._kept()
        name = title or str(kept.get("title") or pages.TEXTS[language]["about"])
        self.site: dict[str, Any] = {"title": name, "url": url or kept.get("url", ""), "language": language}
        self.entries: dict[str, dict[str, Any]] = {entry["id"]: entry for entry in kept.get("entries", [])}

    def publish(self, piece: Piece) -> Receipt:
        """The article's page, then index, feed and list."""
        path = self.folder / f"{piece.id}.html"
        if path.exists() and piece.id not in self.entries and not _is_ours(path):
            raise OutputError(f"{path} is there and was not made by genloop; move it away or choose another title")
        known = piece.id in self.entries
        same = known and self.entries[piece.id]["digest"] == piece.digest and path.is_file()
        text = pages.page(piece, self.site)
        _save(path, text)
        found = path.read_text("utf-8")
        lacking = written.absent(found, piece.record)
        if found != text or lacking:
            raise OutputError(f"{path} does not hold what was written: {', '.join(lacking) or 'another text'}")
        self.entries[piece.id] = {
            "id": piece.id, "title": piece.title, "about": piece.about, "line": piece.line, "approved": piece.approved,
            "language": piece.language, "digest": piece.digest, "made_by_ai": True, "label": dict(piece.record),
        }  # fmt: skip
        self._list()
        return Receipt(piece.id, self.key, "unchanged" if same else "updated" if known else "created", str(path))

    def withdraw(self, name: str) -> Receipt:
        """The page goes, and its place in index and feed."""
        path = self.folder / f"{name}.html"
        if self.entries.pop(name, None) is not None:
            path.unlink(missing_ok=True)
            self._list()
        return Receipt(name, self.key, "withdrawn", str(path))

    def stands(self, name: str) -> bool:
        """Whether the page is there."""
        return name in self.entries and (self.folder / f"{name}.html").is_file()

    def _list(self) -> None:
        """Index, feed and list anew; the list last, because it says what is done."""
        entries = sorted(self.entries.values(), key=lambda entry: (entry["approved"], entry["id"]), reverse=True)
        for name, text in (
            ("index.html", pages.index(entries, self.site)),
            ("feed.xml", pages.feed(entries, self.site)),
        ):
            path = self.folder / name
            if path.exists() and not (self.folder / LIST).exists() and not _is_ours(path):
                raise OutputError(f"{path} is there and was not made by genloop; give the site a folder of its own")
            _save(path, text)
        _save(self.folder / LIST, json.dumps({**self.site, "entries": entries}, ensure_ascii=False, indent=1))

    def _kept(self) -> Mapping[str, Any]:
        path = self.folder / LIST
        if not path.is_file():
            return {}
        try:
            found = json.loads(path.read_text("utf-8"))
            if isinstance(found, dict) and all("digest" in entry for entry in found["entries"]):
                return found
        except (ValueError, KeyError, TypeError) as error:
            raise OutputError(f"{path} is damaged: {error}; move it away and run again") from error
        raise OutputError(f"{path} is no list of a genloop site; give the site a folder of its own")


def _is_ours(path: Path) -> bool:
    head = path.read_bytes()[:8192].decode("utf-8", "replace")
    return 'name="generator" content="genloop' in head or "<generator>genloop</generator>" in head


def _save(path: Path, text: str) -> None:
    with replacing(path) as part:
        part.write_text(text, encoding="utf-8")
