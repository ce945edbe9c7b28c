"""Pictures that others are made from: which must be given, read from files, stacked for the stage that sees them.

Columns of pictures are made one after the other, each from those before it; those that are always given come first.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from genloop.core.conditions import Condition
from genloop.core.errors import ConditionError, ConfigError
from genloop.core.protocols import Others, Pixels
from genloop.core.records import Records
from genloop.core.schema import Schema
from genloop.engine.plan import Plan, Stage
from genloop.engine.units import Unit
from genloop.files.pictures import decode, geometry, single

LOOKED_AT = 1_000


def order(schema: Schema, given: Collection[str]) -> Schema:
    """The schema with the pictures that are given behind all others: the first column of pictures is a made one.

    Raises:
        ConfigError: a column to be given is not there or holds no pictures, or none is left to make.
    """
    pictures = [column.name for column in schema.columns if column.kind == "image"]
    foreign = [name for name in given if name not in pictures]
    if foreign:
        listed = ", ".join(pictures) or "none"
        raise ConfigError(f"--given {foreign[0]}: no such column of pictures; the columns of pictures are: {listed}")
    if given and set(pictures) == set(given):
        raise ConfigError("--given names every column of pictures; leave out the one that is to be made")
    return replace(schema, columns=tuple(sorted(schema.columns, key=lambda column: column.name in given)))


def chain(plan: Plan) -> tuple[str, ...]:
    """The columns of pictures in the order in which they are there: those given, then as they are made."""
    return (*plan.given, *(stage.columns[0] for stage in plan.stages if stage.role == "image"))


def notes(plan: Plan) -> list[str]:
    """What is to be said of pictures that are made from others."""
    names = chain(plan)
    if plan.given:
        made = ", ".join(name for name in names if name not in plan.given)
        return [f"pictures of {made} are made from those of {', '.join(plan.given)}, which are given and never made"]
    if len(names) > 1:
        listed = ", ".join(names)
        return [f"pictures are made one after the other, each from those before it: {listed}; --given names given ones"]
    return []


def resized(schema: Schema, made: Records) -> tuple[str, ...]:
    """What is to be said of pictures to be judged that have another size than the model's; looks at the first 1,000."""
    found = []
    for column in schema.columns:
        if column.kind != "image" or column.shape is None:
            continue
        cells = made.column(column.name).slice(0, LOOKED_AT)
        if pa.types.is_nested(cells.type):
            continue  # decoded already, in the model's size
        heads = [head for head in decode.heads(cells.to_pylist()) if head is not None]
        height, width = column.shape[:2]
        other = sum((head.height, head.width) != (height, width) for head in heads)
        if other:
            found.append(
                f"{other:,} of the first {len(heads):,} judged pictures are not {width} x {height} as the model's are; "
                "they were brought to that size"
            )
    return tuple(found)


def read(plan: Plan, schema: Schema, conditions: Iterable[Condition]) -> tuple[list[Condition], dict[str, Pixels]]:
    """The conditions that name no picture, and the pictures that the others name, one to a column in its shape.

    Raises:
        ConditionError: something else than one file is asked of a column of pictures.
        SourceNotFound: there is no such file.
        DataError: it holds no picture that can be read.
    """
    seen = {name for stage in plan.stages for name in stage.seen}
    rest: list[Condition] = []
    found: dict[str, Pixels] = {}
    for condition in conditions:
        if condition.column not in seen:
            rest.append(condition)
            continue
        if condition.operator != "in" or len(condition.values) != 1 or condition.column in found:
            raise ConditionError(f"condition '{condition}': expected one picture, as in {condition.column}=FILE")
        column = schema[condition.column]
        assert column.shape is not None
        picture = single.read(Path(str(condition.values[0])), column.shape[2])
        found[column.name] = single.fit(picture, column.shape[:2], geometry.fit_of(column))[None]
    return rest, found


def check(plan: Plan, there: Collection[str]) -> list[str]:
    """The columns of pictures that are there, in order; those that others are made from must be among them.

    Raises:
        ConditionError: one that is always given is not there, or one is given whose forerunners are not.
    """
    names = chain(plan)
    absent = [name for name in plan.given if name not in there]
    if absent:
        raise ConditionError(
            f"pictures are made from those of {', '.join(plan.given)}, and {absent[0]} is not given; "
            f"name a file: --given {absent[0]}=FILE, or a table that holds them: --complete ROWS"
        )
    last = max((place for place, name in enumerate(names) if name in there), default=0)
    early = [name for name in names[:last] if name not in there]
    if early:
        raise ConditionError(
            f"{names[last]} is given and {early[0]} is not: pictures are made one after the other, each from those "
            f"before it ({', '.join(names)}); give {early[0]} too"
        )
    return [name for name in names if name in there]


def shown(units: Sequence[Unit], records: Records, names: Collection[str]) -> dict[str, Pixels]:
    """The rows' pictures by column."""
    found = ((unit, name) for unit in units for name in unit.names if name in names)
    return {name: unit.codec.encode(unit.frozen, records.select([name])) for unit, name in found}


def stack(stage: Stage, pictures: Mapping[str, Pixels], size: tuple[int, int]) -> Others | None:
    """What the stage sees: its pictures side by side in their channels, in that height and width; None for nothing."""
    parts = [pictures[name] for name in stage.seen if name in pictures]
    if not parts:
        return None
    sized = [part if part.shape[1:3] == size else np.stack([single.fit(own, size) for own in part]) for part in parts]
    return sized[0] if len(sized) == 1 else np.concatenate(sized, axis=3)
