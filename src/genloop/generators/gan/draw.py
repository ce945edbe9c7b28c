"""Pictures drawn from a fitted generator, and how real its critic finds pictures."""

from weakref import WeakKeyDictionary

import numpy as np
import torch
from jaxtyping import Float

from genloop.core.protocols import Batch, Pixels, Weights
from genloop.generators.gan.network import Critic, Generator, learnt, load, noise
from genloop.nn import ends
from genloop.nn.condition import Given, round_pixels, scale
from genloop.nn.convolution import crop, pad

ROWS = 256
_LOADED: WeakKeyDictionary[Weights, Generator] = WeakKeyDictionary()
_CRITICS: WeakKeyDictionary[Weights, Critic] = WeakKeyDictionary()


def draw(
    weights: Weights,
    given: Batch,
    rng: np.random.Generator,
    truncation: float | None = None,
    begun: np.ndarray | None = None,
) -> Pixels:
    """One picture for each row of `given`, as `sample` says; from the noise `begun` where there is some."""
    generator = _generator(weights)
    cut = _cut(weights, truncation)
    kind = getattr(torch, weights.head["precision"])
    chance = torch.Generator().manual_seed(int(rng.integers(2**62)))
    out = np.empty((len(given), *generator.shape.picture), np.uint8)
    with torch.inference_mode(), torch.autocast("cpu", kind, enabled=kind != torch.float32):
        for i in range(0, len(given), ROWS):
            part = given.take(np.arange(i, min(i + ROWS, len(given))))
            if begun is None:
                start = noise(len(part), generator.shape.noise, chance, cut)
            else:
                start = torch.from_numpy(np.ascontiguousarray(begun[i : i + ROWS], np.float32))
            made = generator(start, Given.of(part))
            out[i : i + ROWS] = round_pixels(crop(made, *generator.shape.picture[:2]))
    return ends.snap(out, tuple(weights.head.get("ends", ends.NONE)))


def begin(
    weights: Weights, rows: int, rng: np.random.Generator, truncation: float | None = None
) -> Float[np.ndarray, "rows length"]:
    """Noise as `draw` draws it."""
    chance = torch.Generator().manual_seed(int(rng.integers(2**62)))
    drawn: np.ndarray = noise(rows, int(weights.head["shape"]["noise"]), chance, _cut(weights, truncation)).numpy()
    return drawn


def answers(weights: Weights, batch: Batch) -> Float[np.ndarray, " rows"]:
    """The critic's answers to pictures under their conditions, as `score` says."""
    assert batch.pixels is not None
    critic = judge(weights)
    found = [np.zeros(0, np.float32)]
    with torch.inference_mode():
        for i in range(0, len(batch), ROWS):
            part = batch.take(np.arange(i, min(i + ROWS, len(batch))))
            assert part.pixels is not None
            found.append(critic(pad(scale(part.pixels), *critic.shape.inner), Given.of(part))[0].numpy())
    return np.concatenate(found)


def judge(weights: Weights) -> Critic:
    """The fitted critic, loaded once for each `Weights`."""
    critic = _CRITICS.get(weights)
    if critic is None:
        critic = _CRITICS[weights] = learnt(weights)
    return critic


def _generator(weights: Weights) -> Generator:
    generator = _LOADED.get(weights)
    return _LOADED.setdefault(weights, load(weights)) if generator is None else generator


def _cut(weights: Weights, truncation: float | None) -> float:
    return float(weights.head["truncation"] if truncation is None else truncation)
