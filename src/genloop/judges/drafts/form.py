"""How each section ends, and signs of poor form, against how often real sections show them."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from genloop.judges.drafts.draft import Draft, Section, Span
from genloop.judges.drafts.finding import Finding, worst
from genloop.judges.texts import faults
from genloop.judges.texts.corpus import Language

_TAIL = 24  # characters of an end that are shown
_LETTER = re.compile(r"\w")
_WITHIN = "，、；,;-–("


@dataclass(frozen=True)
class Form:
    """What real sections look like: their ends, and how often they show each sign of `judges.texts.faults`."""

    ends: Counter[tuple[bool, str]]
    reader: faults.Reader
    rates: dict[str, float]
    lengths: np.ndarray

    @classmethod
    def learn(cls, texts: Sequence[Sequence[Section]], language: Language, rng: np.random.Generator) -> "Form":
        """That of these texts."""
        bodies = [section.text for text in texts for section in text]
        reader = faults.Reader(bodies, language, rng)
        signs = reader.read(bodies)
        rates = {name: (float(found.sum()) + 0.5) / (len(bodies) + 1) for name, found in signs.items() if name != "cut"}
        lengths = np.sort([sum(len(section.text) for section in text) for text in texts])
        ends = Counter(
            (place == len(text) - 1, _end(section.text)) for text in texts for place, section in enumerate(text)
        )
        return cls(ends, reader, rates, lengths)

    def cuts(self, draft: Draft) -> Finding:
        """How strange the strangest end of a section is, in bits; the last section has ends of its own."""
        bodies = [section.text.rstrip() for section in draft.sections]
        totals = {last: sum(count for (own, _), count in self.ends.items() if own == last) for last in (True, False)}
        found = []
        for place, body in enumerate(bodies):
            last = place == len(bodies) - 1
            rare = -np.log2((self.ends[last, _end(body)] + 0.5) / (totals[last] + 1))
            span = Span(place, max(len(body) - _TAIL, 0), len(body))
            found.append(Finding(float(rare), span, draft.show(span)))
        return worst(found)

    def marks(self, draft: Draft) -> Finding:
        """The rarest sign that a section shows, in bits."""
        signs = self.reader.read([section.text for section in draft.sections])
        return worst(
            [
                Finding(
                    float(-np.log2(self.rates[name])), Span(int(place), 0, len(draft.sections[place].text)), "", name
                )
                for name, shown in signs.items()
                if name in self.rates
                for place in np.flatnonzero(shown)
            ]
        )

    def short(self, draft: Draft) -> Finding:
        """The share of real texts that are longer."""
        size = sum(len(section.text) for section in draft.sections)
        return Finding(float(1 - np.searchsorted(self.lengths, size, "right") / max(len(self.lengths), 1)))


def _end(text: str) -> str:
    """Whether the text ends with a letter, with a sign within a sentence, or with another sign."""
    last = text.rstrip()[-1:]
    return "letter" if _LETTER.match(last) else "within" if last and last in _WITHIN else "sign"
