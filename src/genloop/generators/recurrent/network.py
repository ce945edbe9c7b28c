"""The network: what `nn.author` says, with an LSTM or a GRU in the middle.

Rows go through the cells a stretch of places at a time, those that are over leave, and the state goes on without its
slopes: truncated back-propagation (Williams and Peng 1990).
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from genloop.core.protocols import Batch
from genloop.nn.author import Author
from genloop.nn.lines import Lines, gather, spread

State = tuple[Tensor, ...]  # of each layer: the hidden state of all rows, and the LSTM's cell state


@dataclass(frozen=True)
class Shape:
    """All that fixes the arrays' sizes, and how far slopes reach back."""

    vocabulary: int
    cell: str
    width: int
    layers: int
    truncation: int


class Network(Author):
    """Cells that carry a state along each row."""

    def __init__(self, shape: Shape, batch: Batch, rng: torch.Generator, dropout: float = 0.0) -> None:
        super().__init__(shape.vocabulary, shape.width, batch, rng)
        self.shape, self.dropout = shape, dropout
        kind = nn.LSTM if shape.cell == "lstm" else nn.GRU
        self.cells = kind(shape.width, shape.width, shape.layers, batch_first=True)
        with torch.no_grad():
            for name, weight in self.cells.named_parameters():
                weight.uniform_(-(shape.width**-0.5), shape.width**-0.5, generator=rng)
                if name.startswith("bias"):
                    weight.zero_()
                    if shape.cell == "lstm" and name.startswith("bias_ih"):
                        weight[shape.width : 2 * shape.width] = 1.0  # an untrained cell forgets slowly

    def forward(
        self,
        inputs: Int[Tensor, " total"],
        told: Float[Tensor, "rows width"],
        lines: Lines,
        rng: torch.Generator | None = None,
    ) -> Float[Tensor, "total width"]:
        """The state at every place."""
        x = self._thin(self.enter(inputs, told.index_select(0, lines.row)), rng)
        longest, starts = int(lines.sizes[0]), np.concatenate([[0], np.cumsum(lines.sizes)])
        state, parts, order = self.still(len(lines.sizes)), [], []
        for first in range(0, longest, self.shape.truncation):
            rows = int((lines.sizes > first).sum())
            span = np.minimum(lines.sizes[:rows] - first, self.shape.truncation)
            row, wide = np.repeat(np.arange(rows), span), int(span[0])
            place = np.arange(len(row)) - np.repeat(np.cumsum(span) - span, span)
            own, flat = torch.from_numpy(starts[row] + first + place), torch.from_numpy(row * wide + place)
            box = spread(gather(x, own), flat, rows * wide).view(rows, wide, -1)
            out, state = self.carry(box, tuple(part[:, :rows].detach() for part in state))
            parts.append(gather(out.reshape(rows * wide, -1), flat))
            order.append(own)
        back = torch.cat(order).argsort()
        return self._thin(gather(torch.cat(parts), back), rng)

    def carry(self, x: Float[Tensor, "rows places width"], state: State) -> tuple[Tensor, State]:
        """The cells over some places of rows that all go on to the last: what they say, and their state after it."""
        lstm = self.shape.cell == "lstm"
        out, after = self.cells(x, tuple(part.contiguous() for part in state) if lstm else state[0].contiguous())
        return out, tuple(after) if lstm else (after,)

    def still(self, rows: int) -> State:
        """The state before the first place."""
        count = 2 if self.shape.cell == "lstm" else 1
        return tuple(self.table.new_zeros(self.shape.layers, rows, self.shape.width) for _ in range(count))

    def decay(self, name: str) -> float:
        """The array's multiple of the weight decay: the cells' matrices once, the rest not."""
        return float(name.startswith("cells.weight"))

    def _thin(self, x: Tensor, rng: torch.Generator | None) -> Tensor:
        """Some numbers left out, the others raised; nothing where no generator came."""
        if rng is None or not self.dropout:
            return x
        kept = torch.rand(x.shape, generator=rng, device=x.device) >= self.dropout
        return x * kept / (1 - self.dropout)
