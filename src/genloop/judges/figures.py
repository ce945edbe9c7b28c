"""Scores that several rooms of judges put together alike."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from genloop.core.score import Score, Section
from genloop.judges import interval

_UNIT = (0.0, 1.0)


def share(
    name: str,
    values: np.ndarray | Sequence[float],
    section: Section,
    *,
    ideal: float,
    higher: bool,
    real: float | None = None,
    detail: Mapping[str, Any] | None = None,
) -> Score:
    """A share of what was made, given one by one as 0 to 1, with its interval."""
    value = float(np.clip(np.mean(values), 0, 1))
    return Score(
        name,
        value,
        section,
        _UNIT,
        "higher" if higher else "lower",
        ideal,
        interval.share(value * len(values), len(values)),
        "share",
        real,
        detail or {},
    )
