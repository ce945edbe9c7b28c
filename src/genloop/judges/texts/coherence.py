"""Does one sentence follow from another? The order of neighbouring sentences, and whether both halves belong together.

Barzilay and Lapata 2008 (order as a test of coherence): a linear model learns from learnt texts which of two neighbours
comes first, and is asked about made and held-out ones. Halves are compared by their vectors: that of the same text
ought to be nearer than that of another.
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from jaxtyping import Float
from scipy import sparse

from genloop.core import sentences as core_sentences
from genloop.judges.texts import grams, linear
from genloop.judges.texts.corpus import Language
from genloop.judges.texts.meaning import Space

_SHORTEST = 4  # characters of a sentence


def sentences(text: str) -> list[str]:
    """The sentences of a text."""
    return [part for part in core_sentences.read(text) if len(part) >= _SHORTEST]


def pairs(texts: Sequence[str], most: int) -> tuple[list[str], list[str], np.ndarray]:
    """Neighbouring sentences and the text that each pair stands in."""
    first, second, rows = [], [], []
    for row, text in enumerate(texts):
        parts = sentences(text)
        for one, other in pairwise(parts):
            if one != other:
                first.append(one)
                second.append(other)
                rows.append(row)
        if len(first) >= most:
            break
    return first, second, np.array(rows, np.int64)


class Order:
    """Which of two neighbouring sentences comes first."""

    def __init__(self, texts: Sequence[str], language: Language, rng: np.random.Generator, *, most: int) -> None:
        self.language = language
        first, second, _ = pairs(texts, most)
        counts = grams.count([*first, *second], language)
        self.rarity = grams.Rarity.of(counts)
        values = self.rarity.weigh(counts)
        apart = values[: len(first)] - values[len(first) :]
        signs = rng.choice([-1.0, 1.0], len(first))
        turned = sparse.csr_matrix(sparse.diags_array(signs) @ apart)
        self.weights = linear.fit(turned, (signs > 0).astype(float))

    def right(self, first: Sequence[str], second: Sequence[str]) -> Float[np.ndarray, " pairs"]:
        """1 where the model finds the pair in its order, 0.5 where it cannot tell."""
        one, other = (self.rarity.weigh(grams.count(part, self.language)) for part in (first, second))
        odds = (one - other) @ self.weights[:-1]
        return np.asarray((np.sign(odds) + 1) / 2)


def halves(texts: Sequence[str]) -> tuple[list[str], list[str]]:
    """Both halves of every text that has at least two sentences, cut between sentences nearest to its middle."""
    first, second = [], []
    for text in texts:
        parts = sentences(text)
        if len(parts) < 2:
            continue
        ends = np.cumsum([len(part) for part in parts])
        middle = int(np.abs(ends[:-1] - ends[-1] / 2).argmin()) + 1
        first.append(" ".join(parts[:middle]))
        second.append(" ".join(parts[middle:]))
    return first, second


def belong(space: Space, first: Sequence[str], second: Sequence[str]) -> Float[np.ndarray, " rows"]:
    """For each text the share of other texts' second halves that fit its first half less well than its own."""
    one, other = space.embed(first), space.embed(second)
    near = one @ other.T
    own = np.diag(near)[:, None]
    beaten = (near < own).sum(axis=1) + 0.5 * ((near == own).sum(axis=1) - 1)
    return np.asarray(beaten / max(len(first) - 1, 1))
