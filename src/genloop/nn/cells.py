"""What `nn.author` says, with an LSTM or a GRU in the middle; and such a network in the midst of writing.

Rows go through the cells a stretch of places at a time, those that are over leave, and the state goes on without its
slopes: truncated back-propagation (Williams and Peng 1990).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from genloop.core.protocols import Batch
from genloop.nn.author import Author
from genloop.nn.dropout import thin
from genloop.nn.lines import Lines, gather, spread

WHOLE = 1 << 30  # tokens of context: the state holds whatever came before

State = tuple[Tensor, ...]  # of each layer: the hidden state of all rows, and the LSTM's cell state


@dataclass(frozen=True)
class Shape:
    """All that fixes the arrays' sizes, and how far slopes reach back."""

    vocabulary: int
    cell: str
    width: int
    layers: int
    truncation: int


class Cells(Author):
    """An LSTM or a GRU that carries a state along each row."""

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
        x = thin(self.enter(inputs, told.index_select(0, lines.row)), self.dropout, rng)
        longest, starts = int(lines.sizes[0]), np.concatenate([[0], np.cumsum(lines.sizes)])
        state, parts, order = self.still(len(lines.sizes)), [], []
        for first in range(0, longest, self.shape.truncation):
            rows = int((lines.sizes > first).sum())
            span = np.minimum(lines.sizes[:rows] - first, self.shape.truncation)
            row, wide = np.repeat(np.arange(rows), span), int(span[0])
            place = np.arange(len(row)) - np.repeat(np.cumsum(span) - span, span)
            spots = (starts[row] + first + place, row * wide + place)
            own, flat = (torch.from_numpy(spot).to(x.device) for spot in spots)
            box = spread(gather(x, own), flat, rows * wide).view(rows, wide, -1)
            out, state = self.carry(box, tuple(part[:, :rows].detach() for part in state))
            parts.append(gather(out.reshape(rows * wide, -1), flat))
            order.append(own)
        back = torch.cat(order).argsort()
        return thin(gather(torch.cat(parts), back), self.dropout, rng)

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


class Reader:
    """The cells in the midst of rows that are told this, as `nn.writing` and `nn.reading` drive them."""

    def __init__(self, network: Cells, told: Float[Tensor, "rows width"]) -> None:
        self.network = network
        self.vocabulary = network.shape.vocabulary
        self.context: int | None = None
        self.all = self.told = told
        self.state = network.still(0)

    def read(self, rows: Sequence[np.ndarray], own: Int[np.ndarray, " rows"]) -> Float[Tensor, "r v"]:
        """Begin anew with these marked rows, which are the `own` ones of what is given."""
        return self.network.logits(self.show(rows, own))

    def more(self, tokens: Int[Tensor, " rows"]) -> Float[Tensor, "rows tokens"]:
        """Every row goes on by one token."""
        return self.network.logits(self.step(tokens))

    def show(self, rows: Sequence[np.ndarray], own: Int[np.ndarray, " rows"]) -> Tensor:
        """The state behind these marked rows; rows of one size are read together."""
        self.told = self.all[torch.from_numpy(own)]
        sizes = np.array([len(row) for row in rows])
        self.state = tuple(part.clone() for part in self.network.still(len(rows)))
        found = self.told.new_zeros(len(rows), self.network.shape.width)
        for size in np.unique(sizes):
            alike = torch.from_numpy(np.flatnonzero(sizes == size))
            tokens = torch.from_numpy(np.stack([rows[row] for row in alike.tolist()]).astype(np.int64))
            told = self.told[alike].repeat_interleave(int(size), 0)
            x = self.network.enter(tokens.flatten(), told).view(len(alike), int(size), -1)
            out, state = self.network.carry(x, self.network.still(len(alike)))
            found[alike] = out[:, -1]
            for part, new in zip(self.state, state, strict=True):
                part[:, alike] = new
        return found

    def step(self, tokens: Int[Tensor, " rows"]) -> Tensor:
        """The state behind one more token of every row."""
        out, self.state = self.network.carry(self.network.enter(tokens, self.told)[:, None], self.state)
        return out[:, 0]

    def keep(self, places: Int[Tensor, " kept"]) -> None:
        """Only the rows at these places go on."""
        self.told = self.told[places]
        self.state = tuple(part[:, places] for part in self.state)
