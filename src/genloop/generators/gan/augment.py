"""Adaptive augmentation: what the critic sees is moved, turned, scaled and tinted, as often as it needs.

Karras et al. 2020 (arXiv 2006.06676): with few pictures the critic learns them by heart. Both real and made pictures
are then augmented with probability p; while p stays below .8 the augmentations do not leak into what is made, because
the pictures left as they are outnumber every other placement. p follows how often the critic is right about the sign
of its training pictures. Differences: five transforms in one warp and one tint, and only pictures that are picked are
warped, so that p = 0 costs nothing.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

MOST = 0.8
SHIFT, TURN, GROW, TINT = 0.125, math.pi / 12, 0.15, 0.2


def augment(
    pictures: Float[Tensor, "rows channels height width"], chance: float, rng: torch.Generator
) -> Float[Tensor, "rows channels height width"]:
    """The pictures, each warped and tinted with this chance; the others are the same ones."""
    if chance <= 0:
        return pictures
    picked = torch.rand(len(pictures), generator=rng, device=rng.device) < chance
    places = picked.nonzero()[:, 0]
    if not len(places):
        return pictures
    changed = _tint(_warp(pictures[places], rng), rng)
    return pictures.index_copy(0, places, changed.to(pictures.dtype))


def _warp(pictures: Tensor, rng: torch.Generator) -> Tensor:
    """Shifted, turned and scaled, edges repeated."""
    rows, home = len(pictures), pictures.device
    normal = torch.randn(4, rows, generator=rng, device=rng.device).to(home)
    angle, grow = normal[0] * TURN, (normal[1] * GROW).exp()
    cos, sin = angle.cos() * grow, angle.sin() * grow
    left, down = normal[2] * SHIFT, normal[3] * SHIFT
    matrix = torch.stack([cos, -sin, left, sin, cos, down], 1).view(rows, 2, 3)
    grid = functional.affine_grid(matrix, list(pictures.shape), align_corners=False)
    return functional.grid_sample(pictures.float(), grid, padding_mode="border", align_corners=False)


def _tint(pictures: Tensor, rng: torch.Generator) -> Tensor:
    """Another contrast and brightness."""
    normal = torch.randn(2, len(pictures), 1, 1, 1, generator=rng, device=rng.device).to(pictures.device) * TINT
    return pictures * normal[0].exp() + normal[1]
