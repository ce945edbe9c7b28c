"""A fit without data: one column of texts and no row, for a family that writes from what it is asked alone."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import pyarrow as pa

from genloop.core import registry
from genloop.core.errors import ConfigError
from genloop.core.schema import Column, Schema, Summary
from genloop.engine.plan import Plan, Stage
from genloop.engine.split import Split

COLUMN = "text"
KIND = "none"
SCHEMA = Schema(
    (Column(COLUMN, "text", reason="the fit was given no data: the texts come from the family as it is"),),
    {COLUMN: Summary(0, 0, 0)},
)
RECORDS = pa.table({COLUMN: pa.array([], pa.string())})
NOTE = "fitted without data: nothing was learnt, texts are written from what is asked alone"


class Blank:
    """The source without a row."""

    columns: ClassVar[list[str]] = [COLUMN]
    notes: ClassVar[list[str]] = [NOTE]

    def batches(self, rows: int = 65_536) -> Iterator[pa.RecordBatch]:
        """None."""
        return iter(())

    def fingerprint(self) -> str:
        """The hash of nothing."""
        return hashlib.sha256(b"").hexdigest()

    def describe(self) -> dict[str, Any]:
        """That there is none."""
        return {"kind": KIND}


def split(seed: int) -> Split:
    """No row teaches, none is held out."""
    return Split(seed, 0, 0, 0, 0, 0)


def plan(family: str | None, settings: Mapping[str, Any], asked: Mapping[str, Any]) -> Plan:
    """The one stage, which writes; `asked` holds what was asked for that speaks of data, by the names of its flags.

    Raises:
        ConfigError: the family has to learn from data, or something was asked of them.
    """
    if family is None or family not in registry.names("generators.text"):
        raise ConfigError(f"without data only a family that writes by itself can be fitted, not {family}: name data")
    if not getattr(registry.load("generators.text", family), "BLANK", False):
        raise ConfigError(f"--family {family} learns from data: name a file, a folder or a database")
    told = [flag for flag, value in asked.items() if value]
    if told:
        raise ConfigError(
            f"the fit was given no data, so it cannot heed {', '.join(told)}: leave that out, or name data"
        )
    return Plan((Stage(family, (COLUMN,), dict(settings), "text"),))
