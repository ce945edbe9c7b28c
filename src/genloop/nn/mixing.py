"""Masked mixing of fields: every target field reads the known fields through a weight matrix of its own.

For target j the state is `b_j + sum over known i of (W_ji e_i + o_ji)`, where `e_i` embeds field i's token; unknown
fields add nothing, and `o_ji` says that i is known. One batched matrix product serves all targets.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn


class Mixing(nn.Module):
    """Embeddings of the known fields, mixed once per target field."""

    def __init__(self, fields: int, width: int, hidden: int, rng: torch.Generator) -> None:
        super().__init__()
        self.width = width
        scale = 1 / math.sqrt(fields * width)
        self.weight = nn.Parameter(torch.randn(fields, fields * width, hidden, generator=rng) * scale)
        self.bias = nn.Parameter(torch.zeros(fields, 1, hidden))
        self.known = nn.Parameter(torch.zeros(fields, fields, hidden))

    def forward(
        self, embedded: Float[Tensor, "rows inputs"], seen: Float[Tensor, "targets rows fields"]
    ) -> Float[Tensor, "targets rows hidden"]:
        """The state of every target, each under its own mask."""
        kind = embedded.dtype
        visible = seen.repeat_interleave(self.width, 2) * embedded
        state = torch.baddbmm(self.bias.to(kind), visible, self.weight.to(kind))
        return torch.baddbmm(state, seen, self.known.to(kind))

    def one(
        self,
        target: int,
        embedded: Float[Tensor, "rows sources width"],
        seen: Float[Tensor, "rows sources"],
        sources: Tensor,
    ) -> Float[Tensor, "rows hidden"]:
        """The state of one target from the sources that any row knows."""
        kind = embedded.dtype
        weight = self.weight[target].view(-1, self.width, self.weight.shape[2])[sources].flatten(0, 1)
        visible = (embedded * seen[..., None]).flatten(1)
        return self.bias[target].to(kind) + visible @ weight.to(kind) + seen @ self.known[target, sources].to(kind)
