"""Which rows teach, which are held out: a hash of the row's number under a seed, so that it streams and repeats.

SplitMix64 (Steele, Lea, Flood 2014) of row number and seed ranks every row; the lowest ranks are held out, the next
ones teach, and what lies beyond the stated number of training rows is left alone. No row is ever stored.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from jaxtyping import Bool, UInt64

from genloop.core.errors import ConfigError, DataError
from genloop.core.schema import Schema
from genloop.engine.settings import Settings
from genloop.files import kinds

MIN_ROWS = 10
MAX_TRAIN_CELLS = 40_000_000
MAX_HOLDOUT_ROWS = 10_000
_BLOCK = 1 << 20


@dataclass(frozen=True)
class Split:
    """The assignment of `rows` rows: ranks below `holdout_below` are held out, those up to `train_below` teach."""

    seed: int
    rows: int
    holdout_rows: int
    train_rows: int
    holdout_below: int
    train_below: int

    def holdout(self, start: int, count: int) -> Bool[np.ndarray, " rows"]:
        """Which of the rows from number `start` on are held out."""
        return _ranks(self.seed, start, count) < np.uint64(self.holdout_below)

    def train(self, start: int, count: int) -> Bool[np.ndarray, " rows"]:
        """Which of the rows from number `start` on teach."""
        ranks = _ranks(self.seed, start, count)
        return (ranks >= np.uint64(self.holdout_below)) & (ranks < np.uint64(self.train_below))

    def first(self, rows: int) -> "Split":
        """This split with at most `rows` training rows, a subset of the same ones; the holdout is unchanged."""
        return self if rows >= self.train_rows else _place(self.seed, self.rows, self.holdout_rows, rows)

    def to_dict(self) -> dict[str, Any]:
        """A JSON-able mapping; `Split(**mapping)` reads it back."""
        return asdict(self)


def measure(schema: Schema, asked: Settings, notes: Sequence[str] = ()) -> Split:
    """The split of the profiled rows; bounded so that training fits into memory. `notes` tell how the rows came about.

    Raises:
        DataError: the table has too few rows, or pictures that can be read, to learn from.
    """
    rows = max((summary.rows for summary in schema.summaries.values()), default=0)
    if refusal := _few(schema, rows):
        raise DataError("; ".join((*refusal, *notes)))
    kinds.check(schema.columns, rows)
    most = max(MAX_TRAIN_CELLS // max(len(schema.columns), 1), 1_000)
    return fit(rows, seed=asked.seed, share=asked.holdout, max_train_rows=most)


def _few(schema: Schema, rows: int) -> list[str]:
    """That there are too few rows or pictures, and which of these cannot be read; nothing where there are enough."""
    columns = [column for column in schema.columns if column.kind == "image"]
    seen = {column: schema.summaries[column.name] for column in columns}
    found = min([rows, *(one.rows - one.missing - one.unreadable for one in seen.values())])
    if found >= MIN_ROWS:
        return []
    there = f"{'found' if columns else 'the table has'} {found} {'picture' if columns else 'row'}"
    few = f"{there}{'' if found == 1 else 's'}; at least {MIN_ROWS} are needed to learn from"
    return [few, *(n for c, one in seen.items() for n in c.notes if n.startswith(f"{one.unreadable:,} of "))]


def fit(rows: int, *, seed: int, share: float, max_train_rows: int | None = None) -> Split:
    """The split of a table of `rows` rows that holds out `share` of them, at most 10,000.

    Raises:
        ConfigError: the share is not from 0 to 0.5.
    """
    if not 0 <= share <= 0.5:
        raise ConfigError(f"--holdout is a share of the rows from 0 to 0.5, found {share:g}")
    held = min(round(rows * share), MAX_HOLDOUT_ROWS)
    train = rows - held
    return _place(seed, rows, held, train if max_train_rows is None else min(train, max_train_rows))


def _place(seed: int, rows: int, held: int, train: int) -> Split:
    """Bounds that give exactly these numbers (64-bit ranks of one seed never collide: the mixing is a bijection)."""
    top = (1 << 64) - 1
    if held == 0 and train == rows:
        return Split(seed, rows, held, train, 0, top)
    ranks = np.concatenate([_ranks(seed, at, min(_BLOCK, rows - at)) for at in range(0, rows, _BLOCK)])
    cuts = [cut for cut in (held, held + train) if 0 < cut < rows]
    ranks.partition(cuts)
    below = [0 if cut == 0 else top if cut >= rows else int(ranks[cut]) for cut in (held, held + train)]
    return Split(seed, rows, held, train, below[0], below[1])


def _ranks(seed: int, start: int, count: int) -> UInt64[np.ndarray, " rows"]:
    with np.errstate(over="ignore"):
        z = np.arange(start, start + count, dtype=np.uint64)
        z += _mix(np.array([seed & (2**64 - 1)], np.uint64))
        return _mix(z)


def _mix(z: UInt64[np.ndarray, " rows"]) -> UInt64[np.ndarray, " rows"]:
    z = z + np.uint64(0x9E3779B97F4A7C15)
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return np.asarray(z ^ (z >> np.uint64(31)))
