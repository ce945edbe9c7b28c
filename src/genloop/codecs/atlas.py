"""The plane of a place codec: points that many rows share, and bands of cells along the second coordinate.

Units are whole (ten-millionths of a degree). A cell keeps, per coordinate, the breadth of a uniform distribution with
its rows' mean and variance, cut to the cell, so no edge is a row's place. Interleaving the bits of both units (Morton
1966) makes one sortable key whose leading bits name ever smaller squares.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int, Shaped
from scipy.spatial import KDTree

from genloop.codecs import cells
from genloop.codecs.limits import Limits

Units = Shaped[np.ndarray, "_rows 2"]
Tokens = Int[np.ndarray, "_rows"]
Box = tuple[Limits, Limits]

CELLS = 4  # times `tokens`: how many cells there are at most
_STRIDES = (
    (16, 0x0000FFFF0000FFFF),
    (8, 0x00FF00FF00FF00FF),
    (4, 0x0F0F0F0F0F0F0F0F),
    (2, 0x3333333333333333),
    (1, 0x5555555555555555),
)


@dataclass(frozen=True)
class Atlas:
    """A frozen plane ready for work; `order[token]` is a point's index, or ~index of a band.

    A cell is (low, high) of the first coordinate, then of the second.
    """

    points: Shaped[np.ndarray, "points 2"]
    first: Int[np.ndarray, "bands"]
    last: Int[np.ndarray, "bands"]
    band_edges: Float[np.ndarray, "inner_edges"]
    cell_edges: list[list[float]]
    cells: Shaped[np.ndarray, "cells 4"]
    cell_rows: Float[np.ndarray, "cells"]
    order: Int[np.ndarray, "tokens"]
    rows: Float[np.ndarray, "tokens"]

    @property
    def widest(self) -> int:
        """The most cells a band has."""
        return int((self.last - self.first).max()) if len(self.first) else 0

    @property
    def ends(self) -> Units | None:
        """The lowest and highest units of both coordinates, None when nothing is kept."""
        corners = np.r_[self.points, self.cells[:, [0, 2]], self.cells[:, [1, 3]]]
        return np.stack([corners.min(axis=0), corners.max(axis=0)]) if len(corners) else None


def interleave(units: Units) -> Shaped[np.ndarray, "rows"]:
    """One unsigned key per place: the bits of both units by turns."""
    first, second = (_spread(units[:, side].astype(np.uint64)) for side in (0, 1))
    return np.asarray((first << np.uint64(1)) | second)


def separate(keys: Shaped[np.ndarray, "rows"]) -> Units:
    """The inverse of `interleave`."""
    return np.stack([_gather(keys >> np.uint64(1)), _gather(keys)], axis=1).astype(np.int64)


def tree(units: Units, counts: Shaped[np.ndarray, "rows"], *, floor: int, tokens: int) -> dict[str, Any]:
    """Bands of cells over places carried by `counts` rows, each cell by at least `floor`; JSON-able."""
    total = int(counts.sum())
    rows = max(floor, -(-total // (CELLS * tokens)))
    across = max(1, min(int(np.sqrt(total / rows)), tokens))
    bands = _cells(units[:, 0], counts, floor, max(floor, total // across))
    found: dict[str, Any] = {
        "first": [],
        "band_edges": bands.edges.tolist(),
        "cell_edges": [],
        "cells": [],
        "cell_rows": [],
    }
    band = np.searchsorted(bands.edges, units[:, 0], side="left")
    for index in range(len(bands.rows)):
        mine, weight = units[band == index], counts[band == index]
        own = _cells(mine[:, 1], weight, floor, rows)
        cell = np.searchsorted(own.edges, mine[:, 1], side="left")
        found["first"].append(len(found["cells"]))
        found["cell_edges"].append(own.edges.tolist())
        found["cell_rows"] += np.bincount(cell, weight, minlength=len(own.rows)).astype(np.int64).tolist()
        ends = (np.full(len(own.rows), side[index]) for side in (bands.lows, bands.highs))
        first = _breadths(mine[:, 0], weight, cell, *ends)
        second = _breadths(mine[:, 1], weight, cell, own.lows, own.highs)
        found["cells"] += np.stack([*first, *second], axis=1).tolist()
    return found


def read(frozen: dict[str, Any]) -> Atlas:
    """The plane that the place codec froze."""
    points = np.array(frozen["points"], dtype=np.int64).reshape(-1, 2)
    cells = np.array(frozen["cells"], dtype=np.float64).reshape(-1, 4)
    first = np.array(frozen["first"], dtype=np.int64)
    last = np.r_[first[1:], len(cells)] if len(first) else first
    cell_rows = np.array(frozen["cell_rows"], dtype=np.float64)
    bands = np.array(frozen["band_edges"], dtype=np.float64)
    band_rows = np.add.reduceat(cell_rows, first) if len(first) else cell_rows
    middle = np.add.reduceat(cells[:, :2].mean(axis=1) * cell_rows, first) / band_rows if len(first) else cell_rows
    by_key = np.argsort(np.r_[points[:, 0], middle], kind="stable")
    labels = np.r_[np.arange(len(points)), ~np.arange(len(first))][by_key]
    rows = np.r_[np.array(frozen["point_rows"], dtype=np.float64), band_rows][by_key]
    return Atlas(points, first, last, bands, frozen["cell_edges"], cells, cell_rows, labels, rows)


def encode(atlas: Atlas, units: Units) -> tuple[Tokens, Tokens]:
    """The token of each place, and which cell of its band it lies in (from 1; 0 at a point)."""
    token_of = np.argsort(np.where(atlas.order >= 0, atlas.order, len(atlas.points) + ~atlas.order))
    tokens, members = np.zeros((2, len(units)), dtype=np.int64)
    if len(atlas.first):
        band = np.searchsorted(atlas.band_edges, units[:, 0], side="left")
        for index in np.unique(band):
            mine = band == index
            members[mine] = np.searchsorted(atlas.cell_edges[index], units[mine, 1], side="left") + 1
        tokens = token_of[len(atlas.points) + band]
    if not len(atlas.points):
        return tokens, members
    if not len(atlas.first):
        return token_of[KDTree(atlas.points).query(units)[1]], members
    keys, wanted = interleave(atlas.points), interleave(units)
    at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
    hit = keys[at] == wanted
    return np.where(hit, token_of[at], tokens), np.where(hit, 0, members)


def shares(atlas: Atlas, box: Box) -> list[Any]:
    """Per field, the part of each token's mass that lies in the box."""
    share = np.zeros(len(atlas.order))
    at_point = atlas.order >= 0
    inside = box[0].keep(atlas.points[:, 0]) & box[1].keep(atlas.points[:, 1])
    share[at_point] = inside[atlas.order[at_point]]
    if not len(atlas.first):
        return [share]
    kept = _weights(atlas, box)
    whole = np.add.reduceat(atlas.cell_rows, atlas.first)
    share[~at_point] = (np.add.reduceat(kept, atlas.first) / whole)[~atlas.order[~at_point]]
    member = np.arange(len(atlas.cells)) - np.repeat(atlas.first, atlas.last - atlas.first) + 1
    able, every = (np.bincount(member, weight, minlength=atlas.widest + 1) for weight in (kept, atlas.cell_rows))
    able[0], every[0] = 1.0, 1.0
    return [share, able / every]


