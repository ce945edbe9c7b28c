"""Straight-line forecasts of traits from rows of numbers: ridge regression, its strength chosen by leaving rows out.

Solved among the rows (n x n) rather than the numbers, so that noise as long as a picture costs no more. The error of a
left-out row has a closed form: residual / (1 - leverage) (Allen 1974).
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float

STRENGTHS = 10.0 ** np.arange(-3, 5)
_NORMAL = 1.96


@dataclass(frozen=True)
class Line:
    """A forecast: `mean + (x - centre) @ slope`."""

    slope: Float[np.ndarray, " length"]
    centre: Float[np.ndarray, " length"]
    mean: float

    def foretell(self, x: Float[np.ndarray, "rows length"]) -> Float[np.ndarray, " rows"]:
        """The trait forecast for each row."""
        return np.asarray(self.mean + (x - self.centre) @ self.slope)

    @property
    def direction(self) -> Float[np.ndarray, " length"]:
        """The unit vector along which the forecast grows fastest."""
        return np.asarray(self.slope / max(float(np.linalg.norm(self.slope)), 1e-12))


def fit(x: Float[np.ndarray, "rows length"], traits: Float[np.ndarray, "rows traits"]) -> list[Line]:
    """A forecast of each trait."""
    centre = x.mean(axis=0, dtype=np.float64)
    own = x - centre
    values, vectors = np.linalg.eigh(own @ own.T)
    values = np.maximum(values, 0.0)
    found = []
    for trait in traits.T.astype(np.float64):
        mean = float(trait.mean())
        turned = vectors.T @ (trait - mean)

        def missed(strength: float, turned: np.ndarray = turned) -> float:
            kept = values / (values + strength)
            left = vectors @ ((1 - kept) * turned)
            return float(np.mean((left / np.maximum(1 - (vectors**2) @ kept, 1e-9)) ** 2))

        best = min((len(x) * strength for strength in STRENGTHS), key=missed)
        found.append(Line(own.T @ (vectors @ (turned / (values + best))), centre, mean))
    return found


def correlation(
    one: Float[np.ndarray, " rows"], other: Float[np.ndarray, " rows"]
) -> tuple[float, tuple[float, float]]:
    """Pearson's correlation with its 95 % interval (Fisher's z); 0 where either side does not vary."""
    if one.std() < 1e-9 or other.std() < 1e-9:
        return 0.0, (0.0, 0.0)
    value = float(np.clip(np.corrcoef(one, other)[0, 1], -0.999999, 0.999999))
    reach = _NORMAL / max(len(one) - 3, 1) ** 0.5
    return value, (float(np.tanh(np.arctanh(value) - reach)), float(np.tanh(np.arctanh(value) + reach)))


def interval(
    rows: int, measure: Callable[[np.ndarray], float], rng: np.random.Generator, draws: int = 400
) -> tuple[float, float]:
    """The 95 % interval of a measure of rows drawn with replacement (bootstrap)."""
    found = [measure(rng.integers(0, rows, rows)) for _ in range(draws)]
    low, high = np.quantile(found, [0.025, 0.975])
    return float(low), float(high)
