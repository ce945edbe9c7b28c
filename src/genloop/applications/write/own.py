"""Families learnt here as a pen, and quoted extracts: what small models can do honestly.

A fitted model draws whole texts; a section is put together from the sentences of what it drew that speak of the
section, never from the material itself. Where the article has a row of facts, the model is given that row and
sentences that name the facts go first. Extracts quote the material with its origin and are called so.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from genloop.applications.write import pens
from genloop.applications.write.draft import Fault, Section
from genloop.applications.write.material import words
from genloop.applications.write.pens import Order

Draw = Callable[[Order, str, int, np.random.Generator], list[str]]
_QUOTED = {"en": (30, 300), "zh": (12, 300)}  # characters of a sentence that is quoted
_LEANING = re.compile(  # what leans on the sentence before it is quoted later
    r"(?:But|And|However|So|Then|Also|Thus|Yet|This|That|These|Those|He|She|They|It|His|Her|Their)\b"
    r"|但|然而|同时|因此|所以|此外|另外|于是|其中|其次|这|那|他|她|它|另一方面|[一二三四五六][是、]|第[二三四五六]"
)
_WITHIN = {"en": str.maketrans('"“”', "'‘’"), "zh": str.maketrans("“”‘’", "‘’“”")}  # quotation marks inside others
CAREFUL = {"fluency": 0.25, "marks": 0.05}  # a small model has to read like better than the worst of real texts
_DRAWN = 6  # texts drawn for each candidate
_FACT = {"en": "{name}: {value}.", "zh": "{name}：{value}。"}
_QUOTE = {"en": '"{text}" ({origin})', "zh": "“{text}”（{origin}）"}


@dataclass(frozen=True)
class Own:
    """A pen that draws texts by `draw(order, heading, count, rng)` from a model fitted on the material."""

    name: str
    draw: Draw

    def outline(self, order: Order, rng: np.random.Generator) -> list[str]:
        """The template's headings, else keywords of the material."""
        return pens.keyed(order)

    def section(
        self, order: Order, heading: str, done: Sequence[Section], n: int, rng: np.random.Generator
    ) -> list[str]:
        """Up to `n` texts of drawn sentences; the first section of an article with facts says these."""
        drawn = self.draw(order, heading, _DRAWN * n, rng)
        used = {sentence for section in done for sentence in pens.sentences(section.text)}
        told = facts(order) if order.tells_facts(heading, done) else ""
        groups = [drawn[at::n] for at in range(n)]
        made = [_compose(order, heading, group, used, told) for group in groups]
        return list(dict.fromkeys(text for text in made if text))

    def revise(
        self, order: Order, heading: str, text: str, faults: Sequence[Fault], n: int, rng: np.random.Generator
    ) -> list[str]:
        """New draws, and the text without the sentences that the gate names."""
        spans = [fault.span for fault in faults if fault.span]
        kept = [sentence for sentence in pens.sentences(text) if not any(span in sentence for span in spans)]
        shorter = _joined(order, kept)
        again = self.section(order, heading, order.others, n, rng)
        return list(dict.fromkeys(found for found in (shorter, *again) if found and found != text))


@dataclass(frozen=True)
class Extracts:
    """A pen that quotes sentences of the material with their origin; nothing in it is written by a model."""

    name: str = "extracts"

    def outline(self, order: Order, rng: np.random.Generator) -> list[str]:
        """The template's headings, else keywords of the material."""
        return pens.keyed(order)

    def section(
        self, order: Order, heading: str, done: Sequence[Section], n: int, rng: np.random.Generator
    ) -> list[str]:
        """Up to `n` choices of quotations, the most telling first; facts go before them."""
        first, more = _quotable(order, heading, "\n".join(section.text for section in done))
        told = [facts(order)] if order.tells_facts(heading, done) else []
        least, _ = order.bounds(heading)
        made = []
        for at in range(n):
            kept = [*told, *_fit(order, heading, first[at:], told)]
            for text in (*first[:at], *more):  # what is less telling fills a section that is too short, no more
                if text not in kept and len(bare(order, "\n\n".join(kept))) < least:
                    kept.append(text)
            made.append("\n\n".join(kept))
        return list(dict.fromkeys(text for text in made if text))

    def revise(
        self, order: Order, heading: str, text: str, faults: Sequence[Fault], n: int, rng: np.random.Generator
    ) -> list[str]:
        """Other quotations."""
        return [found for found in self.section(order, heading, order.others, n + 4, rng) if found != text][-n:]


