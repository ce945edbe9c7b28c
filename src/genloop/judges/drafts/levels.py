"""How bad a draft may be: limits from real texts alone, so that a stated small share of them is refused.

Vovk, Gammerman and Shafer 2005 (conformal p-values): every real text is measured by models that did not learn it; a
draft's p-value is the share of real texts at least as bad. Broken ends, loops and copies are set first; all others
share one level, found so that no more than `REFUSED` of the real texts lie beyond any limit (or `REST` more than beyond
those first).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64

REFUSED = 0.02
FIRST = {"cuts": 0.03, "circles": 0.01, "repeats": 0.01, "copied": 0.01}  # of real texts at most, before the others
REST = 0.005  # is left to the others at least
PARTS = {"marks": 0.5, "short": 0.5, "fluency": 0.5}  # of the level; 1 where nothing is said
FLOOR = {"circles": 3.0, "repeats": 3.0}  # words that may be said again in any text
LEAST = 40  # real texts below which they say too little
FEW = {"circles": 8.0, "repeats": 10.0, "cuts": 3.0}  # limits that stand where there are fewer
_STEPS = 40


@dataclass(frozen=True)
class Levels:
    """For every measure the sorted values of real texts, and the limit above which a draft is refused."""

    real: Mapping[str, Float64[np.ndarray, " texts"]]
    limits: Mapping[str, float]
    refused: float

    @classmethod
    def of(cls, values: Mapping[str, np.ndarray]) -> "Levels":
        """The limits by these values of real texts, one a text and measure."""
        texts = max((len(own) for own in values.values()), default=0)
        if texts < LEAST:
            few = {name: max(FEW.get(name, np.inf), float(own.max(initial=0))) for name, own in values.items()}
            return cls({name: np.sort(own) for name, own in values.items()}, few, 0.0)
        first = _beyond(values, {name: at for name, at in _limits(values, 0.0).items() if name in FIRST})
        allowed, low, high = max(REFUSED, first + REST), 0.0, 1.0
        for _ in range(_STEPS):
            middle = (low + high) / 2
            low, high = (middle, high) if _beyond(values, _limits(values, middle)) <= allowed else (low, middle)
        limits = _limits(values, low)
        return cls({name: np.sort(own) for name, own in values.items()}, limits, _beyond(values, limits))

    def p_value(self, measure: str, value: float) -> float:
        """The share of real texts at least as bad, the draft itself counted among them."""
        real = self.real[measure]
        return float((len(real) - np.searchsorted(real, value, "left") + 1) / (len(real) + 1))

    def beyond(self, measure: str, value: float) -> bool:
        """Whether this is worse than is allowed."""
        return bool(value > self.limits[measure] + 1e-9)


def _limits(values: Mapping[str, np.ndarray], level: float) -> dict[str, float]:
    found = {}
    for name, own in values.items():
        share = FIRST.get(name, level * PARTS.get(name, 1.0))
        limit = float(np.quantile(own, max(1 - share, 0.0), method="higher"))
        found[name] = max(limit, FLOOR.get(name, -np.inf))
    return found


def _beyond(values: Mapping[str, np.ndarray], limits: Mapping[str, float]) -> float:
    """The share of texts beyond any limit."""
    found = [values[name] > limit + 1e-9 for name, limit in limits.items()]
    return float(np.mean(np.any(found, axis=0))) if found else 0.0
