"""Cells of a histogram: one for missing, one a spike (a value with much mass), equal-mass bins of the rest between."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int64

from genloop.judges.view import Axis, Matrix


@dataclass(frozen=True)
class Bins:
    """Cell 0 is missing, then one cell a spike, then the bins that `edges` part what is left into."""

    spikes: Float[np.ndarray, " codes"]
    edges: Float[np.ndarray, " edges"]

    @property
    def size(self) -> int:
        """How many cells there are."""
        return 1 + len(self.spikes) + len(self.edges) + 1


def fit(axis: Axis, values: Float[np.ndarray, " rows"], *, most: int) -> Bins:
    """At most about `most` cells for one column, from its real values.

    A number with few distinct values, or a category, has a cell a value, the rarest merged; any other number has a cell
    for each value that alone fills a bin and equal-mass bins for the rest.
    """
    found, count = np.unique(values[~np.isnan(values)], return_counts=True)
    none = np.zeros(0)
    if axis.is_category or len(found) <= most:
        frequent = np.argsort(-count, kind="stable")[:most]
        return Bins(np.sort(found[frequent]), none)
    spiky = count >= count.sum() / most
    rest = np.repeat(found[~spiky], count[~spiky])
    bins = max(2, most - int(spiky.sum()))
    edges = np.unique(np.quantile(rest, np.arange(1, bins) / bins)) if len(rest) else none
    return Bins(found[spiky], edges)


def cells(bins: Bins, values: Float[np.ndarray, " rows"]) -> Int64[np.ndarray, " rows"]:
    """The cell of every value."""
    spikes = len(bins.spikes)
    found = 1 + spikes + np.searchsorted(bins.edges, values, side="right").astype(np.int64)
    if spikes:
        place = np.minimum(np.searchsorted(bins.spikes, values), spikes - 1)
        found = np.where(bins.spikes[place] == values, 1 + place, found)
    return np.where(np.isnan(values), 0, found)


def fit_all(axes: tuple[Axis, ...], real: Matrix, *, most: int) -> list[Bins]:
    """Bins for every column."""
    return [fit(axis, real[:, place], most=most) for place, axis in enumerate(axes)]


def cells_all(bins: list[Bins], matrix: Matrix) -> Int64[np.ndarray, "rows columns"]:
    """Cells of a whole table."""
    if not bins:
        return np.zeros(matrix.shape, np.int64)
    return np.stack([cells(one, matrix[:, place]) for place, one in enumerate(bins)], axis=1)
