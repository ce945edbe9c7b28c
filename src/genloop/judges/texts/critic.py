"""A critic of texts that can be asked of any text how real it seems: the classifier of `contrast`, fitted once.

What a writer learns against one may be its quirks: the scores of the card, made anew on rows that no critic saw, say
whether the texts really became better.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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

    def parts(self) -> tuple[dict[str, np.ndarray], dict[str, str]]:
        """Arrays and JSON-able facts to be stored."""
        return {"rarity": self.rarity.weight, "weights": self.weights.astype(np.float32)}, {"language": self.language}

    @classmethod
    def of(cls, arrays: Mapping[str, np.ndarray], facts: Mapping[str, Any]) -> "Critic":
        """The critic that `parts` gave away.

        Raises:
            KeyError: a part is missing.
            ValueError: a part has another size or names an unknown language.
        """
        rarity, weights, spoken = np.asarray(arrays["rarity"]), np.asarray(arrays["weights"]), facts["language"]
        if spoken not in grams.SIZES or rarity.shape != (1 << grams.BITS,) or weights.shape != (rarity.size + 1,):
            raise ValueError(f"language {spoken!r}, {rarity.shape} rarities and {weights.shape} weights")
        return cls(spoken, grams.Rarity(rarity), weights)


def fit(real: Sequence[str], made: Sequence[str], *, least: int = 2) -> Critic:
    """The critic that tells these real texts from these made ones, which should be as many.

    Runs of characters that fewer than `least` of all these texts have weigh nothing.
    """
    texts = [*real, *made]
    spoken = language(real)
    counts = grams.count(texts, spoken)
    rarity = grams.Rarity.of(counts, least=least)
    return Critic(spoken, rarity, linear.fit(rarity.weigh(counts), np.repeat([1.0, 0.0], [len(real), len(made)])))
