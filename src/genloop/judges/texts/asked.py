"""Do made texts say what was asked for? Recognised by classifiers taught on real texts alone.

What the same classifiers recognise of held-out texts is the ceiling, weighed by how often each class was asked for.
"""

from typing import Any

import numpy as np
from jaxtyping import Int64

from genloop.core.score import Score
from genloop.judges.figures import share
from genloop.judges.texts import grams, linear
from genloop.judges.texts.corpus import Corpus, Texts
from genloop.judges.texts.likeness import LEAST

_LEARNT = 6_000
_WORK = 60_000  # learnt texts x classes
_GAIN = 0.05  # above always naming the most frequent class, below which a text does not tell its class


def score(corpus: Corpus, seed: int) -> list[Score]:
    """`text_asked`, where a class stands beside the texts and real texts tell it."""
    train, holdout, classes = corpus.train, corpus.holdout, len(corpus.labels)
    if classes < 2 or train is None or holdout is None:
        return []
    made, held = _known(corpus.made), _known(holdout)
    taught = _known(train).few(min(_LEARNT, _WORK // classes), seed, "asked", "train")
    if min(len(made), len(held), len(taught)) < LEAST or len(np.unique(taught.classes)) < 2:
        return []
    seen = recognise(taught, [held.rows, made.rows], corpus, classes)
    real, ours = (_table(part.classes, found, classes) for part, found in zip((held, made), seen, strict=True))
    if np.trace(real) / real.sum() < min(real.sum(axis=1).max() / real.sum() + _GAIN, 0.99):
        return []
    right = seen[1] == made.classes
    weight, known = ours.sum(axis=1), real.sum(axis=1) > 0
    recalled = np.where(known, np.diag(real) / np.maximum(real.sum(axis=1), 1), 0)
    ceiling = float((weight * recalled)[known].sum() / max(weight[known].sum(), 1))
    detail = {"by": corpus.class_column, "rows": len(made), "classes": _describe(corpus.labels, ours, real)}
    return [share("text_asked", right.astype(float), "usefulness", ideal=1.0, higher=True, real=ceiling, detail=detail)]


def recognise(taught: Texts, asked: list[tuple[str, ...]], corpus: Corpus, classes: int) -> list[np.ndarray]:
    """The likeliest class of every text of each set."""
    counts = grams.count(taught.rows, corpus.language)
    rarity = grams.Rarity.of(counts)
    values = rarity.weigh(counts)
    present = [label for label in range(classes) if (taught.classes == label).any()]
    weights = [linear.fit(values, (taught.classes == label).astype(float)) for label in present]
    found = []
    for texts in asked:
        shown = rarity.weigh(grams.count(texts, corpus.language))
        odds = np.stack([linear.predict(shown, own) for own in weights], axis=1)
        found.append(np.array(present)[odds.argmax(axis=1)])
    return found


def _known(texts: Texts) -> Texts:
    return texts.take(np.flatnonzero(texts.classes >= 0))


def _table(
    asked: Int64[np.ndarray, " rows"], seen: Int64[np.ndarray, " rows"], classes: int
) -> Int64[np.ndarray, "classes classes"]:
    table = np.zeros((classes, classes), np.int64)
    np.add.at(table, (asked, seen), 1)
    return table


def _describe(labels: tuple[str, ...], made: np.ndarray, real: np.ndarray) -> list[dict[str, Any]]:
    """A row for each class that was asked for."""
    rows = []
    for place, label in enumerate(labels):
        own = made[place]
        if not own.sum():
            continue
        others = np.where(np.arange(len(labels)) == place, -1, own)
        taken = int(others.argmax())
        rows.append(
            {
                "class": label,
                "asked": int(own.sum()),
                "right": round(float(own[place] / own.sum()), 6),
                "real": round(float(real[place, place] / real[place].sum()), 6) if real[place].sum() else None,
                "taken_for": labels[taken] if others[taken] > 0 else None,
            }
        )
    return rows
