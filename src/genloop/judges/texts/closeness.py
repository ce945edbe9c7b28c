"""What made texts mean beside real ones: divergence, kernel distance, spread, and whether halves belong together."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

from genloop.core.score import Score
from genloop.core.seed import stream
from genloop.judges.pictures import distance
from genloop.judges.texts import coherence, divergence, figures, meaning
from genloop.judges.texts.corpus import Corpus
from genloop.judges.texts.likeness import LEAST

_ROWS = 2_000  # a side, by directions learnt here
_PACKED = 600  # a side, by the pack
_LEARNT = 4_000
_HALVES = 800
_CELL = 20  # vectors a cell, about
_DRAWS = 4
_ENDLESS = 1e6
Vectors = Float[np.ndarray, "_rows length"]


@dataclass(frozen=True)
class Seen:
    """Vectors of as many made, held-out and fresh real texts."""

    made: Vectors
    real: Vectors
    fresh: Vectors | None
    eyes: str


def score(corpus: Corpus, seed: int) -> list[Score]:
    """`text_mauve`, `text_kid`, `text_spread` and `text_topic`."""
    if corpus.train is None or len(corpus.train) < 4 * LEAST:
        return []
    real = corpus.yardstick
    if real is None or min(len(real), len(corpus.made)) < LEAST:
        return []
    order = stream(seed, "texts", "space").permutation(len(corpus.train))
    learnt = corpus.train.take(order[: min(len(order) // 2, _LEARNT)])
    unseen = corpus.train.take(order[len(order) // 2 :])
    space = meaning.Space.learn(learnt.rows, corpus.language, stream(seed, "texts", "directions"))
    packed = meaning.packed()
    held = corpus.holdout is not None
    rows = min(len(corpus.made), len(real), *([len(unseen)] if held else []), _PACKED if packed else _ROWS)
    parts = [corpus.made.few(rows, seed, "seen", "made"), real.few(rows, seed, "seen", "real")]
    if held:
        parts.append(unseen.take(np.arange(rows)))
    embed = meaning.embed if packed else space.embed
    vectors = [np.asarray(embed(part.rows), np.float32) for part in parts]
    seen = Seen(vectors[0], vectors[1], vectors[2] if held else None, "pack" if packed else "own")
    return [_mauve(seen, seed), _kid(seen, seed), _spread(seen, seed), *_topic(corpus, space, seed)]


def _mauve(seen: Seen, seed: int) -> Score:
    ours = _areas(seen.made, seen.real, seed)
    real = None if seen.fresh is None else float(np.mean(_areas(seen.fresh, seen.real, seed)))
    return figures.measured(
        "text_mauve",
        float(np.mean(ours)),
        float(np.std(ours, ddof=1)),
        "fidelity",
        bounds=(0.0, 1.0),
        direction="higher",
        ideal=1.0,
        unit="share",
        real=real,
        detail={"rows": len(seen.made), "features": seen.eyes},
    )


def _areas(first: Vectors, second: Vectors, seed: int) -> list[float]:
    """The area, by cells drawn anew several times, each time from other halves of what is compared."""
    found = []
    count = max(2, min(len(first), len(second)) // (2 * _CELL))
    for draw in range(_DRAWS):
        rng = stream(seed, "texts", "cells", draw)
        one, other = (
            part[rng.choice(len(part), max(len(part) * 4 // 5, 1), replace=False)] for part in (first, second)
        )
        cell = divergence.cells(np.concatenate([one, other]), count, rng)
        found.append(divergence.area(cell[: len(one)], cell[len(one) :], count))
    return found


def _kid(seen: Seen, seed: int) -> Score:
    scale = np.float32(np.sqrt(seen.made.shape[1]))
    made, real = seen.made * scale, seen.real * scale
    value, error = distance.kernel(made, real, stream(seed, "texts", "kid"))
    fresh = None
    if seen.fresh is not None:
        fresh = distance.kernel(seen.fresh * scale, real, stream(seed, "texts", "kid", "fresh"))[0]
    return figures.measured(
        "text_kid",
        value,
        error,
        "fidelity",
        bounds=(-_ENDLESS, _ENDLESS),
        direction="lower",
        ideal=0.0,
        unit="distance",
        real=fresh,
        detail={"rows": len(made), "features": seen.eyes},
    )


def _spread(seen: Seen, seed: int) -> Score:
    """How far two made texts lie apart on average, over how far two real ones do."""
    ours, theirs = _apart(seen.made), _apart(seen.real)
    error = float(np.hypot(ours[1] / max(ours[0], 1e-9), theirs[1] / max(theirs[0], 1e-9)))
    value = ours[0] / max(theirs[0], 1e-9)
    return figures.measured(
        "text_spread",
        value,
        value * error,
        "diversity",
        bounds=(0.0, 2.0),
        direction="target",
        ideal=1.0,
        unit="ratio",
        real=None if seen.fresh is None else _apart(seen.fresh)[0] / max(theirs[0], 1e-9),
        detail={"rows": len(seen.made), "features": seen.eyes},
    )


def _apart(vectors: Vectors) -> tuple[float, float]:
    """The mean of one less the cosine over all pairs, and its standard error over texts."""
    whole = np.asarray(vectors, np.float64)
    whole = whole / np.maximum(np.linalg.norm(whole, axis=1, keepdims=True), 1e-9)
    near = (whole @ whole.sum(axis=0) - (whole * whole).sum(axis=1)) / max(len(whole) - 1, 1)
    return max(float(1 - near.mean()), 0.0), float(2 * near.std() / np.sqrt(len(whole)))


def _topic(corpus: Corpus, space: meaning.Space, seed: int) -> list[Score]:
    """Whether the halves of a text belong together; left out where real ones do not show it."""
    if corpus.holdout is None:
        return []
    found = []
    for name, part in (("made", corpus.made), ("holdout", corpus.holdout)):
        first, second = coherence.halves(part.few(2 * _HALVES, seed, "halves", name).rows)
        found.append(coherence.belong(space, first[:_HALVES], second[:_HALVES]))
    ours, real = found
    if min(len(ours), len(real)) < LEAST or real.mean() < 0.6:
        return []
    return [
        figures.measured(
            "text_topic",
            float(ours.mean()),
            float(ours.std() / np.sqrt(len(ours))),
            "fidelity",
            bounds=(0.0, 1.0),
            direction="higher",
            ideal=1.0,
            unit="share",
            real=float(real.mean()),
            detail={"rows": len(ours)},
        )
    ]
