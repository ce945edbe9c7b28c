"""The network: smooth embeddings of tokens, masked mixing, a residual block per field, and two-step heads.

A field of many tokens is drawn in two steps, a coarse block of neighbouring tokens and the place inside it, so that
the loss of 1,000 tokens costs 2 x 32 logits. Both steps start at the field's own frequencies.
"""

import math
from typing import cast

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional

from genloop.core.protocols import Codes
from genloop.generators.transformer.config import Shape
from genloop.nn.mixing import Mixing
from genloop.nn.mlp import Residual

NEVER = -1e4
WAVES = 8
SMOOTH_FROM = 9


class Network(nn.Module):
    """p(token of any field | tokens of any other fields), for all fields of one table."""

    features: Tensor
    offsets: Tensor

    def __init__(self, shape: Shape, rng: torch.Generator, kind: torch.dtype = torch.float32) -> None:
        super().__init__()
        self.shape, self.kind = shape, kind
        self.fields = fields = len(shape.sizes)
        self.starts = [0, *np.cumsum(shape.sizes).tolist()]
        self.register_buffer("features", _features(shape), persistent=False)
        self.tokens = nn.Parameter(torch.randn(self.starts[-1], shape.width, generator=rng) * 0.3)
        waves = 2 * WAVES + 2
        self.smooth = nn.Parameter(torch.randn(fields, waves, shape.width, generator=rng) / math.sqrt(waves))
        self.mixing = Mixing(fields, shape.width, shape.hidden, rng)
        self.layers = nn.Sequential(*(Residual(fields, shape.hidden, rng) for _ in range(shape.layers)))
        self.head = Head(shape, rng)
        self.register_buffer("offsets", torch.tensor(self.starts[:-1]), persistent=False)

    def table(self) -> Float[Tensor, "tokens width"]:
        """The embedding of every token of every field: its own part and a part smooth in value order."""
        spans = zip(self.starts, self.starts[1:], self.smooth, strict=False)
        smooth = torch.cat([self.features[low:high] @ weight for low, high, weight in spans])
        return (self.tokens + smooth).to(self.kind)

    def forward(
        self, codes: Int[Tensor, "rows fields"], seen: Bool[Tensor, "targets rows fields"]
    ) -> Float[Tensor, "targets rows hidden"]:
        """The state of every target field, given the tokens that its mask lets it see."""
        embedded = functional.embedding(codes + self.offsets, self.table()).flatten(1)
        state = self.mixing(embedded, seen.to(self.kind))
        state = self.layers(state)
        return functional.layer_norm(state, state.shape[-1:])

    def one(
        self,
        target: int,
        embedded: Float[Tensor, "rows sources width"],
        seen: Float[Tensor, "rows sources"],
        sources: Tensor,
    ) -> Float[Tensor, "rows hidden"]:
        """The state of one target field, as `forward` gives it, from the sources that any row knows."""
        state = self.mixing.one(target, embedded, seen, sources)
        for layer in self.layers:
            state = cast(Residual, layer).one(target, state)
        return functional.layer_norm(state, state.shape[-1:])

    def decay(self, name: str) -> float:
        """How strongly the named array is drawn to zero: matrices once, embeddings three times, biases not."""
        if name in ("tokens", "head.blocks"):
            return 3.0
        return float(name.endswith(("weight", "up", "down", "coarse", "turn", "fine")))


