"""A fitted network at work: pictures to codes and back, and from the prior."""

from functools import cached_property
from weakref import WeakKeyDictionary

import numpy as np
import torch
from torch import Tensor

from genloop.core.errors import ConfigError
from genloop.core.protocols import Batch, Pixels, Weights
from genloop.generators.vae.network import Network, numbers
from genloop.generators.vae.network import load as load_network
from genloop.generators.vae.normal import draw
from genloop.nn import ends
from genloop.nn.condition import Given, round_pixels, scale

ROWS = 256
_LOADED: WeakKeyDictionary[Weights, "Pictures"] = WeakKeyDictionary()


class Pictures:
    """A fitted network as a `Coder`: codes of pictures, and pictures of codes."""

    def __init__(self, weights: Weights) -> None:
        self.network: Network = load_network(weights)
        self.kind: torch.dtype = getattr(torch, weights.head["precision"])
        self.ends: ends.Ends = tuple(weights.head.get("ends", ends.NONE))
        shape, grid = self.network.shape, self.network.plan.grid
        rows = {"dense": (1, 1, shape.length)}.get(shape.code, (1, shape.length))
        self.shape: tuple[int, ...] = rows if shape.flat else grid
        self.levels: int | None = None if self.network.quantiser is None else self.network.quantiser.size
        self.steps = shape.levels if shape.code == "fsq" else ()

    @cached_property
    def swift(self) -> Network:
        """The network in the precision that is faster here, for decoding."""
        network = Network(self.network.shape, torch.Generator())
        network.load_state_dict(self.network.state_dict())
        return network.eval().requires_grad_(False).to(self.kind)

    def encode(self, pixels: Pixels, rng: np.random.Generator | None = None) -> np.ndarray:
        """Codes: float32 draws from the posterior, its means without `rng`; int64 where the code is quantised."""
        seed = None if rng is None else torch.Generator().manual_seed(int(rng.integers(2**62)))
        with torch.inference_mode():
            parts = [self._encode(scale(pixels[i : i + ROWS]), seed) for i in range(0, len(pixels), ROWS)]
        kind = np.float32 if self.levels is None else np.int64
        return np.concatenate([np.zeros((0, *self.shape), kind), *parts])

    def decode(self, codes: np.ndarray) -> Pixels:
        """The mean pictures of the codes."""
        with torch.inference_mode():
            parts = [self._decode(torch.from_numpy(codes[i : i + ROWS])) for i in range(0, len(codes), ROWS)]
        return self._whole(parts)

    def draw(self, given: Batch, rng: np.random.Generator, begun: np.ndarray | None = None) -> Pixels:
        """A picture for each row, from a code drawn from the prior or from that of `begun`.

        Raises:
            ConfigError: the codes are quantised, so there is no prior to draw from.
        """
        if self.levels is not None:
            raise ConfigError(
                "the vae's preset vq only codes pictures; the family transformer learns and draws its codes"
            )
        with torch.inference_mode():
            starts = range(0, len(given), ROWS)
            noise = [None if begun is None else begun[i : i + ROWS] for i in starts]
            rows = [given.take(np.arange(i, min(i + ROWS, len(given)))) for i in starts]
            parts = [self._draw(part, rng, own) for part, own in zip(rows, noise, strict=True)]
        return self._whole(parts)

    def _whole(self, parts: list[np.ndarray]) -> Pixels:
        """The pictures of all chunks, their brightness reaching its ends."""
        return ends.snap(np.concatenate([np.zeros((0, *self.network.shape.picture), np.uint8), *parts]), self.ends)

    def _encode(self, x: Tensor, rng: torch.Generator | None) -> np.ndarray:
        if self.levels is not None:
            return numbers(self.network, x, rng).numpy()
        mean, log_variance = self.network.posterior(x, self._nothing(len(x)))
        z = mean if rng is None else draw(mean, log_variance, rng)
        return z[:, None, None].numpy()

    def _decode(self, codes: Tensor) -> np.ndarray:
        quantiser = self.network.quantiser
        z = codes.flatten(1) if quantiser is None else quantiser.decode(codes)
        return round_pixels(self.network.picture(self.swift.values(z.to(self.kind), self._nothing(len(z), self.kind))))

    def _nothing(self, rows: int, kind: torch.dtype = torch.float32) -> Tensor | None:
        """The condition of "nothing given", or None where the network knows no condition."""
        known = self.network.condition
        return None if known.empty else known.nothing.expand(rows, -1).to(kind)

    def _draw(self, given: Batch, rng: np.random.Generator, begun: np.ndarray | None) -> np.ndarray:
        if begun is None:
            begun = rng.standard_normal((len(given), self.network.shape.length), np.float32)
        z = torch.from_numpy(np.ascontiguousarray(begun, np.float32))
        c = self.network.given(Given.of(given))
        values = self.swift.values(z.to(self.kind), None if c is None else c.to(self.kind))
        return round_pixels(self.network.picture(values))


def load(weights: Weights) -> Pictures:
    """The pictures of the weights, loaded once for each `Weights`."""
    if weights not in _LOADED:
        _LOADED[weights] = Pictures(weights)
    return _LOADED[weights]
