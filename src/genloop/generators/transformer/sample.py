"""Drawing rows field by field: what is given stays, constrained fields come first, the rest follows in order.

A row of several constrained fields is drawn by sampling-importance-resampling (Rubin 1988): each candidate draws its
constrained fields one after the other from p(field | before) x share, is weighted by the masses those shares left,
and candidates are chosen in proportion to their weights; so rows follow p(fields | all shares), not a product of
single conditionals. Imports no torch: the conditionals do the network's part.
"""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from jaxtyping import Bool, Float, Int

from genloop.core.protocols import Codes, Weights
from genloop.generators.transformer.config import Shape, part
from genloop.nn.resample import choose

ROWS = 8192
CONSTRAINED_ROWS = 1024
POOLED = 4
APIECE = 16

Shares = Sequence[Float[np.ndarray, " _"] | None]


@runtime_checkable
class Conditionals(Protocol):
    """p(field | known fields) of a table, for many rows at once."""

    @property
    def shape(self) -> Shape:
        """The fields and their default order."""

    def draw(
        self,
        field: int,
        codes: Int[np.ndarray, "rows fields"],
        known: Bool[np.ndarray, "rows fields"],
        chance: Float[np.ndarray, "two rows"],
        share: Float[np.ndarray, " codes"] | None,
    ) -> tuple[Int[np.ndarray, " rows"], Float[np.ndarray, " rows"]]:
        """Tokens of the field, and the part of its mass that `share` leaves."""


def sample(
    weights: Weights,
    rows: int,
    rng: np.random.Generator,
    *,
    share: Shares | None = None,
    given: tuple[Codes, Bool[np.ndarray, "rows fields"]] | None = None,
) -> Codes:
    """`rows` draws from p(fields | every field's token lies where `share` > 0, weighted by it, and `given`)."""
    return draw(part("conditional").Conditionals(weights), rows, rng, share=share, given=given)


def draw(
    conditionals: Conditionals,
    rows: int,
    rng: np.random.Generator,
    *,
    share: Shares | None = None,
    given: tuple[Codes, Bool[np.ndarray, "rows fields"]] | None = None,
) -> Codes:
    """`sample` from any conditionals; memory is bounded by drawing a few thousand rows at a time."""
    fields = len(conditionals.shape.sizes)
    shares = list(share) if share is not None else [None] * fields
    narrow = _narrow(conditionals, shares)
    made = np.empty((rows, fields), np.uint16)
    stride = CONSTRAINED_ROWS if narrow else ROWS
    for start in range(0, rows, stride):
        part_given = None if given is None else (given[0][start : start + stride], given[1][start : start + stride])
        made[start : start + stride] = _rows(conditionals, min(stride, rows - start), rng, shares, narrow, part_given)
    return made


def _narrow(conditionals: Conditionals, shares: Shares) -> list[int]:
    """The constrained fields, the one whose share leaves the least mass first: later ones then waste few candidates."""
    fields = len(conditionals.shape.sizes)
    nothing = np.zeros((1, fields), np.int64), np.zeros((1, fields), bool), np.zeros((2, 1))
    mass = {f: conditionals.draw(f, *nothing, s)[1][0] for f, s in enumerate(shares) if s is not None}
    return sorted(mass, key=lambda field: (mass[field], field))


def _rows(
    conditionals: Conditionals,
    rows: int,
    rng: np.random.Generator,
    shares: Shares,
    narrow: list[int],
    given: tuple[Codes, Bool[np.ndarray, "rows fields"]] | None,
) -> Int[np.ndarray, "rows fields"]:
    fields = len(conditionals.shape.sizes)
    codes, known = np.zeros((rows, fields), np.int64), np.zeros((rows, fields), bool)
    if given is not None:
        codes, known = np.where(given[1], given[0], 0).astype(np.int64), given[1].copy()
    if len(narrow) > 1:
        pooled = given is None
        copies = POOLED if pooled else APIECE
        codes, known = codes.repeat(copies, 0), known.repeat(copies, 0)
        weight = _fill(conditionals, codes, known, narrow, rng, shares)
        chosen = choose(weight, rows, rng, pooled=pooled)
        codes, known = codes[chosen], known[chosen]
    else:
        _fill(conditionals, codes, known, narrow, rng, shares)
    _fill(conditionals, codes, known, list(conditionals.shape.order), rng, [None] * fields)
    return codes


def _fill(
    conditionals: Conditionals,
    codes: Int[np.ndarray, "rows fields"],
    known: Bool[np.ndarray, "rows fields"],
    order: list[int],
    rng: np.random.Generator,
    shares: Shares,
) -> Float[np.ndarray, " rows"]:
    """Draw the fields in place where they are not known; returns the product of the masses the shares left."""
    weight = np.ones(len(codes))
    for field in order:
        need = np.flatnonzero(~known[:, field])
        if len(need):
            chance = rng.random((2, len(need)))
            tokens, mass = conditionals.draw(field, codes[need], known[need], chance, shares[field])
            codes[need, field] = tokens
            known[need, field] = True
            weight[need] *= mass
    return weight
