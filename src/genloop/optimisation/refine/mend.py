"""Mends rows that break orders or fixed combinations, changing as few cells as it can.

A combination that is not listed becomes one of the listed ones that agree with it in most columns. The two ends of an
order are exchanged where they may be, else the upper end is raised, or the lower one lowered where the upper must stay.
"""

from collections.abc import Mapping, Sequence, Set

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Bool, Float, Int64

from genloop.core.holds import holds, spell
from genloop.core.records import Records
from genloop.core.rules import Combination, Order, Rule
from genloop.core.schema import Schema
from genloop.optimisation.refine import compute

Mask = Bool[np.ndarray, " rows"]
_DAY_SECONDS = 86_400.0


def mend(
    records: Records,
    rules: Sequence[Rule],
    schema: Schema,
    locked: Set[str],
    fixed: Mapping[str, Mask],
    rng: np.random.Generator,
) -> Records:
    """The records with combinations and orders mended; columns in `locked` and cells in `fixed` stay."""
    whole = np.ones(records.num_rows, bool)
    stays = {name: whole if name in locked else fixed.get(name, ~whole) for name in records.column_names}
    for rule in rules:
        if isinstance(rule, Combination):
            records = _combine(rule, records, stays, rng)
    orders = [rule for rule in rules if isinstance(rule, Order)]
    for turn in range(len(orders) + 1):
        for order in orders:
            records = _arrange(order, records, schema, stays, exchange=turn == 0)
    return records


def emptied(column: pa.ChunkedArray, where: Mask) -> pa.ChunkedArray:
    """The column with no value in the rows of the mask."""
    return pc.if_else(pa.array(where), pa.scalar(None, column.type), column)


def _combine(rule: Combination, records: Records, stays: Mapping[str, Mask], rng: np.random.Generator) -> Records:
    applies, kept = holds(rule, records)
    rows = np.flatnonzero(applies & ~kept)
    if not len(rows) or not rule.allowed:
        return records
    cells = [records.column(name).take(pa.array(rows)).to_pylist() for name in rule.columns]
    texts = [[spell(cell) for cell in column] for column in cells]
    held = np.stack([stays[name][rows] for name in rule.columns])
    chosen = [_closest([column[i] for column in texts], held[:, i], rule.allowed, rng) for i in range(len(rows))]
    for place, name in enumerate(rule.columns):
        kind = records.column(name).type
        fresh = [compute.value(entry[place], kind) for entry in chosen]
        records = _put(records, name, rows, pa.array(fresh, kind))
    return records


def _closest(
    texts: Sequence[str | None],
    held: Bool[np.ndarray, " columns"],
    allowed: Sequence[tuple[str | None, ...]],
    rng: np.random.Generator,
) -> Sequence[str | None]:
    """One of the allowed tuples with all the held values and most of the others; the texts where there is none."""
    agree = np.array([[a == b for a, b in zip(texts, entry, strict=True)] for entry in allowed])
    possible = (agree | ~held).all(axis=1)
    if not possible.any():
        return texts
    score = np.where(possible, agree.sum(axis=1), -1)
    return allowed[int(rng.choice(np.flatnonzero(score == score.max())))]


def _arrange(order: Order, records: Records, schema: Schema, stays: Mapping[str, Mask], *, exchange: bool) -> Records:
    applies, kept = holds(order, records)
    rows = np.flatnonzero(applies & ~kept)
    if not len(rows):
        return records
    low, high = (compute.floats(name, records)[rows] for name in (order.low, order.high))
    low_free, high_free = ~stays[order.low][rows], ~stays[order.high][rows]
    like = schema[order.low].decimals == schema[order.high].decimals
    swapped = low_free & high_free & like & exchange & (low > high)
    low, high = np.where(swapped, high, low), np.where(swapped, low, high)
    step = _unit(order.high, records, schema) if order.strict else 0.0
    short = low > high if not order.strict else low >= high
    raised = np.where(short & high_free, _aligned(low + step, order.high, schema, np.ceil), high)
    step = _unit(order.low, records, schema) if order.strict else 0.0
    lowered = np.where(short & ~high_free & low_free, _aligned(high - step, order.low, schema, np.floor), low)
    for name, values in ((order.low, lowered), (order.high, raised)):
        records = _put(records, name, rows, compute.cells(values, records.column(name).type))
    return records


def _aligned(values: Float[np.ndarray, " rows"], name: str, schema: Schema, to: np.ufunc) -> Float[np.ndarray, " rows"]:
    """Values moved up or down to the decimals that the column carries."""
    decimals = schema[name].decimals
    if schema[name].kind != "number" or decimals is None:
        return values
    rounded = np.round(values, decimals)
    moved = to(values * 10.0**decimals) / 10.0**decimals
    return np.where(np.abs(rounded - values) <= 1e-9 * np.maximum(1, np.abs(values)), rounded, moved)


def _unit(name: str, records: Records, schema: Schema) -> float:
    """The smallest step of a column: a unit of its last digit, a second, or a day where all its times are dates."""
    column = schema[name]
    if column.kind == "number":
        return 10.0 ** -(9 if column.decimals is None else column.decimals)
    seconds = compute.floats(name, records)
    return _DAY_SECONDS if bool((seconds[~np.isnan(seconds)] % _DAY_SECONDS == 0).all()) else 1.0


def _put(records: Records, name: str, rows: Int64[np.ndarray, " some"], fresh: pa.Array) -> Records:
    column = records.column(name)
    index = np.arange(len(column))
    index[rows] = len(column) + np.arange(len(rows))
    whole = pa.chunked_array([*column.chunks, fresh.cast(column.type)], column.type).take(pa.array(index))
    return records.set_column(records.column_names.index(name), name, whole)
