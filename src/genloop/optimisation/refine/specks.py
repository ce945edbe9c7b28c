"""Noise clean-up of made pictures: lone specks and faint haze on a flat ground, and only where a judge does not object.

A ground is the level that most border pixels of the pictures share; where they share none nothing is cleaned. A pixel
near the ground's level and away from all that is drawn becomes the ground; so does a speck, of at most two pixels with
ground around them. A picture whose judge finds the cleaned one less real keeps its specks.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, UInt8
from scipy import ndimage

from genloop.core.protocols import Pixels

HAZE = 16  # levels from the ground that are haze where nothing is drawn beside
SPECK = 2  # pixels of a speck at most
_SHARED = 0.6  # of border pixels must lie near one level for a ground to be flat
_NEAR = 8


@dataclass(frozen=True)
class Cleaned:
    """The pictures after cleaning; which of them changed, which kept their specks because of the judge, and the
    judge's mean answers to those that had something to clean, before and after the cleaning that was kept."""

    pixels: Pixels
    changed: Bool[np.ndarray, " rows"]
    refused: Bool[np.ndarray, " rows"]
    before: float
    after: float


def ground(pixels: Pixels) -> UInt8[np.ndarray, " channels"] | None:
    """The level that the pictures' borders share, None where they share none."""
    if not len(pixels) or min(pixels.shape[1:3]) < 3:
        return None
    edges = [pixels[:, 0], pixels[:, -1], pixels[:, 1:-1, 0], pixels[:, 1:-1, -1]]
    border = np.concatenate([edge.reshape(-1, pixels.shape[3]) for edge in edges])
    level = np.array([np.bincount(part, minlength=256).argmax() for part in border.T], np.uint8)
    near = (np.abs(border.astype(int) - level) <= _NEAR).all(axis=1).mean()
    return level if near >= _SHARED else None


def clean(pixels: Pixels, judge: Callable[[Pixels], Float[np.ndarray, " rows"]]) -> Cleaned:
    """The pictures without specks and haze where the judge answers no lower than before."""
    none = np.zeros(len(pixels), bool)
    level = ground(pixels)
    if level is None:
        return Cleaned(pixels, none, none, 0.0, 0.0)
    swept = sweep(pixels, level)
    dirty = (swept != pixels).any(axis=(1, 2, 3))
    if not dirty.any():
        return Cleaned(pixels, none, none, 0.0, 0.0)
    before, after = judge(pixels), judge(swept)
    changed = dirty & (after >= before)
    kept: Pixels = np.where(changed[:, None, None, None], swept, pixels)
    best = np.where(changed, after, before)
    return Cleaned(kept, changed, dirty & ~changed, float(before[dirty].mean()), float(best[dirty].mean()))


def sweep(pixels: Pixels, level: UInt8[np.ndarray, " channels"]) -> Pixels:
    """The pictures with specks and haze brought to the ground's level."""
    drawn = (np.abs(pixels.astype(int) - level) > HAZE).any(axis=3)
    around = ndimage.uniform_filter(drawn.astype(np.float32), size=(0, 5, 5), mode="constant")
    lone = drawn & (around * 25 < SPECK + 0.5)
    left = drawn & ~lone
    beside = ndimage.binary_dilation(left, np.ones((1, 3, 3), bool))
    swept: Pixels = np.where(beside[..., None], pixels, level)
    return swept
