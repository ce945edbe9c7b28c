"""Normal distributions with a diagonal variance: draws, densities, and their distance from the standard one."""

import math

import torch
from jaxtyping import Float
from torch import Tensor


def divergence(
    mean: Float[Tensor, "rows length"], log_variance: Float[Tensor, "rows length"]
) -> Float[Tensor, "rows length"]:
    """KL(N(mean, variance) || N(0, 1)) of each part of the code, in nats (appendix B of arXiv 1312.6114)."""
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance)


def draw(
    mean: Float[Tensor, "rows length"], log_variance: Float[Tensor, "rows length"], rng: torch.Generator
) -> Float[Tensor, "rows length"]:
    """A draw from the distribution, differentiable in both."""
    noise = torch.randn(mean.shape, generator=rng, device=mean.device)
    return mean + noise * (log_variance / 2).exp()


def density(
    z: Float[Tensor, "rows length"], mean: Float[Tensor, "rows length"], log_variance: Float[Tensor, "rows length"]
) -> Float[Tensor, " rows"]:
    """The log density of a row of numbers."""
    squares = (z - mean).square() * (-log_variance).exp()
    return -0.5 * (squares + log_variance + math.log(2 * math.pi)).sum(-1)
