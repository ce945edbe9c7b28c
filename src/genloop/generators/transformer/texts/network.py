"""The network: what `nn.author` says, with blocks of attention in the middle."""

from dataclasses import dataclass
from typing import cast

import torch
from jaxtyping import Complex, Float, Int
from torch import Tensor, nn
from torch.nn import functional

from genloop.core.protocols import Batch
from genloop.nn.author import Author
from genloop.nn.dropout import thin
from genloop.nn.gaze import angles
from genloop.nn.lines import Lines
from genloop.nn.rotary import Memory, Speaker


@dataclass(frozen=True)
class Shape:
    """All that fixes the arrays' sizes, and how many tokens a row has at most."""

    vocabulary: int
    width: int
    layers: int
    heads: int
    shared: int
    context: int
    fill: bool = False


class Network(Author):
    """Blocks of attention over the places before each."""

    turns: Tensor

    def __init__(
        self,
        shape: Shape,
        batch: Batch,
        rng: torch.Generator,
        kind: torch.dtype = torch.float32,
        dropout: float = 0.0,
    ) -> None:
        super().__init__(shape.vocabulary, shape.width, batch, rng, kind, shape.fill)
        self.shape, self.dropout = shape, dropout
        self.blocks = nn.ModuleList(
            Speaker(shape.width, shape.heads, shape.shared, 4 * shape.width, rng, dropout) for _ in range(shape.layers)
        )
        turns = angles(self._places, shape.width // shape.heads)
        self.register_buffer("turns", torch.view_as_real(turns), persistent=False)

    def forward(
        self,
        inputs: Int[Tensor, " total"],
        told: Float[Tensor, "rows width"],
        lines: Lines,
        rng: torch.Generator | None = None,
        memories: list[Memory] | None = None,
    ) -> Float[Tensor, "total width"]:
        """The normed state at every place; memories keep what later places will look at."""
        x = thin(self.enter(inputs, told.index_select(0, lines.row)), self.dropout, rng)
        turns = torch.view_as_complex(self.turns)
        for number, block in enumerate(self.blocks):
            x = block(x, turns, lines, None if memories is None else memories[number], rng)
        return thin(functional.layer_norm(x, x.shape[-1:]), self.dropout, rng)

    def one(
        self,
        inputs: Int[Tensor, " rows"],
        told: Float[Tensor, "rows width"],
        place: Int[Tensor, " rows"],
        memories: list[Memory],
        mask: Tensor | None,
        last: int,
    ) -> Float[Tensor, "rows width"]:
        """The normed state at one more place of every row."""
        x, turns = self.enter(inputs, told), self._turns(place)
        for block, memory in zip(self.blocks, memories, strict=True):
            x = cast(Speaker, block).one(x, turns, place, memory, mask, last)
        return functional.layer_norm(x, x.shape[-1:])

    def memories(self, rows: int) -> list[Memory]:
        """An empty memory for each block, with room for the longest rows and their codes."""
        each = self.shape.width // self.shape.heads
        return [Memory.room(rows, self.shape.shared, self._places, each) for _ in self.blocks]

    def orthogonal(self, name: str) -> bool:
        """The matrices of the blocks."""
        return name.startswith("blocks.") and name.endswith("weight")

    @property
    def _places(self) -> int:
        return self.shape.context + 2 + len(self.names.sizes)

    def _turns(self, place: Int[Tensor, " total"]) -> Complex[Tensor, "total 1 half"]:
        found: Tensor = torch.view_as_complex(self.turns)[place]
        return found
