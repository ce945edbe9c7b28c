"""Numbers to whole numbers and back, with a gradient that passes straight through.

Finite scalar quantisation (Mentzer et al. 2023, arXiv 2309.15505): each part of a code is bounded to (-1, 1) and
rounded to one of a few levels; the code's number counts the levels in mixed radix. Vector quantisation (van den Oord
et al. 2017, arXiv 1711.00937): the nearest entry of a learnt book. Straight through: Bengio et al. 2013. With a random
generator FSQ rounds a value to either neighbour as often as it is near (dithering), so that one picture has many codes.
"""

import math

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional


class Scalars(nn.Module):
    """FSQ over the last axis: `levels[i]` evenly spaced values from -1 to 1 for part i."""

    levels: Tensor
    radix: Tensor

    def __init__(self, levels: tuple[int, ...]) -> None:
        super().__init__()
        self.size, self.parts = math.prod(levels), len(levels)
        radix = [math.prod(levels[:place]) for place in range(len(levels))]
        self.register_buffer("levels", torch.tensor(levels, dtype=torch.float32), persistent=False)
        self.register_buffer("radix", torch.tensor(radix), persistent=False)

    def forward(
        self, x: Float[Tensor, "*grid parts"], rng: torch.Generator | None = None
    ) -> tuple[Float[Tensor, "*grid parts"], Float[Tensor, ""]]:
        """The nearest values, and a loss of nothing: FSQ needs no book, so no commitment to one."""
        steps = self._steps(x, rng)
        near = self._values(steps.round())
        soft = self._values(steps)
        return soft + (near - soft).detach(), x.new_zeros(())

    def encode(self, x: Float[Tensor, "*grid parts"], rng: torch.Generator | None = None) -> Int[Tensor, " *grid"]:
        """The numbers 0..size-1 of the nearest values."""
        return (self._steps(x, rng).round().long() * self.radix).sum(-1)

    def decode(self, codes: Int[Tensor, " *grid"]) -> Float[Tensor, "*grid parts"]:
        """The values of these numbers."""
        return self._values(((codes[..., None] // self.radix) % self.levels.long()).float())

    def _steps(self, x: Tensor, rng: torch.Generator | None = None) -> Tensor:
        """Places from 0 to level - 1, not yet rounded; each level owns an equal share of (-1, 1)."""
        steps = (torch.tanh(x.float()) + 1) / 2 * self.levels - 0.5
        if rng is not None:
            steps = steps + torch.rand(steps.shape, generator=rng, device=rng.device) - 0.5
        return steps.clamp_min(-0.499).minimum(self.levels - 0.501)

    def _values(self, steps: Tensor) -> Tensor:
        return 2 * steps / (self.levels - 1) - 1


class Book(nn.Module):
    """VQ over the last axis: `size` learnt entries; the loss moves entries to codes and, weaker, codes to entries."""

    def __init__(self, size: int, parts: int, commitment: float = 0.25) -> None:
        super().__init__()
        self.size, self.parts, self.commitment = size, parts, commitment
        self.entries = nn.Embedding(size, parts)

    def forward(
        self, x: Float[Tensor, "*grid parts"], rng: torch.Generator | None = None
    ) -> tuple[Float[Tensor, "*grid parts"], Float[Tensor, ""]]:
        """The nearest entries, and the mean squared distance to them (equation 3 of the paper)."""
        x = x.float()
        near = self.entries(self.encode(x))
        loss = functional.mse_loss(near, x.detach()) + self.commitment * functional.mse_loss(x, near.detach())
        return x + (near - x).detach(), loss

    def encode(self, x: Float[Tensor, "*grid parts"], rng: torch.Generator | None = None) -> Int[Tensor, " *grid"]:
        """The numbers of the nearest entries; a book knows no others as near, whatever the generator."""
        flat, entries = x.float().reshape(-1, self.parts), self.entries.weight
        return (entries.square().sum(1) - 2 * flat @ entries.T).argmin(1).view(x.shape[:-1])

    def decode(self, codes: Int[Tensor, " *grid"]) -> Float[Tensor, "*grid parts"]:
        """The entries of these numbers."""
        entries: Tensor = self.entries(codes)
        return entries
