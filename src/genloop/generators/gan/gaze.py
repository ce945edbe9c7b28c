"""Where the critic looks: the slope of its answer at every pixel, smoothed over noisy copies of the picture.

SmoothGrad (Smilkov et al. 2017, arXiv 1706.03825): M(x) = mean over n of dS(x + N(0, s^2)) / dx. Colours are joined by
the largest of their sizes.
"""

import numpy as np
import torch
from jaxtyping import Float

from genloop.core.protocols import Batch, Weights
from genloop.generators.gan.draw import judge
from genloop.generators.gan.network import Critic, untaught
from genloop.nn.condition import Given, scale
from genloop.nn.convolution import crop, pad

COPIES = 24
NOISE_LEVEL = 0.15  # of the range from black to white; 0.1 to 0.2 in the paper
ROWS = 64


def slopes(
    weights: Weights, batch: Batch, rng: np.random.Generator, *, taught: bool = True
) -> Float[np.ndarray, "rows height width"]:
    """The size of the smoothed slope at every pixel, as `slopes` of the family says."""
    assert batch.pixels is not None
    critic = judge(weights) if taught else _untaught(weights, rng)
    chance = torch.Generator().manual_seed(int(rng.integers(2**62)))
    found = [np.zeros((0, *batch.pixels.shape[1:3]), np.float32)]
    for i in range(0, len(batch), ROWS):
        part = batch.take(np.arange(i, min(i + ROWS, len(batch))))
        assert part.pixels is not None
        x, given = scale(part.pixels), Given.of(part)
        total = torch.zeros_like(x)
        for _ in range(COPIES):
            noisy = x + 2 * NOISE_LEVEL * torch.randn(x.shape, generator=chance)
            noisy = pad(noisy, *critic.shape.inner).requires_grad_()
            (slope,) = torch.autograd.grad(critic(noisy, given)[0].sum(), noisy)
            total += crop(slope, *x.shape[2:])
        found.append((total / COPIES).abs().amax(1).numpy())
    return np.concatenate(found)


def _untaught(weights: Weights, rng: np.random.Generator) -> Critic:
    """A critic of the same shape whose layers are drawn anew, each as wide as it was learnt."""
    critic = untaught(weights)
    chance = torch.Generator().manual_seed(int(rng.integers(2**62)))
    with torch.no_grad():
        for value in critic.parameters():
            if value.dim() > 1:
                width = value[0].numel()
                value.copy_(torch.randn(value.shape, generator=chance) / width**0.5)
    return critic.requires_grad_(False).eval()
