"""Draws from the chain, free or under conditions.

Free fields are drawn one after another from p(field | fields before). A condition on a field narrows its draw to the
allowed tokens and multiplies the row's weight by the chance of meeting it there (likelihood weighting, Fung and Chang
1990); rows are then chosen among several candidates by weight (sampling-importance-resampling, Rubin 1987), so that the
answer follows p(rest | conditions) and not only p(rest | the fields before them).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float, UInt16

from genloop.generators.trees import forest
from genloop.generators.trees.forest import Forest

Codes = UInt16[np.ndarray, "fields rows"]
Share = Sequence[Float[np.ndarray, " _tokens"] | None]


@dataclass(frozen=True)
class Chain:
    """Forests in the order of drawing; None where a field has one token."""

    order: tuple[int, ...]
    forests: tuple[Forest | None, ...]


@dataclass(frozen=True)
class Weighted:
    """Candidate rows with the logarithm of how likely each meets the conditions."""

    codes: Codes
    log_weight: Float[np.ndarray, " rows"]


def draw(
    chain: Chain,
    rows: int,
    rng: np.random.Generator,
    *,
    share: Share | None = None,
    known: Codes | None = None,
    mask: Bool[np.ndarray, "fields rows"] | None = None,
) -> Weighted:
    """`rows` candidates under the conditions: tokens `known` where `mask`, and `share` of each token's mass."""
    codes = np.zeros((len(chain.order), rows), np.uint16)
    log_weight = np.zeros(rows)
    for f in chain.order:
        model = chain.forests[f]
        if model is None:
            continue
        fixed = mask[f] if mask is not None and known is not None and mask[f].any() else None
        allowed = share[f] if share is not None else None
        free = np.arange(rows) if fixed is None else np.flatnonzero(~fixed)
        if allowed is not None:
            codes[f, free], gained = narrow(model, codes[:, free], allowed, rng)
            log_weight[free] += gained
        elif free.size:
            codes[f, free] = forest.draw(model, codes[:, free], rng)
        if fixed is not None and known is not None:
            at = np.flatnonzero(fixed)
            codes[f, at] = known[f, at]
            log_weight[at] += np.log(np.maximum(forest.chance(model, codes[:, at], known[f, at], rng), 1e-300))
    return Weighted(codes, log_weight)


def narrow(
    model: Forest, codes: Codes, share: Float[np.ndarray, " tokens"], rng: np.random.Generator, chunk: int = 4096
) -> tuple[UInt16[np.ndarray, " rows"], Float[np.ndarray, " rows"]]:
    """One allowed token a row, and the log chance that the row meets the condition."""
    tokens = np.empty(codes.shape[1], np.uint16)
    gained = np.empty(codes.shape[1])
    for a in range(0, codes.shape[1], chunk):
        mass = forest.spread(model, codes[:, a : a + chunk], rng) * share
        total = mass.sum(axis=1)
        lost = total <= 0.0
        mass[lost] = share * np.maximum(model.mass, 1e-9)
        cumulative = np.cumsum(mass, axis=1)
        at = rng.random((mass.shape[0], 1)) * cumulative[:, -1:]
        tokens[a : a + chunk] = np.minimum((cumulative <= at).sum(axis=1), np.flatnonzero(share > 0)[-1])
        gained[a : a + chunk] = np.log(np.maximum(total, 1e-300))
    return tokens, gained


def effective(log_weight: Float[np.ndarray, " rows"]) -> float:
    """Effective share of candidates, (sum w)^2 / (rows sum w^2), between 1 / rows and 1 (Kong 1992)."""
    weight = np.exp(log_weight - log_weight.max())
    return float(weight.sum() ** 2 / (weight**2).sum() / weight.size)


def choose(candidates: Weighted, rows: int, rng: np.random.Generator) -> Codes:
    """`rows` of the candidates by systematic resampling (Kitagawa 1996), in random order."""
    weight = np.exp(candidates.log_weight - candidates.log_weight.max())
    cumulative = np.cumsum(weight)
    at = (np.arange(rows) + rng.random()) * (cumulative[-1] / rows)
    picked = np.minimum(np.searchsorted(cumulative, at, side="right"), weight.size - 1)
    return candidates.codes[:, rng.permutation(picked)]


def choose_each(candidates: Weighted, each: int, rng: np.random.Generator) -> Codes:
    """One of every `each` neighbouring candidates, by weight (Gumbel's maximum): a choice row by row."""
    score = candidates.log_weight + rng.gumbel(size=candidates.log_weight.size)
    best = score.reshape(-1, each).argmax(axis=1) + np.arange(0, score.size, each)
    return candidates.codes[:, best]
