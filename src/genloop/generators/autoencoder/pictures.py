"""A fitted network of codes at work: pictures to codes and back, and how unlike the learnt ones a picture is."""

from functools import cached_property
from weakref import WeakKeyDictionary

import numpy as np
import torch
from jaxtyping import Float

from genloop.core.errors import ConfigError, DataError
from genloop.core.protocols import Batch, Pixels, Weights
from genloop.generators.autoencoder import density
from genloop.generators.autoencoder.config import Anomaly
from genloop.generators.autoencoder.loss import ROWS, apart
from genloop.generators.autoencoder.network import Codes
from genloop.generators.autoencoder.network import load as load_network
from genloop.nn.condition import Given, round_pixels

FULL = 255.0  # levels between -1 and 1
_LOADED: WeakKeyDictionary[Weights, "Pictures"] = WeakKeyDictionary()


class Pictures:
    """A fitted network of codes, as a `Coder`."""

    levels: int | None = None

    def __init__(self, weights: Weights) -> None:
        network = load_network(weights)
        if not isinstance(network, Codes):
            raise ConfigError(
                "the autoencoder's preset restoration mends pictures and has no codes; fit preset plain or denoising"
            )
        self.network, self.weights = network, weights
        self.shape: tuple[int, ...] = (1, 1, network.shape.length)

    def encode(self, pixels: Pixels, rng: np.random.Generator | None = None) -> np.ndarray:
        """The code of each picture, the same with a generator as without: there is no posterior."""
        return self.measure(pixels)[0][:, None, None]

    def decode(self, codes: np.ndarray) -> Pixels:
        """The pictures of the codes."""
        parts = [np.zeros((0, *self.network.shape.picture), np.uint8)]
        with torch.inference_mode():
            for first in range(0, len(codes), ROWS):
                code = torch.from_numpy(np.asarray(codes[first : first + ROWS], np.float32)).flatten(1)
                parts.append(round_pixels(self.network.decode(code)))
        return np.concatenate(parts)

    def measure(self, pixels: Pixels) -> tuple[np.ndarray, Float[np.ndarray, " rows"]]:
        """Code and error of each picture.

        Raises:
            DataError: the pictures have another size than those learnt.
        """
        learnt = self.network.shape.picture
        if tuple(pixels.shape[1:]) != learnt:
            raise DataError(f"expected pictures of {_say(learnt)}, found {_say(pixels.shape[1:])}; resize them first")
        return apart(self.network, pixels)

    @cached_property
    def density(self) -> density.Density:
        """Which codes there are."""
        return density.load(self.weights)

    def draw(self, given: Batch, rng: np.random.Generator, begun: np.ndarray | None = None) -> Pixels:
        """A picture for each row, from a code drawn given that, or from the one that the noise `begun` leads to."""
        if begun is None:
            begun = rng.standard_normal((len(given), self.network.shape.length), np.float32)
        noise = torch.from_numpy(np.ascontiguousarray(begun, np.float32))
        arrays, parts = self.weights.arrays, [np.zeros((0, noise.shape[1]), np.float32)]
        for first in range(0, len(given), ROWS):
            rows = np.arange(first, min(first + ROWS, len(given)))
            parts.append(self.density.follow(noise[rows], Given.of(given.take(rows))).numpy())
        return self.decode(arrays["codes.mean"] + np.concatenate(parts) @ arrays["codes.spread"].T)

    def anomaly(self, pixels: Pixels) -> Anomaly:
        """How unlike the learnt pictures each of these is."""
        rungs, (code, wrong) = self.weights.arrays["errors"], self.measure(pixels)
        share = np.interp(wrong, rungs, np.linspace(0, 1, len(rungs))).astype(np.float32)
        return Anomaly(share, np.sqrt(wrong) * FULL / 2, code)


def load(weights: Weights) -> Pictures:
    """The pictures of the weights, loaded once for each `Weights`."""
    if weights not in _LOADED:
        _LOADED[weights] = Pictures(weights)
    return _LOADED[weights]


def _say(size: tuple[int, ...]) -> str:
    height, width, channels = size
    return f"{width}x{height} with {channels} channels"
