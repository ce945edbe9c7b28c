"""The frame in which numbers are learnt: zero mean and unit spread, and back to codes or pixels.

Short codes are whitened by their whole covariance; long ones, whose neighbours a convolution must still see as such,
only channel by channel; pixels are scaled to -1..1. Few pictures are known best by their own principal axes (Pearson
1901): no coder must be learnt, and what the axes hold comes back sharp. There, large axes stay larger than small ones.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from genloop.core.errors import ConfigError, DataError
from genloop.core.protocols import Coder, Pixels
from genloop.generators.flow.network import SHORT
from genloop.nn.condition import round_pixels, scale

LEAST_SPREAD = 1e-3
FEWEST = 4  # pictures to one axis at least, so that no axis is a picture
LOOKED = 12_000  # pictures from which axes are found
BENT = 0.5  # the power of its spread by which an axis is evened out: 1 would make all alike


@dataclass(frozen=True, eq=False)
class Frame:
    """How pictures become the numbers that are learnt; `arrays` is empty when these are the pixels.

    Along axes it also holds the size of a picture, `frame_picture`.
    """

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

    @classmethod
    def along(cls, pixels: Pixels, most: int) -> "Frame":
        """The frame of the pictures' principal axes, at most so many.

        Raises:
            DataError: there are too few pictures, or they are all alike.
        """
        flat = pixels[:: -(-len(pixels) // LOOKED)].reshape(-1, pixels[0].size).astype(np.float32) / 127.5 - 1
        mean = flat.mean(0)
        flat -= mean
        wide = flat.shape[1] > len(flat)
        spread, axes = np.linalg.eigh((flat @ flat.T if wide else flat.T @ flat) / len(flat))
        if wide:
            axes = flat.T @ axes / np.sqrt(np.maximum(spread, 1e-9) * len(flat))
        kept = np.flatnonzero(spread > max(float(spread[-1]) * LEAST_SPREAD**2, 1e-7))[
            -min(most, len(flat) // FEWEST) :
        ]
        if len(flat) < 2 * FEWEST or not len(kept):
            raise DataError(
                f"flow setting space='axes': {len(pixels)} pictures that differ in too little; learn with space=codes"
            )
        axes, sizes = axes[:, kept[::-1]], spread[kept[::-1]] ** (BENT / 2)
        sizes *= np.sqrt((spread[kept[::-1]] / sizes**2).mean())
        arrays = {"frame_mean": mean, "frame_into": axes / sizes, "frame_back": (axes * sizes).T}
        arrays["frame_picture"] = np.array(pixels.shape[1:])
        return cls({name: array.astype(np.float32) for name, array in arrays.items()})

    def into(self, pixels: Pixels, coder: Coder | None, rng: np.random.Generator | None = None) -> Tensor:
        """Pictures as rows x channels x height x width of learnt numbers, drawn from the coder's posterior by `rng`."""
        if "frame_picture" in self.arrays:
            values = (self._flat(pixels) / 127.5 - 1 - self.arrays["frame_mean"]) @ self.arrays["frame_into"]
            return torch.from_numpy(values)[:, :, None, None]
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
        if "frame_picture" in self.arrays:
            height, width, channels = (int(size) for size in self.arrays["frame_picture"])
            values = state.flatten(1).cpu().numpy() @ self.arrays["frame_back"] + self.arrays["frame_mean"]
            return round_pixels(torch.from_numpy(values.reshape(-1, height, width, channels)).permute(0, 3, 1, 2))
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
