"""Rows from a fitted plan: tokens, values, rules kept, conditions checked; what fails is drawn again, with a bound."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from genloop.core import seed as seeds
from genloop.core.errors import ConditionError
from genloop.core.records import Records
from genloop.engine import given
from genloop.engine import units as columns
from genloop.engine.given import Asked
from genloop.engine.learnt import Learnt
from genloop.optimisation.refine.keep import keep

CHUNK_ROWS = 50_000
SPARE_ROWS = 100_000
TRIES_PER_ROW = 50


def stream(learnt: Learnt, rows: int, seed: int, asked: Asked) -> Iterator[Records]:
    """Cleaned records in chunks, `rows` in all; the same seed gives the same rows."""
    for number, start in enumerate(range(0, rows, CHUNK_ROWS) or [0]):
        rng = seeds.stream(seed, "sample", number)
        yield whole(learnt, draw(learnt, min(CHUNK_ROWS, rows - start), rng, asked), rng, start)


def draw(learnt: Learnt, rows: int, rng: np.random.Generator, asked: Asked) -> Records:
    """Exactly `rows` cleaned records of all that is learnt or computed, which satisfy what was asked.

    Raises:
        ConditionError: rows that satisfy the conditions are too rare to be found among the candidates.
    """
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


def whole(learnt: Learnt, records: Records, rng: np.random.Generator, first_row: int) -> Records:
    """The records, whose first is made row `first_row`, with fresh keys and empty columns, in schema order."""
    made = columns.fresh(learnt.units, records.num_rows, rng, first_row)
    for name in made.column_names:
        records = records.append_column(name, made.column(name))
    return records.select(learnt.schema.names)


def _wanted(need: int, got: int, tried: int) -> int:
    """How many candidates to draw next: the need over the share that was kept so far, never above a chunk."""
    if not tried:
        return need
    share = max(got, 0.5) / tried
    return int(min(CHUNK_ROWS, max(need * 1.2 / share, 1_000)))
