"""What a fitted network says about texts that are there: how likely they are, and which codes they come with."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol, TypeVar, runtime_checkable

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from genloop.core.errors import DataError
from genloop.core.protocols import UNKNOWN, Batch, Codes, Weights
from genloop.core.texts import END, Texts, Wish
from genloop.nn import arrays
from genloop.nn.author import Author
from genloop.nn.blend import Blend
from genloop.nn.choice import choose
from genloop.nn.condition import Given
from genloop.nn.counts import NAMES
from genloop.nn.entropy import nats
from genloop.nn.scripts import BEGIN, ON, Script, windows

PLACES = 8192
ROWS = 256
A = TypeVar("A", bound=Author)


@runtime_checkable
class Reader(Protocol):
    """A network in the midst of some rows, seen from inside."""

    def show(self, rows: Sequence[np.ndarray], own: Int[np.ndarray, " rows"]) -> Tensor:
        """The state behind these marked rows, which are the `own` ones of what is given."""

    def step(self, tokens: Int[Tensor, " rows"]) -> Tensor:
        """The state behind one more token of every row."""


@torch.inference_mode()
def score(
    network: Author,
    batch: Batch,
    context: int,
    told: Float[Tensor, "rows width"] | None = None,
    blend: Blend | None = None,
) -> Float[np.ndarray, " rows"]:
    """-log p(text | codes) of each row in nats; beyond the context as texts are drawn there.

    `told` is what the network is told of each row, where that is more than its codes; the `blend` speaks beside it.
    """
    told = network.told(Given.of(batch)) if told is None else told
    found = np.zeros(len(batch))
    views = windows(_texts(batch), network.vocabulary, context)
    views.sort(key=lambda view: len(view.tokens))
    ends = np.cumsum([len(view.tokens) for view in views])
    first = 0
    while first < len(views):
        last = max(first + 1, int(np.searchsorted(ends, (ends[first - 1] if first else 0) + PLACES)))
        part, first = views[first:last], last
        row, known = np.array([(view.row, view.known) for view in part]).T
        own = replace(batch.take(row), texts=Texts.of([view.tokens for view in part]))
        script = Script.of(own, network.names, np.zeros(len(own), bool), np.zeros(own.codes.shape, bool))
        state = network(script.inputs, told[torch.from_numpy(row[script.rows])], script.lines)
        values = nats(*network.tokens(state), script.wanted).double().numpy()
        if blend is not None:
            values = blend.nats(values, script)
        view = script.rows[script.lines.row.numpy()]
        fresh = script.lines.place.numpy() >= known[view]
        np.add.at(found, row[view[fresh]], values[fresh])
    return found


@torch.inference_mode()
def infer(
    network: Author, batch: Batch, rng: np.random.Generator, begin: Callable[[Batch], Reader], context: int
) -> Codes:
    """The batch's codes with those that are UNKNOWN drawn one after the other; of a long text its end is read."""
    found, texts, fields = batch.codes.copy(), _texts(batch), len(batch.fields)
    for first in range(0, len(batch) if fields else 0, ROWS):
        own = np.arange(first, min(first + ROWS, len(batch)))
        reader = begin(batch.take(own))
        marked = [_closed(texts[row], network.vocabulary, context) for row in own.tolist()]
        state = reader.show(marked, np.arange(len(own)))
        for field in range(fields):
            logits = network.codes(state, torch.full((len(own),), field))
            drawn = choose(logits, torch.from_numpy(rng.random(len(own), dtype=np.float32)), Wish()).numpy()
            drawn -= network.names.starts[field]
            found[own, field] = np.where(found[own, field] == UNKNOWN, drawn, found[own, field])
            if field + 1 < fields:
                state = reader.step(torch.from_numpy(network.names.told(found[own])[:, field]))
    return found


def fill(network: A, weights: Weights) -> A:
    """The network with the weights' arrays in it, but for counts, for reading alone.

    Raises:
        ModelFileError: the arrays do not fit the network.
    """
    own = {name: array for name, array in weights.arrays.items() if name not in NAMES}
    return arrays.fill(network, own, "network of texts").eval().requires_grad_(False)


def _closed(tokens: Int[np.ndarray, " length"], vocabulary: int, context: int) -> Int[np.ndarray, " marked"]:
    """A text with its mark and END; of a long one its last tokens."""
    whole = tokens if len(tokens) and tokens[-1] == END else np.concatenate([tokens, [END]])
    return np.concatenate([[vocabulary + (BEGIN if len(whole) <= context else ON)], whole[-context:]])


def _texts(batch: Batch) -> Texts:
    if batch.texts is None:
        raise DataError("the rows hold no texts; expected Batch(texts=...)")
    return batch.texts
