"""Second look at a column: its cleaned values counted, in mergeable summaries of bounded size."""

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from genloop.files import physical, shapes

EXACT = 1 << 20  # distinct values that are counted exactly; beyond, the count is estimated
ENDS = 64  # lowest and highest values that are remembered while measuring


def _none() -> np.ndarray:
    return np.zeros(0)


@dataclass(frozen=True)
class Distinct:
    """The smallest hashes of the values seen and how many rows carry each (Bar-Yossef et al. 2002, k minimum values).

    Exact up to `EXACT` values; beyond, the spacing of the kept hashes tells how many there are (error about 0.1 %).
    """

    hashes: np.ndarray = field(default_factory=lambda: np.zeros(0, np.uint64))
    counts: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int64))
    full: bool = False

    @property
    def number(self) -> int:
        """How many distinct values there are."""
        if not self.full:
            return len(self.hashes)
        return int((len(self.hashes) - 1) / (float(self.hashes[-1]) / 2.0**64))

    def share_of(self, rows: int) -> float:
        """Of the distinct values, the share carried by fewer than `rows` rows."""
        return float((self.counts < rows).mean()) if len(self.counts) else 0.0


@dataclass(frozen=True)
class Measure:
    """Counts of one column's cleaned values. `low` and `high` are the ends, sorted, each value as often as it came."""

    rows: int = 0
    missing: int = 0
    unread: int = 0
    zeros: int = 0
    distinct: tuple[Distinct, ...] = ()
    low: np.ndarray = field(default_factory=_none)
    high: np.ndarray = field(default_factory=_none)
    decimals: int | None = 0

    @property
    def present(self) -> int:
        """Rows that carry a value."""
        return self.rows - self.missing


def fit(values: pa.Array, unread: int, *, decimals: int | None = 0, precision: type = np.float64) -> Measure:
    """The counts of one batch of cleaned values; `decimals` is what earlier batches needed (None: every digit).

    `precision` is the float type of the source, whose noise is no decimal.
    """
    text = physical.is_text(values.type)
    kept = values.drop_null()
    if text:
        coded = kept.dictionary_encode()
        hashes = shapes.hashes(coded.dictionary)
        counts = np.bincount(coded.indices.to_numpy(), minlength=len(hashes))
        order = np.argsort(hashes)
        return Measure(len(values), values.null_count, unread, distinct=(Distinct(hashes[order], counts[order]),))
    if not pa.types.is_floating(values.type):
        kept = kept.cast(pa.int64())
    single, counts = np.unique(kept.to_numpy(zero_copy_only=False), return_counts=True)
    hashes = shapes.mix((single + 0 if single.dtype != np.float64 else single + 0.0).view(np.uint64))
    order = np.argsort(hashes)
    return Measure(
        rows=len(values),
        missing=values.null_count,
        unread=unread,
        zeros=int(counts[single == 0].sum()),
        distinct=(Distinct(hashes[order], counts[order]),),
        low=np.repeat(single[:ENDS], np.minimum(counts[:ENDS], ENDS))[:ENDS],
        high=np.repeat(single[-ENDS:], np.minimum(counts[-ENDS:], ENDS))[-ENDS:],
        decimals=count_decimals(single, decimals, precision) if single.dtype == np.float64 else 0,
    )


def merge(first: Measure, second: Measure) -> Measure:
    """The counts of both shards; distinct values are joined lazily, so that many shards cost one sort."""
    distinct = (*first.distinct, *second.distinct)
    if len(distinct) > 2 and sum(len(d.hashes) for d in distinct[1:]) > len(distinct[0].hashes):
        distinct = (join(distinct),)
    return Measure(
        rows=first.rows + second.rows,
        missing=first.missing + second.missing,
        unread=first.unread + second.unread,
        zeros=first.zeros + second.zeros,
        distinct=distinct,
        low=np.sort(np.concatenate([first.low, second.low]))[:ENDS],
        high=np.sort(np.concatenate([first.high, second.high]))[-ENDS:],
        decimals=None if None in (first.decimals, second.decimals) else max(first.decimals or 0, second.decimals or 0),
    )


def join(parts: tuple[Distinct, ...]) -> Distinct:
    """The distinct values of all parts."""
    if len(parts) == 1:
        return parts[0]
    if not parts:
        return Distinct()
    hashes = np.concatenate([part.hashes for part in parts])
    counts = np.concatenate([part.counts for part in parts])
    bound = min((part.hashes[-1] for part in parts if part.full), default=None)
    if bound is not None:
        hashes, counts = hashes[hashes <= bound], counts[hashes <= bound]
    order = np.argsort(hashes)
    hashes, counts = hashes[order], counts[order]
    first = np.flatnonzero(np.concatenate([[True], hashes[1:] != hashes[:-1]])) if len(hashes) else np.zeros(0, int)
    counts = np.add.reduceat(counts, first) if len(first) else counts
    full = bound is not None or len(first) > EXACT
    return Distinct(hashes[first][:EXACT], counts[:EXACT], full)


def count_decimals(values: np.ndarray, start: int | None = 0, precision: type = np.float64) -> int | None:
    """The digits after the point that every value needs, at least `start`; None when 15 digits do not hold them."""
    if start is None or not len(values):
        return start
    values = values[np.abs(values) < 2.0**53]  # larger ones are whole
    tight = 4.0 * np.spacing(np.abs(values).astype(precision))
    for digits in range(start, 16):
        rounded = np.round(values, digits)
        if bool(((np.abs(rounded - values) <= tight) & ((rounded != 0) | (values == 0))).all()):
            return digits
    return None
