"""A decoder block: every place looks at itself and the places before it, then a feed-forward layer.

Vaswani et al. 2017 (arXiv 1706.03762) with norms before each part and of queries and keys (Henry et al. 2020, arXiv
2010.04245). The norms are layer norms without gains: on processors they are one pass, root-mean-square norms five.
Attention runs in float32 while the products around it run in the format of the input: on processors its backward pass
in bfloat16 is four times slower.
"""

import math
from dataclasses import dataclass

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from genloop.nn.linear import Linear


@dataclass(frozen=True, eq=False)
class Cache:
    """Keys and values of the places already seen by one block, with room for all."""

    keys: Float[Tensor, "rows heads places each"]
    values: Float[Tensor, "rows heads places each"]

    @classmethod
    def room(cls, rows: int, heads: int, places: int, each: int, device: torch.device | str = "cpu") -> "Cache":
        """An empty cache."""
        empty = torch.zeros(2, rows, heads, places, each, device=device)
        return cls(empty[0], empty[1])


class Decoder(nn.Module):
    """x + attention(norm(x)), then x + W2 silu(W1 norm(x))."""

    def __init__(self, width: int, heads: int, layers: int) -> None:
        super().__init__()
        self.heads = heads
        self.enter = Linear(width, 3 * width, bias=False)
        self.leave = Linear(width, width, bias=False)
        self.up = Linear(width, 4 * width)
        self.down = Linear(4 * width, width)
        self.sharpness = nn.Parameter(torch.full((heads, 1, 1), math.log(math.sqrt(width // heads))))
        for layer in (self.enter, self.up):
            nn.init.normal_(layer.weight, std=1 / math.sqrt(width))
        for layer, size in ((self.leave, width), (self.down, 4 * width)):
            nn.init.normal_(layer.weight, std=0.5 / math.sqrt(size * layers))
        nn.init.zeros_(self.up.bias)
        nn.init.zeros_(self.down.bias)

    def forward(self, x: Float[Tensor, "rows places width"]) -> Float[Tensor, "rows places width"]:
        """The block over whole rows of places."""
        queries, keys, values = self._parts(x)
        seen = functional.scaled_dot_product_attention(queries, keys, values, is_causal=True, scale=1.0)
        return self._rest(x, seen)

    def one(self, x: Float[Tensor, "rows 1 width"], place: int, cache: Cache) -> Float[Tensor, "rows 1 width"]:
        """The block at one place, after the places whose keys and values the cache holds; adds its own."""
        queries, keys, values = self._parts(x)
        cache.keys[:, :, place], cache.values[:, :, place] = keys[:, :, 0], values[:, :, 0]
        keys, values = cache.keys[:, :, : place + 1], cache.values[:, :, : place + 1]
        return self._rest(x, functional.scaled_dot_product_attention(queries, keys, values, scale=1.0))

    def _parts(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        rows, places, width = x.shape
        parts = self.enter(functional.layer_norm(x, (width,))).float()
        queries, keys, values = parts.view(rows, places, 3, self.heads, width // self.heads).permute(2, 0, 3, 1, 4)
        each = (width // self.heads,)
        queries = functional.layer_norm(queries, each) * self.sharpness.float().exp() / each[0]
        return queries, functional.layer_norm(keys, each), values

    def _rest(self, x: Tensor, seen: Tensor) -> Tensor:
        x = x + self.leave(seen.transpose(1, 2).flatten(2).to(x.dtype))
        inner = self.up(functional.layer_norm(x, x.shape[-1:]))
        out: Tensor = x + self.down(functional.silu(inner))
        return out
