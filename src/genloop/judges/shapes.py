"""How alike the distributions are, of columns, pairs and triples: 1 - total variation of histograms, averaged.

Made rows are compared with the holdout, and the ceiling is what the training rows reach against it; without a holdout
they are compared with the training rows, and the ceiling is what sampling noise alone would leave. Intervals by the
jackknife over blocks of rows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from jaxtyping import Float, Int64

from genloop.core.protocols import Evidence
from genloop.core.score import Score
from genloop.core.seed import stream
from genloop.judges import bins, histogram, interval, view

NAME = "shapes"
_ROWS = 100_000
_CELLS = {1: 20, 2: 10, 3: 6}
_TITLES = {1: "shapes", 2: "pairs", 3: "triples"}
_MOST_SETS = 600  # triples, beyond which a random choice of them stands for all
_WORK = 24_000_000  # rows x sets of columns that one score may count


@dataclass(frozen=True)
class Counted:
    """A table as cells, with a random block for every row."""

    cells: Int64[np.ndarray, "rows columns"]
    block: Int64[np.ndarray, " rows"]


@dataclass(frozen=True)
class Likeness:
    """Scores of sets of columns; `made_without` and `real_without` are their means with one block of rows left out."""

    each: list[float]
    ceiling: float
    made_without: Float[np.ndarray, " made_blocks"]
    real_without: Float[np.ndarray, " real_blocks"]


def score(evidence: Evidence) -> Iterable[Score]:
    """`shapes`, `pairs` and `triples`, as far as there are columns; nothing without real rows."""
    seen = view.read(evidence)
    if not seen.axes or not len(seen.made) or not len(seen.real):
        return []
    alone = _compare(seen, evidence.seed, [(place,) for place in range(len(seen.axes))])
    columns = [
        {
            "name": axis.name,
            "kind": axis.column.kind,
            "score": round(alone.each[place], 6),
            **histogram.draw(axis, seen.real[:, place], seen.made[:, place], floor=evidence.floor),
        }
        for place, axis in enumerate(seen.axes)
    ]
    found = [_score(1, alone, {"columns": columns})]
    if len(seen.axes) > 1:
        pairs = list(combinations(range(len(seen.axes)), 2))
        both = _compare(seen, evidence.seed, pairs)
        found.append(_score(2, both, {"columns": seen.names, "matrix": _matrix(pairs, both.each, alone.each)}))
    if len(seen.axes) > 2:
        triples = _choose(list(combinations(range(len(seen.axes)), 3)), evidence.seed)
        found.append(_score(3, _compare(seen, evidence.seed, triples), {"sets": len(triples)}))
    return found


def _compare(seen: view.View, seed: int, sets: Sequence[tuple[int, ...]]) -> Likeness:
    rows = max(1_000, min(_ROWS, _WORK // len(sets)))
    base = seen.holdout if seen.holdout is not None else seen.real
    fitted = bins.fit_all(seen.axes, seen.real, most=_CELLS[len(sets[0])])
    made, real = (_count(fitted, part, rows, seed, name) for part, name in ((seen.made, "made"), (base, "real")))
    other = (
        _count(fitted, seen.train, rows, seed, "train") if seen.holdout is not None and seen.train is not None else None
    )
    sizes = [one.size for one in fitted]
    each, ceilings, parts = [], [], []
    for chosen in sets:
        size = int(np.prod([sizes[place] for place in chosen]))
        tables = [_table(part, chosen, sizes, size) for part in (made, real)]
        totals = [table.sum(axis=1) for table in tables]
        each.append(_alike(*totals))
        parts.append((_without(tables[0], totals[1]), _without(tables[1], totals[0])))
        if other is not None:
            ceilings.append(_alike(_table(other, chosen, sizes, size).sum(axis=1), totals[1]))
        else:
            ceilings.append(_noise(*totals))
    return Likeness(
        each,
        float(np.mean(ceilings)),
        np.mean([part[0] for part in parts], axis=0),
        np.mean([part[1] for part in parts], axis=0),
    )


def _count(fitted: list[bins.Bins], matrix: view.Matrix, rows: int, seed: int, name: str) -> Counted:
    taken = view.take(matrix, rows, seed, NAME, name)
    block = interval.blocks(len(taken), stream(seed, NAME, "blocks", name))
    return Counted(bins.cells_all(fitted, taken), block)


def _table(part: Counted, chosen: tuple[int, ...], sizes: list[int], size: int) -> Float[np.ndarray, "cells blocks"]:
    code = np.zeros(len(part.block), np.int64)
    for place in chosen:
        code = code * sizes[place] + part.cells[:, place]
    many = int(part.block.max()) + 1
    return np.bincount(code * many + part.block, minlength=size * many).reshape(size, many).astype(float)


def _alike(first: Float[np.ndarray, " cells"], second: Float[np.ndarray, " cells"]) -> float:
    return float(1 - np.abs(first / first.sum() - second / second.sum()).sum() / 2)


def _without(
    table: Float[np.ndarray, "cells blocks"], other: Float[np.ndarray, " cells"]
) -> Float[np.ndarray, " blocks"]:
    """The likeness with each block left out in turn; as it is when there is only one block."""
    if table.shape[1] < 2:
        return np.full(1, _alike(table.sum(axis=1), other))
    left = table.sum(axis=1, keepdims=True) - table
    apart = np.abs(left / left.sum(axis=0) - (other / other.sum())[:, None])
    return np.asarray(1 - apart.sum(axis=0) / 2)


def _noise(made: Float[np.ndarray, " cells"], real: Float[np.ndarray, " cells"]) -> float:
    """The likeness that two samples of these sizes from the real shares have on average (normal approximation)."""
    shares = real / real.sum()
    spread = np.sqrt(shares * (1 - shares) * (1 / made.sum() + 1 / real.sum()))
    return float(1 - np.sqrt(2 / np.pi) * spread.sum() / 2)


def _choose(sets: list[tuple[int, ...]], seed: int) -> list[tuple[int, ...]]:
    if len(sets) <= _MOST_SETS:
        return sets
    chosen = stream(seed, NAME, "triples").choice(len(sets), _MOST_SETS, replace=False)
    return [sets[place] for place in np.sort(chosen)]


def _matrix(pairs: Sequence[tuple[int, int]], each: list[float], alone: list[float]) -> list[list[float]]:
    """Pair scores in both triangles, column scores on the diagonal."""
    whole = np.diag(np.array(alone, float))
    for (first, second), value in zip(pairs, each, strict=True):
        whole[first, second] = whole[second, first] = value
    return [[round(value, 6) for value in row] for row in whole.tolist()]


def _score(width: int, found: Likeness, detail: dict[str, object]) -> Score:
    value = float(np.mean(found.each))
    error = float(np.hypot(interval.jackknife(found.made_without), interval.jackknife(found.real_without)))
    return Score(
        name=_TITLES[width],
        value=value,
        section="fidelity",
        bounds=(0.0, 1.0),
        direction="higher",
        ideal=1.0,
        interval=interval.around(value, error, (0.0, 1.0)),
        unit="share",
        ceiling=found.ceiling,
        detail=detail,
    )
