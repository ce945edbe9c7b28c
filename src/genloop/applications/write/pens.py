"""Who writes: raw families that answer prompts, own families whose drawn texts are chosen from, and quoted extracts.

Each pen gives an outline and, for every section, candidates to choose from; the gate chooses.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import numpy as np

from genloop.applications.write import templates
from genloop.applications.write.draft import Fault, Section
from genloop.applications.write.material import Material, Passage
from genloop.applications.write.templates import Part, Template
from genloop.core import sentences as core_sentences

_SHOWN = 8  # passages that a prompt shows
_HEADING = re.compile(r"^[\s\d.、)）#*·•\-—一二三四五六七八九十]*[、.．:：]?\s*|[\s*#]+$")
_ITEM = re.compile(r"\s*(?:[-*•|>#]|\d+[.)])\s|.*\t")


@dataclass(frozen=True)
class Order:
    """What a pen is told of the article, beside the section itself; in a revision `others` are its other sections."""

    title: str
    topic: str
    language: str
    template: Template
    material: Material
    passages: tuple[Passage, ...]
    keywords: tuple[str, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)
    instructions: str = ""
    channels: tuple[str, ...] = ()
    lessons: tuple[str, ...] = ()
    others: tuple[Section, ...] = ()

    @property
    def parts(self) -> tuple[Part, ...]:
        """The sections that the template or its channels fix; none where the outline is free."""
        if self.template.channels:
            names = [channel.name for channel in self.template.channels_of(self.channels)]
            return tuple(Part(dict.fromkeys(("en", "zh"), name), {}) for name in names)
        return self.template.parts

    def tells_facts(self, heading: str, done: Sequence[Section]) -> bool:
        """Whether a section says the facts: the one that the template names for them, else the first."""
        named = [part.heading[self.language] for part in self.parts if part.facts]
        said = any(all(value in part.text for value in self.facts.values()) for part in done)
        return bool(self.facts) and (heading in named if named else not said)

    def near(self, heading: str) -> list[str]:
        """The passages that a section of this heading is written from."""
        if self.template.each:
            return [passage.text for passage in self.passages]
        words = [heading, *self.keywords]
        found = self.material.about(words, _SHOWN) if not self.template.channels else []
        chosen = {id(passage) for passage in self.passages}
        best = [passage for passage in found if id(passage) in chosen] or list(self.passages)
        return [passage.text for passage in best[:_SHOWN]]

    def bounds(self, heading: str) -> tuple[int, int]:
        """The least and the most characters of the section."""
        for channel in self.template.channels_of(self.channels):
            if channel.name == heading:
                wide = channel.weighted and self.language == "zh"
                return self.template.least, (channel.most // 2 if wide else channel.most) * 4 // 5
        if self.template.each:
            size = sum(len(passage.text) for passage in self.passages)
            return max(self.template.least, size // 4), min(self.template.most, 4 * size + 40)
        return self.template.least, self.template.most


@runtime_checkable
class Pen(Protocol):
    """One who writes."""

    @property
    def name(self) -> str:
        """As which the article names its writer."""

    def outline(self, order: Order, rng: np.random.Generator) -> list[str]:
        """The headings."""

    def section(
        self, order: Order, heading: str, done: Sequence[Section], n: int, rng: np.random.Generator
    ) -> list[str]:
        """Up to `n` texts for a section."""

    def revise(
        self, order: Order, heading: str, text: str, faults: Sequence[Fault], n: int, rng: np.random.Generator
    ) -> list[str]:
        """Up to `n` texts in place of one that did not pass."""


def fixed(order: Order) -> list[str]:
    """The headings that the template fixes; none but empty ones where each passage becomes a section."""
    if order.template.each:
        return [""] * len(order.passages)
    return [part.heading[order.language] for part in order.parts]


def keyed(order: Order) -> list[str]:
    """Headings of the words that tell the material of this topic from the rest, for pens that cannot invent any."""
    named = fixed(order)
    if named:
        return named
    title, chosen = order.title.casefold(), list[str]()
    for word in map(str.casefold, order.material.keywords(order.passages, 3 * order.template.sections)):
        again = word in title or any(word in other or other in word for other in chosen)  # 服务 beside 服务员
        if not again and (len(word) > 3 or not word.isascii()):
            chosen.append(word)
    return [word[:1].upper() + word[1:] for word in chosen[: order.template.sections]] or [order.topic]


def sentences(text: str) -> list[str]:
    """The sentences of a text; a wrapped paragraph is one line first, headings, list items and rows stand alone."""
    lines: list[str] = []
    for part in re.split(r"\n\s*\n", text):
        open_line = False
        for line in part.split("\n"):
            alone = bool(_ITEM.match(line))
            if open_line and not alone:
                wide = lines[-1][-1:] > "\u2e7f" and line[:1] > "\u2e7f"
                lines[-1] += ("" if wide else " ") + line.strip()
            elif line.strip():
                lines.append(line.strip())
            open_line = bool(line.strip()) and not alone
    return [found for line in lines for found in core_sentences.read(line)]


def is_whole(sentence: str) -> bool:
    """Whether it ends as sentences do, and is neither an item of a list nor a row of a table."""
    return bool(re.search(r"[.!?。！？…][\"'”’)）」』]*$", sentence)) and not _ITEM.match(sentence)


def tidy_headings(answer: str, most: int) -> list[str]:
    """The headings in an answer: one a line, without numbers and marks, each once."""
    lines = (_HEADING.sub("", line).strip(' "“”「」《》') for line in answer.splitlines())
    return list(dict.fromkeys(line for line in lines if 0 < len(line) <= 80))[:most]


def prompt_values(order: Order) -> dict[str, Any]:
    """What the prompts of an order are filled with."""
    return {
        "title": order.title,
        "topic": order.topic,
        "keywords": order.keywords,
        "facts": order.facts,
        "template": order.template,
        "sections": order.template.sections,
        "instructions": " ".join((order.instructions, *order.lessons)).strip(),
    }


def system(order: Order) -> str:
    """What a raw family is told before everything else."""
    return templates.prompt("system", order.language, **prompt_values(order))
