"""The two networks: a generator of pictures from noise and condition, and a critic that compares by projection."""

import math
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from genloop.core.protocols import Weights
from genloop.generators.gan.config import Shape
from genloop.nn import critic
from genloop.nn.arrays import fill
from genloop.nn.condition import Condition, Given
from genloop.nn.convolution import BatchNorm
from genloop.nn.rise import Rise

_BOUND = "parametrizations.weight.original"  # what torch calls a weight that is held


class Generator(Rise):
    """Noise and condition to a padded picture, from -1 to 1."""

    def __init__(self, shape: Shape) -> None:
        super().__init__(shape.sizes, shape.noise + shape.condition, shape.style, normed=shape.norm == "batch")
        self.shape = shape
        self.given = Condition(shape.template(), shape.condition)

    def forward(self, noise: Float[Tensor, "rows noise"], given: Given) -> Float[Tensor, "rows channels height width"]:
        """The pictures, padded."""
        return self.values(torch.cat([noise, self.given(given)], 1)).tanh()


class Critic(critic.Critic):
    """How real a padded picture looks under its condition, in the generator's sizes."""

    def __init__(self, shape: Shape) -> None:
        super().__init__(shape.sizes, shape.template(), shape.features, shape.style)
        self.shape = shape
        if shape.spectral == "critic":
            self.bound()


def learnt(weights: Weights) -> Critic:
    """The critic that weights describe, ready to answer.

    Layers held by their spectral norm are stored as they were before it and divided by their largest singular value
    here, which training only approaches.

    Raises:
        ModelFileError: an array is missing or has another size than the head says.
    """
    own = {name.removeprefix("critic."): array for name, array in weights.arrays.items() if name.startswith("critic.")}
    bound = [name for name in own if name.endswith(_BOUND)]
    for name in bound:
        array = np.asarray(own.pop(name), np.float32)
        largest = float(np.linalg.norm(array.reshape(len(array), -1), 2))
        own[name.removesuffix(_BOUND) + "weight"] = array / max(largest, 1e-12)
    return fill(untaught(weights), own, "gan").requires_grad_(False).eval()


def untaught(weights: Weights) -> Critic:
    """A critic in the sizes that weights describe, with no layer held."""
    return Critic(replace(Shape.from_head(weights.head["shape"]), spectral="none"))


def noise(rows: int, length: int, rng: torch.Generator, cut: float = 0.0) -> Float[Tensor, "rows length"]:
    """Noise of the one length that normal noise nearly has; with `cut` normal between -cut and cut, by its inverse."""
    if not cut:
        normal = torch.randn(rows, length, generator=rng, device=rng.device)
        return functional.normalize(normal, dim=1) * math.sqrt(length)
    share = math.erf(cut / math.sqrt(2))
    return torch.erfinv((torch.rand(rows, length, generator=rng, device=rng.device) * 2 - 1) * share) * math.sqrt(2)


def load(weights: Weights) -> Generator:
    """The generator that weights describe, ready to draw from.

    Raises:
        ModelFileError: an array is missing or has another size than the head says.
    """
    own = {name.removeprefix("generator."): array for name, array in weights.arrays.items() if name[0] == "g"}
    generator = fill(Generator(Shape.from_head(weights.head["shape"])), own, "gan")
    for norm in generator.modules():
        if isinstance(norm, BatchNorm):
            norm.settled = True
    generator.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return generator.requires_grad_(False).eval()
