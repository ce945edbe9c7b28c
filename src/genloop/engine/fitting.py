"""From a source to a model: profile, split, clean, find rules, fit codecs, encode, learn."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import UInt16

from genloop.core import seed as seeds
from genloop.core.errors import ConfigError, Interrupted
from genloop.core.protocols import Batch, Codes, Progress, Weights
from genloop.core.records import Source
from genloop.core.rules import Rule
from genloop.core.schema import Schema
from genloop.engine import aside as asides
from genloop.engine import blank, planning, sight, words
from genloop.engine import plan as plans
from genloop.engine import rows as intake
from genloop.engine import run as runs
from genloop.engine import split as splits
from genloop.engine import units as columns
from genloop.engine.folder import Folder
from genloop.engine.learnt import Learnt
from genloop.engine.lessons import RESERVE, Lessons
from genloop.engine.log import Diary
from genloop.engine.model import Model
from genloop.engine.origin import Origin
from genloop.engine.plan import Plan
from genloop.engine.rows import Rows
from genloop.engine.run import Run
from genloop.engine.settings import Settings
from genloop.engine.split import Split
from genloop.engine.units import Unit
from genloop.files import rulebook
from genloop.files import rules as found_rules
from genloop.files.pictures.spool import BUDGET_BYTES
from genloop.files.profile import Profile, look
from genloop.files.read import read as open_source
from genloop.judges import contrast
from genloop.judges.ratio import Ratio
from genloop.runtime import budget as budgets
from genloop.runtime.budget import Budget
from genloop.runtime.progress import Meter, State

TOKENS = 2_000
MIN_CRITIC_ROWS = 1_000
MAX_CRITIC_ROWS = 100_000


def fit(
    data: Any = None,
    *,
    minutes: float | None = None,
    steps: int | None = None,
    family: str | None = None,
    seed: int = 0,
    rules: str = "auto",
    kinds: Mapping[str, str] | None = None,
    drop: Sequence[str] = (),
    keys: Sequence[str] = (),
    floor: int = 5,
    holdout: float = 0.1,
    threads: int | None = None,
    device: str | None = None,
    settings: Mapping[str, Any] | None = None,
    pictures: str | None = None,
    picture_memory: int | None = None,
    given: Sequence[str] = (),
    initial: Model | str | PathLike[str] | None = None,
    table: str | None = None,
    query: str | None = None,
    folder: str | PathLike[str] | None = None,
    log: str | PathLike[str] | None = None,
    resume: bool = False,
    budget: Budget | None = None,
    show: Callable[[State], None] = lambda state: None,
) -> Model:
    """A model of the table `data`: a path, a database URL, or a pandas, polars or Arrow table.

    Without `data` a family that writes by itself (a server) makes texts from what is asked alone.

    `minutes` is the wall time of the whole call. `settings` go to the family. `pictures` says in
    which size they are learnt and how others are brought to it ("64 pad"), `picture_memory` how many megabytes of them
    stay in memory (1,024; the others lie in a temporary file). Columns of pictures that are `given` are not learnt: the
    others are made from them. `initial` is a model to go on from with new rows of the same columns. `folder` keeps
    checkpoints that `resume` goes on from, `log` the curves and a sheet. `show` receives progress.

    Raises:
        DataError: the data cannot be read or learnt.
        ConfigError: a setting is out of range or unknown.
    """
    asked = Settings(
        minutes, steps, family, seed, rules, dict(kinds or {}), tuple(drop), tuple(keys), floor, holdout, threads,
        device, dict(settings or {}), pictures, picture_memory, tuple(given),
    )  # fmt: skip
    clock = budget or Budget(None if minutes is None else minutes * 60)
    before = Model.load(initial) if isinstance(initial, str | PathLike) else initial
    if before is not None and (family or kinds or drop or keys or given or rules != "auto"):
        flags = "--family, --kind, --drop, --key, --given, --rules"
        raise ConfigError(f"--from keeps family, columns and rules; leave out {flags}")
    own, seen = (None if place is None else Path(place) for place in (folder, log))
    work = _Work(asked, clock, Meter(show), None if own is None else Folder(own), seen, resume, before, runs.now())
    with budgets.listening(clock):
        if data is None:
            of_data = {"--table": table, "--query": query, "--pictures": pictures, "--from": before}
            return work.begin({**of_data, "--kind": kinds, "--drop": drop, "--key": keys, "--given": given})
        planning.ask(family, asked.family_settings)
        return work.learn(open_source(data, table=table, query=query))


@dataclass(frozen=True)
class _Work:
    """One running fit: its settings, clock and ears; where it keeps itself and shows itself; when it began."""

    asked: Settings
    budget: Budget
    meter: Meter
    folder: Folder | None
    log: Path | None
    resume: bool
    before: Model | None
    created: str

    def learn(self, source: Source) -> Model:
        found = self._profile(source)
        schema = found.schema
        split = splits.measure(schema, self.asked, getattr(source, "notes", ()))
        fingerprint = source.fingerprint()
        before = self.before.learnt.plan if self.before else None
        family, writes = (before.family, before.written) if before else (self.asked.family, None)
        given = before.given if before else self.asked.given
        plan_of = planning.begin(found, family, self._family_settings(), writes, given)
        rows = self._rows(source, schema, split)
        rules = self._rules(rows, schema)
        plan = plan_of(rules)
        if self.folder:
            facts = {"data": fingerprint, "settings": self.asked.decisive(), "plan": plan.to_dict()}
            self.folder.begin(facts, resume=self.resume)
        units = self._units(schema, plan, rows)
        ready = self.budget.spent()
        learnt = self._learnt(schema, plan, units, rules, rows, fingerprint)
        origin = Origin(source.describe(), fingerprint, split)
        run = self._run(source, origin, rows, learnt, ready)
        return Model(learnt, origin, run, source, asides.read(source, found.pictures))

    def begin(self, of_data: Mapping[str, Any]) -> Model:
        """The model of no rows."""
        plan = blank.plan(self.asked.family, self._family_settings(), of_data)
        plans.check(plan)
        source, rows = blank.Blank(), Rows(blank.RECORDS, None)
        units = self._units(blank.SCHEMA, plan, rows)
        learnt = self._learnt(blank.SCHEMA, plan, units, (), rows, source.fingerprint())
        origin = Origin(source.describe(), source.fingerprint(), blank.split(self.asked.seed))
        return Model(learnt, origin, self._run(source, origin, rows, learnt), source)

    def _learnt(
        self,
        schema: Schema,
        plan: Plan,
        units: tuple[Unit, ...],
        rules: tuple[Rule, ...],
        rows: Rows,
        fingerprint: str,
    ) -> Learnt:
        """The plan's stages learnt: first what has tokens and its critic, then pictures given that."""
        earlier = self.before.learnt.parts if self.before else ()
        diary = None if self.log is None else Diary(self.log, self._identity(fingerprint), self.asked.seed)
        lessons = Lessons(self.asked, self.budget, self.meter, self.folder, earlier, diary)
        parts: dict[int, Weights] = {}
        learnt = Learnt(schema, plan, units, rules, ())
        if plan.table is not None:
            codes = self._replayed(columns.encode(units, rows.train))
            parts[plan.table] = lessons.table(plan, plan.table, Batch(codes, columns.fields(units)))
            learnt = replace(learnt, parts=(parts[plan.table],))
            learnt = replace(learnt, critic=self._critic(learnt, codes))
        parts |= lessons.pictures(plan, units, rows.train, words.read(plan, rows.train))
        parts |= lessons.texts(plan, units, rows.train)
        return replace(learnt, parts=tuple(parts[place] for place in range(len(plan.stages))))

    def _profile(self, source: Source) -> Profile:
        self._tell("profile", 0.0)
        if self.before is not None:
            return Profile(planning.agreed(self.before.schema, source))
        asked = self.asked
        found = look(
            source, kinds=asked.kinds, keys=asked.keys, drop=asked.drop, floor=asked.floor, pictures=asked.pictures
        )
        self._tell("profile", 1.0)
        return replace(found, schema=sight.order(found.schema, asked.given))

    def _rows(self, source: Source, schema: Schema, split: Split) -> Rows:
        megabytes = self.asked.picture_memory
        budget = BUDGET_BYTES if megabytes is None else megabytes << 20
        return intake.read(source, schema, split, report=lambda share: self._tell("read", share), budget=budget)

    def _rules(self, rows: Rows, schema: Schema) -> tuple[Rule, ...]:
        if self.before is not None:
            return self.before.learnt.rules
        if self.asked.rules == "off":
            return ()
        self._tell("rules", 0.0)
        if self.asked.rules != "auto":
            declared = rulebook.read(Path(self.asked.rules), schema)
            plans.computed(schema, declared)
            return found_rules.learn(declared, rows.train, schema, floor=self.asked.floor)
        found = found_rules.find(rows.train, rows.holdout, schema, floor=self.asked.floor)
        self._tell("rules", 1.0)
        return found

    def _units(self, schema: Schema, plan: Plan, rows: Rows) -> tuple[Unit, ...]:
        if self.before is not None:
            return self.before.learnt.units
        self._tell("codecs", 0.0)
        units = columns.fit(schema, rows.train, floor=self.asked.floor, tokens=TOKENS, empty=(*plan.empty, *plan.raw))
        self._tell("codecs", 1.0)
        return columns.computed(units, plan.computed)

    def _replayed(self, codes: Codes) -> UInt16[np.ndarray, "more fields"]:
        """The new rows among draws of the earlier model, as many as it was learnt from: so it forgets nothing.

        Generative replay (Shin et al. 2017, arXiv 1705.08690).
        """
        if self.before is None:
            return codes
        rng = seeds.stream(self.asked.seed, "replay")
        most = max(splits.MAX_TRAIN_CELLS // max(codes.shape[1], 1) - len(codes), 0)
        earlier = self.before.learnt.sample(min(self.before.run.rows, most), rng)
        return np.concatenate([earlier, codes])[rng.permutation(len(earlier) + len(codes))]

    def _critic(self, learnt: Learnt, codes: Codes) -> Ratio | None:
        """A critic of the family's draws against training rows; none where rows are few or the time is up."""
        if len(codes) < MIN_CRITIC_ROWS or codes.shape[1] < 2 or self.budget.stop():
            return None
        self.meter(Progress("critic", 0.0))
        rng = seeds.stream(self.asked.seed, "critic")
        real = codes[rng.permutation(len(codes))[:MAX_CRITIC_ROWS]]
        made = learnt.sample(len(real), rng)
        found = contrast.fit(real, made, seed=self.asked.seed, threads=budgets.threads(self.asked.threads))
        self.meter(Progress("critic", 1.0))
        return found

    def _family_settings(self) -> dict[str, Any]:
        own = dict(self.asked.family_settings)
        if self.asked.device is not None:
            own["device"] = self.asked.device
        return own

    def _run(self, source: Source, origin: Origin, rows: Rows, learnt: Learnt, ready: float = 0.0) -> Run:
        """The account of the fit, which was `ready` to learn after so many seconds."""
        notes = [*getattr(source, "notes", ())]
        notes += [f"{unit.names[0]}: {note}" for unit in learnt.units for note in unit.frozen.get("notes", ())]
        notes += [
            f"{c.name}: {note}" for unit in learnt.units for c in unit.columns if c.kind == "image" for note in c.notes
        ]
        notes += runs.of_time(self.budget, ready, reserve=RESERVE)
        for stage, part in zip(learnt.plan.stages, learnt.parts, strict=True):
            notes += [f"{stage.family}: {note}" for note in runs.of_learning(part.head)]
        notes += sight.notes(learnt.plan) + words.notes(learnt.plan, learnt.schema)
        if self.before:
            notes.append(f"went on from run {self.before.run.identity}, remembered through draws of its model")
        if origin.split.train_rows + origin.split.holdout_rows < origin.split.rows:
            notes.append(f"learnt from {origin.split.train_rows:,} of {origin.split.rows:,} rows, drawn at random")
        return Run(
            identity=self._identity(origin.fingerprint),
            created=self.created,
            seed=self.asked.seed,
            floor=self.asked.floor,
            threads=budgets.threads(self.asked.threads),
            rows=rows.train.num_rows + (self.before.run.rows if self.before else 0),
            seconds=round(self.budget.spent(), 3),
            settings=self.asked.decisive(),
            steps=runs.steps(learnt.parts[-1].head),
            curve=tuple(self.meter.curve),
            repairs=rows.repairs,
            notes=tuple(notes),
            versions=runs.versions(),
            parent=self.before.run.identity if self.before else None,
        )

    def _identity(self, fingerprint: str) -> str:
        """What the run is called, in the model and in all that shows it before."""
        return runs.identify(fingerprint, self.asked.decisive(), self.created)

    def _tell(self, stage: str, share: float) -> None:
        if self.budget.interrupted:
            raise Interrupted("stopped before anything was learnt; nothing was written")
        self.meter(Progress(stage, share))
