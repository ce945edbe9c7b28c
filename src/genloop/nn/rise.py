"""A vector to a picture by the plain stack of DCGAN (Radford et al. 2016, arXiv 1511.06434), leaky and mostly bare."""

from itertools import pairwise

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from genloop.nn.convolution import BatchNorm, Style, Up
from genloop.nn.sizes import Sizes
from genloop.nn.start import begin

SLOPE = 0.2
FAINT_END = 0.2  # the first pictures are grey


class Rise(nn.Module):
    """A full layer to the smallest grid, a convolution for each doubling, one more near the pixels."""

    def __init__(self, sizes: Sizes, inputs: int, style: Style = "shuffle", *, normed: bool = False) -> None:
        super().__init__()
        self.sizes, self.style = sizes, style
        depths = sizes.depths
        self.begin = nn.Linear(inputs, depths[0] * sizes.grid[0] * sizes.grid[1])
        self.first = _norm(depths[0], normed)
        self.ups = nn.ModuleList(Up(wide, narrow, style) for wide, narrow in pairwise(depths))
        self.norms = nn.ModuleList(_norm(depth, normed) for depth in depths[1:])
        self.fine = nn.Conv2d(depths[-1], depths[-1], 3, 1, 1) if style == "shuffle" else nn.Identity()
        self.end = Up(depths[-1], sizes.channels, style)

    def start(self, rng: torch.Generator) -> None:
        """Redraw the layers as rectified ones ask for; the last one begins faint."""
        for part in (self.begin, *self.ups, self.fine, self.end):
            begin(part, rng)
        with torch.no_grad():
            next(self.end.parameters()).mul_(FAINT_END)

    def values(self, vectors: Float[Tensor, "rows inputs"]) -> Float[Tensor, "rows channels height width"]:
        """The padded picture's values, of which tanh is the brightness from -1 to 1."""
        tall, broad = self.sizes.grid
        x: Tensor = self.begin(vectors)
        x = x.view(len(x), tall, broad, -1).permute(0, 3, 1, 2)
        x = functional.leaky_relu(self.first(x), SLOPE)
        for up, norm in zip(self.ups, self.norms, strict=True):
            x = functional.leaky_relu(norm(up(x)), SLOPE)
        if self.style == "shuffle":
            x = functional.leaky_relu(self.fine(x), SLOPE)
        values: Tensor = self.end(x)
        return values.float()


def _norm(channels: int, normed: bool) -> nn.Module:
    return BatchNorm(channels) if normed else nn.Identity()
