"""How a row is shown to open weights: a line for each column that is given, then the text under its column's name.

A row of tokens holds marks below zero: LINE after each line of the header, TEXT where the text begins. Which lines are
shown, and what is told of the text itself, is decided anew each time that a row is learnt.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from genloop.core.records import Records

LINE, TEXT = -1, -2
LONGEST = 200  # characters of one cell that are shown
HOLDS, ENDS = "+", "…"  # the lines that tell which words stand in the text, and how it ends
Encode = Callable[[str], list[int]]


@dataclass(frozen=True)
class Marks:
    """The fixed pieces of a header as tokens: how it begins, the words between, and how lines end."""

    begin: list[int]
    holds: list[int]
    ends: list[int]
    between: list[int]
    line: list[int]
    text: list[int]
    end: int

    @classmethod
    def of(cls, encode: Encode, begin: list[int], end: int, column: str) -> "Marks":
        """The pieces of one base; texts stand under the name of their column."""
        parts = (f"{HOLDS}: ", f"{ENDS}: ", ", ", "\n", f"{column}:\n")
        holds, ends, between, line, text = map(encode, parts)
        return cls(begin, holds, ends, between, line, text, end)


def lines(records: Records, column: str) -> list[list[str]]:
    """The header's lines of each row: every column that has a value, but the one of the texts."""
    names = [name for name in records.column_names if name != column]
    values = [records.column(name).to_pylist() for name in names]
    return [
        [f"{name}: {_cell(value)}\n" for name, value in zip(names, row, strict=True) if value is not None]
        for row in (zip(*values, strict=True) if names else ((),) * records.num_rows)
    ]


def prompt(encode: Encode, marks: Marks, shown: Sequence[str], holds: Sequence[str], ends: str) -> list[int]:
    """The tokens that stand before a text of which this is given."""
    found = [*marks.begin]
    for line in shown:
        found += encode(line)
    if holds:
        found += [*marks.holds, *encode(", ".join(_cell(word) for word in holds)), *marks.line]
    if ends:
        found += [*marks.ends, *encode(_cell(ends)), *marks.line]
    return found + marks.text


def row(encode: Encode, marks: Marks, shown: Sequence[str], text: str | None, longest: int) -> np.ndarray:
    """One row with its marks, at most `longest` tokens; a missing text is an empty one."""
    found: list[int] = []
    for line in shown:
        found += [*encode(line), LINE]
    own = [*encode(text or ""), marks.end]
    room = longest - len(marks.begin) - len(marks.text)
    if len(found) > room // 2:
        found = found[: room // 2]
    return np.array([*found, TEXT, *own[: room - len(found)]], np.int32)


def show(
    tokens: np.ndarray, marks: Marks, blind: float, hints: float, rng: np.random.Generator
) -> tuple[list[int], int]:
    """The row as it is learnt this time, and where its text begins: some lines hidden, some words of it told."""
    at = int(np.flatnonzero(tokens == TEXT)[0])
    text = tokens[at + 1 :].tolist()
    whole = rng.random() >= blind
    parts = np.split(tokens[:at], np.flatnonzero(tokens[:at] == LINE) + 1)
    found = [*marks.begin]
    for part in parts:
        own = part[part >= 0].tolist()
        if own and whole and rng.random() >= blind:
            found += own
    body = text[:-1] if text and text[-1] == marks.end else text
    if rng.random() < hints and len(body) > 2:
        found += [*marks.holds, *_words(body, marks, rng), *marks.line]
    if rng.random() < hints and len(body) > 8 and body is not text:
        found += [*marks.ends, *body[-int(rng.integers(2, min(24, len(body) // 2) + 1)) :], *marks.line]
    found += marks.text
    return [*found, *text], len(found)


def plain(tokens: np.ndarray, marks: Marks) -> tuple[list[int], int]:
    """The row as it is measured: all its lines, nothing told of the text."""
    at = int(np.flatnonzero(tokens == TEXT)[0])
    head = [*marks.begin, *tokens[:at][tokens[:at] >= 0].tolist(), *marks.text]
    return [*head, *tokens[at + 1 :].tolist()], len(head)


def _words(body: list[int], marks: Marks, rng: np.random.Generator) -> list[int]:
    """One to three short stretches of the text, in its order."""
    count = int(rng.integers(1, 4))
    places = np.sort(rng.integers(0, len(body), count))
    found: list[int] = []
    for place in places.tolist():
        found += [*(marks.between if found else []), *body[place : place + int(rng.integers(1, 4))]]
    return found


def _cell(value: Any) -> str:
    """A cell in one line."""
    if isinstance(value, float):
        return f"{value:.6g}"
    return " ".join(str(value).split())[:LONGEST]
