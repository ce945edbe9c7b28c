"""Equal counts of every value of one column: each value is asked for in turn, then the rows are shuffled."""

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa

from genloop.core import seed as seeds
from genloop.core.conditions import Condition
from genloop.core.errors import ConditionError
from genloop.core.records import Records
from genloop.engine import draw, given
from genloop.engine.given import Asked
from genloop.engine.learnt import Learnt
from genloop.engine.units import Unit

MAX_VALUES = 1_000


def read(learnt: Learnt, column: str, conditions: Sequence[Condition]) -> tuple[Asked, ...]:
    """What to ask for, one part a value of the column that the other conditions leave.

    Raises:
        ConditionError: the column is unknown, no category, or has too many values.
    """
    known = (learnt.units, learnt.schema, learnt.rules, learnt.plan.written)
    given.read([Condition(column, "present")], *known)
    unit = next(unit for unit in learnt.units if column in unit.names)
    if learnt.schema[column].kind != "category":
        raise ConditionError(
            f"--balance needs a category; {column!r} is of the kind {learnt.schema[column].kind}: "
            "ask for parts of its range with --given"
        )
    values = _values(unit)
    if len(values) > MAX_VALUES:
        raise ConditionError(f"--balance {column}: {len(values):,} values are more than the bound of {MAX_VALUES:,}")
    parts: list[Asked] = []
    refused: ConditionError | None = None
    for value in values:
        try:
            own = [*conditions, Condition(column, "in", (value,))]
            parts.append(given.read(own, *known))
        except ConditionError as error:
            refused = error
    if not parts:
        raise refused or ConditionError(f"--balance {column}: the model knows no value of it")
    return tuple(parts)


def stream(learnt: Learnt, rows: int, seed: int, parts: Sequence[Asked]) -> Iterator[Records]:
    """Cleaned records in chunks, `rows` in all; counts of the parts differ by at most one."""
    done = 0
    most = draw.chunk(learnt)
    for number, start in enumerate(range(0, rows, most) or [0]):
        rng = seeds.stream(seed, "balance", number)
        size = min(most, rows - start)
        turns = np.bincount((done + np.arange(size)) % len(parts), minlength=len(parts))
        made = [draw.draw(learnt, int(n), rng, part) for n, part in zip(turns, parts, strict=True) if n or not rows]
        done += size
        mixed = pa.concat_tables(made).take(pa.array(rng.permutation(size)))
        yield draw.whole(learnt, mixed, size, rng, start, parts[0])


def _values(unit: Unit) -> list[str]:
    """Every value that the codec's tokens stand for, without the missing one."""
    sizes = [field.size for field in unit.codec.fields(unit.frozen)]
    grid = np.stack(np.meshgrid(*(np.arange(size) for size in sizes), indexing="ij"), axis=-1).reshape(-1, len(sizes))
    if len(grid) > 100 * MAX_VALUES:
        return [str(place) for place in range(len(grid))]
    made = unit.codec.decode(unit.frozen, grid.astype(np.uint16), np.random.default_rng(0))
    return sorted(value for value in set(made.column(0).to_pylist()) if value is not None)
