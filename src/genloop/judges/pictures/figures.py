"""The scores of the picture card, from what the measures found: names, ranges, directions, intervals, yardsticks."""

from typing import Any

import numpy as np

from genloop.core.score import Score, Section
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


def share(
    name: str,
    values: np.ndarray,
    section: Section,
    *,
    ideal: float,
    higher: bool,
    real: float | None = None,
    detail: dict[str, Any] | None = None,
) -> Score:
    """A share of pictures, given picture by picture as 0 to 1."""
    value = float(np.clip(np.mean(values), 0, 1))
    return Score(
        name,
        value,
        section,
        (0.0, 1.0),
        "higher" if higher else "lower",
        ideal,
        interval.share(value * len(values), len(values)),
        "share",
        real,
        detail or {},
    )
