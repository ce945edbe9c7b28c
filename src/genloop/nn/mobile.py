"""MobileNetV2 without its last layer: a picture as 1,280 numbers (Sandler et al. 2018, arXiv 1801.04381, table 2).

Normalisations are folded into the convolutions before them, so that a layer is a weight, a bias and a clamp.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float, Float32, UInt8
from torch import Tensor
from torch.nn import functional

from genloop.core.errors import ModelFileError

LENGTH = 1_280
_STAGES = ((1, 1), (2, 2), (3, 2), (4, 2), (3, 1), (3, 2), (1, 1))  # blocks, and the stride of the first
_MEAN, _SPREAD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
_LEAST_SIDE, _MOST_SIDE = 96, 224
_CHUNK = 32
_SMALL = 1e-5


@dataclass(frozen=True)
class Fold:
    """One convolution with its normalisation folded in; `clamped` to 0..6 unless it ends a block."""

    weight: Float[Tensor, "outputs inputs tall wide"]
    bias: Float[Tensor, " outputs"]
    stride: int
    groups: int
    clamped: bool

    def __call__(self, x: Float[Tensor, "rows inputs tall wide"]) -> Float[Tensor, "rows outputs high broad"]:
        """The layer's answer."""
        around = self.weight.shape[2] // 2
        y = functional.conv2d(x, self.weight, self.bias, self.stride, around, 1, self.groups)
        return y.clamp_(0, 6) if self.clamped else y


@dataclass(frozen=True)
class Mobile:
    """The blocks in order: each a run of layers, added to its input where `kept`."""

    blocks: tuple[tuple[Fold, ...], ...]
    kept: tuple[bool, ...]

    @classmethod
    def of(cls, arrays: dict[str, np.ndarray]) -> "Mobile":
        """The network of the pack `photos`.

        Raises:
            ModelFileError: the arrays are not those of the network.
        """
        strides = [2, *(stride if first == 0 else 1 for count, stride in _STAGES for first in range(count)), 1]
        blocks: list[tuple[Fold, ...]] = []
        try:
            for place, stride in enumerate(strides):
                names = [n for n in arrays if n.startswith(f"features.{place}.") and arrays[n].ndim == 4]
                names.sort(key=lambda name: int(name.split(".")[-2]))
                inside = 0 < place < len(strides) - 1
                blocks.append(tuple(_fold(arrays, name, stride, last=inside and name == names[-1]) for name in names))
                if not names:
                    raise KeyError(f"features.{place}")
        except (KeyError, ValueError) as error:
            raise ModelFileError(f"the pack of photographs lacks the array {error}; add it again") from error
        kept = [
            0 < place < len(strides) - 1
            and strides[place] == 1
            and layers[0].weight.shape[1] == layers[-1].bias.shape[0]
            for place, layers in enumerate(blocks)
        ]
        return cls(tuple(blocks), tuple(kept))

    def __call__(self, x: Float[Tensor, "rows 3 height width"]) -> Float[Tensor, "rows length"]:
        """The vectors of normalised pictures."""
        for layers, kept in zip(self.blocks, self.kept, strict=True):
            y = x
            for layer in layers:
                y = layer(y)
            x = x + y if kept else y
        return x.mean((2, 3))


@torch.inference_mode()
def encode(network: Mobile, pixels: UInt8[np.ndarray, "rows height width 3"]) -> Float32[np.ndarray, "rows length"]:
    """The vectors of colour pictures, brought to 96 to 224 pixels on the shorter side, a chunk at a time."""
    mean, spread = (torch.tensor(values).view(1, 3, 1, 1) for values in (_MEAN, _SPREAD))
    short = min(pixels.shape[1:3])
    factor = min(max(short, _LEAST_SIDE), _MOST_SIDE) / short
    found = []
    for start in range(0, len(pixels), _CHUNK):
        x = torch.from_numpy(np.array(pixels[start : start + _CHUNK], order="C")).permute(0, 3, 1, 2).float() / 255
        if factor != 1:
            x = functional.interpolate(x, scale_factor=factor, mode="bilinear", antialias=factor < 1)
        found.append(network((x - mean) / spread).numpy())
    return np.concatenate(found)


def _fold(arrays: dict[str, np.ndarray], name: str, stride: int, *, last: bool) -> Fold:
    weight = arrays[name]
    head, _, number = name.removesuffix(".weight").rpartition(".")
    norm = f"{head}.{int(number) + 1}"
    scale = arrays[f"{norm}.weight"] / np.sqrt(arrays[f"{norm}.running_var"] + _SMALL)
    bias = arrays[f"{norm}.bias"] - arrays[f"{norm}.running_mean"] * scale
    own = stride if weight.shape[2] > 1 else 1
    groups = len(weight) if weight.shape[1] == 1 else 1
    folded = torch.from_numpy(np.ascontiguousarray(weight * scale[:, None, None, None], np.float32))
    return Fold(folded, torch.from_numpy(np.asarray(bias, np.float32)), own, groups, not last)
