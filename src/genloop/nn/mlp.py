"""Residual blocks held side by side, one per field, run as one batched matrix product (SiLU, pre-normalised)."""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional


class Residual(nn.Module):
    """`x + W2 silu(W1 norm(x) + b)`, with separate weights for each of `groups`; starts as the identity."""

    def __init__(self, groups: int, width: int, rng: torch.Generator) -> None:
        super().__init__()
        self.up = nn.Parameter(torch.randn(groups, width, 2 * width, generator=rng) / math.sqrt(width))
        self.bias = nn.Parameter(torch.zeros(groups, 1, 2 * width))
        self.down = nn.Parameter(torch.zeros(groups, 2 * width, width))

    def forward(self, x: Float[Tensor, "groups rows width"]) -> Float[Tensor, "groups rows width"]:
        """The block of every group on its own rows."""
        kind = x.dtype
        inner = functional.silu(
            torch.baddbmm(self.bias.to(kind), functional.layer_norm(x, x.shape[-1:]), self.up.to(kind))
        )
        return torch.baddbmm(x, inner, self.down.to(kind))

    def one(self, group: int, x: Float[Tensor, "rows width"]) -> Float[Tensor, "rows width"]:
        """The block of one group."""
        kind = x.dtype
        inner = functional.silu(
            functional.layer_norm(x, x.shape[-1:]) @ self.up[group].to(kind) + self.bias[group].to(kind)
        )
        return x + inner @ self.down[group].to(kind)
