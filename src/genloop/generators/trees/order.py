"""The order of the chain: what is coarse first, then fine numbers one by one beside what they depend on most."""

import numpy as np
from jaxtyping import UInt16

from genloop.core.protocols import Field


def read(
    codes: UInt16[np.ndarray, "rows fields"], fields: tuple[Field, ...], *, fine: int, rng: np.random.Generator
) -> list[int]:
    """Field numbers: unordered and few-valued fields by rising size, then the fine ones by rank correlation.

    Among the fine fields the one with the largest total |Spearman| comes first, then always the one most correlated
    with one already placed. Measured on 5,000 rows at most.
    """
    few = [f for f, field in enumerate(fields) if not field.ordered or field.size <= fine]
    many = [f for f in range(len(fields)) if f not in few]
    few.sort(key=lambda f: fields[f].size)
    if len(many) < 2 or codes.shape[0] < 3:
        return few + many
    rows = rng.permutation(codes.shape[0])[:5000]
    bond = np.abs(_spearman(codes[np.ix_(rows, np.array(many))]))
    chain = [int(bond.sum(axis=0).argmax())]
    while len(chain) < len(many):
        rest = [f for f in range(len(many)) if f not in chain]
        chain.append(rest[int(bond[np.ix_(rest, chain)].max(axis=1).argmax())])
    return few + [many[f] for f in chain]


def _spearman(codes: UInt16[np.ndarray, "rows fields"]) -> np.ndarray:
    """Rank correlation matrix, ties by their mean rank, 0 where a field is constant and on the diagonal."""
    ranks = np.empty(codes.shape)
    for f in range(codes.shape[1]):
        count = np.bincount(codes[:, f])
        ranks[:, f] = (np.cumsum(count) - (count - 1) / 2)[codes[:, f]]
    ranks -= ranks.mean(axis=0)
    scale = np.sqrt((ranks**2).sum(axis=0))
    matrix: np.ndarray = ranks.T @ ranks / np.maximum(np.outer(scale, scale), 1e-9)
    np.fill_diagonal(matrix, 0.0)
    return matrix