class Head(nn.Module):
    """Logits of a field's token: of its coarse block, then of the place inside the block that was drawn."""

    sides: Tensor
    wide: Tensor

    def __init__(self, shape: Shape, rng: torch.Generator) -> None:
        super().__init__()
        fields, hidden, width = len(shape.sizes), shape.hidden, shape.fine
        self.steps = shape.steps
        self.two = [i for i, (_, side) in enumerate(self.steps) if side > 1]
        self.most = max(count for count, _ in self.steps)
        self.side = max(side for _, side in self.steps)
        two = len(self.two)
        self.coarse = nn.Parameter(torch.zeros(fields, hidden, self.most))
        self.coarse_bias = nn.Parameter(torch.zeros(fields, self.most))
        self.turn = nn.Parameter(torch.randn(two, hidden, 2 * width, generator=rng) / math.sqrt(hidden))
        self.blocks = nn.Parameter(torch.randn(two * self.most, 2 * width, generator=rng) * 0.3)
        self.fine = nn.Parameter(torch.zeros(two, 2 * width, self.side))
        self.fine_bias = nn.Parameter(torch.zeros(two * self.most, self.side))
        self.register_buffer("sides", torch.tensor([side for _, side in self.steps]), persistent=False)
        self.register_buffer("wide", torch.tensor(self.two, dtype=torch.long), persistent=False)

    @torch.no_grad()
    def start(self, codes: Codes, sizes: tuple[int, ...]) -> None:
        """Set the biases so that an untrained head gives each field's own frequencies."""
        self.coarse_bias.fill_(NEVER)
        self.fine_bias.fill_(NEVER)
        for field, (count, side) in enumerate(self.steps):
            cells = np.zeros(count * side)
            cells[: sizes[field]] = np.bincount(codes[:, field], minlength=sizes[field]) + 0.05
            shares = torch.from_numpy(cells.reshape(count, side))
            self.coarse_bias[field, :count] = (shares.sum(1) / shares.sum()).log()
            if side > 1:
                row = self.two.index(field) * self.most
                inside = (shares / shares.sum(1, keepdim=True)).log().clamp(min=NEVER)
                self.fine_bias[row : row + count, :side] = inside

    def blocks_of(self, state: Float[Tensor, "fields rows hidden"]) -> Float[Tensor, "fields rows blocks"]:
        """Logits of every field's coarse blocks."""
        return torch.bmm(state, self.coarse.to(state.dtype)).float() + self.coarse_bias[:, None]

    def places_of(
        self, state: Float[Tensor, "two rows hidden"], block: Int[Tensor, "two rows"]
    ) -> Float[Tensor, "two rows side"]:
        """Logits of the places inside the given blocks, for the fields that take two steps."""
        index = block + torch.arange(len(self.two), device=block.device)[:, None] * self.most
        turned = torch.bmm(state, self.turn.to(state.dtype))
        inner = _gate(turned, functional.embedding(index, self.blocks))
        return torch.bmm(inner, self.fine.to(inner.dtype)).float() + functional.embedding(index, self.fine_bias)

    def one_block(self, field: int, state: Float[Tensor, "rows hidden"]) -> Float[Tensor, "rows blocks"]:
        """Logits of one field's coarse blocks, without the padding."""
        count = self.steps[field][0]
        weight, bias = self.coarse[field, :, :count], self.coarse_bias[field, :count]
        return (state @ weight.to(state.dtype)).float() + bias

    def one_place(
        self, field: int, state: Float[Tensor, "rows hidden"], block: Int[Tensor, " rows"]
    ) -> Float[Tensor, "rows side"]:
        """Logits of one field's places inside the given blocks, without the padding."""
        row, side = self.two.index(field), self.steps[field][1]
        index = block + row * self.most
        inner = _gate(state @ self.turn[row].to(state.dtype), self.blocks[index])
        return (inner @ self.fine[row, :, :side].to(inner.dtype)).float() + self.fine_bias[index, :side]


def _gate(turned: Tensor, block: Tensor) -> Tensor:
    """The state seen from one block: a linear half scaled and moved by the block, and a curved half moved by it."""
    line, curve = turned.chunk(2, -1)
    move, scale = block.to(turned.dtype).chunk(2, -1)
    return torch.cat([line * (1 + scale) + move, functional.silu(curve + move)], -1)


def _features(shape: Shape) -> Float[Tensor, "tokens waves"]:
    """Per token of an ordered field: its rank from -1 to 1, the square, and waves of 1/2 to 32 periods of it."""
    parts = []
    waves = math.pi * torch.logspace(0, 6, WAVES, base=2.0)
    for size, ordered, missing in zip(shape.sizes, shape.ordered, shape.missing, strict=True):
        part = torch.zeros(size, 2 * WAVES + 2)
        if ordered and size >= SMOOTH_FROM:
            rank = (torch.arange(size)[:, None] + 0.5) / size
            part = torch.cat([2 * rank - 1, (2 * rank - 1) ** 2, torch.sin(rank * waves), torch.cos(rank * waves)], 1)
            part[: int(missing)] = 0
        parts.append(part)
    return torch.cat(parts)
