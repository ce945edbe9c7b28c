"""Encoder and decoder of a picture: q(z | x, c) or quantised parts, and the values of p(x | z, c).

z is one vector with a normal posterior, or quantised parts in a row about the whole picture or in a grid of places; c
is the condition of `nn.condition`, added at both ends of a dense code; the presets for other families have none.
"""

import math

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn

from genloop.core.protocols import Weights
from genloop.generators.vae.config import Shape
from genloop.nn.condition import Condition, Given
from genloop.nn.convolution import crop
from genloop.nn.patches import Press, Spread
from genloop.nn.pyramid import Grow, Plan, Shrink, bend
from genloop.nn.quantise import Book, Scalars
from genloop.nn.rise import Rise
from genloop.nn.start import begin

LEAST_LOG_VARIANCE, MOST_LOG_VARIANCE = -12.0, 4.0
BOOK_PARTS = 8
HASTE = 10.0
FAINT_START = 0.25  # within the bound of a quantised part, where its slope is not lost


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
        self.quantiser = None if shape.code == "dense" else _quantiser(shape)
        each = 1 if self.quantiser is None else self.quantiser.parts
        if shape.flat:
            self.press = Press(self.plan, shape.hidden)
            self.inward = nn.Linear(shape.hidden, shape.length * (2 if self.quantiser is None else each))
            if not shape.stack:
                self.spread = Spread(self.plan, shape.hidden)
                self.outward = nn.Linear(shape.length * each, shape.hidden)
        else:
            assert self.quantiser is not None
            self.shrink, self.grow = Shrink(self.plan), Grow(self.plan)
            self.narrow = nn.Conv2d(shape.wide, self.quantiser.parts, 1)
            self.widen = nn.Conv2d(self.quantiser.parts, shape.wide, 3, 1, 1)
        begin(self, rng)
        if shape.stack:
            self.rise = Rise(shape.sizes, shape.length * each + (0 if self.condition.empty else shape.hidden))
            self.rise.start(rng)
        if self.quantiser is not None and shape.flat:
            with torch.no_grad():
                self.inward.weight.mul_(FAINT_START)
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
        """The row or grid before it is quantised."""
        assert self.quantiser is not None
        if self.shape.flat:
            row: Tensor = self.inward(bend(self.press(x))).float()
            return row.view(len(x), 1, -1, self.quantiser.parts)
        features = self.shrink(x.contiguous(memory_format=torch.channels_last))
        parts: Tensor = self.narrow(features).permute(0, 2, 3, 1).float()
        return parts

    def values(
        self, z: Float[Tensor, "rows ..."], c: Float[Tensor, "rows hidden"] | None
    ) -> Float[Tensor, "rows channels height width"]:
        """The logit of each value's mean, of which the likelihood is a function."""
        values: Tensor
        z = z.flatten(1) if self.shape.flat else z
        if self.shape.stack:
            inner = self.rise.values(z if c is None else torch.cat([z, c], 1))
            values = 2 * crop(inner, *self.shape.picture[:2])
        elif self.shape.flat:
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


def numbers(
    network: Network, x: Float[Tensor, "rows channels height width"], rng: torch.Generator | None = None
) -> Int[Tensor, "rows tall broad"]:
    """The quantised code of the pictures; with `rng` one that is as near, drawn."""
    assert network.quantiser is not None
    return network.quantiser.encode(network.parts(x), rng)


def _quantiser(shape: Shape) -> Scalars | Book:
    if shape.code == "fsq":
        return Scalars(shape.levels)
    size = 1
    for level in shape.levels:
        size *= level
    return Book(size, BOOK_PARTS)
