"""Harm done to pictures on purpose, and what a network is told about it: noise, a smaller size, holes.

A harmed picture comes with `about`: which harm, how strong (noise level, or one over the factor of size), and the
mask of its hole. Pictures are floats from -1 to 1.
"""

from dataclasses import dataclass

import torch
from jaxtyping import Bool, Float
from torch import Tensor
from torch.nn import functional

from genloop.generators.autoencoder.config import HARMS

TOLD = len(HARMS) + 1
SHARP_SHARE = 0.5


@dataclass(frozen=True)
class Harmed:
    """Pictures as they are seen, the holes in them, and what is told: one-hot harm and its strength."""

    seen: Float[Tensor, "rows channels height width"]
    hole: Float[Tensor, "rows 1 height width"]
    told: Float[Tensor, "rows told"]


def add_noise(
    x: Float[Tensor, "rows channels height width"], level: Float[Tensor, " rows"], rng: torch.Generator
) -> Harmed:
    """Gaussian noise of these levels (shares of full brightness), cut to the range and rounded as a file would be."""
    noise = torch.randn(x.shape, generator=rng, device=x.device)
    return Harmed(_round(x + 2 * level[:, None, None, None] * noise), _no_hole(x), tell("denoise", level))


def make_small(x: Float[Tensor, "rows channels height width"], factor: int, rng: torch.Generator) -> Harmed:
    """Pictures made smaller by `factor`, by block means or a smooth kernel as it falls, and enlarged again."""
    size = (max(1, x.shape[2] // factor), max(1, x.shape[3] // factor))
    mean = bool(torch.rand((), generator=rng, device=rng.device) < SHARP_SHARE)
    if mean:
        small = functional.interpolate(x, size, mode="area")
    else:
        small = functional.interpolate(x, size, mode="bicubic", antialias=True, align_corners=False)
    return enlarge(_round(small), (x.shape[2], x.shape[3]))


def enlarge(small: Float[Tensor, "rows channels tall broad"], size: tuple[int, int]) -> Harmed:
    """Small pictures brought to `size` by bicubic interpolation, for a network to sharpen."""
    seen = functional.interpolate(small, size, mode="bicubic", align_corners=False).clamp(-1, 1)
    share = torch.full((len(small),), small.shape[2] / size[0], device=small.device)
    return Harmed(seen, _no_hole(seen), tell("enlarge", share))


def cut_holes(x: Float[Tensor, "rows channels height width"], most: float, rng: torch.Generator) -> Harmed:
    """A grey box in each picture, its sides from an eighth to `most` of the picture's."""
    sides = []
    for length in x.shape[2:]:
        share = 0.125 + (most - 0.125) * torch.rand(len(x), generator=rng, device=x.device)
        first = torch.rand(len(x), generator=rng, device=x.device) * (1 - share)
        place = (torch.arange(length, device=x.device) + 0.5) / length
        sides.append((place >= first[:, None]) & (place < (first + share)[:, None]))
    return cut(x, sides[0][:, :, None] & sides[1][:, None, :])


def cut(x: Float[Tensor, "rows channels height width"], hole: Bool[Tensor, "rows height width"]) -> Harmed:
    """The pictures with these places hidden."""
    mask = hole[:, None].float()
    share = hole.float().mean((1, 2))
    return Harmed(x * (1 - mask), mask, tell("inpaint", share))


def tell(harm: str, strength: Float[Tensor, " rows"]) -> Float[Tensor, "rows told"]:
    """Which harm, one-hot, and how strong."""
    which = torch.zeros(len(strength), len(HARMS), device=strength.device)
    which[:, HARMS.index(harm)] = 1
    return torch.cat([which, strength[:, None]], 1)


def _round(x: Tensor) -> Tensor:
    return ((x + 1) * 127.5).round().clamp(0, 255) / 127.5 - 1


def _no_hole(x: Tensor) -> Tensor:
    return x.new_zeros(len(x), 1, *x.shape[2:])
