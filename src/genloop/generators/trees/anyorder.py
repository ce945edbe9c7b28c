"""Forests in which any columns can stand before any other: each sees all other columns, a random part of them absent.

An absent cell has a token of its own, beyond the column's others, so a split can tell absence from every value
(missing-aware trees as in UnmaskingTrees, McCarter 2024, arXiv 2407.05593). Learnt from the model's own draws: the data
need not be at hand, and the model still holds no rows.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from jaxtyping import Bool, UInt16

from genloop.core.protocols import Field
from genloop.generators.trees import forest, sample
from genloop.generators.trees.config import Config
from genloop.generators.trees.sample import Chain, Share, Weighted

Codes = UInt16[np.ndarray, "fields rows"]
COPIES = 2
"""How often every draw is shown, each time with other cells absent."""


def absent(field: Field) -> int:
    """The token of an absent cell: far enough above the others to keep a histogram cell of its own."""
    return field.size + field.size // 16 + 1


def seen(fields: tuple[Field, ...], number: int) -> tuple[Field, ...]:
    """The fields as the forest of field `number` sees them: every other one with a token for absence."""
    return tuple(field if f == number else replace(field, size=absent(field) + 1) for f, field in enumerate(fields))


def fit(
    draws: Codes,
    fields: tuple[Field, ...],
    order: tuple[int, ...],
    *,
    config: Config,
    seed: int,
    run: Callable[[Callable[[int], forest.Forest | None], list[int]], list[forest.Forest | None]],
) -> Chain:
    """One forest a field with all other fields as parents, learnt from `draws` of the joint distribution."""
    shown = np.tile(draws, COPIES)

    def one(number: int) -> forest.Forest | None:
        if fields[number].size < 2:
            return None
        seeds = np.random.SeedSequence([seed, number])
        rng = np.random.default_rng(seeds)
        codes = shown.copy()
        hidden = rng.random(codes.shape) < rng.random(codes.shape[1])
        for f, field in enumerate(fields):
            if f != number:
                codes[f, hidden[f]] = absent(field)
        parents = tuple(f for f in order if f != number and fields[f].size > 1)
        return forest.fit(codes, number, seen(fields, number), parents, config=config, seed=seeds)

    return Chain(order, tuple(run(one, list(range(len(fields))))))


def draw(
    chain: Chain,
    fields: tuple[Field, ...],
    rows: int,
    rng: np.random.Generator,
    *,
    share: Share | None,
    known: Codes | None = None,
    mask: Bool[np.ndarray, "fields rows"] | None = None,
) -> Weighted:
    """`rows` candidates given the known cells; narrowed fields come first, so that their weights vary little."""
    codes = np.repeat(np.array([[absent(f) if f.size > 1 else 0] for f in fields], np.uint16), rows, axis=1)
    present = np.zeros((len(fields), rows), bool) if mask is None else mask
    if known is not None:
        codes[present] = known[present]
    log_weight = np.zeros(rows)
    narrowed = [f for f in chain.order if share is not None and share[f] is not None]
    for f in narrowed + [f for f in chain.order if f not in narrowed]:
        model = chain.forests[f]
        free = np.flatnonzero(~present[f])
        if model is None or free.size == 0:
            continue
        allowed = share[f] if share is not None else None
        if allowed is None:
            codes[f, free] = forest.draw(model, codes[:, free], rng)
        else:
            codes[f, free], gained = sample.narrow(model, codes[:, free], allowed, rng)
            log_weight[free] += gained
    return Weighted(codes, log_weight)
