"""Rows of unequal length laid end to end, and the groups of similar length in which attention sees them.

What treats every place alike runs on the places end to end and wastes nothing; what looks along a row sees a padded
rectangle of rows. A place only ever looks back, so the padding behind a row needs no mask.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

WASTE = 0.25  # of a rectangle may be padding


@dataclass(frozen=True, eq=False)
class Group:
    """Rows beside one another: their places are `start` to `stop` of all, and stand at `flat` of the rectangle."""

    start: int
    stop: int
    rows: int
    places: int
    flat: Int[Tensor, " own"]

    def spread(self, x: Float[Tensor, "own width"]) -> Float[Tensor, "places width"]:
        """The places in the rectangle, zeros beside them; they themselves where they fill it. Without a gradient."""
        size = self.rows * self.places
        return x if len(x) == size else x.new_zeros(size, x.shape[1]).index_copy_(0, self.flat, x)

    def gather(self, x: Float[Tensor, "places width"]) -> Float[Tensor, "own width"]:
        """The places out of the rectangle. Without a gradient."""
        return x if len(x) == len(self.flat) else x.index_select(0, self.flat)

    def to(self, device: torch.device) -> "Group":
        """The group on that device."""
        return replace(self, flat=self.flat.to(device))


@dataclass(frozen=True, eq=False)
class Lines:
    """The layout of rows whose sizes fall: which `row` and `place` each of all places is, and the groups."""

    sizes: Int[np.ndarray, " rows"]
    row: Int[Tensor, " total"]
    place: Int[Tensor, " total"]
    groups: tuple[Group, ...]

    @classmethod
    def of(cls, sizes: Int[np.ndarray, " rows"]) -> "Lines":
        """The layout for rows of these sizes, the longest first."""
        assert bool((np.diff(sizes) <= 0).all()), "rows come longest first"
        starts = np.concatenate([[0], np.cumsum(sizes)])
        row = np.repeat(np.arange(len(sizes)), sizes)
        place = np.arange(starts[-1]) - starts[row]
        groups, first = [], 0
        while first < len(sizes):
            widest = int(sizes[first])
            last = first + 1
            while last < len(sizes) and sizes[last] >= widest * (1 - WASTE):
                last += 1
            part = slice(starts[first], starts[last])
            flat = torch.from_numpy((row[part] - first) * widest + place[part])
            groups.append(Group(int(starts[first]), int(starts[last]), last - first, widest, flat))
            first = last
        return cls(sizes, torch.from_numpy(row), torch.from_numpy(place), tuple(groups))

    def to(self, device: torch.device) -> "Lines":
        """The layout on that device."""
        groups = tuple(group.to(device) for group in self.groups)
        return replace(self, row=self.row.to(device), place=self.place.to(device), groups=groups)


def spread(x: Float[Tensor, "own width"], flat: Int[Tensor, " own"], places: int) -> Float[Tensor, "places width"]:
    """The places put where `flat` says among `places`; zeros elsewhere."""
    found: Tensor = _Spread.apply(x, flat, places)  # type: ignore[no-untyped-call]
    return found


def gather(x: Float[Tensor, "places width"], flat: Int[Tensor, " own"]) -> Float[Tensor, "own width"]:
    """The places that `flat` names, each at most once."""
    found: Tensor = _Gather.apply(x, flat)  # type: ignore[no-untyped-call]
    return found


class _Spread(torch.autograd.Function):
    """Writing at distinct places; backwards it reads them. Autograd's own way back adds, row after row."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, flat: Tensor, places: int) -> Tensor:
        ctx.save_for_backward(flat)
        return x.new_zeros(places, x.shape[1]).index_copy_(0, flat, x)

    @staticmethod
    def backward(ctx: Any, *above: Tensor) -> tuple[Tensor | None, ...]:
        (flat,) = ctx.saved_tensors
        return above[0].index_select(0, flat), None, None


class _Gather(torch.autograd.Function):
    """Reading distinct places; backwards it writes them."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, flat: Tensor) -> Tensor:
        ctx.save_for_backward(flat)
        ctx.places = len(x)
        return x.index_select(0, flat)

    @staticmethod
    def backward(ctx: Any, *above: Tensor) -> tuple[Tensor | None, ...]:
        (flat,) = ctx.saved_tensors
        return above[0].new_zeros(ctx.places, above[0].shape[1]).index_copy_(0, flat, above[0]), None
