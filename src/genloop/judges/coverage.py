"""Whether rare groups survive: values and pairs of values that few real rows carry, found again in made rows.

A group counts when its real rows number at least the floor and at most 1 %. The ceiling is how many of them fresh real
rows would show: the rate of groups seen c times in train is what the holdout says it is on average (Good 1953), and
around it the chance of seeing none is that of a negative binomial.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from jaxtyping import Bool, Float, Int64

from genloop.core.protocols import Evidence
from genloop.core.records import BEYOND
from genloop.core.score import Score
from genloop.core.seed import stream
from genloop.judges import bins, interval, view

NAME = "coverage"
_RARE = 0.01
_ROWS = 100_000
_VALUES = 60  # of a category that are told apart
_BINS = 10
_MOST_SETS = 400
_SHOWN = 20


@dataclass(frozen=True)
class Groups:
    """Rare groups: the columns and cells of each, its rows in train and holdout, and in the made blocks."""

    columns: list[tuple[int, ...]]
    cells: list[tuple[int, ...]]
    real: Int64[np.ndarray, " groups"]
    holdout: Int64[np.ndarray, " groups"] | None
    made: Int64[np.ndarray, "groups blocks"]


def score(evidence: Evidence) -> Iterable[Score]:
    """`coverage`: the share of rare groups that made rows still show, as many made rows as real ones."""
    seen = view.read(evidence)
    real = view.take(seen.real, _ROWS, evidence.seed, NAME, "real")
    made = view.take(seen.made, len(real), evidence.seed, NAME, "made")
    if not seen.axes or not len(real) or not len(made):
        return []
    holdout = seen.holdout if seen.train is not None else None
    fitted = [
        bins.fit(axis, real[:, place], most=_VALUES if axis.is_category else _BINS)
        for place, axis in enumerate(seen.axes)
    ]
    groups = _find(fitted, real, holdout, made, evidence)
    if not groups.columns:
        return []
    total = groups.made.sum(axis=1)
    without = np.mean((total[:, None] - groups.made) > 0, axis=0)
    value = float(np.mean(total > 0))
    shares = groups.real / len(real), total / len(made)
    least = np.sqrt(max(value * (1 - value), 1 / len(total)) / len(total))
    error = max(interval.jackknife(without), float(least))
    return [
        Score(
            name="coverage",
            value=value,
            section="diversity",
            bounds=(0.0, 1.0),
            direction="higher",
            ideal=1.0,
            interval=interval.around(value, error, (0.0, 1.0)),
            unit="share",
            ceiling=_ceiling(groups, len(real), 0 if holdout is None else len(holdout), len(made)),
            detail={
                "groups": _worst(groups, seen.axes, fitted, len(real), len(made)),
                "count": len(total),
                "recall": round(float(np.minimum(*shares).sum() / shares[0].sum()), 6),
                "rows": len(made),
            },
        )
    ]


def _find(
    fitted: list[bins.Bins], real: view.Matrix, holdout: view.Matrix | None, made: view.Matrix, evidence: Evidence
) -> Groups:
    tables = [bins.cells_all(fitted, part) for part in (real, made)]
    held = bins.cells_all(fitted, holdout) if holdout is not None else None
    block = interval.blocks(len(made), stream(evidence.seed, NAME, "blocks"))
    blocks = int(block.max()) + 1
    most = max(_RARE * len(real), 4 * evidence.floor)
    columns: list[tuple[int, ...]] = []
    cells: list[tuple[int, ...]] = []
    counts: list[tuple[np.ndarray, np.ndarray, np.ndarray | None]] = []
    for chosen in _sets(len(fitted), evidence.seed):
        sizes = [fitted[place].size for place in chosen]
        size = int(np.prod(sizes))
        codes = [_code(table, chosen, sizes) for table in tables]
        count = np.bincount(codes[0], minlength=size)
        rare = np.flatnonzero((count >= evidence.floor) & (count <= most) & _named(fitted, chosen, sizes))
        if not len(rare):
            continue
        ours = np.bincount(codes[1] * blocks + block, minlength=size * blocks).reshape(size, blocks)
        theirs = None if held is None else np.bincount(_code(held, chosen, sizes), minlength=size)[rare]
        counts.append((count[rare], ours[rare], theirs))
        columns.extend([chosen] * len(rare))
        cells.extend(zip(*(part.tolist() for part in np.unravel_index(rare, sizes)), strict=True))
    if not counts:
        return Groups([], [], np.zeros(0, np.int64), None, np.zeros((0, blocks), np.int64))
    seen = None if held is None else np.concatenate([part[2] for part in counts if part[2] is not None])
    return Groups(
        columns, cells, np.concatenate([part[0] for part in counts]), seen, np.concatenate([part[1] for part in counts])
    )


def _sets(columns: int, seed: int) -> list[tuple[int, ...]]:
    """Every column, and every pair of columns or a random choice of them."""
    pairs = list(combinations(range(columns), 2))
    if len(pairs) > _MOST_SETS:
        pairs = [pairs[place] for place in stream(seed, NAME, "pairs").choice(len(pairs), _MOST_SETS, replace=False)]
    return [*((place,) for place in range(columns)), *pairs]


def _code(cells: Int64[np.ndarray, "rows columns"], chosen: tuple[int, ...], sizes: list[int]) -> np.ndarray:
    code = np.zeros(len(cells), np.int64)
    for place, size in zip(chosen, sizes, strict=True):
        code = code * size + cells[:, place]
    return code


def _named(fitted: list[bins.Bins], chosen: tuple[int, ...], sizes: list[int]) -> Bool[np.ndarray, " cells"]:
    """Cells that stand for one thing: not the rest of a category's values."""
    named = np.ones(1, bool)
    for place, size in zip(chosen, sizes, strict=True):
        own = np.ones(size, bool)
        own[-1] = len(fitted[place].edges) > 0
        named = (named[:, None] & own[None, :]).reshape(-1)
    return named


