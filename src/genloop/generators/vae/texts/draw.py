"""Drawing texts from latents, texts as latents, and the way between two texts.

The bound of a text is that of several latents, weighed by importance (Burda et al. 2016, arXiv 1509.00519, equation 8).
"""

import math
from collections.abc import Iterator
from dataclasses import replace
from weakref import WeakKeyDictionary

import numpy as np
import torch
from jaxtyping import Float, Float32
from torch import Tensor

from genloop.core.errors import ConfigError, DataError
from genloop.core.protocols import Batch, Codes, Weights
from genloop.core.texts import END, Texts, Wish
from genloop.generators.vae.normal import density
from genloop.generators.vae.texts.network import Network, Shape
from genloop.nn import reading, writing
from genloop.nn.cells import WHOLE, Reader
from genloop.nn.condition import Given
from genloop.nn.guidance import guided
from genloop.nn.scripts import BEGIN
from genloop.nn.template import template
from genloop.nn.writing import Writer

ROWS = 64  # that are read into latents at a time
Latents = Float32[np.ndarray, "rows latent"]

_loaded: "WeakKeyDictionary[Weights, Network]" = WeakKeyDictionary()


def sample(weights: Weights, given: Batch, rng: np.random.Generator, wish: Wish) -> Texts:
    """One text for each row of `given.codes`, each of a latent of its own."""
    network = load(weights)
    return _written(network, given, _fresh(network, len(given), rng), rng, wish)


def stream(weights: Weights, given: Batch, rng: np.random.Generator, wish: Wish) -> Iterator[int]:
    """The new tokens of one text, each as soon as it is drawn."""
    network = load(weights)
    writer = _writer(network, given, _fresh(network, len(given), rng), wish)
    return writing.stream(writer, len(given), rng, wish)


def score(weights: Weights, batch: Batch) -> Float[np.ndarray, " rows"]:
    """An upper bound of -log p(text | codes) of each row in nats, tighter with more draws; the noise is always one."""
    return bound(load(weights), batch, int(weights.head["settings"]["draws"]), np.random.default_rng(0))


@torch.inference_mode()
def bound(network: Network, batch: Batch, draws: int, rng: np.random.Generator) -> Float[np.ndarray, " rows"]:
    """-log of the mean of p(text | z) p(z) / q(z | text) over so many draws z of q; with one draw the negative ELBO."""
    mean, log_variance = _read(network, batch)
    known, logs = network.told(Given.of(batch)), np.empty((draws, len(batch)))
    for own in logs:
        noise = torch.from_numpy(rng.standard_normal(mean.shape, np.float32))
        z = mean + noise * (log_variance / 2).exp()
        apart = density(z, torch.zeros_like(z), torch.zeros_like(z)) - density(z, mean, log_variance)
        own[:] = apart.double().numpy() - reading.score(network, batch, WHOLE, known + network.meaning(z))
    return np.asarray(math.log(draws) - np.logaddexp.reduce(logs, 0))


def infer(weights: Weights, batch: Batch, rng: np.random.Generator) -> Codes:
    """The batch's codes with those that are UNKNOWN drawn one after the other, given the text and its latent's mean."""
    network = load(weights)

    def begin(rows: Batch) -> Reader:
        return Reader(network, _told(network, rows, _read(network, rows)[0].numpy()))

    return reading.infer(network, batch, rng, begin, WHOLE)


def encode(weights: Weights, batch: Batch) -> Latents:
    """The mean of the posterior of each text's latent."""
    return _read(load(weights), batch)[0].numpy()


def rewrite(weights: Weights, batch: Batch, strength: float, rng: np.random.Generator, wish: Wish) -> Texts:
    """Each text anew, given its row's codes: at 0 the likeliest one of its own latent, at 1 a fresh draw.

    In between the latent is mixed with a fresh one so that its variance stays, and the wish's temperature is lowered
    to that share.
    """
    if not 0 <= strength <= 1:
        raise ConfigError(f"the strength of a rewriting is from 0 (as it is) to 1 (a new text), found {strength:g}")
    network = load(weights)
    own, other = encode(weights, batch), _fresh(network, len(batch), rng)
    mixed = math.sqrt(1 - strength**2) * own + strength * other
    return _written(network, batch, mixed, rng, replace(wish, temperature=strength * wish.temperature))


def between(
    weights: Weights, first: Batch, second: Batch, steps: int, rng: np.random.Generator, wish: Wish
) -> list[Texts]:
    """So many texts on the straight way from each first one to its second: at every step the likeliest of the latent.

    The first and the last are the two texts as `rewrite` gives them at 0; codes are those of the nearer end.
    """
    if steps < 2:
        raise ConfigError(f"a way between two texts has at least 2 steps, found {steps}")
    if len(first) != len(second):
        raise DataError(f"the way from {len(first)} texts to {len(second)}: expected as many as there are")
    network, sure = load(weights), replace(wish, temperature=0.0)
    start, end = encode(weights, first), encode(weights, second)
    shares = np.linspace(0, 1, steps)
    return [_written(network, first if share < 0.5 else second, _mix(start, end, share), rng, sure) for share in shares]


def _mix(first: Latents, second: Latents, share: float) -> Latents:
    return np.asarray((1 - share) * first + share * second, np.float32)


def _fresh(network: Network, rows: int, rng: np.random.Generator) -> Latents:
    """Latents of the prior."""
    return rng.standard_normal((rows, network.shape.latent), np.float32)


def _written(network: Network, given: Batch, latents: Latents, rng: np.random.Generator, wish: Wish) -> Texts:
    return writing.write(lambda own: _writer(network, given.take(own), latents[own], wish), len(given), rng, wish)


def _writer(network: Network, given: Batch, latents: Latents, wish: Wish) -> Writer:
    """The writer of these rows, guided as is wished: both of its voices have the same latents."""

    def begin(rows: Batch) -> Reader:
        return Reader(network, _told(network, rows, np.tile(latents, (len(rows) // len(latents), 1))))

    return guided(begin, given, wish)


@torch.inference_mode()
def _told(network: Network, given: Batch, latents: Latents) -> Float[Tensor, "rows width"]:
    meant: Tensor = network.meaning(torch.from_numpy(np.asarray(latents, np.float32)))
    return network.told(Given.of(given)) + meant


@torch.inference_mode()
def _read(network: Network, batch: Batch) -> tuple[Float[Tensor, "rows latent"], Float[Tensor, "rows latent"]]:
    """Mean and log variance of the latent of each text."""
    if batch.texts is None:
        raise DataError("the rows hold no texts; expected Batch(texts=...)")
    mark, parts = [network.vocabulary + BEGIN], []
    for first in range(0, len(batch), ROWS):
        rows = [batch.texts[row] for row in range(first, min(first + ROWS, len(batch)))]
        whole = [row if len(row) and row[-1] == END else np.append(row, END) for row in rows]
        parts.append(
            network.posterior(Texts.of([np.concatenate([mark, row[: network.shape.longest]]) for row in whole]))
        )
    if not parts:
        none = torch.zeros(0, network.shape.latent)
        return none, none
    means, log_variances = zip(*parts, strict=True)
    return torch.cat(means), torch.cat(log_variances)


def load(weights: Weights) -> Network:
    """The network of the weights, built once for each Weights object."""
    if weights not in _loaded:
        head, rng = weights.head, torch.Generator().manual_seed(0)
        network = Network(Shape(**head["shape"]), template(head["condition"]), rng)
        _loaded[weights] = reading.fill(network, weights)
    return _loaded[weights]
