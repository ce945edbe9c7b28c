"""The peer LSTM: the form of PyTorch's word_language_model (two layers, tied table, dropout) on the tokens of GPT-2.

usage: python benchmarks/texts/lstm.py FOLDER --seconds N [--seed K] [--set width=400 rate=0.003 ...]

As there the texts stand end to end in some streams, slopes reach back over one stretch and the state goes on. Unlike
there it is moved by AdamW with a cosine over the core-seconds in place of plain steps that are quartered on a stall.
"""

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import peers
import torch
from peers import END, Lesson, Pieces, Sequences
from torch import Tensor, nn
from torch.nn import functional

PLACES = 16384
DEFAULTS = {"width": 400, "layers": 2, "streams": 32, "stretch": 35, "rate": 0.003, "dropout": 0.1}


class Network(nn.Module):
    """Table, dropout, cells, dropout, the table again."""

    def __init__(self, tokens: int, width: int, layers: int, dropout: float) -> None:
        super().__init__()
        self.drop = nn.Dropout(dropout)
        self.table = nn.Embedding(tokens, width)
        self.cells = nn.LSTM(width, width, layers, dropout=dropout)
        self.leave = nn.Linear(width, tokens)
        self.leave.weight = self.table.weight
        nn.init.uniform_(self.table.weight, -0.1, 0.1)
        nn.init.zeros_(self.leave.bias)

    def forward(self, tokens: Tensor, state: Any = None) -> tuple[Tensor, Any]:
        """What the cells say at every place, and their state."""
        seen, state = self.cells(self.drop(self.table(tokens)), state)
        return self.drop(seen), state


class Lstm:
    """The network on streams of texts."""

    def __init__(self, pieces: Pieces, settings: dict[str, Any], lesson: Lesson) -> None:
        self.settings = DEFAULTS | settings
        own, self.labels = self.settings, len(pieces.names)
        lesson.rate, lesson.decay, lesson.betas, lesson.clip = own["rate"], 0.01, (0.9, 0.99), 0.5
        self.model = Network(pieces.size, own["width"], own["layers"], own["dropout"])

    def lessons(self, texts: Sequences, rng: np.random.Generator) -> Iterator[tuple[int, Callable[[], Tensor]]]:
        """Stretches of the streams, the texts in a new order each time; first tokens are not asked for."""
        streams, stretch = self.settings["streams"], self.settings["stretch"]
        while True:
            line = np.concatenate([texts[row] for row in rng.permutation(len(texts))])
            line = line[: len(line) // streams * streams].reshape(streams, -1).T
            self.state: Any = None
            for first in range(0, len(line) - 1, stretch):
                inputs, wanted = (
                    torch.from_numpy(np.ascontiguousarray(line[at : min(at + stretch, len(line) - 1 + at - first)]))
                    for at in (first, first + 1)
                )
                yield wanted.numel(), lambda inputs=inputs, wanted=wanted: self._loss(inputs, wanted)

    def _loss(self, inputs: Tensor, wanted: Tensor) -> Tensor:
        seen, state = self.model(inputs, self.state)
        self.state = tuple(part.detach() for part in state)
        wanted = wanted.masked_fill((wanted > END) & (wanted <= self.labels), -100)
        return functional.cross_entropy(self.model.leave(seen).flatten(0, 1), wanted.flatten())

    def score(self, texts: Sequences) -> float:
        """Nats; every text is read behind an END."""
        rows = sorted((np.concatenate([[END], text]) for text in texts), key=len)
        total, first = 0.0, 0
        self.model.eval()
        with torch.inference_mode():
            while first < len(rows):
                part = rows[first : first + max(1, PLACES // len(rows[min(first + 16, len(rows) - 1)]))]
                first += len(part)
                box = torch.full((max(map(len, part)), len(part)), -100)
                for place, row in enumerate(part):
                    box[: len(row), place] = torch.from_numpy(row)
                seen, _ = self.model(box[:-1].clamp(min=0))
                asked = box[2:] >= 0
                total += float(
                    functional.cross_entropy(self.model.leave(seen[1:][asked]), box[2:][asked], reduction="sum")
                )
        self.model.train()
        return total

    def write(self, starts: np.ndarray, longest: int) -> list[list[int]]:
        """Texts token by token; rows that ended are carried along."""
        self.model.eval()
        made: list[list[int]] = [[] for _ in starts]
        with torch.inference_mode():
            _, state = self.model(torch.full((1, len(starts)), END))
            last = torch.from_numpy(starts)[None]
            for _ in range(longest):
                seen, state = self.model(last, state)
                last = torch.multinomial(self.model.leave(seen[0]).softmax(-1), 1).T
                for row, token in zip(made, last[0].tolist(), strict=True):
                    if END not in row[-1:]:
                        row.append(token)
                if all(END in row[-1:] for row in made):
                    break
        return made


if __name__ == "__main__":
    peers.run(Lstm, __doc__)
