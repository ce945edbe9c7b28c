"""A trainable critic: can a classifier tell made rows from real ones? The classifier two-sample test.

Lopez-Paz and Oquab 2017, arXiv 1610.06545, with the area under the curve in place of the accuracy: 0.5 is a coin toss.

The same critic against the rows that were learnt tells whether made rows lie nearer to them than to fresh rows. Neither
area alone says so: a good generator brings both near 0.5, and one whose shares follow the learnt sample more evenly
than chance would (quotas, even draws) brings the second a little below 0.5 without copying any row. So `c2st_gap` is
the difference of the two. Both critics see the same made rows in the same folds, therefore its interval is a paired one
(DeLong, DeLong and Clarke-Pearson 1988; or the spread between folds, if that is wider), and its yardstick is measured:
halves of the holdout play the made and the fresh rows, and what gap they may show is what a row that was never learnt
may show.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float

from genloop.core.protocols import Evidence
from genloop.core.score import Score
from genloop.core.seed import stream
from genloop.judges import interval, trees, view

NAME = "critic"
_ROWS = 20_000  # of each side
_CELLS = 500_000  # rows x columns of each side
_FOLDS = 5
_LEAST = 4  # rows of each side
_ROUNDS = 150
_RATE = 0.07
_EXPLAINED = 400  # rows a fold


@dataclass(frozen=True)
class Verdict:
    """The area on every fold, how many rows a side they rest on, and each column's share if asked."""

    areas: tuple[interval.Area, ...]
    rows: int
    shares: Float[np.ndarray, " columns"]


def score(evidence: Evidence) -> Iterable[Score]:
    """`c2st` against the holdout; with training rows also `c2st_gap`, by how much harder those are to tell apart."""
    seen = view.read(evidence)
    if not seen.axes or seen.holdout is None:
        return []
    most = min(_ROWS, max(2_000, _CELLS // len(seen.axes)))
    rows = min(most, *(len(part) for part in (seen.holdout, seen.train, seen.made) if part is not None))
    if rows < _LEAST:
        return []
    fresh = tell(seen.axes, seen.made, seen.holdout, rows=rows, seed=evidence.seed, explain=True)
    found = [_likeness(fresh, seen)]
    if seen.train is not None and rows // 2 >= _LEAST:
        learnt = tell(seen.axes, seen.made, seen.train, rows=rows, seed=evidence.seed)
        found.append(_gap(fresh, learnt, _chance(seen, seen.holdout, seen.train, rows // 2, evidence.seed)))
    return found


def tell(
    axes: tuple[view.Axis, ...], made: view.Matrix, real: view.Matrix, *, rows: int, seed: int, explain: bool = False
) -> Verdict:
    """How well trees tell `rows` made rows from as many real ones that they have not seen."""
    both = np.concatenate([view.take(made, rows, seed, NAME, "made"), view.take(real, rows, seed, NAME, "real")])
    features = trees.look(axes, both)
    labels = np.repeat([1.0, 0.0], rows)
    fold = trees.folds(labels, min(_FOLDS, rows), stream(seed, NAME, "folds"))
    areas, apart = [], []
    for part in range(int(fold.max()) + 1):
        train, test = fold != part, fold == part
        booster = trees.fit(
            features[train], labels[train], trees.Objective("binary"), rounds=_ROUNDS, rate=_RATE, seed=seed
        )
        chance = trees.predict(booster, features[test])
        areas.append(interval.area(chance[labels[test] == 1], chance[labels[test] == 0]))
        apart.append(_apart(booster, features, labels, np.flatnonzero(test), len(axes)) if explain else np.zeros(0))
    told = np.maximum(np.mean(apart, axis=0), 0)
    shares = told / told.sum() if told.sum() > 0 else told
    return Verdict(tuple(areas), rows, shares)


def _chance(seen: view.View, holdout: view.Matrix, train: view.Matrix, rows: int, seed: int) -> tuple[float, float]:
    """The gap of fresh real rows, with its error: half of the holdout against the other half and training rows."""
    order = stream(seed, NAME, "halves").permutation(len(holdout))
    one, other = (holdout[np.sort(part)] for part in (order[: len(order) // 2], order[len(order) // 2 :]))
    fresh, learnt = (tell(seen.axes, one, real, rows=rows, seed=seed) for real in (other, train))
    return interval.gap(fresh.areas, learnt.areas)


def _apart(
    booster: Any, features: trees.Features, labels: Float[np.ndarray, " rows"], test: np.ndarray, columns: int
) -> Float[np.ndarray, " columns"]:
    """How far each column moves unseen made rows' odds from unseen real rows': not at all where it fits noise."""
    sides = [test[labels[test] == label][: _EXPLAINED // 2] for label in (1, 0)]
    means = [trees.told_by(booster, features[side], columns).mean(axis=0) for side in sides]
    return np.asarray(means[0] - means[1])


def _likeness(fresh: Verdict, seen: view.View) -> Score:
    told_by = [
        {"column": seen.names[place], "share": round(float(fresh.shares[place]), 6)}
        for place in np.argsort(-fresh.shares, kind="stable")
    ]
    area, error = interval.mean(fresh.areas)
    return Score(
        name="c2st",
        value=area,
        section="fidelity",
        bounds=(0.0, 1.0),
        direction="lower",
        ideal=0.5,
        interval=interval.around(area, error, (0.0, 1.0)),
        unit="area under the curve",
        ceiling=0.5,
        detail={"rows": fresh.rows, "told_by": told_by},
    )


def _gap(fresh: Verdict, learnt: Verdict, chance: tuple[float, float]) -> Score:
    value, error = interval.gap(fresh.areas, learnt.areas)
    bounds = (-1.0, 1.0)
    by_chance = interval.around(*chance, bounds)
    return Score(
        name="c2st_gap",
        value=value,
        section="originality",
        bounds=bounds,
        direction="lower",
        ideal=0.0,
        interval=interval.around(value, error, bounds),
        unit="area under the curve",
        ceiling=max(by_chance[1], 0.0),
        detail={
            "rows": fresh.rows,
            "holdout": interval.mean(fresh.areas)[0],
            "train": interval.mean(learnt.areas)[0],
            "by_chance": {"value": chance[0], "interval": list(by_chance)},
        },
    )
