"""Choosing the next token of many rows: repetition, temperature, top-p and min-p in one pass over the vocabulary.

One uniform number a row is carried through the running sum of the chances, so a row's draw does not depend on which
other rows are drawn beside it. Top-p: Holtzman et al. 2020, arXiv 1904.09751. Min-p: arXiv 2407.01082.
"""

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from genloop.core.texts import Wish

RECENT = 64
NEVER = -torch.inf
FIRST = 128  # tokens among which the likeliest are looked for before all are sorted


def choose(
    logits: Float[Tensor, "rows tokens"],
    chance: Float[Tensor, " rows"],
    wish: Wish,
    *,
    recent: Int[Tensor, "rows last"] | None = None,
    allowed: Bool[Tensor, "rows tokens"] | None = None,
    weighed: bool = False,
) -> Int[Tensor, " rows"]:
    """A token for each row; `recent` (-1: none) holds its last tokens, `allowed` what may come. Writes to `logits`.

    These are chances in place of their logs where they come `weighed`.
    """
    if weighed:
        if wish.temperature == 1 and wish.repetition == 1 and allowed is None:
            return _drawn(logits, chance, wish)
        logits.log_()
    if wish.repetition != 1 and recent is not None and recent.shape[1]:
        _repeat_less(logits, recent, wish.repetition, allowed)
    if allowed is not None:
        logits.masked_fill_(~allowed, NEVER)
    if wish.temperature <= 0:
        return logits.argmax(1)
    if wish.temperature != 1:
        logits.div_(wish.temperature)
    return _drawn(logits.sub_(logits.amax(1, keepdim=True)).exp_(), chance, wish)


def _drawn(shares: Float[Tensor, "rows tokens"], chance: Float[Tensor, " rows"], wish: Wish) -> Int[Tensor, " rows"]:
    """A token of each row by these shares of the chance, which need not sum to 1, without those that the wish cuts."""
    if wish.top_p < 1 or wish.min_p > 0:
        least = wish.min_p * shares.amax(1, keepdim=True)
        least = least if wish.top_p == 1 else torch.maximum(least, _least(shares, wish.top_p))
        shares.masked_fill_(shares < least, 0.0)
    total = shares.cumsum(1)
    aim = chance[:, None].to(total.dtype) * total[:, -1:]
    aim = torch.minimum(aim, torch.nextafter(total[:, -1:], torch.zeros_like(aim)))
    return torch.searchsorted(total, aim, right=True)[:, 0].clamp(max=shares.shape[1] - 1)


def _least(shares: Float[Tensor, "rows tokens"], top_p: float) -> Float[Tensor, "rows 1"]:
    """The smallest share that belongs to the likeliest tokens which together hold `top_p` of the mass."""
    bound = top_p * shares.sum(1, keepdim=True)
    sorted_ = shares.topk(min(FIRST, shares.shape[1]), 1).values
    if bool((sorted_.sum(1, keepdim=True) < bound).any()):
        sorted_ = torch.from_numpy(np.sort(shares.cpu().numpy(), 1)[:, ::-1].copy()).to(shares)
    count = (sorted_.cumsum(1) < bound).sum(1, keepdim=True).clamp(max=sorted_.shape[1] - 1)
    return sorted_.gather(1, count)


def _repeat_less(logits: Tensor, recent: Tensor, by: float, allowed: Tensor | None) -> None:
    """Divide what recent tokens are above the lowest allowed logit, once for each time that they came."""
    low = (logits if allowed is None else logits.masked_fill(~allowed, torch.inf)).amin(1, keepdim=True)
    there = recent >= 0
    filled = torch.where(there, recent, recent[:, -1:])
    times = ((filled[:, :, None] == filled[:, None]) & there[:, None]).sum(2)
    now = logits.gather(1, filled.clamp(min=0))
    less = low + (now - low) / by**times
    less = torch.where((filled >= 0) & (now > low), less, now)
    logits.scatter_(1, filled.clamp(min=0), less)
