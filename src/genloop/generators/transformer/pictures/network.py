"""The network: the codes before a place, embedded, with the place and the condition; decoder blocks; logits.

In a grid a level means the same wherever it stands, and one table serves all places. In a row (`Shape.height` 1) each
number tells something else about the picture: every place has tables of its own.
"""

import math
from dataclasses import dataclass
from typing import cast

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional

from genloop.core.protocols import Batch
from genloop.nn.attention import Cache, Decoder
from genloop.nn.condition import Condition, Given


@dataclass(frozen=True)
class Shape:
    """All that fixes the arrays' sizes: the grid of codes, how many levels, and the network's own."""

    height: int
    width: int
    levels: int
    hidden: int
    layers: int
    heads: int
    steps: tuple[int, ...] = ()

    @property
    def places(self) -> int:
        """How many codes one picture is."""
        return self.height * self.width

    @property
    def tables(self) -> int:
        """How many tables of levels there are."""
        return self.places if self.height == 1 else 1


class Levels(nn.Module):
    """A vector for each level at each place: its own and those of the steps that the level is made of.

    Levels that share a step share what is learnt about it, so that rare ones are known from their neighbours.
    """

    which: Tensor

    def __init__(self, shape: Shape, own: float, shared: float) -> None:
        super().__init__()
        self.own = nn.Parameter(torch.randn(shape.tables, shape.levels, shape.hidden) * own)
        self.parts: nn.Parameter | None = None
        if shape.steps:
            self.parts = nn.Parameter(torch.randn(shape.tables, sum(shape.steps), shape.hidden) * shared)
        self.register_buffer("which", _steps(shape.steps, shape.levels), persistent=False)
        self.folded: Tensor | None = None

    def whole(self) -> Float[Tensor, "tables levels hidden"]:
        """All vectors."""
        if self.folded is not None:
            return self.folded
        return self.own if self.parts is None else self.own + self.parts[:, self.which].sum(1)

    def fold(self, kind: torch.dtype) -> None:
        """Keep the sums, in this format, for drawing."""
        self.folded = self.whole().to(kind)


class Network(nn.Module):
    """p(code | codes before it, condition)."""

    starts: Tensor

    def __init__(self, shape: Shape, batch: Batch, kind: torch.dtype = torch.float32, dropout: float = 0.0) -> None:
        super().__init__()
        self.shape, self.kind, self.dropout = shape, kind, dropout
        self.condition = Condition(batch, shape.hidden)
        self.levels = Levels(shape, 0.1 if shape.steps else 0.5, 0.5 / math.sqrt(max(1, len(shape.steps))))
        self.rows = nn.Parameter(torch.randn(shape.height, 1, shape.hidden) * 0.3)
        self.columns = nn.Parameter(torch.randn(1, shape.width, shape.hidden) * 0.3)
        self.blocks = nn.ModuleList(Decoder(shape.hidden, shape.heads, shape.layers) for _ in range(shape.layers))
        self.leave = Levels(shape, 0.0, 0.0)
        self.shares = nn.Parameter(torch.zeros(shape.tables, 1, shape.levels))
        self.register_buffer("starts", torch.arange(shape.places) % shape.tables * shape.levels, persistent=False)

    @torch.no_grad()
    def start(self, codes: Int[Tensor, "rows places"]) -> None:
        """Let an untrained network draw each level as often as it occurs."""
        for bias, own in zip(self.shares, codes.T.reshape(self.shape.tables, -1), strict=True):
            counts = torch.bincount(own, minlength=self.shape.levels).float() + 0.1
            bias.copy_((counts / counts.sum()).log())

    def forward(
        self, codes: Int[Tensor, "rows places"], given: Given, kept: Bool[Tensor, " rows"] | None = None
    ) -> Float[Tensor, "rows places levels"]:
        """Logits at every place, each given the codes before it."""
        before = functional.pad(self._enter(codes[:, :-1] + self.starts[:-1]), (0, 0, 1, 0))
        state = (before + self.places() + self.condition(given, kept)[:, None]).to(self.kind)
        for block in self.blocks:
            state = block(state)
            if self.dropout:
                state = functional.dropout(state, self.dropout, self.training)
        state, weights = _normed(state), self.leave.whole().to(self.kind)
        if len(weights) == 1:
            return (state @ weights[0].T).float() + self.shares[0]
        return torch.bmm(state.transpose(0, 1), weights.mT).transpose(0, 1).float() + self.shares.transpose(0, 1)

    def embed(self, levels: Int[Tensor, " rows"], place: int) -> Float[Tensor, "rows hidden"]:
        """What the next place is told of the levels at this one."""
        return self._enter(levels + self.starts[place])

    def _enter(self, levels: Int[Tensor, "..."]) -> Float[Tensor, "... hidden"]:
        return functional.embedding(levels, self.levels.whole().flatten(0, 1))

    def places(self) -> Float[Tensor, "places hidden"]:
        """What tells the place whose code comes next."""
        return (self.rows + self.columns).flatten(0, 1)

    def caches(self, rows: int) -> list[Cache]:
        """An empty cache for each block."""
        sizes = (self.shape.heads, self.shape.places, self.shape.hidden // self.shape.heads)
        return [Cache.room(rows, *sizes, self.rows.device) for _ in self.blocks]

    def one(
        self, before: Float[Tensor, "rows hidden"], place: int, caches: list[Cache]
    ) -> Float[Tensor, "rows levels"]:
        """Logits at one place; `before` is the condition, plus the embedding of the code before it."""
        state = (before + self.places()[place]).to(self.kind)[:, None]
        for block, cache in zip(self.blocks, caches, strict=True):
            state = cast(Decoder, block).one(state, place, cache)
        table = place % self.shape.tables
        return (_normed(state[:, 0]) @ self.leave.whole()[table].T).float() + self.shares[table]

    def cast(self) -> "Network":
        """This network with the large arrays kept in the format that they multiply in, for drawing."""
        for block in self.blocks:
            cast(Decoder, block).to(self.kind)
        self.leave.fold(self.kind)
        self.levels.fold(torch.float32)
        return self

    def decay(self, name: str) -> float:
        """The array's multiple of the weight decay: matrices once, the rest not."""
        matrix = name.endswith("weight") and not name.startswith("condition")
        return float(matrix or name.startswith("leave"))


def _steps(steps: tuple[int, ...], levels: int) -> Int[Tensor, "parts levels"]:
    """The rows of all steps' vectors that each level is made of; its number counts the steps in mixed radix."""
    rest, begin, found = torch.arange(levels), 0, []
    for size in steps:
        found.append(rest % size + begin)
        rest, begin = rest // size, begin + size
    return torch.stack(found) if found else torch.zeros(0, levels, dtype=torch.long)


def _normed(state: Tensor) -> Tensor:
    return functional.layer_norm(state, state.shape[-1:])
