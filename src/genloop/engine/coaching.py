"""A fitted writer made better against a judge, and the judge judged: another one must agree, else nothing is kept.

Each round draws texts, teaches a critic to tell them from half of the learnt ones, and moves the writer towards what
the critic takes for real; or, the cheap form, one critic is stored that chooses the best of several texts from now on.
A writer can learn a critic's quirks instead. So the texts of before and after are judged by measures made anew on rows
that no critic saw. The work is refused with the reasons where a fresh critic does not find the texts nearer to real
ones by more than its error, or where measures of another kind (embeddings, an independent model's bits, form, variety,
originality) find them worse.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from genloop.core import config, registry
from genloop.core import seed as seeds
from genloop.core.demand import Demand
from genloop.core.errors import ConfigError, DataError
from genloop.core.lazy import Lazy
from genloop.core.protocols import Batch, Evidence, Progress, Task, Weights
from genloop.core.records import Records
from genloop.core.score import Score
from genloop.core.texts import Texts, Wish
from genloop.core.training import Coaching
from genloop.engine import origin as origins
from genloop.engine import painter
from genloop.engine import rows as intake
from genloop.engine import run as runs
from genloop.engine.chooser import MOST, Chooser, store
from genloop.engine.learnt import plain
from genloop.engine.model import Model
from genloop.engine.rows import Rows
from genloop.engine.units import Unit
from genloop.engine.writer import Writer
from genloop.optimisation.train import train
from genloop.runtime import budget as budgets
from genloop.runtime.budget import Budget
from genloop.runtime.progress import Meter, State

if TYPE_CHECKING:
    from genloop.judges.texts import card as measures
    from genloop.judges.texts import critic as critics
else:
    measures, critics = Lazy("genloop.judges.texts.card"), Lazy("genloop.judges.texts.critic")

WATCHED = (
    "text_c2st", "text_mauve", "text_kid", "text_fluency", "text_form", "text_self_bleu", "text_repeats", "text_copied",
    "text_asked",
)  # fmt: skip
NEARER = "text_c2st"  # the measure that must agree
CLEAR = 2.0  # standard errors beyond which a measure counts as worse
JUDGED = 1_000  # texts that the judges see, before and after
ROUNDS = 3
LEAST = 200  # held-out texts below which no judge can agree
CHOOSING = 2_000  # texts from which the critic learns that chooses
JUDGING = 0.35  # of the time, for drawing and judging
MINUTES = 5.0


@dataclass(frozen=True)
class Coached:
    """What came of it: the model (the old one where the judges refused), their scores, and the reasons."""

    model: Model
    before: tuple[Score, ...]
    after: tuple[Score, ...]
    reasons: tuple[str, ...]

    @property
    def agreed(self) -> bool:
        """Whether the independent judge found the texts better."""
        return not self.reasons


def coach(
    model: Model,
    *,
    data: Any = None,
    column: str | None = None,
    minutes: float = MINUTES,
    rounds: int = ROUNDS,
    best: int | None = None,
    steps: int | None = None,
    settings: Mapping[str, Any] | None = None,
    seed: int = 0,
    threads: int | None = None,
    budget: Budget | None = None,
    show: Callable[[State], None] = lambda state: None,
) -> Coached:
    """The model with one column's writer moved towards texts that critics take for real.

    `column` names the texts where there are several, `data` the source when it has moved, `settings` those of
    `core.training.Coaching`. `steps` of a round, where they are given, stand in place of the time. With `best` the
    writer is not moved: of so many texts a row the critic's best is kept, in this and all later draws.

    Raises:
        ConfigError: a setting is refused, the model has no such column of texts, its family cannot be coached, or
            `best` is out of range.
        DataError: too few texts were held out to judge what came of it.
    """
    config.read(Coaching, settings or {})
    writer = _writer(model, column, moved=best is None)
    if best is not None and (not 2 <= best <= MOST or settings or steps):
        raise ConfigError(f"best is from 2 to {MOST} texts a row, without settings or steps of learning; found {best}")
    source = origins.find(model.origin, data if data is not None else model.source, model.schema)
    if source.fingerprint() != model.origin.fingerprint:
        raise DataError("the source has changed since the fit: nobody could judge fairly; fit the model anew")
    rows = intake.read(source, model.schema, model.origin.split)
    if rows.holdout is None or rows.holdout.num_rows < LEAST:
        held = 0 if rows.holdout is None else rows.holdout.num_rows
        raise DataError(f"{held} texts were held out at the fit; judges need at least {LEAST} that nobody learnt from")
    clock = budget or Budget(minutes * 60)
    count = budgets.threads(threads)
    work = _Work(model, writer, rows, clock, Meter(show), dict(settings or {}), steps, seed, count)
    with budgets.listening(clock):
        return work.run(rounds) if best is None else work.choose(best)


@dataclass(frozen=True)
class _Work:
    model: Model
    writer: Writer
    rows: Rows
    budget: Budget
    meter: Meter
    settings: dict[str, Any]
    steps: int | None
    seed: int
    threads: int

    @property
    def unit(self) -> Unit:
        """The codec of the texts."""
        return next(unit for unit in self.model.learnt.units if self.writer.column in unit.names)

    def run(self, rounds: int) -> Coached:
        """The rounds, and the judgement of them."""
        train, real = self.rows.train, self._real()
        given = painter.given(self.model.learnt.units, train, train.num_rows)
        before = self._judged(lambda places, rng: self._texts(self.writer.weights, given.take(places), rng))
        weights = self.writer.weights
        for number in range(rounds):
            if self.budget.interrupted or (self.steps is None and self.budget.stop()):
                break
            weights = self._round(number, rounds, weights, given, real)
        return self._found(
            weights, before, self._judged(lambda places, rng: self._texts(weights, given.take(places), rng))
        )

    def choose(self, of: int) -> Coached:
        """A critic that chooses from now on, and the judgement of what it chooses."""
        plain = replace(self.writer, chooser=None)
        before = self._judged(partial(self._written, plain))
        self.meter(Progress("critic", 0.0))
        rng, real = seeds.stream(self.seed, "coach", "choose"), self._real()
        shown = _some(self.rows.train.num_rows, min(CHOOSING, len(real)), rng)
        made = [text or "" for text in self._written(plain, shown, rng)]
        known = [real[place] for place in _some(len(real), len(made), rng)]
        chooser = Chooser(critics.fit(known, made, least=self.model.run.floor), of)
        after = self._judged(partial(self._written, replace(self.writer, chooser=chooser)))
        return self._found(store(self.writer.weights, chooser), before, after, of)

    def _found(
        self, weights: Weights, before: tuple[Score, ...], after: tuple[Score, ...], of: int | None = None
    ) -> Coached:
        reasons = disagreements(before, after)
        changed = self.model if reasons else self._with(weights, before, after, of)
        return Coached(changed, before, after, reasons)

    def _real(self) -> list[str]:
        """Half of the learnt texts, which critics may see."""
        column = self.rows.train.column(self.writer.column).to_pylist()
        halves = seeds.stream(self.seed, "coach", "half").random(len(column)) < 0.5
        return [text for text, own in zip(column, halves, strict=True) if own and text]

    def _round(self, number: int, rounds: int, weights: Weights, given: Batch, real: Sequence[str]) -> Weights:
        self.meter(Progress("critic", number / rounds))
        rng = seeds.stream(self.seed, "coach", "round", number)
        made = self._texts(weights, given.take(_some(len(given), JUDGED, rng)), rng)
        shown = [real[place] for place in _some(len(real), len(made), rng)]
        critic = critics.fit(shown, [text or "" for text in made])

        def reward(texts: Texts, _given: Batch) -> np.ndarray:
            return np.asarray(critic.score([text or "" for text in self._spelt(texts, rng)]).clip(-2.0, 2.0))

        left = self.budget.left(reserve=JUDGING)
        task = Task(
            train=Batch(given.codes, given.fields),
            seed=int(rng.integers(2**31)),
            settings=self.settings,
            max_seconds=None if left is None or self.steps else max(left / (rounds - number), 1.0),
            steps=self.steps,
            threads=self.threads,
            report=self.meter,
            stop=lambda: self.budget.interrupted,
            trainer=train,
        )
        found: Weights = registry.load("generators.text", self.writer.stage.family).coach(weights, task, reward)
        return Weights(plain(found.head), found.arrays)

    def _judged(self, write: Callable[[np.ndarray, np.random.Generator], list[str | None]]) -> tuple[Score, ...]:
        """Measures of texts written for some learnt rows, against the rows that neither writer nor critic saw."""
        self.meter(Progress("judge", 0.0))
        rng = seeds.stream(self.seed, "coach", "judged")
        places = _some(self.rows.train.num_rows, JUDGED, rng)
        made = self.rows.train.take(pa.array(places))
        name = self.writer.column
        texts = pa.array(write(places, rng), pa.string())
        made = made.set_column(made.column_names.index(name), name, texts)
        evidence = Evidence(self.model.schema, self.rows.train, self.rows.holdout, made, None, seed=self.seed)
        return tuple(score for score in measures.score(evidence) if score.name in WATCHED)

    def _written(self, writer: Writer, places: np.ndarray, rng: np.random.Generator) -> list[str | None]:
        """The writer's texts for learnt rows, as `sample` writes them."""
        rows = self.rows.train.take(pa.array(places))
        return writer.sample(self.model.learnt.units, rows, len(places), rng, Demand(), Wish())

    def _texts(self, weights: Weights, given: Batch, rng: np.random.Generator) -> list[str | None]:
        family = registry.load("generators.text", self.writer.stage.family)
        return self._spelt(family.sample(weights, given, rng, Wish()), rng)

    def _spelt(self, texts: Texts, rng: np.random.Generator) -> list[str | None]:
        records: Records = self.unit.codec.decode(self.unit.frozen, texts, rng)  # type: ignore[arg-type]
        return list(records.column(0).to_pylist())

    def _with(self, weights: Weights, before: Sequence[Score], after: Sequence[Score], of: int | None) -> Model:
        """The model with the new weights, its run saying what was done."""
        learnt, run = self.model.learnt, self.model.run
        place = learnt.plan.stages.index(self.writer.stage)
        parts = tuple(weights if at == place else part for at, part in enumerate(learnt.parts))
        told = {score.name: score.value for score in before}
        changes = ", ".join(f"{s.name} {told[s.name]:.3f} to {s.value:.3f}" for s in after if s.name in told)
        did = f"the texts of {self.writer.column!r} were coached against critics"
        if of is not None:
            did = f"of every {of} texts of {self.writer.column!r} a critic's best is kept"
        note = f"{did}; an independent judge saw {changes}"
        identity = runs.identify(run.identity, "coach", self.seed, runs.now())
        notes = (*run.notes, note)
        return replace(
            self.model,
            learnt=replace(learnt, parts=parts),
            run=replace(run, identity=identity, parent=run.identity, notes=notes),
        )


