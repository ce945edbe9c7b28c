"""Pictures to one vector and back by patches: a convolution over whole patches, then full layers over all of them.

Full layers see the whole picture at once and run at a core's best speed, so that they learn a picture's plan in fewer
core-seconds than convolutions alone; the convolutions at both ends join neighbouring patches.
"""

from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from genloop.nn.pyramid import Plan, bend, pad


class Press(nn.Module):
    """Pictures to one hidden vector each."""

    def __init__(self, plan: Plan, hidden: int) -> None:
        super().__init__()
        self.plan, self.side = plan, 1 << plan.levels
        self.stem = nn.Conv2d(plan.channels * self.side**2, plan.wide, 3, 1, 1)
        self.inward = nn.Linear(plan.wide * plan.grid[0] * plan.grid[1], hidden)

    def forward(self, pixels: Float[Tensor, "rows channels height width"]) -> Float[Tensor, "rows hidden"]:
        """The vectors, not yet bent."""
        patches = bend(self.stem(functional.pixel_unshuffle(pad(pixels, self.plan), self.side)))
        vectors: Tensor = self.inward(patches.flatten(1))
        return vectors


class Spread(nn.Module):
    """Hidden vectors to the values of a picture each."""

    def __init__(self, plan: Plan, hidden: int) -> None:
        super().__init__()
        self.plan, self.side = plan, 1 << plan.levels
        self.outward = nn.Linear(hidden, plan.wide * plan.grid[0] * plan.grid[1])
        self.body = nn.Conv2d(plan.wide, plan.wide, 3, 1, 1)
        self.tail = nn.Conv2d(plan.wide, plan.channels * self.side**2, 3, 1, 1)

    def forward(self, x: Float[Tensor, "rows hidden"]) -> Float[Tensor, "rows channels height width"]:
        """Values of the picture, cropped to its size."""
        patches = bend(self.outward(x)).view(len(x), self.plan.wide, *self.plan.grid)
        values: Tensor = functional.pixel_shuffle(self.tail(bend(self.body(patches))), self.side)
        return values[:, :, : self.plan.height, : self.plan.width]
