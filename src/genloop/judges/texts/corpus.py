"""The evidence as texts: one corpus for each text column, with the class that stands beside each text."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Int64

from genloop.core.protocols import Evidence
from genloop.core.records import Records
from genloop.core.seed import stream

Language = Literal["zh", "en", "other"]
MOST = 10_000  # texts of a table that are looked at
MOST_CLASSES = 64
LONGEST = 20_000  # characters of a text that are looked at
_CHARACTERS = 3_000_000  # of a table that are looked at
_SHOWN = 400  # texts that tell the language
_HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
_LATIN = re.compile(r"[A-Za-z]")
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True)
class Texts:
    """Texts of one table with their classes, -1 where none is known."""

    rows: tuple[str, ...]
    classes: Int64[np.ndarray, " rows"]

    def __len__(self) -> int:
        return len(self.rows)

    def take(self, places: np.ndarray) -> "Texts":
        """Those at these places."""
        return Texts(tuple(self.rows[place] for place in places), self.classes[places])

    def few(self, most: int, seed: int, *names: str) -> "Texts":
        """At most so many of them, drawn at random and kept in their order."""
        if len(self) <= most:
            return self
        return self.take(np.sort(stream(seed, "texts", *names).choice(len(self), most, replace=False)))


@dataclass(frozen=True)
class Corpus:
    """Real and made texts of one column; an absent or empty table is None.

    `learnt` holds every text that was learnt, `train` as many of them as are compared with.
    """

    column: str
    language: Language
    labels: tuple[str, ...]
    train: Texts | None
    holdout: Texts | None
    made: Texts
    learnt: tuple[str, ...]
    class_column: str | None = None
    floor: int = 5

    @property
    def yardstick(self) -> Texts | None:
        """The real texts that made ones are compared with: the holdout, else those learnt from."""
        return self.holdout if self.holdout is not None else self.train


def read(evidence: Evidence) -> list[Corpus]:
    """A corpus for every text column that has made texts."""
    tables = {"train": evidence.train, "holdout": evidence.holdout, "made": evidence.made}
    found = []
    for column in (c.name for c in evidence.schema.columns if c.kind == "text"):
        made = _texts(evidence.made, column)
        if not any(made):
            continue
        class_column = _classes(evidence)
        labels = _labels(tables["train"], class_column, evidence.floor)
        parts = {name: _read(table, column, class_column, labels, evidence.seed) for name, table in tables.items()}
        if parts["made"] is None:
            continue
        learnt = tuple(text for text in _texts(evidence.train, column) if text)
        shown = parts["train"] or parts["holdout"] or parts["made"]
        found.append(
            Corpus(
                column,
                language(shown.rows),
                labels,
                parts["train"],
                parts["holdout"],
                parts["made"],
                learnt,
                class_column,
                evidence.floor,
            )
        )
    return found


def language(texts: Sequence[str]) -> Language:
    """What most letters are: Chinese characters, Latin letters, or others."""
    whole = "".join(text[:LONGEST] for text in texts[:_SHOWN])
    letters = max(len(_LETTER.findall(whole)), 1)
    if len(_HAN.findall(whole)) > 0.3 * letters:
        return "zh"
    return "en" if len(_LATIN.findall(whole)) > 0.7 * letters else "other"


def _read(
    table: Records | None, column: str, class_column: str | None, labels: tuple[str, ...], seed: int
) -> Texts | None:
    texts = _texts(table, column)
    if table is None or not any(texts):
        return None
    classes = _texts(table, class_column) if class_column is not None else []
    number = {label: place for place, label in enumerate(labels)}
    kept = [place for place, text in enumerate(texts) if text]
    known = np.array([number.get(classes[place] or "", -1) if classes else -1 for place in kept], np.int64)
    whole = Texts(tuple((texts[place] or "")[:LONGEST] for place in kept), known)
    mean = sum(map(len, whole.rows)) / len(whole)
    return whole.few(min(MOST, max(2, int(_CHARACTERS / max(mean, 1)))), seed, column)


def _texts(table: Records | None, column: str) -> list[str | None]:
    if table is None or column not in table.column_names:
        return []
    found: list[str | None] = pc.cast(table.column(column), pa.string()).to_pylist()
    return found


def _classes(evidence: Evidence) -> str | None:
    """The category that says what a text is about: the target, a column called label or category, else the coarsest."""
    real = evidence.train
    if real is None:
        return None
    found = {}
    for column in evidence.schema.columns:
        if column.kind == "category" and column.name in real.column_names:
            count = pc.count_distinct(real.column(column.name)).as_py()
            if 2 <= count <= MOST_CLASSES:
                found[column.name] = count
    for name in (evidence.target, "label", "category", "class"):
        if name in found:
            return name
    return min(found, key=lambda name: found[name]) if found else None


def _labels(table: Records | None, column: str | None, floor: int) -> tuple[str, ...]:
    """The classes that were learnt, most frequent first; one of fewer rows than the floor is not spoken of."""
    counted: dict[str, int] = {}
    for label in _texts(table, column) if column is not None else []:
        if label is not None:
            counted[label] = counted.get(label, 0) + 1
    kept = [label for label in counted if counted[label] >= max(floor, 2)]
    return tuple(sorted(kept, key=lambda label: (-counted[label], label)))
