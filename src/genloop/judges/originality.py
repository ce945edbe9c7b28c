"""Whether made rows are new: exact copies, near copies and handed-out values, against what holdout rows do by chance.

Distances to the closest training row find duplicates; they are no evidence of privacy (the `privacy` judge attacks).
"""

from collections.abc import Iterable

import numpy as np
from jaxtyping import Bool, Float, Int64

from genloop.core.protocols import Evidence
from genloop.core.score import Score
from genloop.judges import interval, near, view

NAME = "originality"
_ROWS = 100_000  # of each table that are looked at
_QUERIES = 10_000
_FINE = 200  # distinct values above which a number's single values tell rows apart
_MOST_BARS = 40


def score(evidence: Evidence) -> Iterable[Score]:
    """`duplicates` always; `copies`, `near1`, `near5` and, for fine numbers, `exact` when train and holdout exist."""
    seen = view.read(evidence)
    if not seen.axes or not len(seen.made):
        return []
    found = [_duplicates(seen, evidence.seed)]
    if seen.train is None or seen.holdout is None:
        return found
    train = view.take(seen.train, _ROWS, evidence.seed, NAME, "train")
    holdout = view.take(seen.holdout, _ROWS, evidence.seed, NAME, "holdout")
    made = view.take(seen.made, _ROWS, evidence.seed, NAME, "made")
    found.append(_copies(seen.axes, train, holdout, made))
    found.extend(_near(seen, evidence.seed))
    found.extend(_exact(seen.axes, train, holdout, made))
    return found


def _copies(axes: tuple[view.Axis, ...], train: view.Matrix, holdout: view.Matrix, made: view.Matrix) -> Score:
    codes = _codes(axes, [train, holdout, made])
    copied = [part[np.isin(part, codes[0])] for part in codes[1:]]
    by_chance, ours = (len(part) for part in copied)
    spread = [interval.clustered(part) for part in copied]
    most = 2.0 * len(holdout)
    rate, base = ours / len(made), max(by_chance, 0.5) / len(holdout)
    return Score(
        name="copies",
        value=min(rate / base, most),
        section="originality",
        bounds=(0.0, most),
        direction="lower",
        ideal=1.0,
        interval=interval.ratio(
            ours / spread[1], len(made) / spread[1], by_chance / spread[0], len(holdout) / spread[0], most=most
        ),
        unit="ratio",
        ceiling=1.0,
        detail={
            "made": ours,
            "made_rows": len(made),
            "holdout": by_chance,
            "holdout_rows": len(holdout),
            "note": "share of made rows that stand in train over that share for holdout rows",
        },
    )


def _duplicates(seen: view.View, seed: int) -> Score:
    """Rows of the made table that another made row repeats, against as many real rows."""
    rows = min(_ROWS, len(seen.made), len(seen.real) or _ROWS)
    made = view.take(seen.made, rows, seed, NAME, "duplicates")
    real = view.take(seen.real, rows, seed, NAME, "real duplicates")
    ours, theirs = (int(_repeated(_codes(seen.axes, [part])[0]).sum()) for part in (made, real))
    error = float(np.sqrt(2 * (ours + theirs + 1))) / len(made)  # they come in twos: counts vary twice as much
    return Score(
        name="duplicates",
        value=ours / len(made),
        section="originality",
        bounds=(0.0, 1.0),
        direction="lower",  # fewer repeats than among real rows leak nothing
        ideal=theirs / len(real) if len(real) else 0.0,
        interval=interval.around(ours / len(made), error, (0.0, 1.0)),
        unit="share",
        ceiling=theirs / len(real) if len(real) else None,
        detail={"made": ours, "real": theirs, "rows": len(made)},
    )


