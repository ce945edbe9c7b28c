"""What a fit would do, before it does it: columns, kinds, plan, and an estimate of time and memory; writes nothing.

The estimate comes from measured rates of one core (see `benchmarks/`); it is right within a factor of about two.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from genloop.core import registry
from genloop.core.schema import Schema
from genloop.engine import aside as asides
from genloop.engine import blank, planning, sight, words
from genloop.engine import plan as plans
from genloop.engine import split as splits
from genloop.engine.aside import Aside
from genloop.engine.plan import Plan, Stage
from genloop.engine.settings import Settings
from genloop.engine.split import Split
from genloop.files.profile import look
from genloop.files.read import read as open_source
from genloop.runtime import budget as budgets

START_SECONDS = 3.0
READ_SECONDS_PER_CELL = 1.5e-6
LEARN_SECONDS_PER_CELL = {"trees": {"category": 0.8e-5, "number": 5e-5, "time": 7e-5, "place": 7e-5}}
LEARN_ROWS = 500_000
DEFAULT_SECONDS = {"transformer": 120.0}
PICTURE_SECONDS = 180.0
BASE_MEGABYTES = 450
BYTES_PER_CELL = 60


@dataclass(frozen=True)
class Preview:
    """The resolved plan of a fit. `unsure` names the columns whose kind should be looked at.

    `notes` tell what was detected and repaired in reading; `aside` names files that are passed over, equal or made.
    """

    schema: Schema
    plan: Plan
    split: Split
    seconds: float
    megabytes: int
    threads: int
    notes: tuple[str, ...] = ()
    aside: Aside = field(default_factory=Aside)

    @property
    def unsure(self) -> list[str]:
        """Columns recognised with a confidence under 0.8, or with notes."""
        return unsure(self.schema)

    def to_dict(self) -> dict[str, Any]:
        """A JSON-able mapping."""
        return {
            "columns": [
                {"name": c.name, "kind": c.kind, "confidence": c.confidence, "reason": c.reason, "notes": list(c.notes)}
                for c in self.schema.columns
            ],
            "plan": self.plan.to_dict(),
            "rows": {"all": self.split.rows, "train": self.split.train_rows, "holdout": self.split.holdout_rows},
            "estimate": {"seconds": round(self.seconds, 1), "megabytes": self.megabytes, "threads": self.threads},
            "unsure": self.unsure,
            "notes": list(self.notes),
            **self.aside.to_dict(),
        }


def preview(
    data: Any = None,
    *,
    minutes: float | None = None,
    family: str | None = None,
    seed: int = 0,
    kinds: Mapping[str, str] | None = None,
    drop: Sequence[str] = (),
    keys: Sequence[str] = (),
    floor: int = 5,
    holdout: float = 0.1,
    threads: int | None = None,
    table: str | None = None,
    query: str | None = None,
    settings: Mapping[str, Any] | None = None,
    pictures: str | None = None,
    given: Sequence[str] = (),
) -> Preview:
    """The plan of `fit` with the same arguments. Rules are found in the rows, so their columns count as learnt here.

    Raises:
        DataError: the data cannot be read or learnt.
    """
    asked = Settings(
        minutes=minutes, family=family, seed=seed, kinds=dict(kinds or {}), drop=tuple(drop), keys=tuple(keys),
        floor=floor, holdout=holdout, threads=threads, family_settings=dict(settings or {}), pictures=pictures,
        given=tuple(given),
    )  # fmt: skip
    cores = budgets.threads(threads)
    if data is None:
        of_data = {"--table": table, "--query": query, "--pictures": pictures, "--kind": kinds, "--drop": drop}
        plan = blank.plan(family, asked.family_settings, {**of_data, "--key": keys, "--given": given})
        plans.check(plan)
        return Preview(blank.SCHEMA, plan, blank.split(seed), START_SECONDS, BASE_MEGABYTES, cores)
    planning.ask(family, asked.family_settings)
    source = open_source(data, table=table, query=query)
    found = look(source, kinds=asked.kinds, keys=asked.keys, drop=asked.drop, floor=asked.floor, pictures=pictures)
    found = replace(found, schema=sight.order(found.schema, given))
    schema = found.schema
    notes = tuple(getattr(source, "notes", ()))
    split = splits.measure(schema, asked, notes)
    plan = planning.begin(found, family, asked.family_settings, given=given)(())
    notes += (*sight.notes(plan), *words.notes(plan, schema))
    aside = asides.read(source, found.pictures)
    return Preview(schema, plan, split, *estimate(schema, plan, split, minutes, cores), cores, notes, aside)


def estimate(schema: Schema, plan: Plan, split: Split, minutes: float | None, threads: int) -> tuple[float, int]:
    """Seconds of the whole command and megabytes of memory at its peak."""
    width = len(schema.columns)
    read = START_SECONDS + split.rows * width * READ_SECONDS_PER_CELL
    timed = all(stage.family in LEARN_SECONDS_PER_CELL for stage in plan.stages)
    learn = sum(_learn(schema, stage, split, threads) for stage in plan.stages)
    seconds = read + learn if minutes is None else min(read + learn, minutes * 60) if timed else minutes * 60
    return seconds, BASE_MEGABYTES + int((split.train_rows + split.holdout_rows) * width * BYTES_PER_CELL / 1e6)


def _learn(schema: Schema, stage: Stage, split: Split, threads: int) -> float:
    """Seconds that a stage learns, without a budget."""
    if stage.role == "text" and getattr(registry.load("generators.text", stage.family), "BLANK", False):
        return 0.0
    if stage.role != "table":
        return PICTURE_SECONDS
    rates = LEARN_SECONDS_PER_CELL.get(stage.family, {})
    row = sum(rates.get(schema[column].kind, 0.0) for column in stage.columns)
    return DEFAULT_SECONDS.get(stage.family, 0.0) + min(split.train_rows, LEARN_ROWS) * row / threads


def unsure(schema: Schema) -> list[str]:
    """Columns whose kind should be looked at."""
    return [column.name for column in schema.columns if column.confidence < 0.8]
