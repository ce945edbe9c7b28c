"""What a draft is about: how well each few sentences fit the material, and each section the rest of the draft.

Terms weigh by how rare they are among real texts (Sparck Jones 1972). Sentences of another text find few of their
terms in the material; how few, is learnt from pairs of different real texts.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from genloop.judges.drafts.draft import Draft, Section, Span, terms
from genloop.judges.drafts.finding import NOTHING, Finding, worst
from genloop.judges.texts.corpus import Language

_LEAST = 12  # terms below which a piece says too little of its topic
_TOGETHER = 2  # sentences that are looked at together
_PAIRS = 1_500
_FOREIGN = 0.005  # of foreign pieces fit as well as this


@dataclass(frozen=True)
class Rarity:
    """How much each term weighs."""

    weights: Mapping[str, float]
    most: float
    language: Language

    @classmethod
    def learn(cls, texts: Sequence[str], language: Language) -> "Rarity":
        """The rarity of terms among these texts."""
        counts = Counter(term for text in texts for term in set(terms(text, language)))
        top = float(np.log(1 + len(texts)))
        return cls({term: top - float(np.log(count)) for term, count in counts.items()}, top, language)

    def strange(self, text: str, known: Collection[str]) -> float:
        """The share of the text's terms, by weight, that are not known; 0 where it has too few."""
        found = terms(text, self.language)
        if len(found) < _LEAST:
            return 0.0
        weights = np.array([self.weights.get(term, self.most) for term in found])
        held = np.array([term in known for term in found])
        return float(weights[~held].sum() / max(weights.sum(), 1e-9))


def pieces(draft: Draft) -> list[Span]:
    """Neighbouring sentences of one section, taken together."""
    found = []
    for place in range(len(draft.sections)):
        own = [span for span in draft.sentences if span.section == place]
        found += [
            Span(place, own[at].start, own[min(at + _TOGETHER, len(own)) - 1].stop)
            for at in range(max(len(own) - _TOGETHER + 1, min(len(own), 1)))
        ]
    return found


def stray(draft: Draft, material: Collection[str], rarity: Rarity) -> Finding:
    """The piece that fits the material least: the share of its terms that are not in it."""
    found = [Finding(rarity.strange(draft.show(span), material), span, draft.show(span)) for span in pieces(draft)]
    return worst(found)


def limit(texts: Sequence[Sequence[Section]], rarity: Rarity, rng: np.random.Generator) -> float:
    """Below this share of strange terms only one foreign piece in two hundred stays, by pairs of different texts."""
    if len(texts) < 2:
        return 1.0
    drafts = [Draft(tuple(text), rarity.language) for text in texts]
    known = [frozenset(terms(draft.text, rarity.language)) for draft in drafts]
    found = []
    for _ in range(_PAIRS):
        one, other = rng.choice(len(drafts), 2, replace=False)
        spans = pieces(drafts[one])
        if spans:
            found.append(rarity.strange(drafts[one].show(spans[int(rng.integers(len(spans)))]), known[other]))
    shares = [share for share in found if share > 0]
    return float(np.quantile(shares, _FOREIGN)) if shares else 1.0


def apart(draft: Draft, rarity: Rarity) -> Finding:
    """The section (or half of a single one) that has least in common with the rest of the draft."""
    spans = [Span(place, 0, len(section.text)) for place, section in enumerate(draft.sections)]
    if len(spans) == 1 and len(draft.sentences) >= 2 * _TOGETHER:
        own = draft.sentences
        middle = own[len(own) // 2].start
        spans = [Span(0, 0, middle), Span(0, middle, spans[0].stop)]
    if len(spans) < 2:
        return NOTHING
    bags = [_bag(draft.show(span), rarity) for span in spans]
    found = []
    for place, bag in enumerate(bags):
        rest: dict[str, float] = {}
        for other, add in enumerate(bags):
            for term, weight in add.items() if other != place else ():
                rest[term] = rest.get(term, 0.0) + weight
        if len(bag) >= _LEAST:
            found.append(Finding(1 - _near(bag, rest), spans[place], draft.show(spans[place])))
    return worst(found)


def _bag(text: str, rarity: Rarity) -> dict[str, float]:
    counts = Counter(terms(text, rarity.language))
    return {term: float(1 + np.log(count)) * rarity.weights.get(term, rarity.most) for term, count in counts.items()}


def _near(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    both = sum(weight * other[term] for term, weight in one.items() if term in other)
    sizes = [float(np.sqrt(sum(weight**2 for weight in bag.values()))) for bag in (one, other)]
    return float(both / max(sizes[0] * sizes[1], 1e-9))
