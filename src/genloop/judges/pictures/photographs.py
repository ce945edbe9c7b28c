"""The pack for photographs as eyes: MobileNetV2 (Sandler et al. 2018, arXiv 1801.04381), learnt on ImageNet.

Used when the pack `photos` is installed and the pictures are colour photographs: large enough and with many levels.
"""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float32

from genloop.core.protocols import Pixels
from genloop.judges.pictures import neural
from genloop.judges.pictures.gallery import Gallery
from genloop.runtime import packs

EYES = "MobileNetV2 of the pack `photos`"
DIRECTIONS = 256
_SIDE = 64  # a smaller picture is none that the network knows
_LEVELS = 96  # distinct levels of grey: drawings have few
_LOOKED = 50


@dataclass(frozen=True)
class Pack:
    """The network, ready to look."""

    network: object


def find(gallery: Gallery) -> Pack | None:
    """The pack, when it is installed and fits these pictures."""
    real = gallery.yardstick
    if real is None or packs.find("photos") is None or not photographic(real.pixels):
        return None
    arrays = packs.read("photos")
    return Pack(neural.part("nn.mobile").Mobile.of(arrays))


def photographic(pixels: Pixels) -> bool:
    """Whether these look like photographs: colour, at least 64 pixels a side, many levels in most of them."""
    if pixels.shape[3] < 3 or min(pixels.shape[1:3]) < _SIDE:
        return False
    levels = [len(np.unique(picture[..., :3].mean(axis=2).astype(np.uint8))) for picture in pixels[:_LOOKED]]
    return float(np.median(levels)) >= _LEVELS


def encode(pack: Pack, pixels: Pixels) -> Float32[np.ndarray, "rows length"]:
    """The network's vectors of at most some thousand pictures."""
    found: Float32[np.ndarray, "rows length"] = neural.part("nn.mobile").encode(pack.network, pixels[..., :3])
    return found
