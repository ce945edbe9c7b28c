"""All that is measured of made pictures, heard in order; nothing is said of a table without pictures.

Distances and spreads are taken in every space of `features` and averaged; what fresh real pictures reach under the same
measure, in the same numbers, stands beside each as its ceiling.
"""

from collections.abc import Iterable

import numpy as np

from genloop.core.errors import MissingExtra
from genloop.core.protocols import Evidence
from genloop.core.score import Score
from genloop.core.seed import stream
from genloop.judges.figures import share
from genloop.judges.pictures import (
    asked,
    closeness,
    features,
    figures,
    flaws,
    likeness,
    photographs,
    sentences,
)
from genloop.judges.pictures.gallery import Gallery, Pictures, read

NAME = "pictures"
_LEAST = 20  # pictures a side below which distances say nothing
_COMPARED = 2_000  # a side, where every pair is looked at
_SPREADS = "standard deviations of real pictures"
_PAIRS = 24  # nearest pairs named for the card
_BOOTSTRAPS = 40


def score(evidence: Evidence) -> Iterable[Score]:
    """The picture card: likeness, variety, the class asked for, originality, captions and flaws.

    Without PyTorch, or without training pictures, the scores that need networks are left out.
    """
    gallery = read(evidence)
    if gallery is None:
        return []
    found = list(_plain(gallery, evidence.seed))
    if gallery.train is None or min(len(gallery.train) // 2, len(gallery.made)) < _LEAST:
        return found
    if gallery.holdout is not None and len(gallery.holdout) < _LEAST:
        return found
    try:
        if photographs.find(gallery) is not None:
            gallery = gallery.few(photographs.MOST, evidence.seed)
        seen = features.look(gallery, evidence.seed)
    except MissingExtra:
        return found
    found += closeness.likeness(seen, evidence.seed)
    found += closeness.variety(seen, evidence.seed)
    found += _asked(gallery, seen)
    if gallery.holdout is not None:
        found.append(_near("near_features", gallery, likeness.by_features(seen.spaces)))
    return found + sentences.score(gallery, seen, evidence.seed)


def _plain(gallery: Gallery, seed: int) -> Iterable[Score]:
    """What needs no network."""
    made, real = gallery.made, gallery.yardstick
    blank = flaws.blank(made.pixels)
    real_blank = None if real is None else float(flaws.blank(real.pixels).mean())
    yield share("blank", blank, "fidelity", ideal=real_blank or 0.0, higher=False, real=real_blank)
    if real is None or min(len(real), len(made)) < _LEAST:
        return
    yield _repeats(made, real, seed)
    yield _artefacts(made, real, seed)
    if gallery.holdout is not None and gallery.train is not None:
        found = likeness.by_pixels(_few(made, seed).pixels, _few(gallery.holdout, seed).pixels, gallery.train.pixels)
        yield _near("near_pixels", gallery, found, rows=_places(len(made), seed))


def _asked(gallery: Gallery, seen: features.Seen) -> list[Score]:
    """`asked`: the share recognised as the class that stands beside the picture."""
    if not gallery.labels or not (gallery.made.classes >= 0).any() or seen.made_odds.shape[1] < len(gallery.labels):
        return []
    made = asked.measure(seen.made_odds, gallery.made.classes)
    real = None
    if gallery.holdout is not None and seen.holdout_odds is not None and (gallery.holdout.classes >= 0).any():
        real = asked.measure(seen.holdout_odds, gallery.holdout.classes)
    found = np.bincount(seen.made_odds.argmax(axis=1), minlength=len(gallery.labels)) / len(gallery.made)
    detail = {
        "column": gallery.class_column,
        "rows": made.rows,
        "classes": asked.describe(gallery.labels, made, real),
        "smallest": round(float(found.min()), 6),
        "largest": round(float(found.max()), 6),
    }
    values = np.repeat([1.0, 0.0], [made.right, made.rows - made.right])
    ceiling = None if real is None else real.share
    return [share("asked", values, "usefulness", ideal=1.0, higher=True, real=ceiling, detail=detail)]


def _near(name: str, gallery: Gallery, found: likeness.Likeness, rows: np.ndarray | None = None) -> Score:
    """The share of too near pictures; the detail names the nearest pairs by row, and holds no picture."""
    assert gallery.train is not None
    made = gallery.made.rows if rows is None else gallery.made.rows[rows]
    first = np.argsort(found.made.distance, kind="stable")[:_PAIRS]
    pairs = [
        {
            "made": int(made[place]),
            "train": int(gallery.train.rows[found.made.place[place]]),
            "distance": round(float(found.made.distance[place]), 6),
        }
        for place in first
    ]
    detail = {
        "limit": round(found.limit, 6),
        "unit": "the median distance from a held-out picture to its nearest training picture",
        "pairs": pairs,
        "rows": len(made),
        **likeness.histogram(found),
    }
    return share(
        name, found.near, "originality", ideal=likeness.SHARE, higher=False, real=likeness.SHARE, detail=detail
    )


def _repeats(made: Pictures, real: Pictures, seed: int) -> Score:
    few, yardstick = _few(made, seed), _few(real, seed)
    ours, theirs = (likeness.points(part.pixels) for part in (few, yardstick))
    found = flaws.repeats(ours, theirs, few.pixels, stream(seed, NAME, "repeats"))
    values = np.repeat([1.0, 0.0], [round(found.near * found.rows), found.rows - round(found.near * found.rows)])
    detail = {"exact": round(found.exact, 6), "rows": found.rows}
    return share("repeats", values, "diversity", ideal=flaws.LIMIT, higher=False, real=flaws.LIMIT, detail=detail)


def _artefacts(made: Pictures, real: Pictures, seed: int) -> Score:
    """`artefacts`: how far the worst sign lies off, in standard deviations of real pictures."""
    ours, theirs = flaws.signs(made.pixels), flaws.signs(real.pixels)
    off = np.abs(flaws.off(ours, theirs))
    rng, rows = stream(seed, NAME, "signs"), len(ours)
    drawn = [np.abs(flaws.off(ours[rng.integers(rows, size=rows)], theirs)).max() for _ in range(_BOOTSTRAPS)]
    halves = np.array_split(rng.permutation(len(theirs)), 2)
    fresh = float(np.abs(flaws.off(theirs[halves[0]], theirs[halves[1]])).max())
    signs = {
        name: {"made": round(float(a), 6), "real": round(float(b), 6), "off": round(float(c), 6)}
        for name, a, b, c in zip(flaws.SIGNS, ours.mean(axis=0), theirs.mean(axis=0), off, strict=True)
    }
    return figures.distance("artefacts", float(off.max()), float(np.std(drawn)), fresh, {"signs": signs}, unit=_SPREADS)


def _places(rows: int, seed: int) -> np.ndarray:
    if rows <= _COMPARED:
        return np.arange(rows)
    return np.sort(stream(seed, NAME, "few", rows).choice(rows, _COMPARED, replace=False))


def _few(pictures: Pictures, seed: int) -> Pictures:
    return pictures.take(_places(len(pictures), seed))
