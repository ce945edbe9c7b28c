"""Rows from a fitted plan: tokens, values, rules kept, conditions checked; what fails is drawn again, with a bound."""

import math
from collections.abc import Iterator, Mapping

import numpy as np
import pyarrow as pa
from jaxtyping import Bool

from genloop.core import seed as seeds
from genloop.core.errors import ConditionError
from genloop.core.records import Records
from genloop.engine import given, painter, writer
from genloop.engine import units as columns
from genloop.engine.given import Asked
from genloop.engine.learnt import Learnt
from genloop.optimisation.refine.keep import keep

CHUNK_ROWS = 50_000
CHUNK_BYTES = 1 << 28
SPARE_ROWS = 100_000
TRIES_PER_ROW = 50


def stream(learnt: Learnt, rows: int, seed: int, asked: Asked) -> Iterator[Records]:
    """Cleaned records in chunks, `rows` in all; the same seed gives the same rows."""
    size = chunk(learnt)
    for number, start in enumerate(range(0, rows, size) or [0]):
        rng = seeds.stream(seed, "sample", number)
        wanted = min(size, rows - start)
        yield whole(learnt, draw(learnt, wanted, rng, asked), wanted, rng, start, asked)


def chunk(learnt: Learnt) -> int:
    """How many rows to make at a time: fewer where pictures are large."""
    picture = sum(math.prod(column.shape) for column in learnt.schema.columns if column.shape is not None)
    return min(CHUNK_ROWS, max(CHUNK_BYTES // max(picture, 1), 1))


def draw(learnt: Learnt, rows: int, rng: np.random.Generator, asked: Asked) -> Records:
    """Exactly `rows` cleaned records of all that is learnt or computed, which satisfy what was asked.

    Raises:
        ConditionError: rows that satisfy the conditions are too rare to be found among the candidates.
    """
    if learnt.plan.table is None:
        return pa.table({})
    parts: list[Records] = []
    got, tried = 0, 0
    while got < rows or not parts:
        batch = _wanted(rows - got, got, tried)
        made = candidates(learnt, batch, rng, asked)
        if asked.allowed:
            made = made.filter(pa.array(given.holds(asked, learnt.units, made)))
        parts.append(made.slice(0, rows - got))
        got, tried = got + parts[-1].num_rows, tried + batch
        if got < rows and tried > SPARE_ROWS + TRIES_PER_ROW * rows:
            asking = " and ".join(map(str, asked.conditions))
            raise ConditionError(
                f"rows with {asking} are too rare: {got:,} came out of {tried:,} tried, {rows:,} were asked for; "
                "ask for fewer rows or widen the condition"
            )
    return pa.concat_tables(parts)


def candidates(learnt: Learnt, rows: int, rng: np.random.Generator, asked: Asked) -> Records:
    """`rows` draws given what fields can be told, with the rules kept."""

    def redraw(count: int, rng: np.random.Generator) -> Records:
        codes = learnt.sample(count, rng, asked.shares)
        return columns.decode(learnt.units, codes, rng, allowed=asked.allowed)

    records = redraw(rows, rng)
    if learnt.rules:
        records = keep(records, learnt.rules, learnt.schema, redraw=redraw, rng=rng).records
    return records


def whole(
    learnt: Learnt,
    records: Records,
    rows: int,
    rng: np.random.Generator,
    first_row: int,
    asked: Asked,
    there: Mapping[str, Bool[np.ndarray, " rows"]] | None = None,
) -> Records:
    """The `rows` records from made row `first_row` on, with pictures, texts, fresh keys and empty columns.

    `there` says which cells somebody gave: no text is written for these.
    """
    pictures = painter.paint(learnt.painters, learnt.units, records, rows, rng, asked, first_row)
    texts = writer.write(learnt.writers, learnt.units, records, rows, rng, asked, there)
    rest = columns.fresh(learnt.units, rows, rng, first_row, written=learnt.plan.written)
    for made in (rest, pictures, texts):
        for name in made.column_names:
            records = records.append_column(name, made.column(name)) if records.column_names else made.select([name])
    return records.select(learnt.schema.names)


def _wanted(need: int, got: int, tried: int) -> int:
    """How many candidates to draw next: the need over the share that was kept so far, never above a chunk."""
    if not tried:
        return need
    share = max(got, 0.5) / tried
    return int(min(CHUNK_ROWS, max(need * 1.2 / share, 1_000)))