def decode(atlas: Atlas, tokens: Tokens, members: Tokens, rng: np.random.Generator, *, box: Box, step: int) -> Units:
    """Units for tokens, inside the box; a member that its band has not, or the box forbids, is drawn again."""
    units = np.zeros((len(tokens), 2), dtype=np.int64)
    if not len(atlas.order):
        return units
    labels = atlas.order[np.minimum(tokens, len(atlas.order) - 1)]
    at_point = labels >= 0
    units[at_point] = atlas.points[labels[at_point]]
    cell = _choose(atlas, ~labels[~at_point], members[~at_point], rng, _weights(atlas, box))
    for side in (0, 1):
        low, high = atlas.cells[cell, 2 * side], atlas.cells[cell, 2 * side + 1]
        units[~at_point, side] = _draw(low, high, rng, box[side], step)
    return units


def _spread(numbers: Shaped[np.ndarray, "rows"]) -> Shaped[np.ndarray, "rows"]:
    """Every bit moved to twice its place."""
    for shift, mask in _STRIDES:
        numbers = (numbers | (numbers << np.uint64(shift))) & np.uint64(mask)
    return numbers


def _gather(numbers: Shaped[np.ndarray, "rows"]) -> Shaped[np.ndarray, "rows"]:
    """The inverse of `_spread`; bits between are dropped."""
    numbers = numbers & np.uint64(_STRIDES[-1][1])
    for (shift, _), (_, mask) in zip(_STRIDES[:0:-1], _STRIDES[-2::-1], strict=True):
        numbers = (numbers | (numbers >> np.uint64(shift))) & np.uint64(mask)
    return np.asarray((numbers | (numbers >> np.uint64(16))) & np.uint64(0xFFFFFFFF))


