"""Pictures as they are: a tensor column of uint8 and the same memory as rows x height x width x channels. No loss.

A picture has no tokens: it is learnt by the families of pictures, from `pixels`. A missing one encodes as black.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from genloop.core import pixels as tensors
from genloop.core.conditions import Condition
from genloop.core.errors import ConditionError, SchemaError
from genloop.core.protocols import Allowed, Codes, Field, Frozen, Pixels
from genloop.core.records import Records
from genloop.core.schema import Column

KIND = "image"
FORMS = ("pixels",)


@dataclass(frozen=True)
class State:
    """How many pictures were seen, and how many rows have none."""

    rows: int
    missing: int


def fit(columns: Sequence[Column], records: Records) -> State:
    """The rows of one shard."""
    return State(records.num_rows, records.column(columns[0].name).null_count)


def merge(first: State, second: State) -> State:
    """The rows of both shards."""
    return State(first.rows + second.rows, first.missing + second.missing)


def freeze(columns: Sequence[Column], state: State, *, floor: int, tokens: int) -> Frozen:
    """The column's name and shape.

    Raises:
        SchemaError: the column has no shape.
    """
    column = columns[0]
    if column.shape is None:
        raise SchemaError(f"column {column.name!r} of kind image has no shape; profile the table again")
    return {"columns": [column.name], "shape": list(column.shape)}


def fields(frozen: Frozen) -> tuple[Field, ...]:
    """None: pictures have no tokens."""
    return ()


def encode(frozen: Frozen, records: Records) -> Pixels:
    """The pictures, over the column's memory where it is one chunk.

    Raises:
        SchemaError: the column holds pictures of another shape, or none.
    """
    name, shape = frozen["columns"][0], tuple(frozen["shape"])
    column = records.column(name)
    if not tensors.is_tensor(column.type) or tuple(column.type.shape) != shape:
        raise SchemaError(f"column {name!r}: expected pictures of {shape}, cleaned; found {column.type}")
    return tensors.read(column)


def decode(
    frozen: Frozen, pixels: Pixels | Codes, rng: np.random.Generator, *, allowed: Allowed | None = None
) -> Records:
    """One tensor column over the pixels' memory; rows without tokens in place of pixels give missing pictures."""
    shape = tuple(frozen["shape"])
    if pixels.ndim == 2:
        empty = np.zeros((len(pixels), *shape), np.uint8)
        return pa.table({frozen["columns"][0]: tensors.write(empty, np.zeros(len(pixels), bool))})
    return pa.table({frozen["columns"][0]: tensors.write(pixels)})


def allow(frozen: Frozen, conditions: Sequence[Condition]) -> Allowed:
    """Everything, when the conditions ask for missing cells or for present ones.

    Raises:
        ConditionError: a condition asks for content.
    """
    for condition in conditions:
        if condition.operator not in ("missing", "present"):
            raise ConditionError(f"{condition}: a picture is no value to ask for; give a condition on another column")
    return Allowed(())
