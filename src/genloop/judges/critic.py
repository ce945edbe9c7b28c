"""A trainable critic: can a classifier tell made rows from real ones? The classifier two-sample test.

Lopez-Paz and Oquab 2017, arXiv 1610.06545, with the area under the curve in place of the accuracy: 0.5 is a coin toss.
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
    """The cross-validated area, its standard error, how many rows a side it rests on, each column's share if asked."""

    area: float
    error: float
    rows: int
    shares: Float[np.ndarray, " columns"]


def score(evidence: Evidence) -> Iterable[Score]:
    """`c2st` against the holdout, and `c2st_train` against training rows: well below `c2st`, it hints at copying."""
    seen = view.read(evidence)
    found: list[Score] = []
    if not seen.axes:
        return found
    most = min(_ROWS, max(2_000, _CELLS // len(seen.axes)))
    rows = min(most, *(len(part) for part in (seen.holdout, seen.train, seen.made) if part is not None))
    if rows < _LEAST:
        return found
    ideal = 0.5
    for name, real in (("c2st", seen.holdout), ("c2st_train", seen.train)):
        if real is None:
            continue
        verdict = tell(seen.axes, seen.made, real, rows=rows, seed=evidence.seed, explain=name == "c2st")
        found.append(_score(name, verdict, seen, ideal))
        ideal = verdict.area if name == "c2st" else ideal
    return found


def tell(
    axes: tuple[view.Axis, ...], made: view.Matrix, real: view.Matrix, *, rows: int, seed: int, explain: bool = True
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
    values = [area.value for area in areas]
    within = float(np.sqrt(np.mean([area.error**2 for area in areas]) / len(areas)))
    between = float(np.std(values, ddof=1) / np.sqrt(len(values)))
    told = np.maximum(np.mean(apart, axis=0), 0)
    shares = told / told.sum() if told.sum() > 0 else told
    return Verdict(float(np.mean(values)), max(within, between), rows, shares)


def _apart(
    booster: Any, features: trees.Features, labels: Float[np.ndarray, " rows"], test: np.ndarray, columns: int
) -> Float[np.ndarray, " columns"]:
    """How far each column moves unseen made rows' odds from unseen real rows': not at all where it fits noise."""
    sides = [test[labels[test] == label][: _EXPLAINED // 2] for label in (1, 0)]
    means = [trees.told_by(booster, features[side], columns).mean(axis=0) for side in sides]
    return np.asarray(means[0] - means[1])


def _score(name: str, verdict: Verdict, seen: view.View, ideal: float) -> Score:
    told_by = [
        {"column": seen.names[place], "share": round(float(verdict.shares[place]), 6)}
        for place in np.argsort(-verdict.shares, kind="stable")
    ]
    return Score(
        name=name,
        value=verdict.area,
        section="fidelity" if name == "c2st" else "originality",
        bounds=(0.0, 1.0),
        direction="lower" if name == "c2st" else "target",
        ideal=ideal,
        interval=interval.around(verdict.area, verdict.error, (0.0, 1.0)),
        unit="area under the curve",
        ceiling=0.5 if name == "c2st" else None,
        detail={"rows": verdict.rows, **({"told_by": told_by} if told_by else {})},
    )
