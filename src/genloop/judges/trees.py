"""Boosted trees as judges use them: LightGBM (Ke et al. 2017) on the judges' matrices, one thread, repeatable."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from jaxtyping import Float, Int64

from genloop.core.lazy import Lazy
from genloop.judges.view import Axis, Matrix

if TYPE_CHECKING:
    import lightgbm as lgb
else:
    lgb = Lazy("lightgbm")

_MOST_CODES = 250  # a category of more values is read as a number: its codes are in order of frequency
_DAY = 86_400.0


@dataclass(frozen=True)
class Features:
    """What trees look at: `owner` is the column that each feature comes from, `codes` the features without order."""

    values: Float[np.ndarray, "rows features"]
    owner: tuple[int, ...]
    codes: tuple[int, ...]

    def __getitem__(self, rows: Any) -> "Features":
        return Features(self.values[rows], self.owner, self.codes)


@dataclass(frozen=True)
class Objective:
    """What is learnt: a chance ("binary"), one of `classes` chances ("multiclass") or a number ("regression")."""

    name: str
    classes: int = 1


def look(axes: tuple[Axis, ...], matrix: Matrix, *, without: int | None = None) -> Features:
    """The features of every column but `without`; a time also shows its hour and its day of the week."""
    values: list[Float[np.ndarray, " rows"]] = []
    owner: list[int] = []
    codes: list[int] = []
    for place, axis in enumerate(axes):
        if place == without:
            continue
        own = matrix[:, place]
        if axis.is_category and len(axis.labels) <= _MOST_CODES:
            codes.append(len(values))
        shown = [own]
        if axis.column.kind == "time":
            shown += [np.mod(own, _DAY), np.mod(np.floor(own / _DAY), 7)]
        values.extend(shown)
        owner.extend([place] * len(shown))
    whole = np.stack(values, axis=1) if values else np.zeros((len(matrix), 0))
    return Features(whole, tuple(owner), tuple(codes))


def fit(
    features: Features, labels: Float[np.ndarray, " rows"], objective: Objective, *, rounds: int, rate: float, seed: int
) -> Any:
    """A booster of `rounds` trees of 31 leaves."""
    settings = {
        "objective": objective.name,
        "num_leaves": 31,
        "learning_rate": rate,
        "min_data_in_leaf": int(np.clip(len(labels) // 20, 1, 20)),
        "bagging_fraction": 0.8,
        "bagging_freq": 1,
        "seed": seed & 0x7FFFFFFF,
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "verbosity": -1,
    }
    if objective.name == "multiclass":
        settings["num_class"] = objective.classes
    data = lgb.Dataset(
        features.values, labels, categorical_feature=list(features.codes), params={"verbosity": -1, "max_bin": 255}
    )
    return lgb.train(settings, data, num_boost_round=rounds)


def predict(booster: Any, features: Features) -> Float[np.ndarray, "..."]:
    """A chance or number a row, or a row of chances a class."""
    return np.asarray(booster.predict(features.values, num_threads=1))


def told_by(booster: Any, features: Features, columns: int) -> Float[np.ndarray, "rows columns"]:
    """What each column adds to every row's answer: Shapley values (Lundberg et al. 2018, arXiv 1802.03888)."""
    parts = np.asarray(booster.predict(features.values, pred_contrib=True, num_threads=1))
    added = np.zeros((len(parts), columns))
    for feature, place in enumerate(features.owner):
        added[:, place] += parts[:, feature]
    return added


def folds(labels: Float[np.ndarray, " rows"], parts: int, rng: np.random.Generator) -> Int64[np.ndarray, " rows"]:
    """A random fold for every row, each label spread evenly."""
    fold = np.zeros(len(labels), np.int64)
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        fold[rng.permutation(rows)] = np.arange(len(rows)) % parts
    return fold
