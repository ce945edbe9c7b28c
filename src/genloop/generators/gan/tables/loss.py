"""The penalties on the critic's slope, and the distance of two sets of rows by the tokens they share.

The games themselves stand in `nn.games`. R1 is |slope at real rows|^2, R2 the same at made ones (Mescheder
et al. 2018, arXiv 1801.04406), the WGAN's penalty (|slope| - 1)^2 on the lines between the two (Gulrajani et al. 2017,
arXiv 1704.00028). A slope is that of one pack's answer at all of its rows, as in CTGAN.
"""

from collections.abc import Callable

import torch
from jaxtyping import Float
from torch import Tensor

Flat = Float[Tensor, "rows values"]
Answers = Float[Tensor, " packs"]


def slope(answer: Callable[[Flat], Answers], rows: Flat) -> Answers:
    """The squared length of the critic's slope at each pack of rows, itself differentiable."""
    at = rows.detach().requires_grad_()
    answers = answer(at)
    (gradient,) = torch.autograd.grad(answers.sum(), at, create_graph=True)
    return gradient.float().square().reshape(len(answers), -1).sum(1)


def zero_centred(answer: Callable[[Flat], Answers], rows: Flat) -> Float[Tensor, ""]:
    """R1 at real rows, R2 at made ones: half the mean squared slope."""
    return slope(answer, rows).mean() / 2


def one_centred(
    answer: Callable[[Flat], Answers], real: Flat, made: Flat, pack: int, rng: torch.Generator
) -> Float[Tensor, ""]:
    """The WGAN's penalty, at one random place a pack on the lines between real and made rows."""
    place = torch.rand(len(real) // pack, 1, generator=rng, device=real.device).repeat_interleave(pack, 0)
    between = torch.lerp(made.detach(), real, place)
    return (slope(answer, between).add(1e-12).sqrt() - 1).square().mean()


def discrepancy(first: Flat, second: Float[Tensor, "others values"], *, paired: bool = False) -> Float[Tensor, ""]:
    """Squared maximum mean discrepancy of two sets of rows by a kernel that counts what two rows share.

    The kernel (1 + s)^2 of the likeness s, the product of two rows, sees the frequencies of single tokens and of pairs
    (Gretton et al. 2012). Unbiased, so that it can fall below zero; `paired` rows, each made from what is given of the
    real one in its place, are not compared with their own partner.
    """
    across = _likeness(first, second)
    mean = across.mean()
    if paired:
        mean = (across.sum() - across.diagonal().sum()) / max(len(first) * (len(first) - 1), 1)
    return _within(first) + _within(second) - 2 * mean


def _within(rows: Flat) -> Float[Tensor, ""]:
    """The mean likeness of two different rows."""
    own = (1 + rows.square().sum(1)).square().sum()
    return (_likeness(rows, rows).sum() - own) / max(len(rows) * (len(rows) - 1), 1)


def _likeness(first: Flat, second: Float[Tensor, "others values"]) -> Float[Tensor, "rows others"]:
    return (1 + (first @ second.T).float()).square()