def disagreements(before: Sequence[Score], after: Sequence[Score]) -> tuple[str, ...]:
    """Why the work is refused: the texts are not nearer to real ones, or another measure became clearly worse."""
    old = {score.name: score for score in before}
    both = [(old[score.name], score) for score in after if score.name in old]
    reasons = []
    if all(score.name != NEARER for _, score in both):
        reasons.append("too few texts were made or held out for an independent judge to tell them apart")
    for first, score in both:
        error = float(np.hypot(_error(first), _error(score)))
        gain = _distance(first) - _distance(score)
        told = f"{score.name} went from {first.value:.3f} to {score.value:.3f} (+- {error:.3f})"
        if score.name == NEARER and gain <= error:
            reasons.append(f"an independent judge finds the texts no nearer to real ones: {told}")
        elif gain < -CLEAR * error:
            reasons.append(f"the texts became worse: {told}")
    return tuple(reasons)


def _distance(score: Score) -> float:
    """How far the score is from what fresh real texts reach: on the worse side, or on either of a target."""
    goal = score.ideal if score.ceiling is None else score.ceiling
    if score.direction == "target":
        return abs(score.value - goal)
    return max(score.value - goal if score.direction == "lower" else goal - score.value, 0.0)


def _error(score: Score) -> float:
    """The standard error behind the interval of 95 %."""
    return 0.0 if score.interval is None else (score.interval[1] - score.interval[0]) / 3.92


def _writer(model: Model, column: str | None, *, moved: bool) -> Writer:
    found = [writer for writer in model.learnt.writers if column in (None, writer.column)]
    if not found:
        names = ", ".join(writer.column for writer in model.learnt.writers) or "none"
        raise ConfigError(f"no column of texts {column or ''!r} to coach; the model writes: {names}")
    if len(found) > 1:
        raise ConfigError(f"name one column of texts: --column {' or '.join(writer.column for writer in found)}")
    family = registry.load("generators.text", found[0].stage.family)
    if moved and not hasattr(family, "coach"):
        raise ConfigError(
            f"the family {found[0].stage.family} cannot be coached; transformer and recurrent can, and every family's "
            "texts can be chosen: best=4 (--best 4)"
        )
    return found[0]


def _some(rows: int, most: int, rng: np.random.Generator) -> np.ndarray:
    """At most so many of the places of the rows, in order."""
    return np.sort(rng.choice(rows, min(rows, most), replace=False))
