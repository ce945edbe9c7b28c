"""What speaks beside a network of texts: counts of other texts and the text's own past, each with its share.

Linear interpolation (Jelinek and Mercer 1980; of networks with counts and caches Mikolov et al. 2011): the chances add
up, each by its share, and the shares are those that make texts likeliest which nobody learnt. They differ by how much
of what stands before a token came before in its text: behind two tokens that did, the past knows best.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import torch
from jaxtyping import Float, Float64, Int, Int64
from torch import Tensor

from genloop.core.protocols import Weights
from genloop.core.texts import END
from genloop.nn.counts import Counts, before
from genloop.nn.past import NOTHING, SEEN, Past, foreseen
from genloop.nn.scripts import Script
from genloop.nn.writing import Writer

HEAD = "shares"  # where they stand in the head of weights
_ROUNDS = 50  # of the search for the shares
_DOUBT = 10.0  # tokens that speak for the network alone, wherever a share is sought


@dataclass(frozen=True, eq=False)
class Blend:
    """Counts, and the `shares` of network, counts and past for each of what can be seen."""

    counts: Counts
    shares: Float64[np.ndarray, "seen three"]

    @classmethod
    def fit(cls, counts: Counts, network: Float64[np.ndarray, " asked"], script: Script) -> "Blend":
        """The shares that make the script's tokens likeliest, to which the network gives these chances (EM)."""
        own, seen = _chances(counts, network, script)
        shares = np.full((SEEN, own.shape[1]), 1 / own.shape[1])
        trust = np.array([_DOUBT, 0, 0])
        for _ in range(_ROUNDS):
            parts = shares[seen] * own
            parts /= parts.sum(1, keepdims=True)
            sums = np.stack([parts[seen == some].sum(0) for some in range(SEEN)]) + trust
            shares = sums / sums.sum(1, keepdims=True)
        return cls(counts, shares)

    def nats(self, network: Float64[np.ndarray, " asked"], script: Script) -> Float64[np.ndarray, " asked"]:
        """-log p of each token that a script of texts alone asks for, from the network's -log p."""
        own, seen = _chances(self.counts, np.exp(-network), script)
        found: Float64[np.ndarray, " asked"] = -np.log((self.shares[seen] * own).sum(1))
        return found

    def stored(self, weights: Weights) -> Weights:
        """The weights with all this beside the network's arrays."""
        return Weights(weights.head | {HEAD: self.shares.tolist()}, weights.arrays | self.counts.arrays())


class Trail:
    """Rows being written, and what is said beside the network of how they go on.

    Where END is `shown` behind how a text is to end it does not come again for that: the text would break off where it
    first says the same.
    """

    def __init__(self, blend: Blend, *, shown: bool = True) -> None:
        self.counts = blend.counts
        self.shares = torch.from_numpy(blend.shares).float()
        self.past = Past(blend.counts.vocabulary, END if shown else NOTHING)

    def mixed(self, logits: Float[Tensor, "rows tokens"]) -> Float[Tensor, "rows tokens"]:
        """The chances of all together, from the network's logits."""
        tokens, chances, seen = self.past.after()
        network, counts, past = self.shares[seen].T
        found = torch.softmax(logits, 1).mul_(network[:, None])
        self.counts.add(found, self._before(), counts)
        return found.scatter_add_(1, tokens, chances * past[:, None])

    def _before(self) -> Int64[np.ndarray, "rows two"]:
        """The last two tokens of each row, the nearer one last."""
        said = torch.nn.functional.pad(self.past.said[:, -2:], (1, 0), value=self.counts.vocabulary)[:, -2:].numpy()
        return before(said.reshape(-1), np.tile([0, 1], len(said)), self.counts.vocabulary)[1::2]


class Blended:
    """A writer that draws from its network and from what speaks beside it; it gives chances, not logits."""

    weighs = True

    def __init__(self, writer: Writer, blend: Blend) -> None:
        self.writer, self.trail = writer, Trail(blend)
        self.vocabulary, self.context = writer.vocabulary, writer.context

    def read(self, rows: Sequence[np.ndarray], own: Int[np.ndarray, " rows"]) -> Float[Tensor, "r v"]:
        """Begin anew with these marked rows."""
        self.trail.past.start(rows)
        return self.trail.mixed(self.writer.read(rows, own))

    def more(self, tokens: Int[Tensor, " rows"]) -> Float[Tensor, "rows tokens"]:
        """Every row goes on by one token."""
        self.trail.past.go(tokens)
        return self.trail.mixed(self.writer.more(tokens))

    def keep(self, places: Int[Tensor, " kept"]) -> None:
        """Only the rows at these places go on."""
        self.trail.past.keep(places)
        self.writer.keep(places)


def of(weights: Weights) -> Blend | None:
    """What is stored beside the network, built once for each Weights object; None where nothing is."""
    if weights not in _known:
        shares: Any = weights.head.get(HEAD)
        _known[weights] = None if shares is None else Blend(Counts.read(weights.arrays), np.array(shares))
    return _known[weights]


_known: "WeakKeyDictionary[Weights, Blend | None]" = WeakKeyDictionary()


def _chances(
    counts: Counts, network: Float64[np.ndarray, " asked"], script: Script
) -> tuple[Float64[np.ndarray, "asked three"], Int64[np.ndarray, " asked"]]:
    """What network, counts and past give to each token that the script asks for, and what is seen there."""
    places = before(script.inputs.numpy(), script.lines.place.numpy(), counts.vocabulary)[script.text.numpy()]
    past, seen = foreseen(script)
    return np.stack([network, counts.chances(places, script.wanted.numpy()), past], 1), seen
