"""Chances of tokens from what their own text said before: what came there behind its last two tokens, or its last one.

A cache of the recent past (Kuhn and De Mori 1990) with its pairs and triples (Jelinek et al. 1991): names and turns of
phrase come again within a text, and networks that learnt for minutes do not look back for them yet. Where the last
token is new, all that was said speaks, each token as often as it came. Nothing is kept of any other text.
"""

from collections.abc import Sequence

import numpy as np
import torch
from jaxtyping import Float32, Float64, Int, Int64
from torch import Tensor
from torch.nn.utils.rnn import pad_sequence

from genloop.nn.scripts import Script

SEEN = 4  # nothing was said yet; the last token is new; it came before; the last two came before
NOTHING = -1  # beside rows that said less
_BITS = 21  # of a token


def foreseen(script: Script) -> tuple[Float64[np.ndarray, " asked"], Int64[np.ndarray, " asked"]]:
    """The chance of each token that a script of texts alone asks for, and what is `SEEN` of those before it, 0 to 3."""
    asked = script.text.numpy()
    last, wanted = script.inputs.numpy()[asked], script.wanted.numpy()
    group = script.lines.row.numpy()[asked]
    found, seen = np.zeros(len(asked)), np.zeros(len(asked), np.int64)
    for context in (None, last, np.roll(last, 1)):  # what rolls over is a row's mark, behind which nothing came before
        group = group if context is None else _groups(group, context)
        times = _times(group)
        found = np.where(times > 0, _times(_groups(group, wanted)) / np.maximum(times, 1), found)
        seen += times > 0
    return found, seen


class Past:
    """Rows being written: all that each has said. The token `never` does not come again, however often it came."""

    def __init__(self, vocabulary: int, never: int = NOTHING) -> None:
        self.vocabulary, self.never = vocabulary, never
        self.said = torch.zeros(0, 0, dtype=torch.long)

    def start(self, rows: Sequence[np.ndarray]) -> None:
        """Begin anew with these marked rows."""
        lines = [torch.from_numpy(row.astype(np.int64)) for row in rows]
        self.said = pad_sequence(lines, batch_first=True, padding_value=NOTHING, padding_side="left")

    def go(self, tokens: Int[Tensor, " rows"]) -> None:
        """Every row goes on by one token."""
        self.said = torch.cat([self.said, tokens[:, None]], 1)

    def keep(self, places: Int[Tensor, " kept"]) -> None:
        """Only the rows at these places go on."""
        self.said = self.said[places]

    def after(self) -> tuple[Int64[Tensor, "rows said"], Float32[Tensor, "rows said"], Int64[Tensor, " rows"]]:
        """The tokens that each row said, the chance that each of them comes again now, and what is `SEEN`."""
        came, earlier = self.said[:, 1:], self.said.roll(1, 1)
        every = (came >= 0) & (came < self.vocabulary) & (came != self.never)
        one = every & (self.said[:, :-1] == self.said[:, -1:])
        two = one & (earlier[:, :-1] == earlier[:, -1:])
        levels = torch.stack([every, one, two])
        seen = levels.any(2).sum(0)
        chosen = levels[(seen - 1).clamp(min=0), torch.arange(len(seen))]
        chances = chosen / chosen.sum(1, keepdim=True).clamp(min=1)
        return came.clamp(0, self.vocabulary - 1), chances, seen


def _groups(group: Int64[np.ndarray, " asked"], token: Int64[np.ndarray, " asked"]) -> Int64[np.ndarray, " asked"]:
    """The groups parted further by a token of each place, numbered anew."""
    found: Int64[np.ndarray, " asked"] = np.unique((group << _BITS) | token, return_inverse=True)[1]
    return found


def _times(group: Int64[np.ndarray, " asked"]) -> Int64[np.ndarray, " asked"]:
    """How many places of its group stand before each."""
    order = np.argsort(group, kind="stable")
    first = np.flatnonzero(np.diff(group[order], prepend=-1))
    found = np.empty(len(group), np.int64)
    found[order] = np.arange(len(group)) - np.repeat(first, np.diff(np.append(first, len(group))))
    return found
