"""The stages of a plan learnt one after the other, each with its part of the time and what the earlier ones give it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from genloop.core import registry
from genloop.core import seed as seeds
from genloop.core.families import Family, PictureFamily, RawTextFamily, TextFamily
from genloop.core.protocols import Batch, Coder, Pixels, Progress, Task, Vectors, Weights
from genloop.core.records import Records
from genloop.engine import outline, painter, sight, writer
from genloop.engine.folder import Folder
from genloop.engine.learnt import plain
from genloop.engine.log import Diary
from genloop.engine.plan import Plan, Stage
from genloop.engine.settings import Settings
from genloop.engine.units import Unit
from genloop.judges.pictures import curve
from genloop.optimisation.train import train
from genloop.runtime import budget as budgets
from genloop.runtime.budget import Budget
from genloop.runtime.progress import Meter

RESERVE = 0.1
SAVING = 0.03  # what a command does after learning pictures or texts: writing the model
MIN_SECONDS = 0.5
TABLE_SHARE = 0.25
CODES_SHARE = 0.65  # of the time of both, for a coding stage; the family that learns the codes may name its own
WATCH_SECONDS = 100.0  # the curve's judge costs some seconds to learn: shorter fits go without

WATCHED = 1_000

Judge = Callable[[Callable[[int], Pixels]], float]


@dataclass(frozen=True)
class Lessons:
    """One running fit's way to teach stages: settings, clock, ears, and what `--from` and `--log` bring."""

    asked: Settings
    budget: Budget
    meter: Meter
    folder: Folder | None
    initial: Sequence[Weights] = ()
    diary: Diary | None = None

    def table(self, plan: Plan, place: int, batch: Batch) -> Weights:
        """The weights of the stage of numbers, categories, times and places."""
        left = self.budget.left(reserve=RESERVE)
        if left is not None and len(plan.stages) > 1:
            left *= TABLE_SHARE
        family: Family = registry.load("generators", plan.stages[place].family)
        return self._learn(family, self._task(plan.stages[place], place, batch, left, RESERVE))

    def pictures(
        self,
        plan: Plan,
        units: Sequence[Unit],
        records: Records,
        words: Mapping[str, Vectors],
    ) -> dict[int, Weights]:
        """The weights of every stage of pictures by its place."""
        places = [place for place, stage in enumerate(plan.stages) if stage.role in ("codes", "image")]
        learnt: dict[int, Weights] = {}
        coder: Coder | None = None
        for number, place in enumerate(places):
            stage = plan.stages[place]
            unit = next(unit for unit in units if stage.columns[0] in unit.names)
            pixels: Any = unit.codec.encode(unit.frozen, records.select(list(stage.columns)))
            seen = sight.stack(stage, sight.shown(units, records, stage.seen), pixels.shape[1:3])
            own = words.get(stage.columns[0]) if stage.role == "image" else None
            batch = replace(painter.given(units, records, len(pixels), own, seen), pixels=pixels)
            seconds = self._share(plan, places[number:])
            watched = stage.role == "image" and (seconds is None or seconds >= WATCH_SECONDS)
            judge = watch(batch, self.asked.seed) if watched else None
            task = self._task(stage, place, batch, seconds, SAVING, coder, judge)
            family: PictureFamily = registry.load("generators.image", stage.family)
            learnt[place] = self._learn(family, task)
            coder = painter.coder(stage, learnt[place]) if stage.role == "codes" else None
        return learnt

    def texts(self, plan: Plan, units: Sequence[Unit], records: Records) -> dict[int, Weights]:
        """The weights of every stage of texts by its place."""
        places = [place for place, stage in enumerate(plan.stages) if stage.role == "text"]
        learnt: dict[int, Weights] = {}
        for number, place in enumerate(places):
            stage = plan.stages[place]
            batch, known, raw = writer.lesson(units, records, stage)
            left = self.budget.left(reserve=SAVING)
            seconds = None if left is None else left / (len(places) - number)
            family: TextFamily | RawTextFamily = registry.load("generators.text", stage.family)
            if getattr(family, "PROFILED", False):
                known = {**known, "profile": outline.read(units, records, stage.columns[0], floor=self.asked.floor)}
            told = replace(stage, settings={**stage.settings, **known})
            learnt[place] = self._learn(family, replace(self._task(told, place, batch, seconds, SAVING), raw=raw))
        return learnt

    def _share(self, plan: Plan, places: Sequence[int]) -> float | None:
        """The seconds of the first of these stages: a coding stage leaves more to the one after it."""
        left = self.budget.left(reserve=SAVING)
        if left is None:
            return None
        columns = sum(plan.stages[place].role == "image" for place in places)
        if plan.stages[places[0]].role != "codes":
            return left / columns
        learner = registry.load("generators.image", plan.stages[places[1]].family)
        return left / columns * float(getattr(learner, "CODES_SHARE", CODES_SHARE))

    def _task(
        self,
        stage: Stage,
        place: int,
        batch: Batch,
        seconds: float | None,
        reserve: float,
        coder: Coder | None = None,
        judge: Judge | None = None,
    ) -> Task:
        self.meter(Progress(stage.family, 0.0))
        name = "fit" if stage.role == "table" else f"fit {place}"
        return Task(
            train=batch,
            seed=int(seeds.stream(self.asked.seed, name).integers(2**31)),
            settings=stage.settings,
            max_seconds=None if seconds is None else max(seconds, MIN_SECONDS),
            steps=self.asked.steps,
            threads=budgets.threads(self.asked.threads),
            report=self.meter,
            stop=lambda: self.budget.interrupted or self.budget.left(reserve=reserve) == 0,
            checkpoint=self._checkpoint(place, stage),
            log=None if self.diary is None else self.diary.begin(place, stage.family, batch),
            initial=self.initial[place] if self.initial else None,
            trainer=train,
            coder=coder,
            judge=judge,
        )

    def _checkpoint(self, place: int, stage: Stage) -> str | None:
        """Where the stage keeps what it can go on from."""
        if self.folder is None:
            return None
        if stage.role == "table":
            return self.folder.checkpoint
        own = Path(self.folder.checkpoint) / f"stage-{place}"
        own.mkdir(parents=True, exist_ok=True)
        return str(own)

    def _learn(self, family: Family | PictureFamily | TextFamily | RawTextFamily, task: Task) -> Weights:
        weights = family.fit(task)
        return Weights(plain(weights.head), weights.arrays)


def watch(batch: Batch, seed: int) -> Judge:
    """The training curve's measure of a sampler; it is learnt from the batch's pictures when it is first asked."""
    classes = next((place for place, field in enumerate(batch.fields) if not field.ordered), None)

    @cache
    def measure() -> Callable[[Pixels], float]:
        assert batch.pixels is not None
        labels = None if classes is None else batch.codes[:, classes]
        return curve.measure(batch.pixels, labels, seed=seed)

    return lambda draw: measure()(draw(WATCHED))
