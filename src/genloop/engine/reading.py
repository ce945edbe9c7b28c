"""Gaps of rows that have a text, drawn given it.

Where a row's gaps have few values, candidates are drawn without the text and one of them is taken as likely as the
text is given it (sampling importance resampling, Rubin 1987): a family of texts learns most about p(text | row). Else
the family draws them itself, one after the other.
"""

from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Bool, Float

from genloop.core import registry
from genloop.core.protocols import UNKNOWN, Batch, Codes
from genloop.core.records import Records
from genloop.engine import units as columns
from genloop.engine.given import Asked
from genloop.engine.learnt import Learnt
from genloop.engine.plan import RAW
from genloop.engine.writer import Writer

FEW = 16  # values of a row's gaps in all, up to which candidates are weighed
CANDIDATES = 16
Mask = Bool[np.ndarray, "rows fields"]


def infer(
    learnt: Learnt, records: Records, codes: Codes, known: Mask, rng: np.random.Generator, asked: Asked
) -> tuple[Codes, Mask]:
    """The codes with gaps filled that the texts of their rows tell of, and what is known then.

    Of several columns of texts the first that a row has decides. Families that take texts raw read none.
    """
    found, told = codes.copy(), known.copy()
    for maker in learnt.writers:
        part: Any = registry.load("generators.text", maker.stage.family)
        rows = np.flatnonzero(pc.is_valid(records.column(maker.column)).to_numpy() & ~told.all(axis=1))
        if part.FORM == RAW or not len(rows):
            continue
        batch = _batch(learnt, maker, records, rows, found[rows])
        sizes = np.array([field.size for field in batch.fields], float)
        few = np.where(told[rows], 1.0, sizes).prod(axis=1) <= FEW
        if few.any():
            own = rows[few]
            found[own] = _weighed(learnt, maker, batch.take(np.flatnonzero(few)), told[own], rng, asked)
        if not few.all() and hasattr(part, "infer"):
            own = rows[~few]
            rest = batch.take(np.flatnonzero(~few))
            left = np.where(told[own], rest.codes, np.uint16(UNKNOWN))
            found[own] = part.infer(maker.weights, replace(rest, codes=left), rng)
        told[rows] |= few[:, None] | hasattr(part, "infer")
    return found, told


def _weighed(learnt: Learnt, maker: Writer, batch: Batch, known: Mask, rng: np.random.Generator, asked: Asked) -> Codes:
    """For each row one of its candidates, as likely as its text is given it."""
    rows = len(batch)
    many = np.repeat(np.arange(rows), CANDIDATES)
    given = (batch.codes[many], known[many])
    drawn = learnt.family.sample(learnt.weights, len(many), rng, share=asked.shares, given=given)
    tagged = np.concatenate([many[:, None], drawn.astype(np.int64)], axis=1)
    distinct, times = np.unique(tagged, axis=0, return_counts=True)
    row, own = distinct[:, 0], distinct[:, 1:].astype(np.uint16)
    part: Any = registry.load("generators.text", maker.stage.family)
    nats: Float[np.ndarray, " candidates"] = part.score(maker.weights, replace(batch.take(row), codes=own))
    worth = np.log(times) - nats + rng.gumbel(size=len(row))  # the largest sum is a draw (Gumbel 1954)
    order = np.lexsort((worth, row))
    last = np.flatnonzero(np.r_[row[order][1:] != row[order][:-1], True])
    chosen: Codes = own[order[last]]
    return chosen


def _batch(learnt: Learnt, maker: Writer, records: Records, rows: np.ndarray, codes: Codes) -> Batch:
    """These rows with their texts."""
    unit = next(unit for unit in learnt.units if maker.column in unit.names)
    own = records.column(maker.column).take(pa.array(rows))
    texts: Any = unit.codec.encode(unit.frozen, pa.table({maker.column: own}))
    return Batch(codes, columns.fields(learnt.units), texts=texts)
