"""Encoder, decoder and prior: a row's known tokens to a normal distribution over codes, a code to every token."""

import math

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional

from genloop.generators.vae.tables.config import Shape
from genloop.nn.tokens import Heads, Reader

LOWEST = -7.0  # log variances of the encoder stay between this
HIGHEST = 3.0
MOST_SCALE = 2.0


class Block(nn.Module):
    """`x + W2 silu(W1 norm(x))`; starts as the identity."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.up, self.down = nn.Linear(width, width), nn.Linear(width, width)
        nn.init.zeros_(self.down.weight)
        nn.init.zeros_(self.down.bias)

    def forward(self, x: Float[Tensor, "rows width"]) -> Float[Tensor, "rows width"]:
        """The block's output."""
        moved: Tensor = self.down(functional.silu(self.up(functional.layer_norm(x, x.shape[-1:]))))
        return x + moved


class Coupling(nn.Module):
    """Half of the code scaled and moved by a network of the other half (Dinh et al. 2017, arXiv 1605.08803)."""

    mask: Tensor

    def __init__(self, latent: int, width: int, odd: bool) -> None:
        super().__init__()
        self.register_buffer("mask", ((torch.arange(latent) % 2) == int(odd)).float(), persistent=False)
        self.net = nn.Sequential(
            nn.Linear(latent, width), nn.SiLU(), nn.Linear(width, width), nn.SiLU(), nn.Linear(width, 2 * latent)
        )
        nn.init.zeros_(self.net[-1].weight)  # type: ignore[arg-type]
        nn.init.zeros_(self.net[-1].bias)  # type: ignore[arg-type]

    def _terms(self, x: Tensor) -> tuple[Tensor, Tensor]:
        scale, move = self.net(x * self.mask).chunk(2, -1)
        return MOST_SCALE * torch.tanh(scale / MOST_SCALE) * (1 - self.mask), move * (1 - self.mask)

    def whiten(self, x: Float[Tensor, "rows latent"]) -> tuple[Float[Tensor, "rows latent"], Float[Tensor, " rows"]]:
        """One step from a code to noise, and the log of how much it stretches."""
        scale, move = self._terms(x)
        return (x + move) * scale.exp(), scale.sum(-1)

    def colour(self, noise: Float[Tensor, "rows latent"]) -> Float[Tensor, "rows latent"]:
        """The same step from noise to a code."""
        scale, move = self._terms(noise)
        return noise * (-scale).exp() - move


class Prior(nn.Module):
    """The distribution of codes: standard normal noise through coupling layers, or bare where there are none."""

    def __init__(self, latent: int, couplings: int, width: int) -> None:
        super().__init__()
        self.latent = latent
        self.couplings = nn.ModuleList(Coupling(latent, width, bool(i % 2)) for i in range(couplings))

    def log_density(self, z: Float[Tensor, "rows latent"]) -> Float[Tensor, " rows"]:
        """log p(z)."""
        stretched = z.new_zeros(len(z))
        for coupling in self.couplings:
            z, more = coupling.whiten(z)  # type: ignore[operator]
            stretched = stretched + more
        return log_normal(z, torch.zeros_like(z), torch.zeros_like(z)) + stretched

    def colour(self, noise: Float[Tensor, "rows latent"]) -> Float[Tensor, "rows latent"]:
        """Codes of standard normal noise."""
        for coupling in reversed(self.couplings):
            noise = coupling.colour(noise)  # type: ignore[operator]
        return noise


class Network(nn.Module):
    """q(z | known tokens), p(z) and p(token of each field | z)."""

    def __init__(self, shape: Shape, rng: torch.Generator) -> None:
        super().__init__()
        self.shape = shape
        modes, hidden = shape.modes, shape.hidden
        self.reader = Reader(modes, hidden, rng)
        self.reading = nn.Sequential(*(Block(hidden) for _ in range(shape.layers)))
        self.code = nn.Linear(hidden, 2 * shape.latent)
        self.first = nn.Linear(shape.latent, hidden)
        self.writing = nn.Sequential(*(Block(hidden) for _ in range(shape.layers)))
        self.heads = Heads(modes, hidden, shape.fine, rng)
        self.prior = Prior(shape.latent, shape.couplings, max(16, hidden // 2))

    def encode(
        self, codes: Int[Tensor, "rows fields"], seen: Bool[Tensor, "rows fields"] | None = None
    ) -> tuple[Float[Tensor, "rows latent"], Float[Tensor, "rows latent"]]:
        """Mean and log variance of the code of these tokens."""
        state = self.reading(self.reader(codes, seen))
        mean, wide = self.code(functional.layer_norm(state, state.shape[-1:])).chunk(2, -1)
        return mean, wide.clamp(LOWEST, HIGHEST)

    def decode(self, z: Float[Tensor, "rows latent"]) -> Float[Tensor, "rows hidden"]:
        """The state that the heads read."""
        state = self.writing(self.first(z))
        return functional.layer_norm(state, state.shape[-1:])


def log_normal(
    z: Float[Tensor, "rows latent"], mean: Float[Tensor, "rows latent"], log_variance: Float[Tensor, "rows latent"]
) -> Float[Tensor, " rows"]:
    """The log density of a normal distribution with this mean and diagonal variance."""
    squares = (z - mean).square() * (-log_variance).exp()
    return -0.5 * (squares + log_variance + math.log(2 * math.pi)).sum(-1)
