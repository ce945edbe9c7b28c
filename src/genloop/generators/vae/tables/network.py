"""Encoder and decoder: a row's known tokens to a normal distribution over codes, a code to every token."""

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional

from genloop.generators.vae.tables.config import Shape
from genloop.nn.tokens import Block, Heads, Reader

LOWEST = -7.0  # log variances of the encoder stay between this
HIGHEST = 3.0


class Network(nn.Module):
    """q(z | known tokens) and p(token of each field | z); the codes' prior is standard normal."""

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

    def encode(
        self, codes: Int[Tensor, "rows fields"], seen: Bool[Tensor, "rows fields"] | None = None
    ) -> tuple[Float[Tensor, "rows latent"], Float[Tensor, "rows latent"]]:
        """Mean and log variance of the code of these tokens."""
        state = self.reading(self.reader(codes, seen))
        mean, wide = self.code(functional.layer_norm(state, state.shape[-1:])).float().chunk(2, -1)
        return mean, wide.clamp(LOWEST, HIGHEST)

    def decode(self, z: Float[Tensor, "rows latent"]) -> Float[Tensor, "rows hidden"]:
        """The state that the heads read."""
        state = self.writing(self.first(z))
        return functional.layer_norm(state, state.shape[-1:])
