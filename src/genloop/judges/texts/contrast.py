"""Can a classifier tell made texts from real ones by their runs of characters? The two-sample test for texts.

Lopez-Paz and Oquab 2017, arXiv 1610.06545: a linear classifier on TF-IDF of character n-grams and the area under the
curve over cross-validation in place of the accuracy; 0.5 is a coin toss. Equal texts always share a fold.
"""

import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from genloop.judges import interval
from genloop.judges.texts import grams, linear
from genloop.judges.texts.corpus import Language

_FOLDS = 5
_TOLD = 12


@dataclass(frozen=True)
class Told:
    """The area with its standard error, and how much each bucket speaks for a made text."""

    area: float
    error: float
    rows: int
    weights: np.ndarray


def tell(made: Sequence[str], real: Sequence[str], language: Language) -> Told:
    """How well texts are told apart, by models that did not learn them; as many of each side are expected."""
    texts = [*made, *real]
    labels = np.repeat([1.0, 0.0], [len(made), len(real)])
    counts = grams.count(texts, language)
    fold = np.array([zlib.crc32(text.encode("utf-8", "surrogatepass")) for text in texts]) % _FOLDS
    areas, weights = [], np.zeros(counts.shape[1])
    for part in range(_FOLDS):
        learnt, test = np.flatnonzero(fold != part), np.flatnonzero(fold == part)
        if min(_sides(labels[learnt]), _sides(labels[test])) < 1:
            continue
        rarity = grams.Rarity.of(counts[learnt])
        found = linear.fit(rarity.weigh(counts[learnt]), labels[learnt])
        weights += found[:-1] / _FOLDS
        odds = linear.predict(rarity.weigh(counts[test]), found)
        areas.append(interval.area(odds[labels[test] == 1], odds[labels[test] == 0]))
    if not areas:
        return Told(0.5, 0.5, len(made), weights)
    area, error = interval.mean(areas)
    return Told(area, error, len(made), weights)


def explain(
    told: Told,
    made: Sequence[str],
    real: Sequence[str],
    language: Language,
    floor: int,
    learnt: Sequence[str] = (),
) -> list[dict[str, Any]]:
    """The runs of characters that gave most away, each with the shares of texts that hold it.

    One that fewer real or learnt texts hold than the floor is left out, unless none does and as many made ones do.
    """
    counts = [grams.count(part, language) for part in (made, real)]
    held = [np.bincount(part.indices, minlength=part.shape[1]) for part in counts]
    shares = [part / max(matrix.shape[0], 1) for part, matrix in zip(held, counts, strict=True)]
    power = np.abs(told.weights * (shares[0] - shares[1]))
    safe = (held[1] >= floor) | ((held[1] == 0) & (held[0] >= floor))
    buckets = np.argsort(-np.where(safe, power, 0), kind="stable")[: 2 * _TOLD]
    found: list[dict[str, Any]] = []
    for bucket, gram in zip(buckets, grams.name(buckets.tolist(), [*made, *real], language), strict=True):
        if power[bucket] <= 0 or any(gram in entry["run"] or entry["run"] in gram for entry in found):
            continue
        shown = [sum(gram in text for text in part) for part in (made, real)]
        if 0 < shown[1] < floor or 0 < sum(gram in text for text in learnt) < floor:
            continue
        entry = {"run": gram, "made": _share(shown[0], len(made)), "real": _share(shown[1], len(real))}
        found.append(entry)
    return found[:_TOLD]


def _share(count: int, rows: int) -> float:
    return round(count / max(rows, 1), 6)


def _sides(labels: np.ndarray) -> int:
    return int(min((labels == 1).sum(), (labels == 0).sum()))
