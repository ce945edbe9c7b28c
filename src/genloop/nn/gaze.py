"""Causal attention of rows of unequal length with its way back written out: few passes, all products in one format.

Queries and keys are normed, turned by their places and sharpened (see `nn.rotary`), then looked at by plain products
of batches. On processors this takes half the time of the fused attention, whose way back in bfloat16 is slow, and
autograd's chain of splits, copies and joins is gone. Heads of queries that share keys lie behind one another, so that
they are one product, and the keys behind them, so that both are normed and turned in one pass.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from jaxtyping import Complex, Float
from torch import Tensor

from genloop.nn.lines import Lines

BASE = 10_000.0
TINY = 1e-5  # under the root of the norms
Keep = Callable[[int, Tensor, Tensor], None]


def look(
    parts: Float[Tensor, "total parts"],
    sharpness: Float[Tensor, "heads 1"],
    turns: Complex[Tensor, "places 1 half"],
    lines: Lines,
    shared: int,
    keep: Keep | None = None,
) -> Float[Tensor, "total width"]:
    """What each place sees of its row up to itself; `parts` are all heads' queries, then the shared keys and values.

    `keep` is told keys and values of a group of rows, from the row that stands first.
    """
    found: Tensor = _Look.apply(parts, sharpness, turns, lines, shared, keep)  # type: ignore[no-untyped-call]
    return found


@dataclass(frozen=True)
class Heads:
    """How many heads of queries, how many of keys, and how wide each is."""

    heads: int
    shared: int
    each: int

    def turned(self, box: Float[Tensor, "rows places all each"]) -> Float[Tensor, "rows shared some places each"]:
        """The queries, each group followed by its keys, in float32 or finer."""
        rows, places = box.shape[:2]
        size = (rows, self.shared, self.heads // self.shared + 1, places, self.each)
        found = box.new_empty(size, dtype=torch.promote_types(box.dtype, torch.float32))
        queries, keys = self.of(box)
        found[:, :, :-1].copy_(queries)
        found[:, :, -1].copy_(keys)
        return found

    def of(self, box: Float[Tensor, "rows places all each"]) -> tuple[Tensor, Tensor]:
        """Queries by the keys they share, and the keys, both with places behind heads."""
        queries = box[:, :, : self.heads]
        queries = queries.view(*box.shape[:2], self.shared, -1, self.each).permute(0, 2, 3, 1, 4)
        return queries, box[:, :, self.heads : -self.shared].transpose(1, 2)

    def values(self, box: Float[Tensor, "rows places all each"]) -> Float[Tensor, "rows shared places each"]:
        """The values, with places behind heads."""
        return box[:, :, -self.shared :].transpose(1, 2)

    def table(self, sharpness: Tensor, turns: Tensor) -> Complex[Tensor, "shared some places half"]:
        """The turns, those of queries times how sharp each head looks."""
        factor = (sharpness.exp() / self.each).view(self.shared, -1, 1, 1)
        return torch.cat([factor, torch.ones_like(factor[:, :1])], 1) * turns[:, 0]


class _Look(torch.autograd.Function):
    """Attention, and its way back from what it kept of each group."""

    @staticmethod
    def forward(
        ctx: Any, parts: Tensor, sharpness: Tensor, turns: Tensor, lines: Lines, shared: int, keep: Keep | None
    ) -> Tensor:
        each = 2 * turns.shape[2]
        ctx.heads, ctx.lines = Heads(len(sharpness), shared, each), lines
        ctx.table = ctx.heads.table(sharpness, turns)
        seen, kept, first = parts.new_empty(len(parts), ctx.heads.heads * each), [parts], 0
        for group in lines.groups:
            box = group.spread(parts[group.start : group.stop]).view(group.rows, group.places, -1, each)
            plain = ctx.heads.turned(box)
            normed, mean, root = torch.native_layer_norm(plain, (each,), None, None, TINY)
            aligned = turn(normed, ctx.table[:, :, : group.places]).to(parts.dtype).flatten(0, 1)
            queries, keys = aligned[:, :-1].flatten(1, 2), aligned[:, -1]
            values = ctx.heads.values(box).flatten(0, 1)
            shares = torch.baddbmm(_later(group.places, queries), queries, keys.mT).softmax(-1)
            out = torch.bmm(shares, values).view(group.rows, ctx.heads.heads, group.places, each)
            seen[group.start : group.stop] = group.gather(out.transpose(1, 2).flatten(0, 1).flatten(1))
            kept += [plain, mean, root, aligned, values, shares]
            if keep is not None:
                keep(first, *(kind.view(group.rows, shared, -1, each) for kind in (keys, values)))
            first += group.rows
        ctx.save_for_backward(*kept)
        return seen

    @staticmethod
    def backward(ctx: Any, *above: Tensor) -> tuple[Tensor | None, ...]:
        parts, *kept = ctx.saved_tensors
        heads: Heads = ctx.heads
        to_parts, to_sharpness = torch.empty_like(parts), ctx.table.real.new_zeros(heads.heads, 1)
        for number, group in enumerate(ctx.lines.groups):
            push = group.spread(above[0][group.start : group.stop])
            push = push.view(group.rows, group.places, heads.heads, -1).transpose(1, 2)
            box, sharper = _back(push, kept[6 * number : 6 * number + 6], heads, ctx.table[:, :, : group.places])
            to_parts[group.start : group.stop] = group.gather(box.view(group.rows * group.places, -1))
            to_sharpness = to_sharpness + sharper
        return to_parts, to_sharpness, None, None, None, None


def _back(
    push: Tensor, kept: list[Tensor], heads: Heads, table: Tensor
) -> tuple[Float[Tensor, "rows places all each"], Float[Tensor, "heads 1"]]:
    """The gradients of a group's parts and of the sharpness, from that of what it saw."""
    plain, mean, root, aligned, values, shares = kept
    queries, keys = aligned[:, :-1].flatten(1, 2), aligned[:, -1]
    push = push.reshape(queries.shape)
    scores = torch._softmax_backward_data(torch.bmm(push, values.mT), shares, -1, shares.dtype)
    to_queries = torch.bmm(scores, keys).view(aligned[:, :-1].shape)
    sharper = (to_queries * aligned[:, :-1]).view_as(plain[:, :, :-1]).sum((0, 3, 4), dtype=plain.dtype)
    back = torch.empty_like(plain)
    back[:, :, :-1].flatten(0, 1).copy_(to_queries)
    back[:, :, -1].flatten(0, 1).copy_(torch.bmm(scores.mT, queries))
    back = turn(back, table.conj().resolve_conj())
    back = torch.ops.aten.native_layer_norm_backward(
        back, plain, (heads.each,), mean, root, None, None, (True, False, False)
    )[0]
    box = push.new_empty(len(plain), plain.shape[3], heads.heads + 2 * heads.shared, heads.each)
    to = heads.of(box)
    to[0].copy_(back[:, :, :-1])
    to[1].copy_(back[:, :, -1])
    heads.values(box).copy_(torch.bmm(shares.mT, push).view(len(plain), heads.shared, -1, heads.each))
    return box, sharper.view(-1, 1)


def turn(heads: Float[Tensor, "*any each"], turns: Complex[Tensor, "*#any half"]) -> Float[Tensor, "*any each"]:
    """Each pair of neighbouring numbers turned by its angle at that place, where it stands."""
    torch.view_as_complex(heads.view(*heads.shape[:-1], -1, 2)).mul_(turns)
    return heads


def angles(places: int, each: int) -> Complex[Tensor, "places 1 half"]:
    """The turns of all places: faster for the first pairs, slower for the later ones."""
    rates = BASE ** (-torch.arange(0, each, 2, dtype=torch.float64) / each)
    turns = torch.arange(places, dtype=torch.float64)[:, None] * rates
    return torch.polar(torch.ones_like(turns), turns).to(torch.complex64)[:, None]


def _later(places: int, like: Tensor) -> Float[Tensor, "1 queries places"]:
    """Minus infinity where a place would look at a later one, for all heads of queries behind one another."""
    found = like.new_full((places, places), -torch.inf).triu_(1)
    return found.repeat(like.shape[1] // places, 1)[None]
