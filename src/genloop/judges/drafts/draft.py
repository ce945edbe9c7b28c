"""A draft as its judges read it: sections, sentences and words, each with its place."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Protocol, runtime_checkable

import numpy as np

from genloop.core import sentences
from genloop.judges.texts.corpus import Language

_WORD = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]|[^\W_\u3400-\u9fff\uf900-\ufaff]+(?:['’][^\W\d_]+)*")
_MOST = 4  # sections that a plain text is cut into


@runtime_checkable
class Part(Protocol):
    """A section as any caller has it."""

    @property
    def title(self) -> str:
        """The heading, empty where there is none."""

    @property
    def text(self) -> str:
        """What stands under it."""


@dataclass(frozen=True)
class Section:
    """One section of a draft: its heading (may be empty) and its text."""

    title: str
    text: str


@dataclass(frozen=True)
class Span:
    """A piece of one section: characters `start` to `stop` of its text."""

    section: int
    start: int
    stop: int


@dataclass(frozen=True)
class Draft:
    """What is judged."""

    sections: tuple[Section, ...]
    language: Language

    @classmethod
    def of(cls, sections: Sequence[Part], language: Language) -> "Draft":
        """The draft of these sections."""
        return cls(tuple(Section(part.title, part.text) for part in sections), language)

    @cached_property
    def text(self) -> str:
        """All sections, one below the other."""
        return "\n".join(section.text for section in self.sections)

    @cached_property
    def sentences(self) -> tuple[Span, ...]:
        """Every sentence."""
        return tuple(
            Span(place, start, stop)
            for place, section in enumerate(self.sections)
            for start, stop in sentences.spans(section.text)
        )

    def show(self, span: Span) -> str:
        """The characters of the span."""
        return self.sections[span.section].text[span.start : span.stop]


def cut(text: str, language: Language) -> list[Section]:
    """A plain text as sections: its paragraphs, or the sentences of a single one, in up to four groups."""
    parts, glue = [part.strip() for part in text.split("\n") if part.strip()], "\n"
    if len(parts) < 2:
        whole = Draft((Section("", text.strip()),), language)
        parts, glue = [whole.show(span) for span in whole.sentences], "" if language == "zh" else " "
    count = min(_MOST, len(parts) if glue == "\n" else len(parts) // 3)
    if count < 2:
        return [Section("", glue.join(parts))]
    ends = np.round(np.linspace(0, len(parts), count + 1)).astype(int)
    return [Section("", glue.join(parts[start:stop])) for start, stop in pairwise(ends)]


def words(text: str) -> list[tuple[str, int, int]]:
    """Words in small letters with their places: each Chinese character, each run of other letters and digits."""
    return [(found.group().lower(), found.start(), found.end()) for found in _WORD.finditer(text)]


def terms(text: str, language: Language) -> list[str]:
    """What a text is about: Chinese pairs of neighbouring characters, or stems of words."""
    if language == "zh":
        found = words(text)
        return [one[0] + other[0] for one, other in pairwise(found) if one[2] == other[1] and len(one[0]) == 1]
    return [_stem(word) for word, _, _ in words(text) if len(word) > 2]


def _stem(word: str) -> str:
    word = re.sub(r"['’]s?$", "", word)
    for end in ("ingly", "edly", "ing", "ed", "ies", "es", "ly", "s", "e", "y"):
        if word.endswith(end) and len(word) - len(end) >= 3:
            return word[: -len(end)]
    return word
