"""Whether a model trained on made rows serves as well as one trained on real rows: both are tested on the holdout.

Train on synthetic, test on real: Esteban, Hyland and Rätsch 2017, arXiv 1706.02633. The area under the curve for a
category (the mean over its values, each against the rest), R² for a number; a number that cannot be predicted from real
rows is replaced by whether it lies above its median. The interval joins the sampling of the holdout (influence of every
row on both models' scores, paired) with that of the training tables (jackknife over blocks of rows).
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int64

from genloop.core.protocols import Evidence
from genloop.core.score import Score
from genloop.core.seed import stream
from genloop.judges import interval, trees, view

NAME = "usefulness"
_MOST = 2.0
_BLOCKS = 5  # models a side, each without one block of rows; their mean is judged
_MOST_CLASSES = 20
_ROUNDS = {"binary": 100, "multiclass": 40, "regression": 100}
_RATE = 0.1
_WORK = 40_000_000  # trees x rows of one score
_TESTED = 20_000  # rows of the holdout
_LEARNABLE = 0.05  # R² on real rows below which a ratio of R² means nothing
_LEAST = 10  # rows of each table


@dataclass(frozen=True)
class Task:
    """A target as labels: NaN where a row has none, and what kind of model predicts it."""

    name: str
    measure: str
    objective: trees.Objective
    train: Float[np.ndarray, " train"]
    holdout: Float[np.ndarray, " holdout"]
    made: Float[np.ndarray, " made"]


@dataclass(frozen=True)
class Grade:
    """A side's score on the holdout, how each holdout row moves it, and its scores with each block left out."""

    value: float
    influence: Float[np.ndarray, " holdout"]
    without: Float[np.ndarray, " blocks"]


def score(evidence: Evidence) -> Iterable[Score]:
    """`usefulness` for the target; where none is named, for the last category of few values, else the last number."""
    seen = view.read(evidence)
    place = _target(seen, evidence.target)
    if place is None or seen.train is None or seen.holdout is None or len(seen.axes) < 2:
        return []
    task = _task(seen, place, evidence.floor)
    if task is None:
        return []
    real = _grade(seen, task, place, "train", evidence.seed)
    if task.measure == "R2" and real.value < _LEARNABLE:
        task = _halves(seen, place)
        real = _grade(seen, task, place, "train", evidence.seed)
    return [_ratio(task, real, _grade(seen, task, place, "made", evidence.seed), evidence.target is None)]


def _target(seen: view.View, asked: str | None) -> int | None:
    if asked is not None:
        return seen.names.index(asked) if asked in seen.names else None
    few = [place for place, axis in enumerate(seen.axes) if 2 <= len(axis.labels) <= _MOST_CLASSES]
    numbers = [place for place, axis in enumerate(seen.axes) if not axis.is_category]
    return next(iter((few or numbers)[-1:]), None)


def _task(seen: view.View, place: int, floor: int) -> Task | None:
    assert seen.train is not None
    assert seen.holdout is not None
    parts = [part[:, place] for part in (seen.train, seen.holdout, seen.made)]
    name = seen.names[place]
    if min(int(np.sum(~np.isnan(part))) for part in parts) < _LEAST:
        return None
    if not seen.axes[place].is_category:
        return Task(name, "R2", trees.Objective("regression"), *_standard(parts))
    counts = [np.bincount(part[~np.isnan(part)].astype(int), minlength=len(seen.axes[place].labels)) for part in parts]
    classes = np.flatnonzero((counts[0] >= floor) & (counts[1] >= floor))[:_MOST_CLASSES]
    if len(classes) < 2:
        return None
    labels = [_relabel(part, classes) for part in parts]
    kind = "binary" if len(classes) == 2 else "multiclass"
    return Task(name, "AUC", trees.Objective(kind, len(classes)), *labels)


def _standard(parts: list[Float[np.ndarray, " _rows"]]) -> list[Float[np.ndarray, " _rows"]]:
    """Numbers in standard deviations of the training rows: trees keep labels in single precision."""
    middle, spread = float(np.nanmean(parts[0])), float(np.nanstd(parts[0])) or 1.0
    return [np.clip((part - middle) / spread, -1e6, 1e6) for part in parts]


def _halves(seen: view.View, place: int) -> Task:
    """The task of telling whether a number lies above its median among the real rows."""
    assert seen.train is not None
    assert seen.holdout is not None
    middle = float(np.nanmedian(seen.train[:, place]))
    parts = [part[:, place] for part in (seen.train, seen.holdout, seen.made)]
    labels = [np.where(np.isnan(part), np.nan, part > middle) for part in parts]
    return Task(seen.names[place], "AUC above the median", trees.Objective("binary", 2), *labels)


