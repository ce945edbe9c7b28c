"""A folder of documents as a table: their texts, titles where most have one, and the sub-folder as class.

Every document is read once into a private temporary file; then lines that stand in document after document go, and so
do documents that say the same as an earlier one. What went, and why, stands in `skipped` and `removed`.
"""

import hashlib
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa

from genloop.core.errors import DataError, MissingExtra
from genloop.files.pictures import listing
from genloop.files.spool import Spool, full, scratch
from genloop.files.texts import boilerplate, document, duplicates, passages
from genloop.files.texts.document import Document

Skipped = tuple[str, str]
_TITLED = 0.5  # the share of documents with a title from which there is such a column
_BESIDE = frozenset({"readme", "license", "licence", "copying", "notice", "changelog"})


@dataclass
class Pile:
    """Documents set down one after the other in a temporary file, in the order of their names."""

    folder: Path
    encoding: str | None = None
    names: list[str] = field(default_factory=list)
    titles: list[str | None] = field(default_factory=list)
    ends: list[int] = field(default_factory=lambda: [0])
    skipped: list[Skipped] = field(default_factory=list)
    spellings: Counter[str] = field(default_factory=Counter)

    def read(self, files: Sequence[tuple[str, Path]]) -> None:
        """Sets down the files that hold text."""
        try:
            with self._place.open("wb") as sink:
                for name, path in files:
                    found = _document(name, path, self.encoding)
                    if isinstance(found, str):
                        self.skipped.append((name, found))
                        continue
                    self.names.append(name)
                    self.titles.append(found.title)
                    self.ends.append(self.ends[-1] + sink.write(found.text.encode("utf-8", "replace")))
                    self.spellings.update([found.note] if found.note else [])
        except OSError as error:
            raise full(self.folder, error) from error

    def texts(self) -> Iterator[str]:
        """The documents' texts in order."""
        with self._place.open("rb") as source:
            for begin, end in pairwise(self.ends):
                yield source.read(end - begin).decode()

    @property
    def _place(self) -> Path:
        return self.folder / "documents"


class Texts:
    """The documents under a folder, or one document; `names` has the file of each row.

    `skipped` lists files that hold no text and `removed` documents that say what another does, with reasons. A corpus
    of one document has its paragraphs as rows.

    Raises:
        DataError: there is no document with text.
    """

    def __init__(self, path: Path, *, encoding: str | None = None) -> None:
        self._path, self._encoding = path.resolve(), encoding
        self._files, others = _walk(self._path)
        pile = Pile(scratch(self), encoding)
        pile.read(self._files)
        self.skipped: tuple[Skipped, ...] = tuple(sorted((*others, *pile.skipped)))
        if not pile.names:
            raise DataError(_nothing(path, self.skipped))
        often = _often(pile)
        kept, self.removed = _different(pile, often)
        titled = sum(pile.titles[at] is not None for at in kept) >= _TITLED * len(kept) and self._path.is_dir()
        parents = [str(PurePosixPath(name).parent) for name in pile.names]
        classed = any(parents[at] != "." for at in kept)
        self._counts: Counter[str] = Counter()
        self.names: list[str] = []
        self.kinds = (
            {"text": "text"} | ({"title": "text"} if titled else {}) | ({"class": "category"} if classed else {})
        )
        self._spool = Spool(list(self.kinds), self._rows(pile, kept, often, titled=titled, classed=classed))
        self.notes: tuple[str, ...] = tuple(self._remarks(pile, len(kept)))

    @property
    def columns(self) -> list[str]:
        """Column names in order, `text` first."""
        return list(self.kinds)

    def batches(self, rows: int = 65_536) -> Iterator[pa.RecordBatch]:
        """All rows in order, at most `rows` at a time."""
        yield from self._spool.batches(rows)

    def fingerprint(self) -> str:
        """A hash of the names and the bytes of all documents."""
        digest = hashlib.sha256()
        for name, path in self._files:
            digest.update(f"{name}\0{path.stat().st_size}\0".encode("utf-8", "surrogateescape"))
            with path.open("rb") as file:
                digest.update(hashlib.file_digest(file, "sha256").digest())
        return digest.hexdigest()

    def describe(self) -> dict[str, Any]:
        """The place of the folder or file."""
        asked = {} if self._encoding is None else {"encoding": self._encoding}
        kind = "folder" if self._path.is_dir() else "file"
        return {"kind": kind, "path": str(self._path), "format": "texts", **asked}

    def _rows(
        self, pile: Pile, kept: Sequence[int], often: frozenset[bytes], *, titled: bool, classed: bool
    ) -> Iterator[tuple[str | None, ...]]:
        """The rows of the kept documents: one each, or the parts of a long one; the passages of an only one."""
        chosen, alone = set(kept), len(kept) == 1
        for at, whole in enumerate(pile.texts()):
            if at not in chosen:
                continue
            text, gone = boilerplate.clean(whole, often)
            self._counts.update(lines=gone, cleaned=gone > 0)
            parts = passages.read(text) if alone else passages.cut(text)
            self._counts.update(long=len(parts) > 1 and not alone)
            parent = str(PurePosixPath(pile.names[at]).parent)
            about = ([pile.titles[at]] if titled else []) + ([None if parent == "." else parent] if classed else [])
            for part in parts:
                self.names.append(pile.names[at])
                yield (part, *about)

    def _remarks(self, pile: Pile, kept: int) -> Iterator[str]:
        endings = Counter(PurePosixPath(name).suffix.lower() or "no ending" for name in pile.names)
        yield f"{len(pile.names):,} document{'s' * (len(pile.names) > 1)}: " + ", ".join(
            f"{n:,} {ending}" for ending, n in endings.most_common(6)
        )
        if pile.spellings:
            yield "encodings: " + ", ".join(f"{count:,} {name}" for name, count in pile.spellings.most_common(4))
        if self.skipped:
            found = Counter(reason for _, reason in self.skipped)
            listed = "; ".join(f"{count} {reason}" for reason, count in found.most_common(4))
            yield f"{len(self.skipped):,} {'file is' if len(self.skipped) == 1 else 'files are'} passed over: {listed}"
        if self.removed:
            equal = sum(reason.startswith("equal") for _, reason in self.removed)
            yield (
                f"{equal:,} exact and {len(self.removed) - equal:,} near "
                f"{'duplicate is' if len(self.removed) == 1 else 'duplicates are'} left out"
            )
        if self._counts["lines"]:
            yield (
                f"boilerplate left out: {self._counts['lines']:,} lines (repeated edges, cookie notes) "
                f"of {self._counts['cleaned']:,} {'document' if self._counts['cleaned'] == 1 else 'documents'}"
            )
        if kept == 1:
            rows = self._spool.rows
            yield f"one document only: its {rows:,} {'passage is the row' if rows == 1 else 'passages are the rows'}"
        elif self._counts["long"]:
            long = self._counts["long"]
            yield (
                f"{long:,} {'document' if long == 1 else 'documents'} beyond {passages.LONGEST:,} characters "
                f"{'is' if long == 1 else 'are'} cut into parts"
            )