def bare(order: Order, text: str) -> str:
    """Quotations without their origins, which are no part of what is said."""
    for origin in sorted({passage.origin for passage in order.passages}, key=len, reverse=True):
        text = text.replace(f" ({origin})", "").replace(f"（{origin}）", "")
    return text


def facts(order: Order) -> str:
    """The facts of the article as short sentences."""
    told = [
        _FACT[order.language].format(name=name, value=value)
        for name, value in order.facts.items()
        if value != order.title
    ]
    return (" " if order.language == "en" else "").join(told)


def _compose(order: Order, heading: str, drawn: Sequence[str], used: set[str], told: str) -> str:
    """Facts first, then the drawn sentences that speak of the heading or the topic most, up to the most characters."""
    pool = [sentence for text in drawn for sentence in pens.sentences(text)[:-1] or pens.sentences(text)]
    ranked = [s for s in _ranked(order, heading, list(dict.fromkeys(pool))) if s not in used]
    kept = _fit(order, heading, ranked, [told] if told else [])
    return _joined(order, [told, *kept] if told else kept)


def _ranked(order: Order, heading: str, found: Sequence[str]) -> list[str]:
    """Sentences by how many words of heading, topic and keywords they hold; those with none last, in their order."""
    return sorted(found, key=lambda sentence: -_hits(order, heading, sentence))


def _hits(order: Order, heading: str, sentence: str) -> int:
    """How many words of heading, topic and keywords a sentence holds."""
    asked = {word for text in (heading, order.topic, *order.keywords) for word in words(text, order.language)}
    return len(asked.intersection(words(sentence, order.language)))


def _meets(order: Order, heading: str, sentence: str) -> bool:
    """Whether a sentence brings the heading and the rest of what is asked together."""
    own = set(words(heading, order.language))
    rest = {word for text in (order.topic, *order.keywords) for word in words(text, order.language)} - own
    held = words(sentence, order.language)
    return not own.isdisjoint(held) and (not rest or not rest.isdisjoint(held))


def _closes(sentence: str) -> bool:
    """Whether every quotation that begins in it ends in it."""
    return sentence.count("“") == sentence.count("”") and sentence.count('"') % 2 == 0


def _quotable(order: Order, heading: str, used: str) -> tuple[list[str], list[str]]:
    """Quotations that are not used yet: the most telling of each passage, and what else the passages say of this."""
    chosen = {id(passage) for passage in order.passages}
    near = [passage for passage in order.material.about([heading], 48) if id(passage) in chosen]
    said: dict[str, str] = {}
    rest: dict[str, str] = {}
    for passage in (*near, *order.passages):
        new = [text for text in _telling(order, heading, passage.text) if text not in used and text not in said]
        said |= dict.fromkeys(new[:1], passage.origin)
        rest |= dict.fromkeys(new[1:], passage.origin)
    shape = _QUOTE[order.language]
    first = sorted(said, key=lambda text: not _meets(order, heading, text))
    more = [shape.format(text=text, origin=rest[text]) for text in rest if text not in said]
    return [shape.format(text=text, origin=said[text]) for text in first], more


def _telling(order: Order, heading: str, text: str) -> list[str]:
    """The whole sentences of a passage about this, as they are quoted, the most telling first."""
    least, most = _QUOTED[order.language]
    whole = [sentence for sentence in pens.sentences(text) if pens.is_whole(sentence) and _closes(sentence)]
    own = [sentence for sentence in whole if least <= len(sentence) <= most]
    hits = {sentence: _hits(order, heading, sentence) for sentence in own}
    about = [sentence for sentence in own if hits[sentence]]
    ranked = sorted(about, key=lambda sentence: bool(_LEANING.match(sentence)) - hits[sentence])
    return [sentence.translate(_WITHIN[order.language]) for sentence in ranked]


def _fit(order: Order, heading: str, found: Sequence[str], before: Sequence[str]) -> list[str]:
    """The first of them that fill the section to half between its bounds."""
    least, most = order.bounds(heading)
    goal, size = min((least + most) // 2, least + 300), sum(map(len, before))
    kept = []
    for text in found:
        if size >= goal:
            break
        if size + len(text) <= most:
            kept.append(text)
            size += len(text)
    return kept


def _joined(order: Order, found: Sequence[str]) -> str:
    return (" " if order.language == "en" else "").join(found)
