"""Encoder and decoder of a picture: q(z | x, c) or a quantised grid, and the values of p(x | z, c).

z is one vector with a normal posterior (`Dense`) or a grid of quantised parts (`Grid`); c
is the condition of `nn.condition`, added at both ends of a dense code; the presets for other families have none.
"""

import math

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from genloop.core.protocols import Weights
from genloop.generators.vae.config import Shape
from genloop.nn.condition import Condition, Given
from genloop.nn.patches import Press, Spread
from genloop.nn.pyramid import Grow, Plan, Shrink, bend
from genloop.nn.quantise import Book, Scalars
from genloop.nn.start import begin

LEAST_LOG_VARIANCE, MOST_LOG_VARIANCE = -12.0, 4.0
BOOK_PARTS = 8
HASTE = 10.0


class Network(nn.Module):
    """All arrays of the family.

    `sharpness` multiplies the decoder's logits once it is learnt: the mean of a likelihood is smoother than pictures
    are, and the fit finds the factor at which brightness spreads as it does in real ones.
    """

    def __init__(self, shape: Shape, rng: torch.Generator) -> None:
        super().__init__()
        self.shape, self.sharpness = shape, 1.0
        height, width, channels = shape.picture
        self.plan = Plan(height, width, channels, shape.wide)
        self.condition = Condition(shape.template(), shape.hidden)
        self.tone = nn.Parameter(torch.full((channels,), -2.0 / HASTE))
        self.quantiser: Scalars | Book | None = None
        if shape.code == "dense":
            self.press, self.spread = Press(self.plan, shape.hidden), Spread(self.plan, shape.hidden)
            self.inward = nn.Linear(shape.hidden, 2 * shape.length)
            self.outward = nn.Linear(shape.length, shape.hidden)
        else:
            self.quantiser = _quantiser(shape)
            self.shrink, self.grow = Shrink(self.plan), Grow(self.plan)
            self.narrow = nn.Conv2d(shape.wide, self.quantiser.parts, 1)
            self.widen = nn.Conv2d(self.quantiser.parts, shape.wide, 3, 1, 1)
        begin(self, rng)
        with torch.no_grad():  # a class begins as loud as the code, or the code learns to carry it
            for name, table in self.condition.named_parameters():
                if name.startswith("tokens") and name.endswith("weight") and table.shape[1] == shape.hidden:
                    table.mul_(math.sqrt(shape.hidden))
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def posterior(
        self, x: Float[Tensor, "rows channels height width"], c: Float[Tensor, "rows hidden"] | None
    ) -> tuple[Float[Tensor, "rows length"], Float[Tensor, "rows length"]]:
        """Mean and log variance of q(z | x, c)."""
        mean, log_variance = self.inward(bend(_add(self.press(x), c))).float().chunk(2, 1)
        return mean, log_variance.clamp(LEAST_LOG_VARIANCE, MOST_LOG_VARIANCE)

    def parts(self, x: Float[Tensor, "rows channels height width"]) -> Float[Tensor, "rows tall broad parts"]:
        """The grid before it is quantised."""
        features = self.shrink(x.contiguous(memory_format=torch.channels_last))
        parts: Tensor = self.narrow(features).permute(0, 2, 3, 1).float()
        return parts

    def values(
        self, z: Float[Tensor, "rows ..."], c: Float[Tensor, "rows hidden"] | None
    ) -> Float[Tensor, "rows channels height width"]:
        """The logit of each value's mean, of which the likelihood is a function."""
        values: Tensor
        if self.quantiser is None:
            values = self.spread(bend(_add(self.outward(z), c)))
        else:
            values = self.grow(bend(self.widen(z.permute(0, 3, 1, 2))))
        return values

    @property
    def log_variance(self) -> Float[Tensor, " channels"]:
        """The Gaussian likelihood's, one a channel; it learns faster than a weight, having farther to go."""
        return self.tone * HASTE

    def given(self, given: Given, kept: Bool[Tensor, " rows"] | None = None) -> Float[Tensor, "rows hidden"] | None:
        """The condition, or None where the network knows none."""
        return None if self.condition.empty else self.condition(given, kept)

    def picture(self, values: Tensor) -> Float[Tensor, "rows channels height width"]:
        """The mean picture of the likelihood, from -1 to 1, sharpened."""
        return torch.tanh(values.float() * (self.sharpness / 2))


def _add(x: Tensor, c: Tensor | None) -> Tensor:
    return x if c is None else x + c


def load(weights: Weights) -> Network:
    """The network that the weights hold, ready to be asked."""
    network = Network(Shape.from_head(weights.head["shape"]), torch.Generator())
    names = [name for name, array in network.state_dict().items() if array.numel()]
    network.load_state_dict({name: torch.from_numpy(weights.arrays[name]) for name in names}, strict=False)
    network.sharpness = float(weights.head.get("sharpness", 1.0))
    return network.eval().requires_grad_(False)


def numbers(network: Network, x: Float[Tensor, "rows channels height width"]) -> Int[Tensor, "rows tall broad"]:
    """The quantised code of the pictures."""
    assert network.quantiser is not None
    return network.quantiser.encode(network.parts(x))


def _quantiser(shape: Shape) -> Scalars | Book:
    if shape.code == "fsq":
        return Scalars(shape.levels)
    size = 1
    for level in shape.levels:
        size *= level
    return Book(size, BOOK_PARTS)