def _relabel(codes: Float[np.ndarray, " rows"], classes: Int64[np.ndarray, " classes"]) -> Float[np.ndarray, " rows"]:
    into = np.full(int(max(np.nanmax(codes), classes.max())) + 2, np.nan)
    into[classes] = np.arange(len(classes))
    return np.asarray(into[np.where(np.isnan(codes), len(into) - 1, codes).astype(int)])


def _grade(seen: view.View, task: Task, place: int, side: str, seed: int) -> Grade:
    """Models of one side, each without one block of its rows, tried on the holdout."""
    assert seen.holdout is not None
    labels, matrix = (task.train, seen.train) if side == "train" else (task.made, seen.made)
    assert matrix is not None
    rng = stream(seed, NAME, side)
    rows = rng.permutation(np.flatnonzero(~np.isnan(labels)))[: _rows(task, len(seen.axes))]
    block = np.arange(len(rows)) % _BLOCKS
    tried = np.flatnonzero(~np.isnan(task.holdout))
    tried = stream(seed, NAME, "holdout").permutation(tried)[:_TESTED]
    test = trees.look(seen.axes, seen.holdout[tried], without=place)
    answers = []
    for part in range(_BLOCKS):
        kept = rows[block != part]
        features = trees.look(seen.axes, matrix[kept], without=place)
        booster = trees.fit(
            features, labels[kept], task.objective, rounds=_ROUNDS[task.objective.name], rate=_RATE, seed=seed
        )
        answers.append(trees.predict(booster, test))
    truth, known = task.holdout[tried], np.unique(labels[rows])
    value, influence = _measure(task, truth, np.mean(answers, axis=0), known)
    without = [_measure(task, truth, answer, known)[0] for answer in answers]
    return Grade(value, influence, np.array(without))


def _rows(task: Task, columns: int) -> int:
    """How many rows of a side can be learnt from in the time there is."""
    grown = 2 * _BLOCKS * _ROUNDS[task.objective.name] * (task.objective.classes if task.objective.classes > 2 else 1)
    return max(2_000, int(_WORK / grown / max(1, columns / 20)))


def _measure(
    task: Task, truth: Float[np.ndarray, " rows"], answer: Float[np.ndarray, "..."], known: Float[np.ndarray, " values"]
) -> tuple[float, Float[np.ndarray, " rows"]]:
    if task.measure == "R2":
        return _explained(truth, answer)
    if task.objective.name == "binary":
        return _area(truth == 1, answer)
    each = [
        _area(truth == label, answer[:, label]) if label in known else (0.5, np.zeros(len(truth)))
        for label in range(task.objective.classes)
    ]
    return float(np.mean([value for value, _ in each])), np.mean([influence for _, influence in each], axis=0)


def _area(positive: np.ndarray, answer: Float[np.ndarray, " rows"]) -> tuple[float, Float[np.ndarray, " rows"]]:
    found = interval.area(answer[positive], answer[~positive])
    influence = np.zeros(len(answer))
    influence[positive] = (found.positives - found.value) / max(1, len(found.positives))
    influence[~positive] = (found.negatives - found.value) / max(1, len(found.negatives))
    return found.value, influence


def _explained(
    truth: Float[np.ndarray, " rows"], answer: Float[np.ndarray, " rows"]
) -> tuple[float, Float[np.ndarray, " rows"]]:
    apart, missed = (truth - truth.mean()) ** 2, (truth - answer) ** 2
    total = apart.sum()
    if total == 0:
        return 0.0, np.zeros(len(truth))
    left = missed.sum() / total
    return float(1 - left), -(missed - left * apart) / total


def _ratio(task: Task, real: Grade, made: Grade, picked: bool) -> Score:
    value = made.value / real.value if real.value > 0 else 0.0
    tested = float(np.sqrt(np.sum((made.influence - value * real.influence) ** 2)))
    trained = float(np.hypot(interval.jackknife(made.without), value * interval.jackknife(real.without)))
    error = float(np.hypot(tested, trained)) / max(real.value, 1e-9)
    bounds = (0.0, _MOST)
    return Score(
        name="usefulness",
        value=float(np.clip(value, *bounds)),
        section="usefulness",
        bounds=bounds,
        direction="higher",
        ideal=1.0,
        interval=interval.around(float(np.clip(value, *bounds)), error, bounds),
        unit="ratio",
        ceiling=1.0,
        detail={
            "target": task.name,
            "picked": picked,
            "measure": task.measure,
            "real": round(real.value, 6),
            "made": round(made.value, 6),
            "rows": len(real.influence),
        },
    )
