"""Exact value counts of a number column that merge in any order and stay bounded in memory.

Beyond LIMIT distinct values fewer digits are kept: whole units are cut to their leading decimal digits, other floats to
their leading mantissa bits, interleaved places (unsigned) to larger squares, as few cut as needed. Cuts nest, so
merging shards in any order gives one state, and rows that stand on a cut value itself are counted apart, so a round
spike such as 0 or 1000 stays exact.
"""

from dataclasses import dataclass, replace

import numpy as np
from jaxtyping import Shaped

Values = Shaped[np.ndarray, "_values"]

LIMIT = 2_000_000
COARSEST = 52  # cuts: one leading digit, no mantissa bit, or one square is left
TENS = 10 ** np.arange(20, dtype=np.uint64)


@dataclass(frozen=True, eq=False)
class Tally:
    """Distinct values in order, the rows of each, those that stand on it exactly, and how many digits were cut."""

    values: Values
    counts: Values
    exact: Values
    cut: int = 0

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Tally) or self.cut != other.cut or self.values.dtype != other.values.dtype:
            return False
        return all(np.array_equal(getattr(self, name), getattr(other, name)) for name in ("values", "counts", "exact"))

    @property
    def rows(self) -> int:
        """How many rows were counted."""
        return int(self.counts.sum())


def fit(values: Values, limit: int = LIMIT) -> Tally:
    """The counts of one shard's values (int64 or float64)."""
    distinct, counts = np.unique(values, return_counts=True)
    counts = counts.astype(np.int64)
    return _compact(Tally(distinct, counts, counts), limit)


def merge(first: Tally, second: Tally, limit: int = LIMIT) -> Tally:
    """The counts of both shards; values of one type."""
    if not len(first.values) or not len(second.values):
        return first if len(first.values) else second
    level = max(first.cut, second.cut)
    first, second = _cut(first, level), _cut(second, level)
    values, counts, exact = (np.r_[getattr(first, n), getattr(second, n)] for n in ("values", "counts", "exact"))
    return _compact(_joined(values, counts, exact, level), limit)


def distinct(values: Values) -> Values:
    """Sorted distinct values, by sorting: numpy's hashing takes ten times as long on a million integers."""
    ordered = np.sort(values)
    return ordered[np.r_[True, ordered[1:] != ordered[:-1]]] if len(ordered) else ordered


def _joined(values: Values, counts: Values, exact: Values, cut: int) -> Tally:
    """The tally of values that may repeat."""
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    return Tally(ordered[starts], np.add.reduceat(counts[order], starts), np.add.reduceat(exact[order], starts), cut)


def _compact(tally: Tally, limit: int) -> Tally:
    while len(tally.values) > limit and tally.cut < COARSEST:
        tally = _cut(tally, tally.cut + 1)
    return tally


def _cut(tally: Tally, level: int) -> Tally:
    """The tally with `level` digits or bits cut off; the same when they already are."""
    if level <= tally.cut:
        return tally
    cut = _CUTS[tally.values.dtype.kind](tally.values, level)
    same = cut == tally.values
    if same.all():
        return replace(tally, cut=level)
    return _joined(cut, tally.counts, np.where(same, tally.exact, 0), level)


def _leading_digits(values: Values, level: int) -> Values:
    size = np.where(values < 0, -values, values).astype(np.uint64)
    length = np.searchsorted(TENS, size, side="right")
    unit = TENS[np.maximum(length - max(19 - level, 1), 0)]
    kept = (size // unit * unit).astype(np.int64)
    return np.where(values < 0, -kept, kept)


def _leading_bits(values: Values, level: int) -> Values:
    mask = np.int64(-1) << np.int64(min(level, 52))
    kept: Values = (values.view(np.int64) & mask).view(np.float64)
    return kept + 0.0


def _larger_squares(values: Values, level: int) -> Values:
    return values & ~np.uint64(4 ** min(level, 31) - 1)


_CUTS = {"i": _leading_digits, "f": _leading_bits, "u": _larger_squares}


def step(tally: Tally) -> tuple[int, int]:
    """The largest step that every whole unit is a multiple of, after the offset; (1, 0) for anything else."""
    values = tally.values
    if values.dtype.kind != "i" or len(values) < 3 or tally.cut or int(values[-1]) - int(values[0]) >= 2**62:
        return 1, 0
    common = int(np.gcd.reduce(np.diff(values)))
    return common, int(values[0]) % common
