"""Fixed combinations of two categories: pairs of common values that never meet, such as cities and the wrong states.

The listed pairs must cover nearly all rows, while a good part of random pairings of the same values falls outside them.
"""

from collections.abc import Iterator, Sequence
from itertools import combinations

import numpy as np
from jaxtyping import Bool, Int64

from genloop.core.holds import spell
from genloop.core.records import Records
from genloop.core.rules import Combination
from genloop.files.cells import Cells

_LEAST_ABSENT_BY_CHANCE = 0.1
_MOST_VALUES = 2000
_MOST_COLUMNS = 100
_MOST_DENSE = 4_000_000


def find(cells: Cells, *, floor: int, at_least: float, skip: Sequence[str] = ()) -> list[tuple[str, str]]:
    """Pairs of categories with fixed combinations, the most telling first, less those that follow from others."""
    names = [
        name
        for name, kind in cells.kinds.items()
        if kind == "category" and 2 <= cells.distinct[name] <= _MOST_VALUES and name not in skip
    ]
    many = set(sorted(names, key=lambda name: -cells.distinct[name])[:_MOST_COLUMNS])
    names = [name for name in names if name in many]
    found = sorted(_telling(cells, names, floor, at_least), key=lambda entry: -round(entry[0], 6))
    kept: dict[tuple[str, str], Bool[np.ndarray, "first second"]] = {}
    for _, pair in found:
        allowed = _allowed(_table(cells, pair), floor)
        if not _implied(pair, allowed, kept):
            kept[pair] = allowed
    return list(kept)


def build(cells: Cells, records: Records, names: Sequence[str], *, floor: int) -> Combination:
    """The combination of the columns with the list of what is allowed: value tuples that enough rows carry."""
    codes = np.zeros(cells.rows, np.int64)
    for name in names:
        codes = np.unique(codes * (cells.distinct[name] + 1) + cells.codes[name], return_inverse=True)[1].reshape(-1)
    _, first, counts = np.unique(codes, return_index=True, return_counts=True)
    table = records.select(list(names)).take(first[counts >= floor])
    texts = [[spell(value) for value in column.to_pylist()] for column in table.columns]
    return Combination(tuple(names), tuple(sorted(zip(*texts, strict=True), key=str)))


def _telling(
    cells: Cells, names: Sequence[str], floor: int, at_least: float
) -> Iterator[tuple[float, tuple[str, str]]]:
    for pair in combinations(names, 2):
        if (cells.distinct[pair[0]] + 1) * (cells.distinct[pair[1]] + 1) > _MOST_DENSE:
            continue
        table = _table(cells, pair)
        rows = table.sum()
        allowed = _allowed(table, floor)
        if table[allowed].sum() < at_least * rows:
            continue
        first, second = np.nonzero(allowed)
        listed = (table.sum(axis=1)[first] / rows * (table.sum(axis=0)[second] / rows)).sum()
        if 1 - listed >= _LEAST_ABSENT_BY_CHANCE:
            yield float(1 - listed), pair


def _table(cells: Cells, pair: tuple[str, str]) -> Int64[np.ndarray, "first second"]:
    height, width = (cells.distinct[name] + 1 for name in pair)
    joint = cells.codes[pair[0]] * width + cells.codes[pair[1]]
    return np.bincount(joint, minlength=height * width).reshape(height, width)


def _allowed(table: Int64[np.ndarray, "first second"], floor: int) -> Bool[np.ndarray, "first second"]:
    return table >= floor


def _implied(
    pair: tuple[str, str],
    allowed: Bool[np.ndarray, "first second"],
    kept: dict[tuple[str, str], Bool[np.ndarray, "first second"]],
) -> bool:
    """Whether two kept combinations through a third column already forbid all that this one forbids."""
    both = {**kept, **{(second, first): table.T for (first, second), table in kept.items()}}
    for first, middle in both:
        if first != pair[0] or (middle, pair[1]) not in both:
            continue
        through = both[first, middle].astype(np.int64) @ both[middle, pair[1]].astype(np.int64) > 0
        if not (through & ~allowed)[1:, 1:].any():
            return True
    return False
