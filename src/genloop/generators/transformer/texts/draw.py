"""Drawing texts, scoring them, and drawing codes from them, with a network built once for each Weights object."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from weakref import WeakKeyDictionary

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from genloop.core.errors import DataError, ModelFileError
from genloop.core.protocols import UNKNOWN, Batch, Codes, Weights
from genloop.core.texts import END, Texts, Wish
from genloop.generators.transformer.texts.network import Network, Shape
from genloop.nn import writing
from genloop.nn.choice import choose
from genloop.nn.condition import Given
from genloop.nn.entropy import nats
from genloop.nn.lines import Lines
from genloop.nn.rotary import Memory
from genloop.nn.scripts import BEGIN, ON, Script, windows
from genloop.nn.template import template

PLACES = 8192

_loaded: "WeakKeyDictionary[Weights, Network]" = WeakKeyDictionary()


class Reader:
    """The network in the midst of some rows, as `nn.writing` drives it."""

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
        return self._logits(self.show(rows, own))

    def more(self, tokens: Int[Tensor, " rows"]) -> Float[Tensor, "rows tokens"]:
        """Every row goes on by one token."""
        return self._logits(self.step(tokens))

    def show(self, rows: Sequence[np.ndarray], own: Int[np.ndarray, " rows"]) -> Tensor:
        """The state behind these marked rows."""
        sizes = np.array([len(row) for row in rows])
        order = np.argsort(-sizes, kind="stable")
        lines = Lines.of(sizes[order])
        inputs = torch.from_numpy(np.concatenate([rows[row] for row in order]).astype(np.int64))
        self.told = self.all[torch.from_numpy(own)]
        memories = self.network.memories(len(rows))
        state: Tensor = self.network(inputs, self.told[torch.from_numpy(order)], lines, memories)
        last = torch.from_numpy(np.cumsum(sizes[order]) - 1)
        back = torch.from_numpy(np.argsort(order))
        self.even = bool((sizes == sizes[0]).all())
        self.memories = memories if self.even else [memory.take(back) for memory in memories]
        self.sizes = torch.from_numpy(sizes)
        return state[last][back]

    def step(self, tokens: Int[Tensor, " rows"]) -> Tensor:
        """The state behind one more token of every row."""
        last, mask = int(self.sizes.max()) + 1, None
        if not self.even:
            mask = (torch.arange(last) <= self.sizes[:, None])[:, None, None]
        state = self.network.one(tokens, self.told, self.sizes, self.memories, mask, last)
        self.sizes = self.sizes + 1
        return state

    def keep(self, places: Int[Tensor, " kept"]) -> None:
        """Only the rows at these places go on."""
        self.told, self.sizes = self.told[places], self.sizes[places]
        self.memories = [memory.take(places) for memory in self.memories]

    def _logits(self, state: Float[Tensor, "rows width"]) -> Float[Tensor, "rows tokens"]:
        told, table, bias = self.network.tokens(state)
        return (told @ table.to(told.dtype).T).float().add_(bias)


def sample(weights: Weights, given: Batch, rng: np.random.Generator, wish: Wish) -> Texts:
    """One text for each row of `given.codes`."""
    network = load(weights)
    return writing.write(lambda own: Reader(network, given.take(own)), len(given), rng, wish)


def stream(weights: Weights, given: Batch, rng: np.random.Generator, wish: Wish) -> Iterator[int]:
    """The new tokens of one text, each as soon as it is drawn.

    Raises:
        DataError: `given` has more rows than one.
    """
    if len(given) != 1:
        raise DataError(f"one text can be streamed at a time; {len(given)} rows were given")
    drawn = writing.follow(Reader(load(weights), given), np.arange(1), rng, wish)
    return (token for _, token in drawn)


@torch.inference_mode()
def score(weights: Weights, batch: Batch) -> Float[np.ndarray, " rows"]:
    """-log p(text | codes) of each row in nats; beyond the context as texts are drawn there."""
    network, found = load(weights), np.zeros(len(batch))
    views = windows(_texts(batch), network.shape.vocabulary, network.shape.context)
    views.sort(key=lambda view: len(view.tokens))
    ends = np.cumsum([len(view.tokens) for view in views])
    first = 0
    while first < len(views):
        last = max(first + 1, int(np.searchsorted(ends, (ends[first - 1] if first else 0) + PLACES)))
        part, first = views[first:last], last
        own = batch.take(np.array([view.row for view in part]))
        own = replace(own, texts=Texts.of([view.tokens for view in part]))
        nothing = np.zeros(len(own), bool)
        script = Script.of(own, network.names, nothing, np.zeros(own.codes.shape, bool))
        told = network.told(Given.of(own))[torch.from_numpy(script.rows)]
        state = network(script.inputs, told, script.lines)
        values = nats(*network.tokens(state), script.wanted).double().numpy()
        rows, places = script.rows[script.lines.row.numpy()], script.lines.place.numpy()
        counted = places >= np.array([view.known for view in part])[rows]
        np.add.at(found, np.array([view.row for view in part])[rows[counted]], values[counted])
    return found


@torch.inference_mode()
def infer(weights: Weights, batch: Batch, rng: np.random.Generator) -> Codes:
    """The batch's codes with those that are UNKNOWN drawn one after the other."""
    network, texts = load(weights), _texts(batch)
    found, most, fields = batch.codes.copy(), network.shape.context, len(batch.fields)
    for first in range(0, len(batch) if fields else 0, writing.CHUNK):
        own = np.arange(first, min(first + writing.CHUNK, len(batch)))
        reader = Reader(network, batch.take(own))
        state = reader.show(
            [_closed(texts[row], network.shape.vocabulary, most) for row in own.tolist()], np.arange(len(own))
        )
        for field in range(fields):
            logits = network.codes(state, torch.full((len(own),), field))
            drawn = choose(logits, torch.from_numpy(rng.random(len(own), dtype=np.float32)), Wish()).numpy()
            drawn -= network.names.starts[field]
            found[own, field] = np.where(found[own, field] == UNKNOWN, drawn, found[own, field])
            if field + 1 < fields:
                state = reader.step(torch.from_numpy(network.names.told(found[own])[:, field]))
    return found


def _closed(tokens: Int[np.ndarray, " length"], vocabulary: int, most: int) -> Int[np.ndarray, " marked"]:
    """A text with its mark and END; of a long one its last tokens."""
    whole = tokens if len(tokens) and tokens[-1] == END else np.concatenate([tokens, [END]])
    return np.concatenate([[vocabulary + (BEGIN if len(whole) <= most else ON)], whole[-most:]])


def _texts(batch: Batch) -> Texts:
    if batch.texts is None:
        raise DataError("the rows hold no texts; expected Batch(texts=...)")
    return batch.texts


def load(weights: Weights) -> Network:
    """The network of the weights, built once for each Weights object.

    Raises:
        ModelFileError: the arrays do not fit the head.
    """
    if weights not in _loaded:
        head = weights.head
        rng = torch.Generator().manual_seed(0)
        network = Network(Shape(**head["shape"]), template(head["condition"]), rng, getattr(torch, head["precision"]))
        state = {name: array for name, array in network.state_dict().items() if not array.numel()}
        state |= {name: torch.from_numpy(np.ascontiguousarray(array)) for name, array in weights.arrays.items()}
        try:
            network.load_state_dict(state)
        except RuntimeError as error:
            raise ModelFileError(f"the arrays of this transformer do not fit its head: {error}") from error
        _loaded[weights] = network.eval().requires_grad_(False)
    return _loaded[weights]
