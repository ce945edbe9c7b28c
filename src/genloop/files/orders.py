"""Orderings between two columns of one unit (start <= end), less those that follow from others.

An order counts when it holds in nearly all rows, and pairing the two columns at random would break it at least ten
times as often: ranges that lie apart (a year and an amount) prove nothing. Where rows break it, far more must stop at
the boundary than step over it: two quantities that happen to differ in size thin out smoothly instead.
"""

from itertools import permutations

import numpy as np
from jaxtyping import Float

from genloop.core.rules import Order
from genloop.files.cells import Cells

_SAMPLE_ROWS = 4000
_LEAST_BROKEN_BY_CHANCE = 0.02
_MOST_ERROR = 0.1  # of what chance breaks
_LEAST_ROWS = 50
_MOST_SCALE = 100.0  # between the typical sizes of the two columns, where both have the same decimals
_MOST_SCALE_MIXED = 5.0  # where they do not: unequal precision hints at unequal units
_LEAST_DISTINCT = 4
_LEAST_STOPPED = 10.0  # rows that come as near to the boundary as those beyond it, for each of these
_MOST_COLUMNS = 150


def find(cells: Cells, *, at_least: float) -> list[Order]:
    """Orders that hold in `at_least` of the rows with both values, after transitive reduction."""
    kept = [
        Order(low, high)
        for group in (cells.numbers, cells.times)
        for low, high in permutations(_columns(cells, group), 2)
        if _holds(group[low], group[high], at_least)
        and _one_scale(group[low], group[high], cells.decimals.get(low) == cells.decimals.get(high))
    ]
    return reduce(kept)


def _columns(cells: Cells, group: dict[str, Float[np.ndarray, " rows"]]) -> list[str]:
    return [name for name in group if cells.distinct[name] >= _LEAST_DISTINCT][:_MOST_COLUMNS]


def reduce(orders: list[Order]) -> list[Order]:
    """The orders less those that follow from a chain of others (of mutual ones, equality, the first stays)."""
    pairs = {(order.low, order.high) for order in orders}
    pairs -= {(low, high) for low, high in pairs if (high, low) in pairs and low > high}
    implied = {(a, c) for a, b in pairs for b2, c in pairs if b == b2 and (a, c) in pairs and len({a, b, c}) == 3}
    return [order for order in orders if (order.low, order.high) in pairs - implied]


def _holds(low: Float[np.ndarray, " rows"], high: Float[np.ndarray, " rows"], at_least: float) -> bool:
    if not _plausible(low[:_SAMPLE_ROWS], high[:_SAMPLE_ROWS], at_least):
        return False
    present = ~(np.isnan(low) | np.isnan(high))
    if present.sum() < _LEAST_ROWS:
        return False
    return _meaningful(low[present], high[present], at_least)


def _plausible(low: Float[np.ndarray, " rows"], high: Float[np.ndarray, " rows"], at_least: float) -> bool:
    return float(np.mean(low > high)) <= 2 * (1 - at_least)


def _meaningful(low: Float[np.ndarray, " rows"], high: Float[np.ndarray, " rows"], at_least: float) -> bool:
    """Few breaks, many more expected by chance; not the same column twice."""
    broken = float(np.mean(low > high))
    by_chance = _broken_by_chance(low, high)
    return (
        1 - broken >= at_least
        and by_chance >= _LEAST_BROKEN_BY_CHANCE
        and broken <= _MOST_ERROR * by_chance
        and float(np.mean(low < high)) >= 0.01
        and _stops(high - low)
    )


def _stops(gaps: Float[np.ndarray, " rows"]) -> bool:
    """Whether the rows beyond the boundary are few beside those that come as near to it from within."""
    beyond = -gaps[gaps < 0]
    if not beyond.size:
        return True
    reach = float(np.quantile(beyond, 0.9))
    return bool(((gaps >= 0) & (gaps <= reach)).sum() >= _LEAST_STOPPED * beyond.size)


def _one_scale(low: Float[np.ndarray, " rows"], high: Float[np.ndarray, " rows"], same_decimals: bool) -> bool:
    """Whether typical sizes are comparable; a column that is mostly zero fits any."""
    first, second = sorted((float(np.nanmedian(np.abs(low))), float(np.nanmedian(np.abs(high)))))
    return first == 0 or second <= first * (_MOST_SCALE if same_decimals else _MOST_SCALE_MIXED)


def _broken_by_chance(low: Float[np.ndarray, " rows"], high: Float[np.ndarray, " rows"]) -> float:
    """P(low > high) when the two are drawn independently from their columns."""
    below = np.searchsorted(np.sort(high), low, side="left")
    return float(below.mean() / len(high))
