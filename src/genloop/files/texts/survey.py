"""A column of texts looked through: lengths, languages, words, readability and duplicates, kept as aggregates only.

What is named of the texts (keywords) is carried by at least the floor of rows; lengths are those of ranks which have
the floor of rows beyond them.
"""

import dataclasses
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa

from genloop.core.errors import DataError
from genloop.core.schema import Column
from genloop.files.texts import duplicates, keywords, language, markup
from genloop.files.texts.duplicates import Groups, Look

ROWS = 4_096  # cells at a time
MOST = 50_000  # texts that are looked through
FEW = 20  # different texts below which nothing can be learnt but they themselves
_COUNTED = 2_000  # texts whose words are counted, evenly over all
_RANKS = (0.05, 0.5, 0.95)
_NAMES = {"zh": "Chinese", "en": "English", "other": "another language"}
_SCRIPTS = {"simplified": "simplified characters", "traditional": "traditional characters", "both": "both scripts"}
_WORTH_TELLING = 0.01  # the share of texts from which a language is told of
Batches = Callable[[], Iterable[pa.RecordBatch]]


@dataclass(frozen=True)
class Survey:
    """One column of texts: its place in the schema with notes, its aggregates, and which rows are equal or near.

    `findings` is JSON-able: rows, texts, how many were looked through (`looked`), and of these distinct, equal, near,
    lengths, languages, scripts, mixed, words, keywords, readability.
    `groups` holds rows counted from 0.
    """

    column: Column
    findings: dict[str, Any] = field(default_factory=dict)
    groups: Groups = field(default_factory=Groups)


def read(batches: Batches, column: Column, *, floor: int = 5) -> Survey:
    """The survey of the column; `batches` gives all rows anew at each call."""
    column, batches = _unmarked(batches, column)
    looks: list[Look] = []
    places: list[int] = []
    lengths: list[int] = []
    found: list[language.Language] = []
    row = texts = 0
    for batch in batches():
        for cell in batch.column(column.name).to_pylist():
            filled = isinstance(cell, str) and bool(cell.strip())
            texts += filled
            if filled and len(looks) < MOST:
                looks.append(duplicates.fit(cell))
                lengths.append(len(cell))
                found.append(language.read(cell))
                places.append(row)
            row += 1
    groups = _moved(duplicates.read(looks), places)
    if texts > len(looks):
        groups = dataclasses.replace(
            groups, whole=False, why=f"the first {MOST:,} of {texts:,} texts were looked through"
        )
    several = len(places) - groups.extra - groups.close >= FEW
    every = _words(batches, column, places, found) if several else {}
    counts = {code: own for code, own in every.items() if own.texts >= floor}
    findings = {
        "rows": row,
        "texts": texts,
        "looked": len(places),
        "distinct": len(places) - groups.extra,
        "equal": groups.extra,
        "near": groups.close,
        "lengths": _lengths(lengths, floor),
        "languages": _enough(Counter(one.code for one in found), floor),
        "scripts": _enough(Counter(one.script for one in found if one.script), floor),
        "mixed": sum(one.mixed for one in found),
        "words": {code: sum(held >= floor for held in own.held.values()) for code, own in counts.items()},
        "keywords": {code: keywords.read(own, floor=floor) for code, own in counts.items()},
        "readability": {code: keywords.readability(own, code) for code, own in counts.items()},
    }
    notes = (*column.notes, *_remarks(findings, groups))
    return Survey(dataclasses.replace(column, notes=tuple(dict.fromkeys(notes))), findings, groups)


def check(survey: Survey) -> None:
    """Refuses texts that nothing can be learnt from but they themselves.

    Raises:
        DataError: there is none, one only, too few, one repeated, or none has any letter.
    """
    name, found = survey.column.name, survey.findings
    texts, distinct = found["texts"], found["distinct"]
    if not texts:
        raise DataError(f"column {name!r} has no text in any of its {found['rows']:,} rows; expected at least {FEW}")
    if distinct == 1:
        shown = "one text only" if texts == 1 else f"one text, repeated {texts:,} times"
        raise DataError(f"column {name!r} has {shown}; expected at least {FEW} different ones: add more material")
    left = distinct - found["near"]
    if left < FEW:
        raise DataError(
            f"column {name!r} has {left} different {'text' if left == 1 else 'texts'} (of {texts:,}; the others are "
            f"equal or nearly so); expected at least {FEW}: add more material"
        )


