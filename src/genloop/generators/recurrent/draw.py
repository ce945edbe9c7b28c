"""Drawing texts, scoring them, and drawing codes from them; the state of a text is carried from token to token."""

from collections.abc import Iterator, Sequence
from typing import cast
from weakref import WeakKeyDictionary

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from genloop.core.protocols import Batch, Codes, Weights
from genloop.core.texts import Texts, Wish
from genloop.generators.recurrent.network import Network, Shape
from genloop.nn import reading, writing
from genloop.nn.condition import Given
from genloop.nn.template import template

WHOLE = 1 << 30

_loaded: "WeakKeyDictionary[Weights, Network]" = WeakKeyDictionary()


class Reader:
    """The network in the midst of some rows, as `nn.writing` and `nn.reading` drive it."""

    def __init__(self, network: Network, given: Batch) -> None:
        self.network = network
        self.vocabulary = network.shape.vocabulary
        self.context: int | None = None
        with torch.inference_mode():
            self.all = network.told(Given.of(given))
        self.told = self.all
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


def sample(weights: Weights, given: Batch, rng: np.random.Generator, wish: Wish) -> Texts:
    """One text for each row of `given.codes`."""
    network = load(weights)
    return writing.write(lambda own: Reader(network, given.take(own)), len(given), rng, wish)


def stream(weights: Weights, given: Batch, rng: np.random.Generator, wish: Wish) -> Iterator[int]:
    """The new tokens of one text, each as soon as it is drawn."""
    return writing.stream(Reader(load(weights), given), len(given), rng, wish)


def score(weights: Weights, batch: Batch) -> Float[np.ndarray, " rows"]:
    """-log p(text | codes) of each row in nats, however long it is."""
    return reading.score(load(weights), batch, WHOLE)


def infer(weights: Weights, batch: Batch, rng: np.random.Generator) -> Codes:
    """The batch's codes with those that are UNKNOWN drawn one after the other."""
    network = load(weights)
    return reading.infer(network, batch, rng, lambda rows: Reader(network, rows), WHOLE)


def load(weights: Weights) -> Network:
    """The network of the weights, built once for each Weights object."""
    if weights not in _loaded:
        head, rng = weights.head, torch.Generator().manual_seed(0)
        network = Network(Shape(**head["shape"]), template(head["condition"]), rng)
        _loaded[weights] = cast(Network, reading.fill(network, weights))
    return _loaded[weights]
