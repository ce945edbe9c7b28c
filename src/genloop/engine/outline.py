"""What texts and the columns beside them are like, as aggregates: nothing that fewer than the floor of rows carry."""

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow.compute as pc

from genloop.core.records import Records
from genloop.core.schema import Column
from genloop.engine.units import Unit
from genloop.files.texts import survey as surveys

LOOKED = 2_000  # rows whose texts are looked through
VALUES = 20  # of a category at most, the commonest first


def read(units: Sequence[Unit], records: Records, column: str, *, floor: int) -> dict[str, Any]:
    """A JSON-able mapping: `columns` (name, kind, values), and of the texts `language`, `script`, `lengths` (low,
    middle, high) and `keywords`; what cannot be said is left out.
    """
    own = next(found for unit in units for found in unit.columns if found.name == column)
    others = [found for unit in units for found in unit.columns if found.name != column]
    told: dict[str, Any] = {"columns": [_column(found, records, floor) for found in others if found.kind != "image"]}
    batches = records.select([column]).slice(0, LOOKED).to_batches()
    found = surveys.read(lambda: batches, own, floor=floor).findings
    for name, counts in (("language", found["languages"]), ("script", found["scripts"])):
        if counts:
            told[name] = max(counts, key=counts.__getitem__)
    if found["lengths"]:
        told["lengths"] = list(found["lengths"].values())
    words = found["keywords"].get(told.get("language"), [])
    return {**told, "keywords": words} if words else told


def _column(column: Column, records: Records, floor: int) -> Mapping[str, Any]:
    """A column's name and kind, and the values of a category that enough rows carry."""
    told: dict[str, Any] = {"name": column.name, "kind": column.kind}
    if column.kind != "category":
        return told
    counts = pc.value_counts(records.column(column.name).combine_chunks())
    pairs = [(entry["counts"], str(entry["values"])) for entry in counts.to_pylist() if entry["values"] is not None]
    common = sorted((pair for pair in pairs if pair[0] >= floor), key=lambda pair: (-pair[0], pair[1]))
    return {**told, "values": [value for _, value in common[:VALUES]]}
