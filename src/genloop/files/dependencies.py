"""Functional dependencies between columns by the g3 error, one or two determining columns.

Source: Kivinen and Mannila 1995, "Approximate inference of functional dependencies from relations": g3 is the least
share of rows to remove so that a dependency holds. A sample sorted by the determinant refutes most candidates at the
price of one comparison of neighbours; what is left is counted on all rows. Here a dependency must also explain: its
error is at most a tenth of that of always guessing the commonest value, so that nothing determines a nearly constant
column.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from jaxtyping import Bool, Int64

from genloop.core.holds import spell
from genloop.core.records import Records
from genloop.core.rules import Dependency
from genloop.files.cells import Cells

_SAMPLE_ROWS = 4000
_MOST_ERROR = 0.1  # of the error of the commonest value
_LEAST_COVERED = 0.95  # rows whose determinant the mapping lists
_LEAST_NEIGHBOURS = 30
_MOST_PAIRED = 40  # columns tried two by two
_MOST_PAIRED_VALUES = 100  # of a number tried two by two; a finer one is a measurement, not a name for something
_KIND_RANK = {"time": 0, "category": 0, "number": 1}  # what names a thing determines rather than what measures it


@dataclass(frozen=True)
class Found:
    """A dependency in codes: what determines, what is determined, share of rows kept and number of groups."""

    by: tuple[str, ...]
    column: str
    share: float
    groups: int


def find(cells: Cells, *, floor: int, at_least: float) -> list[Found]:
    """Minimal dependencies that hold in `at_least` of the rows, the simplest first."""
    names = [name for name, count in cells.distinct.items() if count + _has_missing(cells, name) >= 2]
    leads = [name for name in names if cells.rows / max(1, cells.distinct[name]) >= 2 * floor]
    sample = cells.take(np.arange(min(cells.rows, _SAMPLE_ROWS)))
    chance = {name: _chance(sample.codes[name]) for name in names}
    singles = [
        found
        for by in leads
        for column in _unrefuted(sample, (by,), [name for name in names if name != by], chance)
        if (found := _count(cells, (by,), column, floor, at_least)) is not None
    ]
    determined_by = {(found.by[0], found.column) for found in singles}
    paired = [name for name in leads if cells.kinds[name] != "number" or cells.distinct[name] <= _MOST_PAIRED_VALUES]
    paired = sorted(paired, key=lambda name: cells.distinct[name])[:_MOST_PAIRED]
    pairs = _pairs(cells, sample, paired, names, determined_by, chance, floor, at_least)
    return sorted([*singles, *pairs], key=lambda found: _rank(cells, found))


def build(cells: Cells, records: Records, found: Found, *, floor: int) -> Dependency:
    """The dependency with its mapping: for each determinant the commonest value, where enough rows carry the pair."""
    groups, values, first, counts = _joint(cells, found.by, found.column)
    rows = [int(first[i]) for i in _winners(groups, values, counts) if counts[i] >= floor]
    table = records.select([*found.by, found.column]).take(rows)
    texts = [[spell(value) for value in column.to_pylist()] for column in table.columns]
    mapping = tuple((tuple(entry[:-1]), entry[-1]) for entry in sorted(zip(*texts, strict=True), key=str))
    return Dependency(found.by, found.column, mapping)


def _pairs(
    cells: Cells,
    sample: Cells,
    leads: Sequence[str],
    names: Sequence[str],
    singles: set[tuple[str, str]],
    chance: dict[str, float],
    floor: int,
    at_least: float,
) -> Iterator[Found]:
    """Dependencies on two columns neither of which suffices alone, nor determines the other."""
    for by in combinations(leads, 2):
        if by in singles or by[::-1] in singles:
            continue
        columns = [name for name in names if name not in by and not any((lead, name) in singles for lead in by)]
        for column in _unrefuted(sample, by, columns, chance):
            found = _count(cells, by, column, floor, at_least)
            if found is not None:
                yield found


def _unrefuted(sample: Cells, by: tuple[str, ...], columns: Sequence[str], chance: dict[str, float]) -> list[str]:
    """Columns that hardly change between neighbouring rows when the sample is sorted by the determinant."""
    if not columns:
        return []
    groups = _group(sample, by)
    order = np.argsort(groups, kind="stable")
    same = np.flatnonzero(np.diff(groups[order]) == 0)
    if len(same) < _LEAST_NEIGHBOURS:
        return []
    left, right = order[same], order[same + 1]
    few = np.linspace(0, len(same) - 1, _LEAST_NEIGHBOURS, dtype=np.int64)
    return [
        name
        for name in columns
        if _changes(sample.codes[name], left[few], right[few]) <= 0.5
        and _changes(sample.codes[name], left, right) <= max(0.02, 2 * _MOST_ERROR * chance[name])
    ]


def _changes(
    codes: Int64[np.ndarray, " rows"], left: Int64[np.ndarray, " pairs"], right: Int64[np.ndarray, " pairs"]
) -> float:
    return float(np.count_nonzero(codes[left] != codes[right]) / len(left))


def _count(cells: Cells, by: tuple[str, ...], column: str, floor: int, at_least: float) -> Found | None:
    """The dependency, if it holds over all rows, explains the column, and rests on groups of enough rows."""
    groups, values, _, counts = _joint(cells, by, column)
    winners = _winners(groups, values, counts)
    listed = winners[counts[winners] >= floor]
    sizes = np.bincount(groups, weights=counts)
    covered, kept = float(sizes[groups[listed]].sum()), float(counts[listed].sum())
    if covered < _LEAST_COVERED * cells.rows or len(listed) < 2:
        return None
    commonest = float(np.bincount(values, weights=counts).max())
    guess_error = 1 - commonest / cells.rows
    error = 1 - kept / covered
    if 1 - error < at_least or error > _MOST_ERROR * guess_error or guess_error * cells.rows < 2 * floor:
        return None
    return Found(by, column, 1 - error, len(listed))


def _rank(cells: Cells, found: Found) -> tuple[bool, int, int, int, int]:
    """Determinants that name before those that measure, few before many, few groups, later columns determined."""
    measured = any(cells.decimals.get(name, 0) > 0 for name in found.by)
    numbers = sum(_KIND_RANK[cells.kinds[name]] for name in found.by)
    return (measured, len(found.by), numbers, found.groups, -list(cells.kinds).index(found.column))


def _joint(
    cells: Cells, by: tuple[str, ...], column: str
) -> tuple[
    Int64[np.ndarray, " pairs"], Int64[np.ndarray, " pairs"], Int64[np.ndarray, " pairs"], Int64[np.ndarray, " pairs"]
]:
    """Group, value, first row and count of every pair that occurs, ordered by group."""
    width = cells.distinct[column] + 1
    joint = _group(cells, by) * width + cells.codes[column]
    pairs, first, counts = np.unique(joint, return_index=True, return_counts=True)
    groups = np.unique(pairs // width, return_inverse=True)[1].reshape(-1)
    return groups, pairs % width, first, counts


def _winners(
    groups: Int64[np.ndarray, " pairs"], values: Int64[np.ndarray, " pairs"], counts: Int64[np.ndarray, " pairs"]
) -> Int64[np.ndarray, " groups"]:
    """Index of the commonest value of each group."""
    order = np.lexsort((values, -counts, groups))
    first: Bool[np.ndarray, " pairs"] = np.ones(len(order), bool)
    first[1:] = groups[order[1:]] != groups[order[:-1]]
    return np.asarray(order[first])


def _group(cells: Cells, by: tuple[str, ...]) -> Int64[np.ndarray, " rows"]:
    codes = cells.codes[by[0]]
    for name in by[1:]:
        codes = codes * (cells.distinct[name] + 1) + cells.codes[name]
    return codes


def _chance(codes: Int64[np.ndarray, " rows"]) -> float:
    """The chance that two random rows differ in the column."""
    shares = np.bincount(codes) / max(1, len(codes))
    return float(1 - np.sum(shares**2))


def _has_missing(cells: Cells, name: str) -> bool:
    return bool((cells.codes[name] == 0).any())
