"""A decoder block for long rows of unequal length: places as rotations, shared keys and values, squared ReLU.

Rotary places: Su et al. 2021, arXiv 2104.09864. Several heads of queries share one of keys and values: Ainslie et al.
2023, arXiv 2305.13245. Queries and keys are normed: arXiv 2010.04245. Squared ReLU: So et al. 2021, arXiv 2109.08668.
Norms are layer norms without gains where the papers have root-mean-square norms, and attention runs in float32: see
`nn.attention`, whose reasons hold here. Products run on all places of all rows laid end to end; only attention sees
rows, a group of similar length at a time (`nn.lines`).
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from jaxtyping import Complex, Float, Int
from torch import Tensor, nn

from genloop.nn.dropout import thin
from genloop.nn.gaze import look, turn
from genloop.nn.linear import Linear
from genloop.nn.lines import Lines


@dataclass
class Memory:
    """Keys and values of the places already seen by one block, with room for all."""

    keys: Float[Tensor, "rows shared places each"]
    values: Float[Tensor, "rows shared places each"]

    @classmethod
    def room(cls, rows: int, shared: int, places: int, each: int) -> "Memory":
        """An empty memory; the system gives its pages, all zero, when they are written to."""
        keys, values = (torch.from_numpy(np.zeros((rows, shared, places, each), np.float32)) for _ in range(2))
        return cls(keys, values)

    def keep(
        self,
        first: int,
        keys: Float[Tensor, "own shared places each"],
        values: Float[Tensor, "own shared places each"],
    ) -> None:
        """Remember the first places of these rows, which begin at row `first`."""
        own, places = slice(first, first + len(keys)), slice(keys.shape[2])
        self.keys[own, :, places], self.values[own, :, places] = keys, values

    def take(self, rows: Int[Tensor, " kept"], last: int) -> "Memory":
        """The memory of these rows alone, of which the places below `last` are filled."""
        found = Memory.room(len(rows), *self.keys.shape[1:])
        for fresh, own in ((found.keys, self.keys), (found.values, self.values)):
            fresh[:, :, :last] = own[:, :, :last].index_select(0, rows)
        return found


class Speaker(nn.Module):
    """x + attention(norm(x)), then x + W2 relu(W1 norm(x))^2; both parts begin at zero."""

    def __init__(
        self, width: int, heads: int, shared: int, inner: int, rng: torch.Generator, dropout: float = 0.0
    ) -> None:
        super().__init__()
        self.heads, self.shared, self.each, self.dropout = heads, shared, width // heads, dropout
        self.enter = Linear(width, width + 2 * shared * self.each, bias=False)
        self.leave = Linear(width, width, bias=False)
        self.up = Linear(width, inner, bias=False)
        self.down = Linear(inner, width, bias=False)
        self.sharpness = nn.Parameter(torch.full((heads, 1), math.log(math.sqrt(self.each))))
        for layer in (self.enter, self.up):
            nn.init.normal_(layer.weight, std=1 / math.sqrt(width), generator=rng)
        for layer in (self.leave, self.down):
            nn.init.zeros_(layer.weight)

    def forward(
        self,
        x: Float[Tensor, "total width"],
        turns: Complex[Tensor, "places 1 half"],
        lines: Lines,
        memory: Memory | None = None,
        rng: torch.Generator | None = None,
    ) -> Float[Tensor, "total width"]:
        """The block over whole rows, laid end to end; `turns` of all places; a memory gets keys and values.

        With a generator a share `dropout` of what each part adds is left out.
        """
        parts = self.enter(torch.layer_norm(x, x.shape[-1:]))
        keep = None if memory is None else memory.keep
        return self._rest(x, look(parts, self.sharpness, turns, lines, self.shared, keep), rng)

    def one(
        self,
        x: Float[Tensor, "rows width"],
        turns: Complex[Tensor, "rows 1 half"],
        place: Int[Tensor, " rows"],
        memory: Memory,
        mask: Tensor | None,
        last: int,
    ) -> Float[Tensor, "rows width"]:
        """The block at one more place of every row, after those the memory holds (below `last`); adds its own."""
        parts = self.enter(torch.layer_norm(x, x.shape[-1:])).float().view(len(x), -1, self.each)
        heads = turn(torch.layer_norm(parts[:, : -self.shared].contiguous(), (self.each,)), turns)
        queries, keys, values = heads[:, : self.heads], heads[:, self.heads :], parts[:, -self.shared :]
        if mask is None:
            memory.keys[:, :, last - 1], memory.values[:, :, last - 1] = keys, values
        else:
            row = torch.arange(len(x))
            memory.keys[row, :, place], memory.values[row, :, place] = keys, values
        keys, values = memory.keys.flatten(0, 1)[:, :last], memory.values.flatten(0, 1)[:, :last]
        queries = queries * (self.sharpness.float().exp() / self.each)
        scores = torch.bmm(queries.view(len(keys), -1, self.each), keys.mT)
        if mask is not None:
            scores.masked_fill_(~mask.repeat_interleave(self.shared, 0), -torch.inf)
        return self._rest(x, torch.bmm(scores.softmax(-1), values).view(len(x), -1))

    def _rest(self, x: Tensor, seen: Tensor, rng: torch.Generator | None = None) -> Tensor:
        x = x + thin(self.leave(seen.to(x.dtype)), self.dropout, rng)
        inner = _square(self.up(torch.layer_norm(x, x.shape[-1:])))
        out: Tensor = x + thin(self.down(inner), self.dropout, rng)
        return out


def _square(x: Tensor) -> Tensor:
    """relu(x)^2, where x stands when no way back is asked for."""
    found: Tensor = _Square.apply(x) if x.requires_grad else x.relu_().square_()  # type: ignore[no-untyped-call]
    return found


class _Square(torch.autograd.Function):
    """relu(x)^2; backwards one product, of what is kept already."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        above = x.relu()
        ctx.save_for_backward(above)
        return above * above

    @staticmethod
    def backward(ctx: Any, *push: Tensor) -> Tensor:
        (above,) = ctx.saved_tensors
        found: Tensor = (push[0] * above).mul_(2)
        return found
