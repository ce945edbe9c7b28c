"""Pictures to a small grid of features and back: each level halves the sides, the first and the last by rearranging.

A layer with one or three channels runs at a tenth of a core's speed, so the outermost halving moves each 2 x 2 block
of pixels into channels (pixel unshuffle; Shi et al. 2016, arXiv 1609.05158) and the way back does the reverse. Sides
that do not divide are padded by repeating the edge, and cropped again.
"""

from dataclasses import dataclass
from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from genloop.nn.start import still

LEAST_LEVELS, SMALL_SIDE = 2, 8
SLOPE = 0.1


@dataclass(frozen=True)
class Plan:
    """The sizes of a pyramid over pictures of `height` x `width` x `channels`; `wide` is the grid's depth."""

    height: int
    width: int
    channels: int
    wide: int = 64

    @property
    def levels(self) -> int:
        """How often the sides are halved: twice at least, until the longer one is at most eight."""
        levels = LEAST_LEVELS
        while max(self.height, self.width) > SMALL_SIDE << levels:
            levels += 1
        return levels

    @property
    def grid(self) -> tuple[int, int]:
        """Height and width of the smallest level."""
        side = 1 << self.levels
        return -(-self.height // side), -(-self.width // side)

    @property
    def depths(self) -> tuple[int, ...]:
        """Channels of each level, finest first: half of the grid's depth except on the grid itself."""
        return (max(8, self.wide // 2),) * (self.levels - 1) + (self.wide,)


class Residual(nn.Module):
    """`x + conv(act(conv(x)))` at one size; starts as the identity, bent."""

    def __init__(self, depth: int) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(depth, depth, 3, 1, 1), still(nn.Conv2d(depth, depth, 3, 1, 1))

    def forward(self, x: Float[Tensor, "rows depth height width"]) -> Float[Tensor, "rows depth height width"]:
        """The block applied."""
        return bend(x + self.second(bend(self.first(x))))


class Shrink(nn.Module):
    """Pictures to the features of the smallest level."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.plan = plan
        depths = plan.depths
        self.stem = nn.Conv2d(4 * plan.channels, depths[0], 3, 1, 1)
        self.downs = nn.ModuleList(nn.Conv2d(above, below, 4, 2, 1) for above, below in pairwise(depths))
        self.body = Residual(plan.wide)

    def forward(self, pixels: Float[Tensor, "rows channels height width"]) -> Float[Tensor, "rows wide tall broad"]:
        """The grid of features."""
        x = bend(self.stem(functional.pixel_unshuffle(pad(pixels, self.plan), 2)))
        for down in self.downs:
            x = bend(down(x))
        features: Tensor = self.body(x)
        return features


class Grow(nn.Module):
    """Features of the smallest level to the values of a picture."""

    def __init__(self, plan: Plan) -> None:
        super().__init__()
        self.plan = plan
        depths = plan.depths[::-1]
        self.body = nn.Conv2d(plan.wide, plan.wide, 3, 1, 1)
        self.ups = nn.ModuleList(nn.Conv2d(below, 4 * above, 3, 1, 1) for below, above in pairwise(depths))
        self.fine = Residual(depths[-1])
        self.tail = nn.Conv2d(depths[-1], 4 * plan.channels, 3, 1, 1)

    def forward(self, x: Float[Tensor, "rows wide tall broad"]) -> Float[Tensor, "rows channels height width"]:
        """Values of the picture, cropped to its size."""
        x = bend(self.body(x))
        for up in self.ups:
            x = bend(functional.pixel_shuffle(up(x), 2))
        values: Tensor = functional.pixel_shuffle(self.tail(self.fine(x)), 2)
        return values[:, :, : self.plan.height, : self.plan.width]


def bend(x: Tensor) -> Tensor:
    """The activation: leaky, and cheap on a processor."""
    return functional.leaky_relu(x, SLOPE)


def pad(pixels: Float[Tensor, "rows channels height width"], plan: Plan) -> Tensor:
    """The pictures with their right and lower edges repeated up to a size that divides."""
    side = 1 << plan.levels
    tall, broad = plan.grid[0] * side - plan.height, plan.grid[1] * side - plan.width
    return functional.pad(pixels, (0, broad, 0, tall), mode="replicate") if tall or broad else pixels


def shift(pixels: Float[Tensor, "rows channels height width"], rng: torch.Generator, most: int) -> Tensor:
    """The pictures moved by up to `most` pixels either way, all of a batch alike, edges repeated."""
    down, right = torch.randint(0, 2 * most + 1, (2,), generator=rng, device=rng.device).tolist()
    wide = functional.pad(pixels, (most, most, most, most), mode="replicate")
    return wide[:, :, down : down + pixels.shape[2], right : right + pixels.shape[3]]
