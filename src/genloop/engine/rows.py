"""The rows of a source, cleaned and parted into those that teach and those held out, in one streaming pass."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from genloop.core.errors import DataError
from genloop.core.records import Records, Source
from genloop.core.schema import Schema
from genloop.engine.split import Split
from genloop.files.clean import clean
from genloop.files.pictures.spool import BUDGET_BYTES, Spool, rows_at_once


@dataclass(frozen=True)
class Rows:
    """Cleaned rows of one source; `holdout` is None when none are held out. `repairs` counts cells per column."""

    train: Records
    holdout: Records | None
    repairs: dict[str, int] = field(default_factory=dict)
    spools: tuple[Spool, ...] = ()  # pictures beyond the memory's part lie in their files


def read(
    source: Source,
    schema: Schema,
    split: Split,
    *,
    report: Callable[[float], None] = lambda share: None,
    budget: int = BUDGET_BYTES,
) -> Rows:
    """The rows that `split` names, cleaned; pictures in memory up to `budget` bytes, which both parts share by rows.

    Raises:
        DataError: the source gave another number of rows than before.
    """
    held = budget * split.holdout_rows // max(split.train_rows + split.holdout_rows, 1)
    train, holdout = Spool(budget - held), Spool(held)
    repairs: dict[str, int] = {}
    at = kept = 0
    for batch in source.batches(rows_at_once(schema)):
        raw = pa.table(batch).select(schema.names)
        for spool, chosen in (
            (train, split.train(at, raw.num_rows)),
            (holdout, split.holdout(at, raw.num_rows)),
        ):
            if chosen.any():
                found = clean(raw.filter(pa.array(chosen)), schema)
                spool.write(_seen(found.records, schema))
                kept += chosen.sum() if spool is holdout else 0
                for name, count in found.repairs.items():
                    repairs[name] = repairs.get(name, 0) + count
        at += raw.num_rows
        report(min(at / max(split.rows, 1), 1.0))
    if at != split.rows:
        raise DataError(
            f"the source gave {split.rows:,} rows and then {at:,}: it changes while it is read; copy it first"
        )
    return Rows(train.read(), holdout.read() if kept else None, repairs, (train, holdout))


def _seen(records: Records, schema: Schema) -> Records:
    """The rows all of whose pictures can be seen; a row without its picture teaches nothing about pictures."""
    for column in schema.columns:
        if column.kind == "image" and records.column(column.name).null_count:
            records = records.filter(pc.is_valid(records.column(column.name)))
    return records


def first(source: Source | Iterable[Records], rows: int | None = None) -> Records:
    """The first `rows` rows in memory (all by default), as the source holds them."""
    found: list[Records] = []
    left = rows
    for part in source.batches() if isinstance(source, Source) else source:
        records = pa.table(part).slice(0, left)
        found.append(records)
        left = None if left is None else left - records.num_rows
        if left == 0:
            break
    if not found and isinstance(source, Source):
        return pa.table({name: pa.nulls(0) for name in source.columns})
    return pa.concat_tables(found)
