"""What is learnt from real texts to measure a draft by, and the measures that need nothing but the draft."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from genloop.judges.drafts import copies, form, loops, topic
from genloop.judges.drafts.draft import Draft, Section, Span
from genloop.judges.drafts.finding import Finding, worst
from genloop.judges.texts import coherence, fluency
from genloop.judges.texts.corpus import Language

MEASURES = ("circles", "repeats", "cuts", "marks", "short", "fluency", "order", "unity", "copied")
_PAIRS = 2_000
_READ = 120  # bytes of a section below which it is read with the others


@dataclass(frozen=True)
class Models:
    """Everything learnt; it is kept in memory only."""

    language: Language
    plain: tuple[str, ...]
    common: frozenset[str]
    form: form.Form
    bytes: fluency.Model
    rarity: topic.Rarity
    order: coherence.Order | None

    @classmethod
    def learn(cls, texts: Sequence[Sequence[Section]], language: Language, rng: np.random.Generator) -> "Models":
        """The models of these texts."""
        whole = ["\n".join(section.text for section in text) for text in texts]
        enough = len(coherence.pairs(whole, 40)[0]) >= 40
        return cls(
            language,
            tuple(copies.plain(text) for text in whole),
            frozenset(word for text in whole for word in text.split() if word.islower()),
            form.Form.learn(texts, language, rng),
            fluency.learn(whole),
            topic.Rarity.learn(whole, language),
            coherence.Order(whole, language, rng, most=_PAIRS) if enough else None,
        )

    def measure(self, draft: Draft, *, material: str | None = "") -> dict[str, Finding]:
        """All measures; `material` is a plain text whose spans are not counted as copied; None: no copies are asked."""
        found = {
            "circles": loops.circles(draft),
            "repeats": loops.repeats(draft),
            "cuts": self.form.cuts(draft),
            "marks": self.form.marks(draft),
            "short": self.form.short(draft),
            "fluency": self._fluency(draft),
            "order": self._order(draft),
            "unity": topic.apart(draft, self.rarity),
        }
        if material is not None:
            found["copied"] = copies.longest(draft, self.plain, material)
        return found

    def _fluency(self, draft: Draft) -> Finding:
        """Bits per byte of the section that reads worst; short ones are read together."""
        bodies = [section.text for section in draft.sections]
        bits, sizes = fluency.measure(self.bytes, bodies)
        if sizes.min(initial=0) < _READ or len(bodies) == 1:
            return Finding(float(bits.sum() / max(sizes.sum(), 1)))
        found = [Finding(float(value), Span(at, 0, len(bodies[at]))) for at, value in enumerate(bits / sizes)]
        return worst(found)

    def _order(self, draft: Draft) -> Finding:
        """By how much fewer neighbouring sentences are found in their order than by chance, in standard errors."""
        first, second, _ = coherence.pairs([draft.text], 10_000)
        if self.order is None or not first:
            return Finding(-10.0)
        right = self.order.right(first, second)
        return Finding(float((0.5 - right).sum() / np.sqrt(0.25 * len(right))))
