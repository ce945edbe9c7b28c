"""The scores of texts put together: names, ranges, directions, intervals, yardsticks; the worst column speaks."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from genloop.core.score import Direction, Score, Section
from genloop.judges import interval


def measured(
    name: str,
    value: float,
    error: float,
    section: Section,
    *,
    bounds: tuple[float, float],
    direction: Direction,
    ideal: float,
    unit: str,
    real: float | None = None,
    detail: Mapping[str, Any] | None = None,
) -> Score:
    """A figure with a standard error; `real` is what fresh real texts reach under the same measure."""
    inside = float(np.clip(value, *bounds))
    real = None if real is None else float(np.clip(real, *bounds))
    between = interval.around(inside, error, bounds)
    return Score(name, inside, section, bounds, direction, ideal, between, unit, real, detail or {})


def ratio(sums: np.ndarray, sizes: np.ndarray) -> tuple[float, float]:
    """All sums over all sizes, and its standard error over texts."""
    total = max(float(sizes.sum()), 1.0)
    value = float(sums.sum()) / total
    apart = sums - value * sizes
    return value, float(np.sqrt((apart * apart).sum())) / total


def worst(columns: Sequence[tuple[str, Sequence[Score]]]) -> list[Score]:
    """One score a name: that of the column where it is worst, with the values of all columns in its detail."""
    names = list(dict.fromkeys(score.name for _, scores in columns for score in scores))
    found = []
    for name in names:
        own = [(column, score) for column, scores in columns for score in scores if score.name == name]
        column, score = max(own, key=lambda pair: _lack(pair[1]))
        beside = [{"column": place, "value": one.value, "real": one.ceiling} for place, one in own]
        detail = {**score.detail, "column": column}
        found.append(replace(score, detail={**detail, "columns": beside} if len(own) > 1 else detail))
    return found


def _lack(score: Score) -> float:
    """How far the figure lies on the wrong side of what real texts reach."""
    against = score.ideal if score.ceiling is None else score.ceiling
    if score.direction == "target":
        return abs(score.value - against)
    return against - score.value if score.direction == "higher" else score.value - against
