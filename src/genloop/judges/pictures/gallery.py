"""The evidence as pictures: arrays of the first image column, with the class and the sentence beside each."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Int64, UInt8

from genloop.core.protocols import Evidence
from genloop.core.records import Records
from genloop.core.schema import Schema
from genloop.core.seed import stream

MOST_CLASSES = 64
_MOST = {"train": 8_000, "holdout": 5_000, "made": 5_000}
_BYTES = 400 << 20  # of one set
Pixels = UInt8[np.ndarray, "_rows height width channels"]


@dataclass(frozen=True)
class Pictures:
    """Pictures of one table with their places in it; `classes` are -1 where unknown, `words` "" where missing."""

    pixels: Pixels
    rows: Int64[np.ndarray, " _rows"]
    classes: Int64[np.ndarray, " _rows"]
    words: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.pixels)

    def take(self, places: np.ndarray) -> "Pictures":
        """Those at these places."""
        words = tuple(self.words[place] for place in places)
        return Pictures(self.pixels[places], self.rows[places], self.classes[places], words)


@dataclass(frozen=True)
class Gallery:
    """Real and made pictures of one column; an absent or empty table is None."""

    column: str
    labels: tuple[str, ...]
    train: Pictures | None
    holdout: Pictures | None
    made: Pictures
    class_column: str | None = None
    word_column: str | None = None

    @property
    def yardstick(self) -> Pictures | None:
        """The real pictures that made ones are compared with: the holdout, else those learnt from."""
        return self.holdout if self.holdout is not None else self.train

    def few(self, most: Mapping[str, int], seed: int) -> "Gallery":
        """The gallery with at most so many pictures of each table, drawn at random."""
        parts: dict[str, Any] = {}
        for name, count in most.items():
            part: Pictures | None = getattr(self, name)
            if part is not None and len(part) > count:
                order = stream(seed, "pictures", name, "few").choice(len(part), count, replace=False)
                parts[name] = part.take(np.sort(order))
        return replace(self, **parts)


def read(evidence: Evidence) -> Gallery | None:
    """The gallery of the first image column, at most some thousand pictures a table; None without made pictures."""
    tables = {"train": evidence.train, "holdout": evidence.holdout, "made": evidence.made}
    column = next((c.name for c in evidence.schema.columns if c.kind == "image"), None)
    if column is None or not _has_pictures(evidence.made, column):
        return None
    class_column = _classes(evidence, column)
    word_column = _words(evidence.schema, evidence.made)
    labels = _labels(tables, class_column, evidence.floor)
    found: dict[str, Pictures | None] = {}
    for name, table in tables.items():
        if table is None or not _has_pictures(table, column):
            found[name] = None
            continue
        part = _read(table, column, class_column, word_column, labels)
        most = min(_MOST[name], max(2, _BYTES // max(part.pixels[0].nbytes, 1))) if len(part) else 0
        if len(part) > most:
            order = stream(evidence.seed, "pictures", name).choice(len(part), most, replace=False)
            part = part.take(np.sort(order))
        found[name] = part if len(part) else None
    if found["made"] is None:
        return None
    return Gallery(column, labels, found["train"], found["holdout"], found["made"], class_column, word_column)


def unpack(column: pa.ChunkedArray) -> tuple[Pixels, Int64[np.ndarray, " _rows"]]:
    """The pictures of a tensor column that are there, and their rows."""
    shape = tuple(column.type.shape)
    blocks, places, before = [], [], 0
    for chunk in column.chunks:
        here = np.flatnonzero(np.asarray(chunk.storage.is_valid().to_numpy(zero_copy_only=False)))
        blocks.append(np.asarray(chunk.storage.flatten()).reshape(len(here), *shape))
        places.append(here + before)
        before += len(chunk)
    if not blocks:
        return np.zeros((0, *shape), np.uint8), np.zeros(0, np.int64)
    pixels = blocks[0] if len(blocks) == 1 else np.concatenate(blocks)
    return pixels, np.concatenate(places).astype(np.int64)


def _has_pictures(table: Records, column: str) -> bool:
    return column in table.column_names and isinstance(table.schema.field(column).type, pa.FixedShapeTensorType)


def _read(
    table: Records, column: str, class_column: str | None, word_column: str | None, labels: tuple[str, ...]
) -> Pictures:
    pixels, rows = unpack(table.column(column))
    number = {label: place for place, label in enumerate(labels)}
    own: list[Any] = [] if class_column not in table.column_names else _texts(table, str(class_column))
    classes = np.array([number.get(own[row], -1) if own else -1 for row in rows.tolist()], np.int64)
    texts = [] if word_column is None or word_column not in table.column_names else _texts(table, word_column)
    words = tuple((texts[row] or "") if texts else "" for row in rows.tolist())
    return Pictures(pixels, rows, classes, words)


def _texts(table: Records, column: str) -> list[str | None]:
    found: list[str | None] = pc.cast(table.column(column), pa.string()).to_pylist()
    return found


def _classes(evidence: Evidence, image: str) -> str | None:
    """The category that says what a picture shows: the target, a column called class or label, else the coarsest."""
    real = evidence.train if evidence.train is not None else evidence.holdout
    if real is None:
        return None
    found = {}
    for column in evidence.schema.columns:
        if column.kind == "category" and column.name in real.column_names:
            count = pc.count_distinct(real.column(column.name)).as_py()
            if 2 <= count <= MOST_CLASSES:
                found[column.name] = count
    for name in (evidence.target, "class", "label"):
        if name in found:
            return name
    return min(found, key=lambda name: found[name]) if found else None


def _words(schema: Schema, made: Records) -> str | None:
    texts = [c.name for c in schema.columns if c.kind == "text" and c.name in made.column_names]
    return "caption" if "caption" in texts else next(iter(texts), None)


def _labels(tables: dict[str, Records | None], column: str | None, floor: int) -> tuple[str, ...]:
    """The classes that were learnt, most frequent first; one of fewer pictures than the floor is not spoken of."""
    table = tables["train"] if tables["train"] is not None else tables["holdout"]
    if table is None or column is None or column not in table.column_names:
        return ()
    counted: dict[str, int] = {}
    for label in _texts(table, column):
        if label is not None:
            counted[label] = counted.get(label, 0) + 1
    kept = [label for label in counted if counted[label] >= max(floor, 2)]
    return tuple(sorted(kept, key=lambda label: (-counted[label], label)))
