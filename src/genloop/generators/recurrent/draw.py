"""Drawing texts, scoring them, and drawing codes from them; the state of a text is carried from token to token."""

from collections.abc import Iterator
from functools import partial
from weakref import WeakKeyDictionary

import numpy as np
import torch
from jaxtyping import Float

from genloop.core.protocols import Batch, Codes, Weights
from genloop.core.texts import Texts, Wish
from genloop.nn import blend, reading, writing
from genloop.nn.cells import WHOLE, Cells, Reader, Shape
from genloop.nn.condition import Given
from genloop.nn.guidance import guided
from genloop.nn.template import template

_loaded: "WeakKeyDictionary[Weights, Cells]" = WeakKeyDictionary()


def sample(weights: Weights, given: Batch, rng: np.random.Generator, wish: Wish) -> Texts:
    """One text for each row of `given.codes`."""
    begin, beside = partial(reader, load(weights)), blend.of(weights)
    return writing.write(lambda own: guided(begin, given.take(own), wish, beside), len(given), rng, wish)


def stream(weights: Weights, given: Batch, rng: np.random.Generator, wish: Wish) -> Iterator[int]:
    """The new tokens of one text, each as soon as it is drawn."""
    writer = guided(partial(reader, load(weights)), given, wish, blend.of(weights))
    return writing.stream(writer, len(given), rng, wish)


def score(weights: Weights, batch: Batch) -> Float[np.ndarray, " rows"]:
    """-log p(text | codes) of each row in nats, however long it is."""
    return reading.score(load(weights), batch, WHOLE, blend=blend.of(weights))


def infer(weights: Weights, batch: Batch, rng: np.random.Generator) -> Codes:
    """The batch's codes with those that are UNKNOWN drawn one after the other."""
    network = load(weights)
    return reading.infer(network, batch, rng, lambda rows: reader(network, rows), WHOLE)


def load(weights: Weights) -> Cells:
    """The network of the weights, built once for each Weights object."""
    if weights not in _loaded:
        _loaded[weights] = build(weights)
    return _loaded[weights]


def build(weights: Weights) -> Cells:
    """A network of its own with these weights."""
    head, rng = weights.head, torch.Generator().manual_seed(0)
    return reading.fill(Cells(Shape(**head["shape"]), template(head["condition"]), rng), weights)


@torch.inference_mode()
def reader(network: Cells, given: Batch) -> Reader:
    """The network in the midst of the given rows."""
    return Reader(network, network.told(Given.of(given)))
