"""Muon: momentum made orthogonal before it moves a matrix (Jordan et al. 2024; analysed in arXiv 2409.20325).

A few Newton-Schulz steps push all singular values of the momentum towards 1, so that no direction of a matrix is left
behind. The rate is scaled by the root of rows over columns where a matrix is tall. Matrices of one shape are
orthogonalised together, as one batched product, in the format that is faster here.
"""

import math
from collections.abc import Sequence

import torch
from jaxtyping import Float
from torch import Tensor

A, B, C = 3.4445, -4.7750, 2.0315
STEPS = 5
MOMENTUM = 0.95


def orthogonal(
    matrices: Float[Tensor, "many rows columns"], kind: torch.dtype = torch.float32
) -> Float[Tensor, "many rows columns"]:
    """The matrices with their singular values brought near 1 (0.7 to 1.2), directions kept."""
    tall = matrices.shape[1] > matrices.shape[2]
    x = (matrices.mT if tall else matrices).to(kind)
    x = x / (x.float().flatten(1).norm(dim=1)[:, None, None] + 1e-7).to(kind)
    short = 2 * x.shape[1] <= x.shape[2] and kind == torch.float32
    x = (_by_squares(x) if short else _straight(x)).to(matrices.dtype)
    return x.mT if tall else x


def _straight(x: Float[Tensor, "many rows columns"]) -> Float[Tensor, "many rows columns"]:
    """The steps x <- (A + B s + C s^2) x with s = x x^T."""
    for _ in range(STEPS):
        square = torch.bmm(x, x.mT)
        x = torch.baddbmm(x, torch.baddbmm(square, square, square, beta=B, alpha=C), x, beta=A)
    return x


def _by_squares(x: Float[Tensor, "many rows columns"]) -> Float[Tensor, "many rows columns"]:
    """The same steps on s alone, half the work where rows are few: all factors are polynomials of the first s.

    Each step takes s to p s p, where p is its factor; x meets their product once. In bfloat16 the products would drift.
    """
    square = torch.bmm(x, x.mT)
    total = None
    for left in reversed(range(STEPS)):
        factor = torch.baddbmm(square, square, square, beta=B, alpha=C)
        factor.diagonal(dim1=1, dim2=2).add_(A)
        total = factor if total is None else torch.bmm(total, factor)
        if left:
            square = torch.bmm(torch.bmm(factor, square), factor)
    return x if total is None else torch.bmm(total, x)


class Muon:
    """Moves matrices by the orthogonalised look-ahead of their momentum; decay is decoupled.

    Each of `matrices` is a weight, its momentum and its decay.
    """

    def __init__(self, matrices: Sequence[tuple[Tensor, Tensor, float]], kind: torch.dtype) -> None:
        self.kind = kind
        self.alike: dict[tuple[int, ...], list[tuple[Tensor, Tensor, float]]] = {}
        for matrix in matrices:
            self.alike.setdefault(tuple(matrix[0].shape), []).append(matrix)

    @torch.no_grad()
    def step(self, rate: float) -> None:
        """Move once, all matrices of one shape together; those without a gradient stay."""
        for (rows, columns), group in self.alike.items():
            moved = [(*entry, entry[0].grad) for entry in group if entry[0].grad is not None]
            if not moved:
                continue
            slopes, moments = [entry[3] for entry in moved], [entry[1] for entry in moved]
            torch._foreach_lerp_(moments, slopes, 1 - MOMENTUM)
            moves = orthogonal(torch.stack(slopes).lerp_(torch.stack(moments), MOMENTUM), self.kind)
            scale = math.sqrt(max(1.0, rows / columns))
            for (weight, _, decay, _), move in zip(moved, moves, strict=True):
                weight.mul_(1 - rate * decay).add_(move, alpha=-rate * scale)
