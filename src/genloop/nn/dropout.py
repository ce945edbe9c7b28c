"""Dropout with a generator of its own (Srivastava et al. 2014, JMLR 15:1929)."""

import torch
from jaxtyping import Float
from torch import Tensor

LEVELS = 256  # a number is left out by one random byte: torch's own dropout draws eight times as much


def thin(x: Float[Tensor, "*any"], share: float, rng: torch.Generator | None) -> Float[Tensor, "*any"]:
    """A share of the numbers left out, to the nearest 256th, the others raised; all of x where no generator came."""
    least = round(share * LEVELS)
    if rng is None or not least:
        return x
    words = torch.empty(-(-x.numel() // 8), dtype=torch.int64, device=x.device).random_(-(2**63), None, generator=rng)
    kept = words.view(torch.uint8)[: x.numel()].view(x.shape) >= least
    return x * kept.to(x.dtype).mul_(LEVELS / (LEVELS - least))