def is_texts(path: Path) -> bool:
    """Whether a folder holds more documents than pictures; what tells of a picture or the folder counts as neither."""
    ahead = 0
    for at, folders, files in os.walk(path):
        folders[:] = sorted(name for name in folders if not listing.is_hidden(name))
        pictures: set[str] = set()
        stems: list[str] = []
        for file in files:
            stem = os.path.splitext(file)[0]  # noqa: PTH122  (a path would intern every name)
            if listing.is_hidden(file):
                continue
            if listing.is_picture(file) or (not PurePosixPath(file).suffix and _is_magic(Path(at) / file)):
                pictures.add(stem)
            elif file.lower().endswith(document.ENDINGS) and PurePosixPath(file).stem.lower() not in _BESIDE:
                stems.append(stem)
        ahead += sum(stem not in pictures for stem in stems) - len(pictures)
    return ahead > 0


def _is_magic(path: Path) -> bool:
    """Whether a file without an ending begins as pictures do."""
    try:
        with path.open("rb") as file:
            return listing.is_magic(file.read(16))
    except OSError:
        return False


def _walk(root: Path) -> tuple[list[tuple[str, Path]], list[Skipped]]:
    """Relative names and places of what is called a document, and other files with reasons; hidden ones aside."""
    if root.is_file():
        return [(root.name, root)], []
    names: list[tuple[str, Path]] = []
    others: list[Skipped] = []
    for at, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if not listing.is_hidden(name))
        for file in files:
            if listing.is_hidden(file):
                continue
            path = Path(at) / file
            name = path.relative_to(root).as_posix()
            if not path.is_file():
                others.append((name, "no regular file"))
            elif file.lower().endswith((*document.ENDINGS, ".doc", ".rtf")) or not path.suffix:
                names.append((name, path))
            else:
                others.append((name, f"no document (the ending {path.suffix!r})"))
    return sorted(names), others


def _document(name: str, path: Path, encoding: str | None) -> Document | str:
    """The document in a file, or why there is none."""
    try:
        if path.stat().st_size > document.MOST_BYTES:
            return f"larger than {document.MOST_BYTES >> 20} MB"
        return document.read(path.read_bytes(), name, encoding)
    except OSError as error:
        if isinstance(error, DataError):
            raise
        return error.strerror or "cannot be opened"
    except (DataError, MissingExtra) as error:
        return str(error)


def _often(pile: Pile) -> frozenset[bytes]:
    """The lines at the edges of many different documents."""
    counts: Counter[bytes] = Counter()
    seen: set[bytes] = set()
    for text in pile.texts():
        exact = hashlib.blake2b(text.encode(), digest_size=16).digest()
        if exact not in seen:
            seen.add(exact)
            counts.update(boilerplate.fit(text))
    return boilerplate.freeze(counts, len(seen))


def _different(pile: Pile, often: frozenset[bytes]) -> tuple[list[int], tuple[Skipped, ...]]:
    """The places of documents that say something of their own, and the others with reasons."""
    if len(pile.names) == 1:
        return [0], ()
    looks = [duplicates.fit(boilerplate.clean(text, often)[0]) for text in pile.texts()]
    groups = duplicates.read(looks)
    removed: dict[int, str] = {}
    for listed, how in ((groups.near, "nearly equal to"), (groups.equal, "equal to")):
        for first, *rest in listed:
            removed |= dict.fromkeys(rest, f"{how} {pile.names[first]}")
    kept = [at for at in range(len(looks)) if at not in removed]
    return kept, tuple((pile.names[at], reason) for at, reason in sorted(removed.items()))


def _nothing(path: Path, skipped: Sequence[Skipped]) -> str:
    if path.is_file() and skipped:
        return f"{path}: {skipped[0][1]}"
    found = Counter(reason for _, reason in skipped)
    listed = "; ".join(f"{count} {reason}" for reason, count in found.most_common(4)) or "no file"
    seen = "" if any(listing.is_picture(name) for name, _ in skipped) else "; nor any picture"
    return f"no document with text in {path}: expected {', '.join(document.ENDINGS)}; found {listed}{seen}"
