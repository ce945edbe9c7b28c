"""Columns and their codecs side by side: one unit a column, or a latitude with its longitude."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from genloop.core import registry
from genloop.core.protocols import Allowed, Codec, Codes, Field, Frozen
from genloop.core.records import Records
from genloop.core.schema import Column, Schema

SHARD_ROWS = 131_072
PICTURE = "image"


@dataclass(frozen=True)
class Unit:
    """What a codec learnt of its columns; `learnt` is false when rules compute them instead of a generator."""

    columns: tuple[Column, ...]
    frozen: Frozen
    learnt: bool = True

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the unit's columns."""
        return tuple(column.name for column in self.columns)

    @property
    def codec(self) -> Codec:
        """The registered codec of the unit's kind."""
        codec: Codec = registry.load("codecs", self.columns[0].kind)
        return codec

    @property
    def fields(self) -> tuple[Field, ...]:
        """The token positions a generator learns for this unit; none when rules compute it."""
        return self.codec.fields(self.frozen) if self.learnt else ()

    def to_dict(self) -> dict[str, Any]:
        """A JSON-able mapping; the columns are named, the schema holds them."""
        return {"columns": list(self.names), "frozen": self.frozen, "learnt": self.learnt}

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any], schema: Schema) -> "Unit":
        """The unit that `to_dict` wrote."""
        return cls(tuple(schema[name] for name in raw["columns"]), dict(raw["frozen"]), bool(raw["learnt"]))


def fit(schema: Schema, records: Records, *, floor: int, tokens: int, empty: Sequence[str] = ()) -> tuple[Unit, ...]:
    """Every unit's codec, fitted shard by shard on cleaned records; of `empty` columns no row is looked at."""
    units = []
    for columns in schema.units:
        codec: Codec = registry.load("codecs", columns[0].kind)
        own = records.select([column.name for column in columns])
        own = own.slice(0, 0) if columns[0].name in empty else own
        state = codec.fit(columns, own.slice(0, SHARD_ROWS))
        for start in range(SHARD_ROWS, own.num_rows, SHARD_ROWS):
            state = codec.merge(state, codec.fit(columns, own.slice(start, SHARD_ROWS)))
        units.append(Unit(columns, codec.freeze(columns, state, floor=floor, tokens=tokens)))
    return tuple(units)


def computed(units: Sequence[Unit], names: Sequence[str]) -> tuple[Unit, ...]:
    """The units, those of the named columns marked as not learnt."""
    return tuple(replace(unit, learnt=not set(unit.names) & set(names)) for unit in units)


def fields(units: Sequence[Unit]) -> tuple[Field, ...]:
    """All token positions in order."""
    return tuple(field for unit in units for field in unit.fields)


def encode(units: Sequence[Unit], records: Records) -> Codes:
    """One uint16 matrix: rows x fields of the learnt units."""
    parts = [unit.codec.encode(unit.frozen, records.select(list(unit.names))) for unit in units if unit.fields]
    return np.concatenate(parts, axis=1) if parts else np.zeros((records.num_rows, 0), np.uint16)


def decode(
    units: Sequence[Unit], codes: Codes, rng: np.random.Generator, *, allowed: Mapping[int, Allowed] | None = None
) -> Records:
    """Cleaned values of every unit that has fields, in order; `allowed` says by unit what a condition leaves of it."""
    columns: dict[str, pa.ChunkedArray] = {}
    at = 0
    for place, unit in enumerate(units):
        width = len(unit.fields)
        if width:
            own = np.ascontiguousarray(codes[:, at : at + width])
            made = unit.codec.decode(unit.frozen, own, rng, allowed=(allowed or {}).get(place))
            columns.update(zip(unit.names, made.columns, strict=True))
        at += width
    return pa.table(columns)


def fresh(
    units: Sequence[Unit], rows: int, rng: np.random.Generator, first_row: int, *, written: Sequence[str] = ()
) -> Records:
    """Values of units without fields, pictures or a stage that writes them: keys from `first_row` on, else empty."""
    columns: dict[str, pa.ChunkedArray] = {}
    for unit in units:
        if unit.learnt and not unit.fields and unit.columns[0].kind != PICTURE and unit.names[0] not in written:
            more: dict[str, Any] = {"first_row": first_row} if unit.columns[0].kind == "key" else {}
            made = unit.codec.decode(unit.frozen, np.zeros((rows, 0), np.uint16), rng, **more)
            columns.update(zip(unit.names, made.columns, strict=True))
    return pa.table(columns)


def describe(units: Sequence[Unit]) -> list[dict[str, Any]]:
    """Per unit its columns, codec kind, and fields; for `inspect`."""
    return [
        {"columns": list(unit.names), "kind": unit.columns[0].kind, "fields": [asdict(field) for field in unit.fields]}
        for unit in units
    ]
