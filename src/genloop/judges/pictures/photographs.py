"""The pack for photographs as eyes: MobileNetV2 (Sandler et al. 2018, arXiv 1801.04381), learnt on ImageNet.

Used when the pack `photos` is installed and the pictures are colour photographs: large enough and with many levels.
"""

from dataclasses import dataclass
from functools import cache

import numpy as np
from jaxtyping import Float32, UInt8

from genloop.judges.pictures import neural
from genloop.judges.pictures.gallery import Gallery, Pixels
from genloop.runtime import packs

EYES = "MobileNetV2 of the pack `photos`"
DIRECTIONS = 256
MOST = {"train": 4_000, "holdout": 2_000, "made": 2_000}  # it takes some milliseconds a picture
_SIDE = 64  # a smaller picture is none that the network knows
_LEVELS = 96  # distinct levels of grey: drawings have few
_LOOKED = 50
_CHUNK = 256


@dataclass(frozen=True)
class Pack:
    """The network, ready to look."""

    network: object


def find(gallery: Gallery) -> Pack | None:
    """The pack, when it is installed and these are photographs."""
    real = gallery.yardstick
    return colour(gallery) if real is not None and photographic(real.pixels) else None


def colour(gallery: Gallery) -> Pack | None:
    """The pack, when it is installed and these pictures have colours."""
    if gallery.made.pixels.shape[3] < 3 or packs.find("photos") is None:
        return None
    return _load(str(packs.find("photos")))


def photographic(pixels: Pixels) -> bool:
    """Whether these look like photographs: colour, at least 64 pixels a side, many levels in most of them."""
    if pixels.shape[3] < 3 or min(pixels.shape[1:3]) < _SIDE:
        return False
    some = pixels[:: max(1, len(pixels) // _LOOKED)]  # folders stand class by class
    levels = [len(np.unique(picture[..., :3].mean(axis=2).astype(np.uint8))) for picture in some]
    return float(np.median(levels)) >= _LEVELS


def encode(pack: Pack, pixels: Pixels) -> Float32[np.ndarray, "_rows length"]:
    """The network's vectors, transparent pictures laid on white; a chunk at a time."""
    mobile, found = neural.part("nn.mobile"), []
    with neural.part("runtime.device").threads(1):
        for start in range(0, len(pixels), _CHUNK):
            found.append(mobile.encode(pack.network, _laid(pixels[start : start + _CHUNK])))
    return np.concatenate(found) if found else np.zeros((0, mobile.LENGTH), np.float32)


def _laid(pixels: Pixels) -> UInt8[np.ndarray, "_rows height width 3"]:
    if pixels.shape[3] == 3:
        return pixels
    part = pixels[..., 3:4].astype(np.float32) / 255
    return np.asarray((pixels[..., :3] * part + 255 * (1 - part)).round(), np.uint8)


@cache
def _load(folder: str) -> Pack:
    """The network of the pack in that folder, read once."""
    return Pack(neural.part("nn.mobile").Mobile.of(packs.read("photos")))
