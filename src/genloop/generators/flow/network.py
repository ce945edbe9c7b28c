"""The velocity's network: in short codes a residual MLP, in pixels or wide codes a small U-Net.

Time and condition enter as scale and shift of every block (Peebles and Xie 2023, arXiv 2212.09748).
"""

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, cast

import torch
from jaxtyping import Bool, Float
from torch import Tensor, nn
from torch.nn import functional

from genloop.core.protocols import Batch
from genloop.nn.condition import Condition, Given
from genloop.nn.linear import Convolution, Linear

SHORT = 512  # codes of at most so many numbers are learnt by the MLP
WAVES = 32
EMBEDDED = 128


@dataclass(frozen=True)
class Shape:
    """All that fixes the arrays' sizes: one picture's channels, height and width, and the network's own."""

    channels: int
    height: int
    width: int
    hidden: int
    layers: int

    @property
    def size(self) -> int:
        """How many numbers one picture is."""
        return self.channels * self.height * self.width

    @property
    def flat(self) -> bool:
        """Whether the MLP learns it."""
        return self.size <= SHORT


class Network(nn.Module):
    """velocity(x_t, t, condition) of one picture or code."""

    def __init__(self, shape: Shape, batch: Batch, kind: torch.dtype = torch.float32) -> None:
        super().__init__()
        self.shape, self.kind = shape, kind
        self.condition = Condition(batch, EMBEDDED)
        self.time = nn.Sequential(nn.Linear(2 * WAVES, EMBEDDED), nn.SiLU(), nn.Linear(EMBEDDED, EMBEDDED))
        self.body: nn.Module = Chain(shape) if shape.flat else Unet(shape)
        self.turn = Linear(EMBEDDED, cast(Any, self.body).places)
        nn.init.normal_(self.turn.weight, std=0.02)
        nn.init.zeros_(self.turn.bias)

    def told(self, given: Given, kept: Bool[Tensor, " rows"] | None = None) -> Float[Tensor, "rows embedded"]:
        """The condition's part of what turns the blocks, worked out once for a row."""
        state: Tensor = self.condition(given, kept)
        return state

    def clock(self, time: Float[Tensor, " times"]) -> Float[Tensor, "times embedded"]:
        """The time's part of what turns the blocks, worked out once for a step."""
        state: Tensor = self.time(waves(time))
        return state

    def cast(self) -> "Network":
        """This network with the large arrays kept in the format that they multiply in, for drawing."""
        for layers in (self.body, self.turn):
            layers.to(self.kind)
        return self

    def forward(self, x: Tensor, told: Tensor, clock: Tensor) -> Tensor:
        """The velocity at x, in the shape of x."""
        turns = self.turn(functional.silu(told + clock).to(self.kind))
        speed: Tensor = self.body(x.to(self.kind), turns).float()
        return speed


def waves(time: Float[Tensor, " times"]) -> Float[Tensor, "times waves"]:
    """Sines and cosines of the time, from half a turn to 64 turns over the whole path."""
    angles = time[:, None] * math.pi * torch.logspace(0, 7, WAVES, base=2.0, device=time.device)
    return torch.cat([angles.sin(), angles.cos()], dim=1)


class Chain(nn.Module):
    """Residual blocks on the flat code: x + W2 silu(W1 (norm(x) * (1 + scale) + shift))."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.layers, width = shape.layers, shape.hidden
        self.places = 2 * width * shape.layers
        self.enter = Linear(shape.size, width)
        self.up = nn.ModuleList(Linear(width, width) for _ in range(shape.layers))
        self.down = nn.ModuleList(Linear(width, width) for _ in range(shape.layers))
        self.leave = Linear(width, shape.size)
        nn.init.zeros_(self.leave.weight)

    def forward(self, x: Tensor, told: Float[Tensor, "rows places"]) -> Tensor:
        """The velocity, in the shape of x."""
        state = self.enter(x.flatten(1))
        for up, down, part in zip(self.up, self.down, told.chunk(self.layers, 1), strict=True):
            scale, shift = part.chunk(2, 1)
            inner = functional.layer_norm(state, state.shape[-1:]) * (1 + scale) + shift
            state = state + down(functional.silu(up(inner)))
        speed: Tensor = self.leave(functional.layer_norm(state, state.shape[-1:]))
        return speed.view_as(x)


class Unet(nn.Module):
    """Three sizes, two residual blocks on the way down and one on the way up; pixels enter in groups of four."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape, width = shape, shape.hidden
        self.fold = 2 if min(shape.height, shape.width) >= 16 else 1
        depth = shape.channels * self.fold**2
        widths = [width, 2 * width, 2 * width]
        self.enter = Convolution(depth, width, 3, padding=1)
        self.downward = nn.ModuleList(Block(w, w) for w in widths)
        self.shrink = nn.ModuleList(Convolution(a, b, 3, 2, 1) for a, b in pairwise(widths))
        self.middle = Block(widths[-1], widths[-1])
        self.upward = nn.ModuleList(Block(w, w) for w in reversed(widths))
        self.grow = nn.ModuleList(Convolution(a, b, 1) for a, b in zip(widths[:0:-1], widths[-2::-1], strict=True))
        self.leave = Convolution(width, depth, 3, padding=1)
        nn.init.zeros_(self.leave.weight)
        self.parts = [block.places for block in self._blocks()]
        self.places = sum(self.parts)

    def forward(self, x: Tensor, told: Float[Tensor, "rows places"]) -> Tensor:
        """The velocity."""
        height, width = x.shape[2:]
        step = 4 * self.fold
        pad = (0, -width % step, 0, -height % step)
        x = functional.pad(x, pad)
        state = self.enter(functional.pixel_unshuffle(x, self.fold).contiguous(memory_format=torch.channels_last))
        parts = iter(torch.split(told, self.parts, 1))
        kept = []
        for place, block in enumerate(self.downward):
            state = block(state, next(parts))
            kept.append(state)
            if place < len(self.shrink):
                state = self.shrink[place](state)
        state = self.middle(state, next(parts))
        for place, block in enumerate(self.upward):
            state = block(state + kept.pop(), next(parts))
            if place < len(self.grow):
                state = functional.interpolate(self.grow[place](state), scale_factor=2.0, mode="nearest")
        out = functional.pixel_shuffle(self.leave(functional.silu(state)), self.fold)
        return out[:, :, :height, :width]

    def _blocks(self) -> list["Block"]:
        return [cast(Block, block) for block in (*self.downward, self.middle, *self.upward)]


class Block(nn.Module):
    """x + W2 silu(W1 (norm(x) * (1 + scale) + shift)) with 3x3 convolutions."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.places = 2 * width
        self.groups = math.gcd(8, width)
        self.up = Convolution(width, hidden, 3, padding=1)
        self.down = Convolution(hidden, width, 3, padding=1)
        nn.init.zeros_(self.down.weight)

    def forward(self, x: Tensor, told: Float[Tensor, "rows places"]) -> Tensor:
        """The block's output."""
        scale, shift = told[:, :, None, None].chunk(2, 1)
        inner = functional.group_norm(x, self.groups) * (1 + scale) + shift
        out: Tensor = x + self.down(functional.silu(self.up(functional.silu(inner))))
        return out