def _ceiling(groups: Groups, real_rows: int, holdout_rows: int, made_rows: int) -> float:
    """The share of groups that as many fresh real rows as there are made ones would show."""
    rate = groups.real / real_rows
    if groups.holdout is not None and holdout_rows:
        bounds = np.unique(np.quantile(groups.real, np.arange(1, 20) / 20))
        stratum = np.searchsorted(bounds, groups.real, side="right")
        seen = np.bincount(stratum, groups.holdout) / np.maximum(np.bincount(stratum), 1) / holdout_rows
        rate = seen[stratum]
    return float(np.mean(1 - (1 + made_rows * rate / groups.real) ** -groups.real.astype(float)))


def _worst(
    groups: Groups, axes: tuple[view.Axis, ...], fitted: list[bins.Bins], real_rows: int, made_rows: int
) -> list[dict[str, object]]:
    """The groups that made rows fall shortest of, in standard errors."""
    real, made = groups.real / real_rows, groups.made.sum(axis=1) / made_rows
    short = (real - made) / np.sqrt(real / real_rows + real / made_rows)
    return [
        {
            "columns": [axes[place].name for place in groups.columns[index]],
            "values": [
                _label(axes[place], fitted[place], cell)
                for place, cell in zip(groups.columns[index], groups.cells[index], strict=True)
            ],
            "real": round(float(real[index]), 6),
            "made": round(float(made[index]), 6),
        }
        for index in np.argsort(-short, kind="stable")[:_SHOWN]
    ]


def _label(axis: view.Axis, one: bins.Bins, cell: int) -> str | None:
    """A cell in words: None for missing, a value, or a range with rounded ends."""
    if cell == 0:
        return None
    if cell <= len(one.spikes):
        value = one.spikes[cell - 1]
        return axis.labels[int(value)] if axis.is_category else _spell(axis, float(value), exact=True)
    ends = [None, *_round(axis, one.edges), None]
    place = cell - 1 - len(one.spikes)
    low, high = ("" if end is None else _spell(axis, end) for end in ends[place : place + 2])
    return f"{low}..{high}"


def _round(axis: view.Axis, edges: Float[np.ndarray, " edges"]) -> list[float]:
    """Edges to about a hundredth of their span: ends of ranges, no value of a row."""
    span = float(edges[-1] - edges[0]) or abs(float(edges[0])) or 1.0
    digits = 2 - int(np.floor(np.log10(span)))
    if axis.column.decimals is not None:
        digits = min(digits, axis.column.decimals)
    return [float(np.round(edge, digits)) for edge in edges]


def _spell(axis: view.Axis, value: float, *, exact: bool = False) -> str:
    if axis.column.kind == "time":
        moment = str(np.datetime64(min(int(np.floor(value)), BEYOND - 1), "s"))  # a float of "never" rounds up
        return moment.replace("T", " ") if exact else moment[:10]
    return f"{value:.12g}"