def _near(seen: view.View, seed: int) -> list[Score]:
    assert seen.train is not None
    assert seen.holdout is not None
    base = near.place(seen.axes, seen.real, view.take(seen.train, near.searchable(len(seen.axes)), seed, NAME, "base"))
    asked = {"holdout": seen.holdout, "made": seen.made}
    queries = min(_QUERIES, near.affordable(len(base), len(seen.axes)) // 2)
    distance = {
        name: near.find(
            near.place(seen.axes, seen.real, view.take(part, queries, seed, NAME, "queries", name)), base
        ).distance.astype(float)
        for name, part in asked.items()
    }
    chart = _chart(distance["holdout"], distance["made"])
    return [_nearer(percent, distance["holdout"], distance["made"], chart) for percent in (1, 5)]


def _nearer(
    percent: int, holdout: Float[np.ndarray, " rows"], made: Float[np.ndarray, " made_rows"], chart: dict[str, object]
) -> Score:
    """The share of made rows nearer to train than `percent` % of holdout rows are; ties at the limit in proportion."""
    wanted = percent / 100
    limit = float(np.quantile(holdout, wanted, method="inverted_cdf"))
    below, at = float(np.mean(holdout < limit)), float(np.mean(holdout == limit))
    part = (wanted - below) / at
    value = float(np.mean(made < limit) + part * np.mean(made == limit))
    spread = max(value, wanted)
    error = np.sqrt(spread * (1 - min(spread, 0.5)) / len(made) + wanted * (1 - wanted) / len(holdout))
    return Score(
        name=f"near{percent}",
        value=min(value, 1.0),
        section="originality",
        bounds=(0.0, 1.0),
        direction="lower",
        ideal=wanted,
        interval=interval.around(min(value, 1.0), float(error), (0.0, 1.0)),
        unit="share",
        ceiling=wanted,
        detail={
            **chart,
            "distance": limit,
            "queries": {"made": len(made), "holdout": len(holdout)},
            "note": "finds duplicates; says nothing about privacy",
        },
    )


def _chart(holdout: Float[np.ndarray, " rows"], made: Float[np.ndarray, " made_rows"]) -> dict[str, object]:
    high = max(float(np.quantile(holdout, 0.995)), float(np.quantile(made, 0.995)), 1e-6)
    edges = np.linspace(0, high, _MOST_BARS + 1)
    shares = [np.histogram(np.clip(part, 0, high), edges)[0] / len(part) for part in (holdout, made)]
    return {
        "edges": np.round(edges, 6).tolist(),
        "holdout": np.round(shares[0], 6).tolist(),
        "made": np.round(shares[1], 6).tolist(),
    }


def _exact(axes: tuple[view.Axis, ...], train: view.Matrix, holdout: view.Matrix, made: view.Matrix) -> Iterable[Score]:
    """How many more values of fine numbers stand in train than chance explains; negative when few recur."""
    fine = [place for place, axis in enumerate(axes) if not axis.is_category and _distinct(train[:, place]) > _FINE]
    if not fine:
        return []
    stands = [np.full((len(part), len(fine)), np.nan) for part in (holdout, made)]
    for column, place in enumerate(fine):
        for table, part in zip(stands, (holdout, made), strict=True):
            table[:, column] = np.where(np.isnan(part[:, place]), np.nan, np.isin(part[:, place], train[:, place]))
    means = [_column_means(table) for table in stands]
    value = float(np.mean(means[1] - means[0]))
    error = float(np.hypot(_row_error(stands[0], means[0]), _row_error(stands[1], means[1])))
    columns = [
        {"name": axes[place].name, "made": round(float(ours), 6), "holdout": round(float(theirs), 6)}
        for place, ours, theirs in zip(fine, means[1], means[0], strict=True)
    ]
    return [
        Score(
            name="exact",
            value=value,
            section="originality",
            bounds=(-1.0, 1.0),
            direction="lower",  # below zero is no leak: the floor withholds numbers that few rows carry
            ideal=0.0,
            interval=interval.around(value, error, (-1.0, 1.0)),
            unit="share",
            ceiling=0.0,
            detail={"columns": columns},
        )
    ]


def _distinct(values: Float[np.ndarray, " rows"]) -> int:
    return len(np.unique(values[~np.isnan(values)]))


def _column_means(table: Float[np.ndarray, "rows columns"]) -> Float[np.ndarray, " columns"]:
    present = ~np.isnan(table)
    return np.asarray(np.where(present, table, 0.0).sum(axis=0) / np.maximum(present.sum(axis=0), 1))


def _row_error(table: Float[np.ndarray, "rows columns"], mean: Float[np.ndarray, " columns"]) -> float:
    """The standard error of the mean over columns, columns of one row counted as dependent."""
    influence = np.where(np.isnan(table), 0.0, table - mean).mean(axis=1)
    return float(np.std(influence) / np.sqrt(len(influence)))


def _codes(axes: tuple[view.Axis, ...], parts: list[view.Matrix]) -> list[Int64[np.ndarray, " rows"]]:
    """One code a row, equal for equal rows; numbers compare at their column's precision, missing equals missing."""
    whole = np.concatenate(parts)
    codes = np.zeros(len(whole), np.int64)
    for place, axis in enumerate(axes):
        values = whole[:, place]
        if not axis.is_category and axis.column.decimals is not None:
            values = np.round(values, axis.column.decimals)
        own = np.unique(values, return_inverse=True)[1].reshape(-1)
        codes = np.unique(codes * (int(own.max(initial=0)) + 1) + own, return_inverse=True)[1].reshape(-1)
    return np.split(codes.astype(np.int64), np.cumsum([len(part) for part in parts])[:-1])


def _repeated(codes: Int64[np.ndarray, " rows"]) -> Bool[np.ndarray, " rows"]:
    return np.asarray(np.bincount(codes, minlength=1)[codes] > 1)
