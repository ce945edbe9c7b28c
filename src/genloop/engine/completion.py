"""Partial rows completed: cells that are present stay exactly, the rest is drawn given them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Bool

from genloop.core import seed as seeds
from genloop.core.errors import ConditionError
from genloop.core.records import Records
from genloop.engine import draw, given
from genloop.engine import units as columns
from genloop.engine.given import Asked
from genloop.engine.learnt import Learnt
from genloop.files.clean import clean
from genloop.files.read import read as open_source

ROUNDS = 20
Mask = Bool[np.ndarray, " rows"]


@dataclass(frozen=True)
class Partial:
    """Cleaned rows in schema order, and per column which cells are present."""

    records: Records
    present: dict[str, Mask]

    def take(self, rows: np.ndarray) -> "Partial":
        """The rows at these places."""
        return Partial(self.records.take(pa.array(rows)), {name: mask[rows] for name, mask in self.present.items()})


def read(learnt: Learnt, data: Any) -> Partial:
    """The partial table `data` (a path or a data frame); columns that it lacks are missing in every row.

    Raises:
        ConditionError: it has a column that the model does not know.
    """
    source = open_source(data)
    unknown = [name for name in source.columns if name not in learnt.schema]
    if unknown:
        raise ConditionError(
            f"--complete: no column {', '.join(map(repr, unknown))}; the model has {', '.join(learnt.schema.names)}"
        )
    raw = pa.Table.from_batches(list(source.batches()))
    if raw.num_rows == 0:
        raise ConditionError("--complete: the table has no row to complete")
    for name in learnt.schema.names:
        if name not in raw.column_names:
            raw = raw.append_column(name, pa.nulls(raw.num_rows, pa.string()))
    cleaned = clean(raw.select(learnt.schema.names), learnt.schema)
    if cleaned.repairs:
        listed = ", ".join(f"{name} ({count})" for name, count in cleaned.repairs.items())
        raise ConditionError(f"--complete: cells cannot be read in {listed}; correct them or leave them empty")
    found = cleaned.records
    return Partial(found, {name: pc.is_valid(found.column(name)).to_numpy() for name in learnt.schema.names})


def stream(learnt: Learnt, partial: Partial, seed: int, asked: Asked) -> Iterator[Records]:
    """The completed rows in order, chunk by chunk."""
    for number, start in enumerate(range(0, partial.records.num_rows, draw.CHUNK_ROWS)):
        stop = min(start + draw.CHUNK_ROWS, partial.records.num_rows)
        yield fill(learnt, partial.take(np.arange(start, stop)), seeds.stream(seed, "complete", number), asked)


def fill(learnt: Learnt, partial: Partial, rng: np.random.Generator, asked: Asked) -> Records:
    """Every row completed; a row whose rules or conditions fail is drawn again, up to a bound.

    Raises:
        ConditionError: a present cell contradicts a condition, or no completion satisfies the conditions.
    """
    done: list[Records] = []
    places: list[np.ndarray] = []
    todo = np.arange(partial.records.num_rows)
    for turn in range(ROUNDS + 1):
        rest = partial.take(todo)
        if turn == ROUNDS // 2:
            rest = _determine(learnt, rest, rng)
        made = _overlay(learnt, _candidates(learnt, rest, rng, asked), rest)
        good = given.holds(asked, learnt.units, made)
        if turn < ROUNDS:
            good &= _agree(learnt, made, rest)
        done.append(made.filter(pa.array(good)))
        places.append(todo[good])
        todo = todo[~good]
        if not len(todo):
            break
    if len(todo):
        asking = " and ".join(map(str, asked.conditions))
        raise ConditionError(
            f"row {todo[0] + 1} of --complete cannot be completed with {asking}; its cells contradict it"
        )
    return pa.concat_tables(done).take(pa.array(np.argsort(np.concatenate(places), kind="stable")))


def _candidates(learnt: Learnt, partial: Partial, rng: np.random.Generator, asked: Asked) -> Records:
    rows = partial.records.num_rows
    codes = columns.encode(learnt.units, partial.records)
    masks = [
        np.logical_and.reduce([partial.present[name] for name in unit.names])
        for unit in learnt.units
        for _ in unit.fields
    ]
    mask = np.stack(masks, axis=1) if masks else np.zeros((rows, 0), bool)
    drawn = learnt.family.sample(learnt.weights, rows, rng, share=asked.shares, given=(codes, mask))
    made = columns.decode(learnt.units, drawn, rng, allowed=asked.allowed)
    return made


def _overlay(learnt: Learnt, made: Records, partial: Partial) -> Records:
    """The made rows with every present cell in its place."""
    for place, name in enumerate(made.column_names):
        mask = partial.present[name]
        if mask.any():
            kept = pc.if_else(pa.array(mask), partial.records.column(name), made.column(name))
            made = made.set_column(place, name, kept)
    return made.select(learnt.schema.names)


def _agree(learnt: Learnt, made: Records, partial: Partial) -> Mask:
    """Rows in which what rules compute equals the cell that was given."""
    return np.ones(made.num_rows, bool)


def _determine(learnt: Learnt, partial: Partial, rng: np.random.Generator) -> Partial:
    """Rows whose given value never came out: fix the columns it is computed from to a combination that gives it."""
    return partial
