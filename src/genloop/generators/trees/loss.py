"""What a split should explain, and how far a small slice of rows is believed.

`features` replaces a column by a few random features of it, redrawn for every tree, whose variance a split reduces: its
rank, its common values, and random cosines of the rank (Rahimi and Recht 2007: together they see any change of the
distribution, not only of the mean); for categories Gaussian projections of the one-hot code, rare values lifted.

`strengths` fits, per digit level, the weight a of the next larger slice in p = (count + a p_larger) / (rows + a), the
Dirichlet-multinomial step of a context tree (MacKay and Peto 1995), by the likelihood of rows that no tree has seen.
"""

import numpy as np
from jaxtyping import Float, Float32, Int, UInt16

GRID = np.array([0.25, 1.0, 4.0, 16.0, 64.0, 256.0, 1024.0, 8192.0])
"""Candidate strengths: from trusting a slice of one row to ignoring slices of hundreds."""


def features(
    tokens: UInt16[np.ndarray, " rows"], size: int, ordered: bool, count: int, rng: np.random.Generator
) -> Float32[np.ndarray, "rows targets"]:
    """`count` standardised random features of a column (one for a column of two values)."""
    share = np.bincount(tokens, minlength=size) / max(1, tokens.size)
    lift = np.maximum(share, 1e-9) ** -0.25
    if size <= 2:
        phi = np.arange(size, dtype=float)[:, None]
    elif ordered:
        rank = np.cumsum(share) - share / 2
        spikes = np.where(share > 0.01, rng.normal(size=size) * lift, 0.0)
        waves = [
            np.cos(2 * np.pi * (rng.exponential(3.0) + 0.5) * rank + rng.uniform(0, 2 * np.pi)) for _ in range(count)
        ]
        phi = np.stack([rank, *([spikes] if spikes.any() else []), *waves][:count], axis=1)
    else:
        phi = rng.normal(size=(size, count)) * lift[:, None]
    centred = phi - share @ phi
    deviation = np.sqrt(share @ centred**2)
    table = (centred / np.maximum(deviation, 1e-9)).astype(np.float32)
    return np.ascontiguousarray(table[tokens])


def strengths(
    chances: Float[np.ndarray, "rows levels grid"], reached: Int[np.ndarray, " rows"]
) -> Int[np.ndarray, " levels"]:
    """Per level the index into GRID with the greatest likelihood; `reached` is each row's number of digits.

    A level that too few rows reach takes the choice of the level above it.
    """
    best = np.zeros(chances.shape[1], np.int64)
    for level in range(chances.shape[1]):
        rows = reached > level
        if rows.sum() < 50:
            best[level:] = best[level - 1] if level else len(GRID) // 2
            break
        best[level] = int(np.log(np.maximum(chances[rows, level], 1e-12)).sum(axis=0).argmax())
    return best
