"""Cross-entropy over a large vocabulary, a stretch of places at a time: all logits together never exist.

The gradient is made while the logits of a stretch are there (as in Hsu et al. 2024, arXiv 2410.10989), so the product
with the table is not computed twice and memory stays at one stretch. In learning, a draw of the tokens that a step does
not ask for can stand for all of them (importance sampling after Jean et al. 2015, arXiv 1412.2007).
"""

import math
from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

STRETCH = 512
LEAST = 1e-30  # chance of what was wanted


def entropy(
    state: Float[Tensor, "places width"],
    table: Float[Tensor, "tokens width"],
    bias: Float[Tensor, " tokens"],
    wanted: Int[Tensor, " places"],
) -> Float[Tensor, ""]:
    """The sum of -log p(wanted) in nats, for logits `state @ table.T + bias` in the state's format."""
    if torch.is_grad_enabled() and (state.requires_grad or table.requires_grad):
        found: Tensor = _Entropy.apply(state, table, bias, wanted)  # type: ignore[no-untyped-call]
        return found
    return nats(state, table, bias, wanted).sum()


def fewer(
    table: Float[Tensor, "tokens width"],
    bias: Float[Tensor, " tokens"],
    wanted: Int[Tensor, " places"],
    others: int,
    rng: torch.Generator,
) -> tuple[Float[Tensor, "some width"], Float[Tensor, " some"], Int[Tensor, " places"]]:
    """Table, bias and what is wanted of fewer tokens: all that are wanted, and `others` drawn evenly of the rest.

    Those drawn weigh so much more that the sum of chances is right on average. Where half of all or more would be left,
    all stay as they are and nothing is drawn: the noise costs more than the time is worth.
    """
    known = torch.unique(wanted)
    if not others or 2 * (len(known) + others) >= len(table):
        return table, bias, wanted
    free = torch.ones(len(table), dtype=torch.bool, device=table.device)
    free[known] = False
    rest = free.nonzero()[:, 0]
    drawn = rest[torch.randperm(len(rest), generator=rng)[:others].to(rest.device)]
    push = bias.new_zeros(len(known) + others)
    push[len(known) :] = math.log(len(rest) / others)
    kept = torch.cat([known, drawn])
    return table.index_select(0, kept), bias.index_select(0, kept) + push, torch.searchsorted(known, wanted)


@torch.no_grad()
def nats(
    state: Float[Tensor, "places width"],
    table: Float[Tensor, "tokens width"],
    bias: Float[Tensor, " tokens"],
    wanted: Int[Tensor, " places"],
) -> Float[Tensor, " places"]:
    """-log p(wanted) at each place, without a gradient."""
    kept, found = table.to(state.dtype), bias.new_empty(len(state))
    for start in range(0, len(state), STRETCH):
        part = slice(start, start + STRETCH)
        found[part] = _logs(state[part], kept, bias).gather(1, wanted[part, None])[:, 0].neg()
    return found


class _Entropy(torch.autograd.Function):
    """The sum of the nats; backwards the gradients that were made on the way, scaled.

    Logits and chances stay in the state's format, in which the gradients are multiplied anyway.
    """

    @staticmethod
    def forward(ctx: Any, state: Tensor, table: Tensor, bias: Tensor, wanted: Tensor) -> Tensor:
        kept, level, total = table.to(state.dtype), bias.to(state.dtype), bias.new_zeros(())
        to_state, to_table, to_bias = torch.empty_like(state), torch.zeros_like(table), torch.zeros_like(bias)
        for start in range(0, len(state), STRETCH):
            part = slice(start, start + STRETCH)
            push, own = functional.linear(state[part], kept, level).softmax(-1), wanted[part, None]
            total -= push.gather(1, own).to(bias.dtype).clamp_(min=LEAST).log_().sum()
            push.scatter_add_(1, own, push.new_full(own.shape, -1))
            to_bias += push.sum(0, dtype=bias.dtype)
            torch.mm(push, kept, out=to_state[part])
            to_table += push.T @ state[part]
        ctx.save_for_backward(to_state, to_table, to_bias)
        return total

    @staticmethod
    def backward(ctx: Any, *above: Tensor) -> tuple[Tensor | None, ...]:
        to_state, to_table, to_bias = ctx.saved_tensors
        share = above[0]
        return to_state * share.to(to_state.dtype), to_table * share, to_bias * share, None


def _logs(state: Tensor, table: Tensor, bias: Tensor) -> Tensor:
    """Log probabilities of one stretch."""
    return torch.log_softmax((state @ table.T).float().add_(bias), -1)
