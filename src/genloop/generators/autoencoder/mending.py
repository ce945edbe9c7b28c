"""Mending pictures with the fitted U-Net: noise, small size, holes; what was not harmed stays as it was."""

from weakref import WeakKeyDictionary

import numpy as np
import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional

from genloop.core.errors import ConfigError, DataError
from genloop.core.protocols import Pixels, Weights
from genloop.generators.autoencoder.config import HARMS, Harm, Mended
from genloop.generators.autoencoder.corruption import Harmed, cut, enlarge, tell
from genloop.generators.autoencoder.network import Mender, load
from genloop.nn.condition import round_pixels, scale

ROWS = 250
NORMAL_MEDIAN = 0.6745
_LOADED: WeakKeyDictionary[Weights, Mender] = WeakKeyDictionary()


def mend(
    weights: Weights,
    pixels: Pixels,
    *,
    task: Harm,
    mask: Bool[np.ndarray, "..."] | None = None,
    noise_level: float | None = None,
) -> Mended:
    """The pictures without noise, at the size that was learnt, or with the places of `mask` filled in."""
    network = _mender(weights)
    _check(network.shape.picture, pixels, task, mask)
    parts = [np.zeros((0, *network.shape.picture), np.uint8)]
    with torch.inference_mode():
        for first in range(0, len(pixels), ROWS):
            rows = slice(first, first + ROWS)
            harmed = _harmed(network, pixels[rows], task, None if mask is None else mask[rows], noise_level)
            parts.append(round_pixels(network(harmed)))
    mended = np.concatenate(parts)
    return mended if mask is None or task != "inpaint" else np.where(mask[..., None], mended, pixels)


def guess_noise(x: Float[Tensor, "rows channels height width"]) -> Float[Tensor, " rows"]:
    """The level of Gaussian noise in each picture: the median size of its finest diagonal detail (Donoho 1994)."""
    blocks = functional.pixel_unshuffle(x[:, :, : x.shape[2] // 2 * 2, : x.shape[3] // 2 * 2], 2)
    detail = (blocks[:, 0::4] - blocks[:, 1::4] - blocks[:, 2::4] + blocks[:, 3::4]).flatten(1).abs() / 2
    level: Tensor = detail.median(1).values / NORMAL_MEDIAN / 2
    return level


def _harmed(network: Mender, pixels: Pixels, task: Harm, mask: np.ndarray | None, noise_level: float | None) -> Harmed:
    """What the network is to mend, and what it is told."""
    x = scale(pixels)
    if task == "enlarge":
        return enlarge(x, network.shape.picture[:2])
    if task == "inpaint" and mask is not None:
        return cut(x, torch.from_numpy(np.ascontiguousarray(mask)))
    level = guess_noise(x) if noise_level is None else torch.full((len(x),), float(noise_level))
    return Harmed(x, x.new_zeros(len(x), 1, *x.shape[2:]), tell("denoise", level))


def _check(learnt: tuple[int, int, int], pixels: Pixels, task: Harm, mask: np.ndarray | None) -> None:
    """Refuse sizes that do not fit the task."""
    if task not in HARMS:
        raise ConfigError(f"cannot {task!r}: expected one of {', '.join(HARMS)}")
    height, width, channels = learnt
    tall, broad, depth = pixels.shape[1:]
    if depth != channels:
        raise DataError(f"expected pictures of {channels} channels, found {depth}; convert them first")
    if task == "enlarge" and (tall >= height or broad >= width):
        raise DataError(f"expected pictures smaller than {width}x{height} to enlarge, found {broad}x{tall}")
    if task != "enlarge" and (tall, broad) != (height, width):
        raise DataError(f"expected pictures of {width}x{height}, found {broad}x{tall}; resize them first")
    if task == "inpaint" and (mask is None or mask.shape != pixels.shape[:3]):
        found = "none" if mask is None else "x".join(str(size) for size in mask.shape)
        raise DataError(f"expected a mask of {len(pixels)}x{height}x{width} that is true in the holes, found {found}")


def _mender(weights: Weights) -> Mender:
    if weights not in _LOADED:
        network = load(weights)
        if not isinstance(network, Mender):
            raise ConfigError(
                "only the autoencoder's preset restoration mends pictures; fit it with preset=restoration"
            )
        _LOADED[weights] = network
    return _LOADED[weights]
