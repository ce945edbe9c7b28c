"""Drawing texts, scoring them, and drawing codes from them, with a network built once for each Weights object."""

from collections.abc import Iterator, Sequence
from functools import partial
from typing import cast
from weakref import WeakKeyDictionary

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from genloop.core.errors import DataError
from genloop.core.protocols import Batch, Codes, Weights
from genloop.core.texts import Texts, Wish
from genloop.generators.transformer.texts.network import Network, Shape
from genloop.nn import blend, reading, writing
from genloop.nn.condition import Given
from genloop.nn.guidance import guided
from genloop.nn.lines import Lines
from genloop.nn.rotary import Memory
from genloop.nn.serving import serve
from genloop.nn.template import template

_loaded: "WeakKeyDictionary[Weights, Network]" = WeakKeyDictionary()
_served: "WeakKeyDictionary[Weights, Network]" = WeakKeyDictionary()


class Reader:
    """The network in the midst of some rows, as `nn.writing` and `nn.reading` drive it."""

    def __init__(self, network: Network, given: Batch) -> None:
        self.network = network
        self.vocabulary = network.shape.vocabulary
        self.context: int | None = network.shape.context
        with torch.inference_mode():
            self.all = network.told(Given.of(given))
        self.told = self.all
        self.memories: list[Memory] = []
        self.sizes = torch.zeros(0, dtype=torch.long)
        self.even = True

    def read(self, rows: Sequence[np.ndarray], own: Int[np.ndarray, " rows"]) -> Float[Tensor, "r v"]:
        """Begin anew with these marked rows, which are the `own` ones of what is given."""
        return self.network.logits(self.show(rows, own))

    def more(self, tokens: Int[Tensor, " rows"]) -> Float[Tensor, "rows tokens"]:
        """Every row goes on by one token."""
        return self.network.logits(self.step(tokens))

    def show(self, rows: Sequence[np.ndarray], own: Int[np.ndarray, " rows"]) -> Tensor:
        """The state behind these marked rows."""
        sizes = np.array([len(row) for row in rows])
        order = np.argsort(-sizes, kind="stable")
        lines = Lines.of(sizes[order])
        inputs = torch.from_numpy(np.concatenate([rows[row] for row in order]).astype(np.int64))
        self.told = self.all[torch.from_numpy(own)]
        memories = self.network.memories(len(rows))
        state: Tensor = self.network(inputs, self.told[torch.from_numpy(order)], lines, None, memories)
        last = torch.from_numpy(np.cumsum(sizes[order]) - 1)
        back = torch.from_numpy(np.argsort(order))
        self.even = bool((sizes == sizes[0]).all())
        self.memories = memories if self.even else [memory.take(back, int(sizes.max())) for memory in memories]
        self.sizes = torch.from_numpy(sizes)
        return state[last][back]

    def step(self, tokens: Int[Tensor, " rows"]) -> Tensor:
        """The state behind one more token of every row."""
        last, mask = int(self.sizes.max()) + 1, None
        if not self.even:
            mask = (torch.arange(last) <= self.sizes[:, None])[:, None]
        state = self.network.one(tokens, self.told, self.sizes, self.memories, mask, last)
        self.sizes = self.sizes + 1
        return state

    def keep(self, places: Int[Tensor, " kept"]) -> None:
        """Only the rows at these places go on."""
        last = int(self.sizes.max())
        self.told, self.sizes = self.told[places], self.sizes[places]
        self.memories = [memory.take(places, last) for memory in self.memories]


def sample(weights: Weights, given: Batch, rng: np.random.Generator, wish: Wish) -> Texts:
    """One text for each row of `given.codes`."""
    network, beside = _ready(weights, wish), blend.of(weights)
    return writing.write(
        lambda own: guided(partial(Reader, network), given.take(own), wish, beside), len(given), rng, wish
    )


def stream(weights: Weights, given: Batch, rng: np.random.Generator, wish: Wish) -> Iterator[int]:
    """The new tokens of one text, each as soon as it is drawn."""
    writer = guided(partial(Reader, _ready(weights, wish)), given, wish, blend.of(weights))
    return writing.stream(writer, len(given), rng, wish)


def score(weights: Weights, batch: Batch) -> Float[np.ndarray, " rows"]:
    """-log p(text | codes) of each row in nats; beyond the context as texts are drawn there."""
    network = load(weights)
    return reading.score(network, batch, network.shape.context, blend=blend.of(weights))


def infer(weights: Weights, batch: Batch, rng: np.random.Generator) -> Codes:
    """The batch's codes with those that are UNKNOWN drawn one after the other."""
    network = load(weights)
    return reading.infer(network, batch, rng, lambda rows: Reader(network, rows), network.shape.context)


def served(weights: Weights) -> Network:
    """The network as it draws: in eight bits where the settings or a measurement say so."""
    if weights not in _served:
        _served[weights] = cast(Network, serve(load(weights), weights.head["settings"]["serving"]))
    return _served[weights]


def _ready(weights: Weights, wish: Wish) -> Network:
    """The network as it draws, which has learnt what is wished of it."""
    network = served(weights)
    if wish.ends is not None and not network.names.fill:
        raise DataError("these weights did not learn to write towards an end; fit with middle above 0")
    return network


def load(weights: Weights) -> Network:
    """The network of the weights, built once for each Weights object."""
    if weights not in _loaded:
        _loaded[weights] = build(weights)
    return _loaded[weights]


def build(weights: Weights) -> Network:
    """A network of its own with these weights."""
    head, rng = weights.head, torch.Generator().manual_seed(0)
    network = Network(Shape(**head["shape"]), template(head["condition"]), rng, getattr(torch, head["precision"]))
    return reading.fill(network, weights)
