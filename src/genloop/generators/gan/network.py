"""The two networks: a generator of pictures from noise and condition, and a critic that compares by projection.

The plain stack of DCGAN (Radford et al. 2016, arXiv 1511.06434), a convolution for each size, with leaky rectifiers
and, by default, no normalisation. The critic's answer is linear in its features plus the features' product with the
embedded condition (projection; Miyato and Koyama 2018, arXiv 1802.05637), and its features also tell the condition's
tokens of real pictures (as in Odena et al. 2017, arXiv 1610.09585, where made ones count too).
"""

import math
from itertools import pairwise

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional
from torch.nn.utils.parametrizations import spectral_norm

from genloop.core.errors import ModelFileError
from genloop.core.protocols import Weights
from genloop.generators.gan.config import Shape
from genloop.nn.condition import Condition, Given
from genloop.nn.convolution import BatchNorm, Down, Up

SLOPE = 0.2
MOST_TOLD = 256
FAINT = 0.1  # the projection begins weak, so that the critic first learns what pictures look like


class Generator(nn.Module):
    """Noise and condition to a padded picture, from -1 to 1."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.given = Condition(shape.template(), shape.condition)
        tall, broad = shape.grid
        depths = shape.depths
        self.begin = nn.Linear(shape.noise + shape.condition, depths[0] * tall * broad)
        self.first = _norm(shape, depths[0])
        self.ups = nn.ModuleList(Up(wide, narrow, shape.style) for wide, narrow in pairwise(depths))
        self.norms = nn.ModuleList(_norm(shape, depth) for depth in depths[1:])
        self.fine = nn.Conv2d(depths[-1], depths[-1], 3, 1, 1) if shape.style == "shuffle" else nn.Identity()
        self.end = Up(depths[-1], shape.picture[2], shape.style)
        self.rectified = (self.begin, *self.ups, self.fine, self.end)  # layers that begin as rectified ones ask for

    def forward(self, noise: Float[Tensor, "rows noise"], given: Given) -> Float[Tensor, "rows channels height width"]:
        """The pictures, padded."""
        tall, broad = self.shape.grid
        x: Tensor = self.begin(torch.cat([noise, self.given(given)], 1))
        x = x.view(len(x), tall, broad, -1).permute(0, 3, 1, 2)
        x = functional.leaky_relu(self.first(x), SLOPE)
        for up, norm in zip(self.ups, self.norms, strict=True):
            x = functional.leaky_relu(norm(up(x)), SLOPE)
        if self.shape.style == "shuffle":
            x = functional.leaky_relu(self.fine(x), SLOPE)
        values: Tensor = self.end(x)
        return values.float().tanh()


class Critic(nn.Module):
    """How real a padded picture looks under its condition, and what its features say was asked for."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        depths = (shape.picture[2], *reversed(shape.depths))
        self.downs = nn.ModuleList(
            Down(narrow, wide, shape.style, fold=not level) for level, (narrow, wide) in enumerate(pairwise(depths))
        )
        self.body = nn.Conv2d(depths[-1], depths[-1], 3, 1, 1)
        tall, broad = shape.grid
        self.features = nn.Linear(depths[-1] * tall * broad, shape.features)
        self.rectified = (*self.downs, self.body, self.features)
        self.answer = nn.Linear(shape.features, 1)
        self.given = Condition(shape.template(), shape.features)
        for table in self.given.tokens:
            with torch.no_grad():
                next(table.parameters()).mul_(FAINT)
        told = [None if ordered or size > MOST_TOLD else size for _, size, ordered, _ in shape.fields]
        self.places = [place for place, size in enumerate(told) if size is not None]
        self.told = nn.ModuleList(nn.Linear(shape.features, size) for size in told if size is not None)
        if shape.spectral == "critic":
            for part in list(self.modules()):
                if isinstance(part, nn.Conv2d) or part is self.features:
                    spectral_norm(part)

    def forward(
        self, pictures: Float[Tensor, "rows channels height width"], given: Given
    ) -> tuple[Float[Tensor, " rows"], list[Float[Tensor, "rows tokens"]]]:
        """The answers, higher for more real, and for each told field the logits of its tokens."""
        x = pictures
        for down in self.downs:
            x = functional.leaky_relu(down(x), SLOPE)
        x = functional.leaky_relu(self.body(x), SLOPE)
        features = functional.leaky_relu(self.features(x.flatten(1)), SLOPE)
        told = [layer(features) for layer in self.told]
        features = features.float()
        answers = self.answer(features)[:, 0]
        if not self.given.empty:
            answers = answers + (features * self.given(given)).sum(1)
        return answers.float(), told


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
    generator = Generator(Shape.from_head(weights.head["shape"]))
    arrays = {name: torch.from_numpy(np.array(array)) for name, array in weights.arrays.items()}
    try:
        generator.load_state_dict({n.removeprefix("generator."): a for n, a in arrays.items() if n[0] == "g"})
    except RuntimeError as error:
        raise ModelFileError(f"the arrays of this gan do not fit its head: {error}") from error
    for norm in generator.modules():
        if isinstance(norm, BatchNorm):
            norm.settled = True
    generator.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return generator.requires_grad_(False).eval()


def _norm(shape: Shape, channels: int) -> nn.Module:
    return BatchNorm(channels) if shape.norm == "batch" else nn.Identity()