def _cells(values: Tokens, counts: Tokens, floor: int, rows: int) -> cells.Cells:
    """Cells along one coordinate."""
    distinct, place = np.unique(values, return_inverse=True)
    carried = np.bincount(place, counts, minlength=len(distinct)).astype(np.int64)
    return cells.fit(distinct.astype(np.float64), carried, floor=floor, rows=rows, grid=False)


def _breadths(values: Tokens, counts: Tokens, cell: Tokens, lows: Any, highs: Any) -> tuple[Any, Any]:
    """Per cell the ends of a uniform distribution with its rows' mean and variance, cut to the cell."""
    rows = np.bincount(cell, counts, minlength=len(lows))
    mean = np.bincount(cell, counts * values, minlength=len(lows)) / rows
    variance = np.bincount(cell, counts * (values - mean[cell]) ** 2, minlength=len(lows)) / rows
    reach = np.sqrt(3 * variance)
    return np.maximum(mean - reach, np.minimum(lows, mean)), np.minimum(mean + reach, np.maximum(highs, mean))


def _weights(atlas: Atlas, box: Box) -> Float[np.ndarray, "cells"]:
    """The rows of each cell that lie in the box."""
    weights: Any = atlas.cell_rows
    for side, limits in enumerate(box):
        low, high = atlas.cells[:, 2 * side], atlas.cells[:, 2 * side + 1]
        new_low = low if limits.low is None else np.maximum(low, limits.low)
        new_high = high if limits.high is None else np.minimum(high, limits.high)
        inside = new_low <= new_high
        if limits.only is not None:
            only = np.sort(np.array(limits.only, dtype=np.float64))
            found = np.searchsorted(only, new_high, side="right") - np.searchsorted(only, new_low)
            weights = weights * inside * np.clip(found / atlas.cell_rows, 0, 1)
        else:
            part = np.divide(new_high - new_low, high - low, out=np.ones(len(low)), where=high > low)
            weights = weights * np.where(inside, part, 0.0)
    return np.asarray(weights)


def _choose(atlas: Atlas, band: Tokens, members: Tokens, rng: np.random.Generator, weights: Any) -> Tokens:
    """The cell of each row: the one its tokens name, or one of its band, or any, in proportion to the weights."""
    cell = atlas.first[band] + members - 1
    named = (members > 0) & (cell < atlas.last[band])
    named[named] = weights[cell[named]] > 0
    total = np.r_[0.0, np.cumsum(weights)]
    begin, end = total[atlas.first[band]], total[atlas.last[band]]
    empty = end <= begin
    begin, end = np.where(empty, 0.0, begin), np.where(empty, total[-1], end)
    spot = np.minimum(begin + rng.random(len(band)) * (end - begin), np.nextafter(end, -1))
    drawn = np.minimum(np.searchsorted(total, spot, side="right") - 1, len(weights) - 1)
    return np.asarray(np.where(named, cell, drawn))


def _draw(low: Any, high: Any, rng: np.random.Generator, limits: Limits, step: int) -> Tokens:
    """Whole steps drawn uniformly between low and high, inside the limits."""
    low = low if limits.low is None else np.maximum(low, limits.low)
    high = high if limits.high is None else np.minimum(high, limits.high)
    place = rng.random(len(low))
    if limits.only:
        only = np.sort(np.array(limits.only, dtype=np.int64))
        begin, end = np.searchsorted(only, low), np.searchsorted(only, high, side="right")
        chosen = begin + np.floor(place * (end - begin)).astype(np.int64)
        return np.asarray(only[np.minimum(chosen, len(only) - 1)])
    units = (np.rint((low + place * (high - low)) / step) * step).astype(np.int64)
    if limits.low is not None:
        units = np.where(units < limits.low, units + step, units)
    if limits.high is not None:
        units = np.where(units > limits.high, units - step, units)
    for move in (step, -2 * step):
        wrong = np.isin(units, np.array(limits.never, dtype=np.int64))
        units = np.where(wrong, units + move, units)
    return np.asarray(units)
