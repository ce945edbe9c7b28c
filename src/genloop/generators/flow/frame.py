"""The frame in which numbers are learnt: zero mean and unit spread, and back to codes or pixels.

Short codes are whitened by their whole covariance; long ones, whose neighbours a convolution must still see as such,
only channel by channel; pixels are scaled to -1..1.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from genloop.core.errors import ConfigError
from genloop.core.protocols import Coder, Pixels
from genloop.generators.flow.network import SHORT
from genloop.nn.condition import round_pixels, scale

LEAST_SPREAD = 1e-3


@dataclass(frozen=True, eq=False)
class Frame:
    """How pictures become the numbers that are learnt; `arrays` is empty when these are the pixels."""

    arrays: dict[str, np.ndarray]

    @classmethod
    def of(cls, codes: Float[np.ndarray, "rows height width channels"]) -> "Frame":
        """The frame that gives these codes zero mean and unit spread."""
        short = codes[0].size <= SHORT
        flat = codes.reshape(len(codes), -1) if short else codes.reshape(-1, codes.shape[-1])
        mean = flat.mean(0, dtype=np.float64)
        if short:
            spread, axes = np.linalg.eigh(np.atleast_2d(np.cov(flat, rowvar=False)))
        else:
            spread, axes = flat.var(0, dtype=np.float64), np.eye(len(mean))
        sizes = np.sqrt(np.maximum(spread, max(float(spread.max()), 1e-12) * LEAST_SPREAD**2))
        arrays = {"frame_mean": mean, "frame_into": axes / sizes, "frame_back": (axes * sizes).T}
        return cls({name: array.astype(np.float32) for name, array in arrays.items()})

    def into(self, pixels: Pixels, coder: Coder | None, rng: np.random.Generator | None = None) -> Tensor:
        """Pictures as rows x channels x height x width of learnt numbers, drawn from the coder's posterior by `rng`."""
        return self.learnt(wanted(coder).encode(pixels, rng)) if self.arrays else scale(pixels)

    def learnt(self, codes: Float[np.ndarray, "rows height width channels"]) -> Tensor:
        """Codes as learnt numbers."""
        turned = (self._flat(codes) - self.arrays["frame_mean"]) @ self.arrays["frame_into"]
        if codes[0].size <= SHORT:
            return torch.from_numpy(turned).reshape(len(codes), -1, 1, 1)
        return torch.from_numpy(turned.reshape(codes.shape)).permute(0, 3, 1, 2).contiguous()

    def back(self, state: Tensor, coder: Coder | None) -> Pixels:
        """The pictures of learnt numbers."""
        if not self.arrays:
            return round_pixels(state)
        coder = wanted(coder)
        values = self._flat(state.permute(0, 2, 3, 1).cpu().numpy())
        codes = values @ self.arrays["frame_back"] + self.arrays["frame_mean"]
        return coder.decode(codes.reshape(-1, *coder.shape))

    def _flat(self, values: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray(values, np.float32).reshape(-1, len(self.arrays["frame_mean"]))


def wanted(coder: Coder | None) -> Coder:
    """The coder, which must be there and give floats.

    Raises:
        ConfigError: it is not.
    """
    if coder is None or coder.levels is not None:
        raise ConfigError(
            "this flow lives in the continuous codes of a coder; pass coder=, the stage fitted before it "
            "(or learn with the setting space=pixels)"
        )
    return coder
