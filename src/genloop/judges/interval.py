"""How sure a figure is: 95 % intervals for shares, ratios of shares, areas under curves and sums over row blocks.

Wilson 1927 (shares); Clopper and Pearson 1934 (ratio of two counts, given their total); DeLong, DeLong and
Clarke-Pearson 1988 (areas); Quenouille 1956 and Tukey 1958 (the jackknife, here over random blocks of rows).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from jaxtyping import Float, Int64

from genloop.core.lazy import Lazy

if TYPE_CHECKING:
    from scipy import stats
else:
    stats = Lazy("scipy.stats")

Interval = tuple[float, float]


@dataclass(frozen=True)
class Area:
    """Area under the curve: the chance that a positive scores above a negative, with each row's part in it."""

    value: float
    positives: Float[np.ndarray, " ones"]
    negatives: Float[np.ndarray, " zeros"]

    @property
    def error(self) -> float:
        """Its standard error, by DeLong."""
        return float(np.sqrt(_mean_variance(self.positives) + _mean_variance(self.negatives)))


def z_score(level: float = 0.95, *, among: int = 1) -> float:
    """Half width of a two-sided interval in standard errors; `among` looks share the error (Bonferroni)."""
    return float(stats.norm.ppf(1 - (1 - level) / (2 * max(1, among))))


def around(value: float, error: float, bounds: Interval, *, among: int = 1) -> Interval:
    """A normal interval, cut to the bounds."""
    half = z_score(among=among) * error
    return float(np.clip(value - half, *bounds)), float(np.clip(value + half, *bounds))


def share(count: float, rows: int, *, among: int = 1) -> Interval:
    """Wilson's interval for a share of rows."""
    if rows <= 0:
        return 0.0, 1.0
    z = z_score(among=among)
    rate, spread = count / rows, z * z / rows
    middle = (rate + spread / 2) / (1 + spread)
    half = z / (1 + spread) * float(np.sqrt(rate * (1 - rate) / rows + spread / (4 * rows)))
    return (max(0.0, middle - half) if count > 0 else 0.0), (min(1.0, middle + half) if count < rows else 1.0)


def ratio(count: float, rows: float, base_count: float, base_rows: float, *, most: float) -> Interval:
    """Exact interval for the ratio of two rare rates, cut at `most`: given their sum, one count is binomial."""
    if not (count + base_count and rows and base_rows):
        return 0.0, most
    low = stats.beta.ppf(0.025, count, base_count + 1) if count else 0.0
    high = stats.beta.ppf(0.975, count + 1, base_count) if base_count else 1.0
    scale = base_rows / rows
    ends = [scale * part / (1 - part) if part < 1 else most for part in (float(low), float(high))]
    return min(ends[0], most), min(ends[1], most)


def clustered(codes: Int64[np.ndarray, " rows"]) -> float:
    """How many times more a count of these rows varies than one of independent rows: equal codes come together."""
    size = np.unique(codes, return_counts=True)[1]
    return float(np.sum(size**2) / size.sum()) if len(size) else 1.0


def area(positive: Float[np.ndarray, " ones"], negative: Float[np.ndarray, " zeros"]) -> Area:
    """The area under the curve of scores that ought to be higher for positives; ties count a half."""
    ones, zeros = len(positive), len(negative)
    if not ones or not zeros:
        return Area(0.5, np.zeros(ones), np.zeros(zeros))
    whole = stats.rankdata(np.concatenate([positive, negative]))
    above = (whole[:ones] - stats.rankdata(positive)) / zeros
    below = 1 - (whole[ones:] - stats.rankdata(negative)) / ones
    return Area(float(above.mean()), above, below)


def mean(areas: Sequence[Area]) -> tuple[float, float]:
    """The mean area over folds and its standard error: by DeLong or by the spread between folds, the larger."""
    return _over_folds([area.value for area in areas], [area.error**2 for area in areas])


def gap(first: Sequence[Area], second: Sequence[Area]) -> tuple[float, float]:
    """How far the first areas lie above the second, and its standard error; both share their positives, row by row."""
    pairs = list(zip(first, second, strict=True))
    spread = [
        _mean_variance(one.positives - other.positives)
        + _mean_variance(one.negatives)
        + _mean_variance(other.negatives)
        for one, other in pairs
    ]
    return _over_folds([one.value - other.value for one, other in pairs], spread)


def blocks(rows: int, rng: np.random.Generator, *, most: int = 20) -> Int64[np.ndarray, " rows"]:
    """A random block number for every row, the blocks of equal size."""
    return rng.permutation(rows).astype(np.int64) % max(1, min(most, rows))


def jackknife(without: Float[np.ndarray, " blocks"]) -> float:
    """The standard error of a figure from its values with each block of rows left out."""
    count = len(without)
    if count < 2:
        return 0.0
    return float(np.sqrt((count - 1) / count * np.sum((without - without.mean()) ** 2)))


def _over_folds(values: list[float], variances: list[float]) -> tuple[float, float]:
    within = float(np.sqrt(np.mean(variances) / len(values)))
    between = float(np.std(values, ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0
    return float(np.mean(values)), max(within, between)


def _mean_variance(values: Float[np.ndarray, " rows"]) -> float:
    return float(values.var(ddof=1) / len(values)) if len(values) > 1 else 0.25
