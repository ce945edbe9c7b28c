"""Texts as short dense vectors: by the pack `words` where it is installed, else by what learnt texts have in common.

Deerwester et al. 1990 (latent semantic analysis): the strongest directions of TF-IDF rows, found on one half of the
learnt texts by a random projection (Halko, Martinsson and Tropp 2011) and never on texts that are compared.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from jaxtyping import Float, Float32

from genloop.judges.texts import grams
from genloop.judges.texts.corpus import Language
from genloop.nn.words import Words
from genloop.runtime import packs

LENGTH = 48
_POWERS = 3
_SHOWN = 160  # characters of a text that the pack reads


@dataclass(frozen=True)
class Space:
    """The directions of one corpus."""

    rarity: grams.Rarity
    axes: Float32[np.ndarray, "buckets length"]
    mean: Float32[np.ndarray, " length"]
    language: Language

    @classmethod
    def learn(cls, texts: Sequence[str], language: Language, rng: np.random.Generator) -> "Space":
        """The strongest directions of these texts."""
        counts = grams.count(texts, language)
        rarity = grams.Rarity.of(counts, least=3)
        values = rarity.weigh(counts)
        length = max(1, min(LENGTH, len(texts) // 4))
        rows = np.linalg.qr(values @ rng.standard_normal((values.shape[1], length + 8)).astype(np.float32))[0]
        for _ in range(_POWERS):
            rows = np.linalg.qr(values @ (values.T @ rows))[0]
        across = values.T @ rows
        strength, turned = np.linalg.eigh((across.T @ across).astype(np.float64))
        strength, turned = np.sqrt(np.maximum(strength[::-1][:length], 1e-9)), turned[:, ::-1][:, :length]
        axes = (across @ (turned / strength**1.5)).astype(np.float32)
        return cls(rarity, axes, np.asarray((values @ axes).mean(axis=0), np.float32), language)

    def embed(self, texts: Sequence[str]) -> Float32[np.ndarray, "rows length"]:
        """Vectors of length one, less what all texts have in common."""
        values = self.rarity.weigh(grams.count(texts, self.language)) @ self.axes - self.mean
        return np.asarray(values / np.maximum(np.linalg.norm(values, axis=1, keepdims=True), 1e-6), np.float32)


def packed() -> bool:
    """Whether the pack is installed."""
    return packs.find("words") is not None


def embed(texts: Sequence[str]) -> Float[np.ndarray, "rows length"]:
    """Vectors by the pack."""
    return _encoder().embed([text[:_SHOWN] for text in texts])


@cache
def _encoder() -> Words:
    return Words(packs.read("words"))
