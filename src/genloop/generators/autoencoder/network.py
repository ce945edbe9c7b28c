"""The two networks: code and back (`Codes`), and a U-Net that adds what a harmed picture lacks (`Mender`)."""

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from genloop.core.protocols import Weights
from genloop.generators.autoencoder.config import Shape
from genloop.generators.autoencoder.corruption import TOLD, Harmed
from genloop.nn.pyramid import Grow, Plan, Shrink, bend, pad
from genloop.nn.start import begin, still


class Codes(nn.Module):
    """An encoder to a vector and a decoder from it."""

    def __init__(self, shape: Shape, rng: torch.Generator) -> None:
        super().__init__()
        self.shape, self.plan = shape, Plan(*shape.picture, shape.wide)
        flat = shape.wide * self.plan.grid[0] * self.plan.grid[1]
        self.shrink, self.grow = Shrink(self.plan), Grow(self.plan)
        self.inward, self.outward = nn.Linear(flat, shape.length), nn.Linear(shape.length, flat)
        begin(self, rng)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def encode(self, x: Float[Tensor, "rows channels height width"]) -> Float[Tensor, "rows length"]:
        """The code of each picture."""
        features = self.shrink(x.contiguous(memory_format=torch.channels_last))
        code: Tensor = self.inward(features.flatten(1))
        return code.float()

    def decode(self, code: Float[Tensor, "rows length"]) -> Float[Tensor, "rows channels height width"]:
        """The picture of each code, about from -1 to 1."""
        x = self.outward(code).unflatten(1, (self.plan.wide, *self.plan.grid))
        values: Tensor = self.grow(bend(x.contiguous(memory_format=torch.channels_last)))
        return values.float()


class Level(nn.Module):
    """Two convolutions with a shift by what is told between them, added to their input."""

    def __init__(self, depth: int, told: int) -> None:
        super().__init__()
        self.first, self.second = nn.Conv2d(depth, depth, 3, 1, 1), still(nn.Conv2d(depth, depth, 3, 1, 1))
        self.told = nn.Linear(told, depth)

    def forward(self, x: Tensor, told: Float[Tensor, "rows told"]) -> Tensor:
        """The block applied."""
        added: Tensor = self.second(bend(self.first(bend(x)) + self.told(told)[:, :, None, None]))
        return x + added


class Mender(nn.Module):
    """A U-Net over half and quarter sides; its answer is added to what was seen."""

    def __init__(self, shape: Shape, rng: torch.Generator) -> None:
        super().__init__()
        height, width, channels = shape.picture
        self.shape, self.plan = shape, Plan(height, width, channels, shape.wide)
        fine, coarse, told = shape.wide * 5 // 8, shape.wide, shape.wide
        self.about = nn.Sequential(nn.Linear(TOLD, told), nn.SiLU(), nn.Linear(told, told), nn.SiLU())
        self.stem = nn.Conv2d(4 * (channels + 1), fine, 3, 1, 1)
        self.before, self.after = Level(fine, told), Level(fine, told)
        self.down, self.up = nn.Conv2d(fine, coarse, 2, 2), nn.Conv2d(coarse, 4 * fine, 1)
        self.middle = nn.ModuleList(Level(coarse, told) for _ in range(2))
        self.tail = still(nn.Conv2d(fine, 4 * channels, 3, 1, 1))
        begin(self, rng)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(self, harmed: Harmed) -> Float[Tensor, "rows channels height width"]:
        """The pictures mended, from -1 to 1."""
        whole = pad(torch.cat([harmed.seen, harmed.hole], 1), self.plan)
        told = self.about(harmed.told)
        fine = self.before(
            self.stem(functional.pixel_unshuffle(whole, 2).contiguous(memory_format=torch.channels_last)), told
        )
        coarse = self.down(fine)
        for level in self.middle:
            coarse = level(coarse, told)
        fine = self.after(fine + functional.pixel_shuffle(self.up(coarse), 2), told)
        lacking = functional.pixel_shuffle(self.tail(bend(fine)).float(), 2)
        return harmed.seen + lacking[:, :, : self.plan.height, : self.plan.width]


def build(shape: Shape, rng: torch.Generator) -> Codes | Mender:
    """A fresh network of the shape's kind."""
    return Codes(shape, rng) if shape.length else Mender(shape, rng)


def load(weights: Weights) -> Codes | Mender:
    """The network that the weights hold, ready to be asked."""
    network = build(Shape.from_head(weights.head["shape"]), torch.Generator())
    own = {name: torch.from_numpy(weights.arrays[name]) for name in network.state_dict()}
    network.load_state_dict(own)
    return network.eval().requires_grad_(False)
