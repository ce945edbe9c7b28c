"""A decoder block for long rows of unequal length: places as rotations, shared keys and values, squared ReLU.

Rotary places: Su et al. 2021, arXiv 2104.09864. Several heads of queries share one of keys and values: Ainslie et al.
2023, arXiv 2305.13245. Queries and keys are normed: arXiv 2010.04245. Squared ReLU: So et al. 2021, arXiv 2109.08668.
Norms are layer norms without gains where the papers have root-mean-square norms, and attention runs in float32: see
`nn.attention`, whose reasons hold here. Products run on all places of all rows laid end to end; only attention sees
rows, a group of similar length at a time (`nn.lines`).
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Complex, Float, Int
from torch import Tensor, nn
from torch.nn import functional

from genloop.nn.linear import Linear
from genloop.nn.lines import Lines, gather, spread

BASE = 10_000.0


@dataclass
class Memory:
    """Keys and values of the places already seen by one block, with room for all."""

    keys: Float[Tensor, "rows shared places each"]
    values: Float[Tensor, "rows shared places each"]

    @classmethod
    def room(cls, rows: int, shared: int, places: int, each: int) -> "Memory":
        """An empty memory."""
        return cls(torch.zeros(rows, shared, places, each), torch.zeros(rows, shared, places, each))

    def take(self, rows: Int[Tensor, " kept"]) -> "Memory":
        """The memory of these rows alone."""
        return Memory(self.keys[rows], self.values[rows])


class Speaker(nn.Module):
    """x + attention(norm(x)), then x + W2 relu(W1 norm(x))^2; both parts begin at zero."""

    def __init__(self, width: int, heads: int, shared: int, inner: int, rng: torch.Generator) -> None:
        super().__init__()
        self.heads, self.shared, self.each = heads, shared, width // heads
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
        turns: Complex[Tensor, "total 1 half"],
        lines: Lines,
        memory: Memory | None = None,
    ) -> Float[Tensor, "total width"]:
        """The block over whole rows, laid end to end; a memory gets keys and values of all places."""
        queries, keys, values = self._parts(x, turns)
        if memory is not None:
            memory.keys[lines.row, :, lines.place] = keys
            memory.values[lines.row, :, lines.place] = values
        whole = torch.cat([queries, keys, values], 1).flatten(1)
        seen = []
        for group in lines.groups:
            part = spread(whole[group.start : group.stop], group.flat, group.rows * group.places)
            parts = part.view(group.rows, group.places, -1, self.each).transpose(1, 2)
            q, k, v = torch.split(parts, [self.heads, self.shared, self.shared], 1)
            out = functional.scaled_dot_product_attention(q, k, v, is_causal=True, scale=1.0, enable_gqa=True)
            seen.append(gather(out.transpose(1, 2).reshape(group.rows * group.places, -1), group.flat))
        return self._rest(x, torch.cat(seen))

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
        queries, keys, values = self._parts(x, turns)
        if mask is None:
            memory.keys[:, :, last - 1], memory.values[:, :, last - 1] = keys, values
        else:
            row = torch.arange(len(x))
            memory.keys[row, :, place], memory.values[row, :, place] = keys, values
        asked = queries.view(len(x), self.shared, -1, self.each)
        seen = functional.scaled_dot_product_attention(
            asked, memory.keys[:, :, :last], memory.values[:, :, :last], attn_mask=mask, scale=1.0
        )
        return self._rest(x, seen.reshape(len(x), -1))

    def _parts(self, x: Tensor, turns: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        parts = self.enter(functional.layer_norm(x, x.shape[-1:])).float()
        heads, values = torch.split(parts.view(len(x), -1, self.each), [self.heads + self.shared, self.shared], 1)
        heads = turn(functional.layer_norm(heads, (self.each,)), turns)
        queries, keys = torch.split(heads, [self.heads, self.shared], 1)
        return queries * (self.sharpness.float().exp() / self.each), keys, values

    def _rest(self, x: Tensor, seen: Tensor) -> Tensor:
        x = x + self.leave(seen.to(x.dtype))
        inner = functional.relu(self.up(functional.layer_norm(x, x.shape[-1:])))
        out: Tensor = x + self.down(inner * inner)
        return out


def turn(
    heads: Float[Tensor, "total heads each"], turns: Complex[Tensor, "total 1 half"]
) -> Float[Tensor, "total heads each"]:
    """Each pair of neighbouring numbers turned by its angle at that place."""
    pairs = torch.view_as_complex(heads.view(*heads.shape[:-1], -1, 2))
    return torch.view_as_real(pairs * turns).flatten(2)


def angles(places: int, each: int) -> Complex[Tensor, "places 1 half"]:
    """The turns of all places: faster for the first pairs, slower for the later ones."""
    rates = BASE ** (-torch.arange(0, each, 2, dtype=torch.float64) / each)
    turns = torch.arange(places, dtype=torch.float64)[:, None] * rates
    return torch.polar(torch.ones_like(turns), turns).to(torch.complex64)[:, None]
