"""A critic of texts that can be asked of any text how real it seems: the classifier of `contrast`, fitted once.

What a writer learns against one may be its quirks: the scores of the card, made anew on rows that no critic saw, say
whether the texts really became better.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from genloop.judges.texts import grams, linear
from genloop.judges.texts.corpus import Language, language


@dataclass(frozen=True)
class Critic:
    """Weights of runs of characters; holds no text."""

    language: Language
    rarity: grams.Rarity
    weights: Float[np.ndarray, " buckets"]

    def score(self, texts: Sequence[str]) -> Float[np.ndarray, " rows"]:
        """How much each text is like a real one: 1 on the margin of real ones, -1 on that of made ones."""
        values = self.rarity.weigh(grams.count(texts, self.language))
        return np.asarray(linear.predict(values, self.weights))


def fit(real: Sequence[str], made: Sequence[str]) -> Critic:
    """The critic that tells these real texts from these made ones; both should be as many."""
    texts = [*real, *made]
    spoken = language(real)
    counts = grams.count(texts, spoken)
    rarity = grams.Rarity.of(counts)
    return Critic(spoken, rarity, linear.fit(rarity.weigh(counts), np.repeat([1.0, 0.0], [len(real), len(made)])))