def _unmarked(batches: Batches, column: Column) -> tuple[Column, Batches]:
    """The column and its cells as text, where they are pieces of web pages."""
    first = next(iter(batches()), None)
    cells = [] if first is None else [cell for cell in first.column(column.name).to_pylist() if isinstance(cell, str)]
    if not markup.found(cells[:_COUNTED]):
        return column, batches

    def plain() -> Iterable[pa.RecordBatch]:
        for batch in batches():
            yield pa.RecordBatch.from_arrays([markup.clean(batch.column(column.name))], [column.name])

    notes = (*column.notes, markup.NOTE)
    return dataclasses.replace(column, formats=(markup.FORM,), notes=tuple(dict.fromkeys(notes))), plain


def _moved(groups: Groups, places: list[int]) -> Groups:
    def moved(listed: list[list[int]]) -> list[list[int]]:
        return [[places[place] for place in group] for group in listed]

    return dataclasses.replace(groups, equal=moved(groups.equal), near=moved(groups.near))


def _words(
    batches: Batches, column: Column, places: list[int], found: list[language.Language]
) -> dict[str, keywords.Counts]:
    """The words of texts evenly over all."""
    step = max(-(-len(places) // _COUNTED), 1)
    codes = {place: one.code for place, one in zip(places[::step], found[::step], strict=True)}
    texts: list[str] = []
    at = 0
    for batch in batches():
        cells = batch.column(column.name)
        texts += [cells[place - at].as_py() for place in range(at, at + len(cells)) if place in codes]
        at += len(cells)
    return keywords.fit(texts, list(codes.values()))


def _lengths(lengths: list[int], floor: int) -> dict[str, int]:
    """Characters of a text at the usual ranks that have the floor of texts on either side, to two digits."""
    if len(lengths) < 2 * floor:
        return {}
    ordered = np.sort(lengths)
    places = {rank: min(max(int(rank * len(ordered)), floor), len(ordered) - floor) for rank in _RANKS}
    return {f"{rank:.0%}": int(float(f"{ordered[place]:.2g}")) for rank, place in places.items()}


def _enough(counts: Counter[Any], floor: int) -> dict[str, int]:
    return {name: count for name, count in counts.most_common() if count >= floor}


def _remarks(found: dict[str, Any], groups: Groups) -> list[str]:
    notes: list[str] = []
    texts = found["looked"]
    for code, count in found["languages"].items():
        if count / texts >= _WORTH_TELLING and code in _NAMES:
            notes.append(f"{count / texts:.0%} of the texts are in {_NAMES[code]}")
    scripts = found["scripts"]
    if scripts:
        usual = max(scripts, key=scripts.__getitem__)
        notes.append(f"Chinese in {_SCRIPTS[usual]}")
        if rest := sum(scripts.values()) - scripts[usual]:
            notes.append(f"{rest:,} {'text is' if rest == 1 else 'texts are'} in the other script, or in both")
    if found["mixed"]:
        notes.append(f"{found['mixed']:,} {'text mixes' if found['mixed'] == 1 else 'texts mix'} Chinese and English")
    if found["languages"].get("none", 0) > 0.5 * max(texts, 1):
        notes.append("most texts have no letters (emoji or marks only): they are learnt as they are")
    if found["lengths"]:
        low, middle, high = (f"{size:,}" for size in found["lengths"].values())
        notes.append(f"characters of a text: {middle} in the middle, {low} at 5 %, {high} at 95 %")
    if texts > 1 and groups.extra == texts - 1:
        notes.append("all texts are equal: there is nothing to learn but one")
    elif groups.extra:
        notes.append(
            f"{groups.extra:,} exact {'duplicate' if groups.extra == 1 else 'duplicates'} (spaces and marks aside), in "
            f"{len(groups.equal):,} {'group' if len(groups.equal) == 1 else 'groups'}; a long text is learnt once"
        )
    if groups.close:
        notes.append(
            f"{groups.close:,} near {'duplicate' if groups.close == 1 else 'duplicates'}, in {len(groups.near):,} "
            f"{'group' if len(groups.near) == 1 else 'groups'}"
        )
    if not groups.whole:
        notes.append(groups.why)
    return notes
