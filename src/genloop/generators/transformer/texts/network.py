"""The network: tokens, marks and codes embedded by one table, what is given added at every place, blocks, logits.

The table also gives the logits of tokens (Press and Wolf 2017, arXiv 1608.05859), seen through a square layer that
begins at zero: an untrained network draws tokens as often as they occur.
"""

from dataclasses import dataclass
from typing import cast

import numpy as np
import torch
from jaxtyping import Complex, Float, Int
from torch import Tensor, nn
from torch.nn import functional

from genloop.core.protocols import Batch
from genloop.nn.condition import Condition, Given
from genloop.nn.linear import Linear
from genloop.nn.lines import Lines
from genloop.nn.rotary import Memory, Speaker, angles
from genloop.nn.scripts import Names, mask
from genloop.nn.start import begin


@dataclass(frozen=True)
class Shape:
    """All that fixes the arrays' sizes, and how many places a row has at most."""

    vocabulary: int
    width: int
    layers: int
    heads: int
    shared: int
    context: int


class Network(nn.Module):
    """p(token | tokens before it, what is given), and p(code | text, codes before it)."""

    turns: Tensor
    fences: Tensor

    def __init__(self, shape: Shape, batch: Batch, rng: torch.Generator, kind: torch.dtype = torch.float32) -> None:
        super().__init__()
        self.shape, self.kind, self.names = shape, kind, Names.of(shape.vocabulary, batch.fields)
        width = shape.width
        self.condition = Condition(batch, width)
        begin(self.condition, rng)
        self.table = nn.Parameter(torch.randn(self.names.total, width, generator=rng) / width**0.5)
        self.blocks = nn.ModuleList(
            Speaker(width, shape.heads, shape.shared, 4 * width, rng) for _ in range(shape.layers)
        )
        self.leave = Linear(width, width, bias=False)
        self.behind = Linear(width, max(1, int(sum(self.names.sizes))))
        self.shares = nn.Parameter(torch.zeros(shape.vocabulary))
        with torch.no_grad():
            for weight in (self.leave.weight, self.behind.weight, self.behind.bias):
                weight.zero_()
        turns = torch.view_as_real(angles(shape.context + 1 + len(self.names.sizes), width // shape.heads))
        self.register_buffer("turns", turns, persistent=False)
        self.register_buffer("fences", mask(self.names), persistent=False)

    @torch.no_grad()
    def start(self, tokens: Int[np.ndarray, " total"], batch: Batch) -> None:
        """Let an untrained network draw each token and code as often as it occurs."""
        counts = np.bincount(tokens[tokens < self.shape.vocabulary], minlength=self.shape.vocabulary) + 0.1
        self.shares.copy_(torch.from_numpy(np.log(counts / counts.sum())))
        for field, (first, size) in enumerate(zip(self.names.starts, self.names.sizes, strict=False)):
            own = batch.codes[:, field]
            counts = np.bincount(own[own < size], minlength=size) + 0.1
            self.behind.bias[first : first + size] = torch.from_numpy(np.log(counts / counts.sum()))

    def told(self, given: Given) -> Float[Tensor, "rows width"]:
        """What each row is given."""
        return self.condition(given)  # type: ignore[no-any-return]

    def forward(
        self,
        inputs: Int[Tensor, " total"],
        told: Float[Tensor, "rows width"],
        lines: Lines,
        memories: list[Memory] | None = None,
    ) -> Float[Tensor, "total width"]:
        """The normed state at every place of rows laid end to end; `told` is in the rows' order."""
        x = self._enter(inputs, told.index_select(0, lines.row))
        turns = self._turns(lines.place)
        for number, block in enumerate(self.blocks):
            x = block(x, turns, lines, None if memories is None else memories[number])
        return functional.layer_norm(x, x.shape[-1:])

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
        x, turns = self._enter(inputs, told), self._turns(place)
        for block, memory in zip(self.blocks, memories, strict=True):
            x = cast(Speaker, block).one(x, turns, place, memory, mask, last)
        return functional.layer_norm(x, x.shape[-1:])

    def tokens(self, state: Float[Tensor, "total width"]) -> tuple[Tensor, Tensor, Tensor]:
        """State, table and bias whose product are the logits of tokens."""
        return self.leave(state), self.table[: self.shape.vocabulary], self.shares

    def codes(
        self, state: Float[Tensor, "places width"], field: Int[Tensor, " places"]
    ) -> Float[Tensor, "places codes"]:
        """Logits of the codes of these fields, minus infinity at other fields' codes."""
        found: Tensor = self.behind(state).float() + self.fences[field]
        return found

    def memories(self, rows: int) -> list[Memory]:
        """An empty memory for each block, with room for the longest rows and their codes."""
        places = self.shape.context + 1 + len(self.names.sizes)
        each = self.shape.width // self.shape.heads
        return [Memory.room(rows, self.shape.shared, places, each) for _ in self.blocks]

    def decay(self, name: str) -> float:
        """The array's multiple of the weight decay: matrices of the blocks once, the rest not."""
        return float(self.orthogonal(name))

    def orthogonal(self, name: str) -> bool:
        """Whether the array is moved by orthogonal steps."""
        return name.startswith("blocks.") and name.endswith("weight")

    def _enter(self, inputs: Tensor, told: Tensor) -> Tensor:
        x = functional.embedding(inputs, self.table) + told
        return functional.layer_norm(x, x.shape[-1:]).to(self.kind)

    def _turns(self, place: Tensor) -> Complex[Tensor, "total 1 half"]:
        found: Tensor = torch.view_as_complex(self.turns)[place]
        return found
