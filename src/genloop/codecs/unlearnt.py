"""Text and media: recognised, not learnt; no fields, and every made cell is empty. A stated loss of everything."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from genloop.core.conditions import Condition
from genloop.core.errors import ConditionError
from genloop.core.protocols import Allowed, Codes, Field, Frozen
from genloop.core.records import Records
from genloop.core.schema import Column

KIND = "text"
FORMS = ("tokens",)


@dataclass(frozen=True)
class State:
    """How many rows were seen."""

    rows: int


def fit(columns: Sequence[Column], records: Records) -> State:
    """The rows of one shard."""
    return State(records.num_rows)


def merge(first: State, second: State) -> State:
    """The rows of both shards."""
    return State(first.rows + second.rows)


def freeze(columns: Sequence[Column], state: State, *, floor: int, tokens: int) -> Frozen:
    """The column's name and kind, and a note for the card."""
    kind, name = columns[0].kind, columns[0].name
    return {"columns": [name], "kind": kind, "notes": [f"{kind} is not learnt: the column comes out empty"]}


def fields(frozen: Frozen) -> tuple[Field, ...]:
    """None."""
    return ()


def encode(frozen: Frozen, records: Records) -> Codes:
    """No tokens."""
    return np.zeros((records.num_rows, 0), dtype=np.uint16)


def decode(frozen: Frozen, codes: Codes, rng: np.random.Generator, *, allowed: Allowed | None = None) -> Records:
    """Empty cells."""
    return pa.table({frozen["columns"][0]: pa.nulls(len(codes), pa.string())})


def allow(frozen: Frozen, conditions: Sequence[Condition]) -> Allowed:
    """Everything, when the conditions ask for missing cells.

    Raises:
        ConditionError: a condition asks for content.
    """
    for condition in conditions:
        if condition.operator != "missing":
            kind = frozen["kind"]
            raise ConditionError(
                f"{condition}: columns of kind {kind} are not learnt and come out empty; drop the condition"
            )
    return Allowed(())
