"""Cross-entropy over a large vocabulary, a stretch of places at a time: all logits together never exist.

The gradient is made while the logits of a stretch are there (as in Hsu et al. 2024, arXiv 2410.10989), so the product
with the table is not computed twice and memory stays at one stretch.
"""

from typing import Any

import torch
from jaxtyping import Float, Int
from torch import Tensor

STRETCH = 1024


def entropy(
    state: Float[Tensor, "places width"],
    table: Float[Tensor, "tokens width"],
    bias: Float[Tensor, " tokens"],
    wanted: Int[Tensor, " places"],
) -> Float[Tensor, ""]:
    """The sum of -log p(wanted) in nats, for logits `state @ table.T + bias` multiplied in the state's format."""
    if torch.is_grad_enabled() and (state.requires_grad or table.requires_grad):
        found: Tensor = _Entropy.apply(state, table, bias, wanted)  # type: ignore[no-untyped-call]
        return found
    return nats(state, table, bias, wanted).sum()


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
    """The sum of the nats; backwards the gradients that were made on the way, scaled."""

    @staticmethod
    def forward(ctx: Any, state: Tensor, table: Tensor, bias: Tensor, wanted: Tensor) -> Tensor:
        kept, total = table.to(state.dtype), bias.new_zeros(())
        to_state, to_table, to_bias = torch.empty_like(state), torch.zeros_like(table), torch.zeros_like(bias)
        for start in range(0, len(state), STRETCH):
            part = slice(start, start + STRETCH)
            logs, own = _logs(state[part], kept, bias), wanted[part, None]
            total -= logs.gather(1, own).sum()
            push = logs.exp_().scatter_add_(1, own, own.new_full(own.shape, -1, dtype=logs.dtype))
            to_bias += push.sum(0)
            rough = push.to(state.dtype)
            to_state[part] = rough @ kept
            to_table += (rough.T @ state[part]).to(table.dtype)
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
