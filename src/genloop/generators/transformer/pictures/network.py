"""The network: a condition at the front, levels embedded with their row and column, decoder blocks, logits."""

from dataclasses import dataclass
from typing import cast

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional

from genloop.core.protocols import Batch
from genloop.nn.attention import Cache, Decoder
from genloop.nn.condition import Condition, Given
from genloop.nn.linear import Linear


@dataclass(frozen=True)
class Shape:
    """All that fixes the arrays' sizes: the grid of codes, how many levels, and the network's own."""

    height: int
    width: int
    levels: int
    hidden: int
    layers: int
    heads: int

    @property
    def places(self) -> int:
        """How many codes one picture is."""
        return self.height * self.width


class Network(nn.Module):
    """p(code | codes before it, condition)."""

    def __init__(self, shape: Shape, batch: Batch, kind: torch.dtype = torch.float32, dropout: float = 0.0) -> None:
        super().__init__()
        self.shape, self.kind, self.dropout = shape, kind, dropout
        self.condition = Condition(batch, shape.hidden)
        self.levels = nn.Embedding(shape.levels, shape.hidden)
        self.rows = nn.Parameter(torch.randn(shape.height, 1, shape.hidden) * 0.3)
        self.columns = nn.Parameter(torch.randn(1, shape.width, shape.hidden) * 0.3)
        self.blocks = nn.ModuleList(Decoder(shape.hidden, shape.heads, shape.layers) for _ in range(shape.layers))
        self.leave = Linear(shape.hidden, shape.levels)
        nn.init.normal_(self.levels.weight, std=0.5)
        nn.init.zeros_(self.leave.weight)

    @torch.no_grad()
    def start(self, codes: Int[Tensor, "rows places"]) -> None:
        """Let an untrained network draw each level as often as it occurs."""
        counts = torch.bincount(codes.flatten(), minlength=self.shape.levels).float() + 0.1
        self.leave.bias.copy_((counts / counts.sum()).log())

    def forward(
        self, codes: Int[Tensor, "rows places"], given: Given, kept: Bool[Tensor, " rows"] | None = None
    ) -> Float[Tensor, "rows places levels"]:
        """Logits at every place, each given the codes before it."""
        before = torch.cat([self.condition(given, kept)[:, None], self.levels(codes[:, :-1])], 1)
        state = (before + self.places()).to(self.kind)
        for block in self.blocks:
            state = block(state)
            if self.dropout:
                state = functional.dropout(state, self.dropout, self.training)
        return self.logits(state)

    def places(self) -> Float[Tensor, "places hidden"]:
        """What tells the place whose code comes next."""
        return (self.rows + self.columns).flatten(0, 1)

    def logits(self, state: Float[Tensor, "... hidden"]) -> Float[Tensor, "... levels"]:
        """Logits of the level, from the last block's state."""
        logits: Tensor = self.leave(functional.layer_norm(state, state.shape[-1:])).float()
        return logits

    def caches(self, rows: int) -> list[Cache]:
        """An empty cache for each block."""
        shape = self.shape
        return [Cache.room(rows, shape.heads, shape.places, shape.hidden // shape.heads) for _ in self.blocks]

    def one(
        self, before: Float[Tensor, "rows hidden"], place: int, caches: list[Cache]
    ) -> Float[Tensor, "rows levels"]:
        """Logits at one place; `before` is the condition at the first, else the embedding of the code before it."""
        state = (before + self.places()[place]).to(self.kind)[:, None]
        for block, cache in zip(self.blocks, caches, strict=True):
            state = cast(Decoder, block).one(state, place, cache)
        return self.logits(state[:, 0])

    def cast(self) -> "Network":
        """This network with the large arrays kept in the format that they multiply in, for drawing."""
        for block in self.blocks:
            cast(Decoder, block).to(self.kind)
        self.leave.to(self.kind)
        return self

    def decay(self, name: str) -> float:
        """The array's multiple of the weight decay: matrices once, the rest not."""
        return float(name.endswith("weight") and not name.startswith(("levels", "condition")))
