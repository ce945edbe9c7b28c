"""The scores of the picture card, from what the measures found: names, ranges, directions, intervals, yardsticks."""

from typing import Any

import numpy as np

from genloop.core.score import Score
from genloop.judges import interval

ENDLESS = 1e6


def distance(
    name: str,
    value: float,
    error: float,
    real: float | None,
    detail: dict[str, Any],
    *,
    low: float = 0.0,
    unit: str = "distance",
) -> Score:
    """A distance: lower is better; `ceiling` is that of fresh real pictures."""
    bounds = (low, ENDLESS)
    return Score(
        name,
        float(np.clip(value, *bounds)),
        "fidelity",
        bounds,
        "lower",
        0.0,
        interval.around(float(np.clip(value, *bounds)), error, bounds),
        unit,
        real,
        detail,
    )
