"""Encoder and decoder of a picture: q(z | x, c) or a quantised grid, and the values of p(x | z, c).

z is one vector with a normal posterior (`Dense`) or a grid of quantised parts (`Grid`); both sit between the same
pyramids. c is the condition of `nn.condition`, added to both ends; the presets for other families have none.
"""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from genloop.core.protocols import Weights
from genloop.generators.vae.config import Shape
from genloop.nn.condition import Condition, Given
from genloop.nn.pyramid import Grow, Plan, Shrink, bend
from genloop.nn.quantise import Book, Scalars
from genloop.nn.start import begin

LEAST_LOG_VARIANCE, MOST_LOG_VARIANCE = -12.0, 4.0
BOOK_PARTS = 8


class Network(nn.Module):
    """All arrays of the family; `log_variance` is the Gaussian likelihood's, one a channel."""

    def __init__(self, shape: Shape, rng: torch.Generator) -> None:
        super().__init__()
        self.shape = shape
        height, width, channels = shape.picture
        self.plan = Plan(height, width, channels, shape.wide)
        self.condition = Condition(shape.template(), shape.wide)
        self.shrink, self.grow = Shrink(self.plan), Grow(self.plan)
        flat = shape.wide * self.plan.grid[0] * self.plan.grid[1]
        self.log_variance = nn.Parameter(torch.full((channels,), -2.0))
        self.quantiser: Scalars | Book | None = None
        if shape.code == "dense":
            self.inward, self.outward = nn.Linear(flat, 2 * shape.length), nn.Linear(shape.length, flat)
        else:
            self.quantiser = _quantiser(shape)
            parts = self.quantiser.parts
            self.narrow, self.widen = nn.Conv2d(shape.wide, parts, 1), nn.Conv2d(parts, shape.wide, 3, 1, 1)
        begin(self, rng)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def posterior(
        self, x: Float[Tensor, "rows channels height width"], c: Float[Tensor, "rows wide"] | None
    ) -> tuple[Float[Tensor, "rows length"], Float[Tensor, "rows length"]]:
        """Mean and log variance of q(z | x, c)."""
        mean, log_variance = self.inward(self._features(x, c).flatten(1)).float().chunk(2, 1)
        return mean, log_variance.clamp(LEAST_LOG_VARIANCE, MOST_LOG_VARIANCE)

    def parts(self, x: Float[Tensor, "rows channels height width"]) -> Float[Tensor, "rows tall broad parts"]:
        """The grid before it is quantised."""
        parts: Tensor = self.narrow(self._features(x, None)).permute(0, 2, 3, 1).float()
        return parts

    def values(
        self, z: Float[Tensor, "rows ..."], c: Float[Tensor, "rows wide"] | None
    ) -> Float[Tensor, "rows channels height width"]:
        """What the likelihood is a function of: a logit or a mean (from -1 to 1) for each value of the picture."""
        if self.quantiser is None:
            x = self.outward(z).unflatten(1, (self.plan.wide, *self.plan.grid))
            x = x.contiguous(memory_format=torch.channels_last)
        else:
            x = self.widen(z.permute(0, 3, 1, 2))
        values: Tensor = self.grow(bend(x if c is None else x + c[:, :, None, None]))
        return values

    def given(self, given: Given) -> Float[Tensor, "rows wide"] | None:
        """The condition, or None where the network knows none."""
        return None if self.condition.empty else self.condition(given)

    def picture(self, values: Tensor) -> Float[Tensor, "rows channels height width"]:
        """The mean picture of the likelihood, from -1 to 1."""
        return torch.tanh(values.float() / 2) if self.shape.likelihood == "bernoulli" else values.float()

    def _features(self, x: Tensor, c: Tensor | None) -> Tensor:
        features: Tensor = self.shrink(x.contiguous(memory_format=torch.channels_last))
        return features if c is None else bend(features + c[:, :, None, None])


def load(weights: Weights) -> Network:
    """The network that the weights hold, ready to be asked."""
    network = Network(Shape.from_head(weights.head["shape"]), torch.Generator())
    network.load_state_dict({name: torch.from_numpy(array) for name, array in weights.arrays.items()}, strict=False)
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
