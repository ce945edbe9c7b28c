"""A fitted model: make rows, judge them, save and load; holds no rows."""

import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from genloop.core import checkpoint
from genloop.core import rules as core_rules
from genloop.core.checkpoint import Checkpoint
from genloop.core.conditions import Condition, read_all
from genloop.core.errors import ConditionError, ModelFileError
from genloop.core.protocols import Evidence
from genloop.core.records import Records, Source
from genloop.core.schema import Schema
from genloop.core.score import Score
from genloop.core.texts import USUAL, Wish
from genloop.engine import anomaly as anomalies
from genloop.engine import balance as balances
from genloop.engine import completion, draw, judging, sight
from genloop.engine import given as givens
from genloop.engine import learnt as parts
from genloop.engine import origin as origins
from genloop.engine import run as runs
from genloop.engine import words as sentences
from genloop.engine.aside import Aside
from genloop.engine.card import Card
from genloop.engine.learnt import Learnt
from genloop.engine.made import Made, label_of, rows_of
from genloop.engine.origin import Origin
from genloop.engine.refining import How, Ledger
from genloop.engine.run import Run
from genloop.files.clean import clean, restore
from genloop.reports.card import CardData
from genloop.reports.pictures import refining, sheets
from genloop.trust import label as labels

Given = Mapping[str, Any] | Iterable[str | Condition] | None


@dataclass(frozen=True)
class Model:
    """What was learnt, where from, and how; `source` and `aside` are at hand only in the session that fitted it."""

    learnt: Learnt
    origin: Origin
    run: Run
    source: Source | None = None
    aside: Aside | None = None

    @property
    def schema(self) -> Schema:
        """The columns that the model makes."""
        return self.learnt.schema

    @cached_property
    def identity(self) -> str:
        """A hash of everything that decides what the model makes."""
        documents, arrays = parts.to_parts(self.learnt)
        digest = hashlib.sha256(json.dumps(documents, sort_keys=True, default=str).encode())
        for group in sorted(arrays):
            for name in sorted(arrays[group]):
                digest.update(name.encode())
                digest.update(np.ascontiguousarray(arrays[group][name]).tobytes())
        return digest.hexdigest()

    def sample(
        self,
        n: int | None = None,
        *,
        given: Given = None,
        complete: Any = None,
        balance: str | None = None,
        words: str | None = None,
        candidates: int = 1,
        truncation: float | None = None,
        clean: bool = False,
        wish: Wish | None = None,
        seed: int | None = None,
    ) -> Made:
        """`n` made rows, in the spelling of the data.

        `given` holds conditions as texts or as a mapping; `complete` is a partial table (path or data frame) whose rows
        are each filled in, present cells kept; `balance` names a column whose values come equally often. `words` say
        what pictures shall show, each the best of so many `candidates`, of noise cut at `truncation` deviations, and
        `clean` of specks; `wish` says how texts are drawn (temperature, top_p and the like).
        Without a `seed` the run's own is used: the same call gives the same rows.

        Raises:
            ConditionError: a condition names what does not exist or contradicts a rule.
            ConfigError: pictures cannot be refined so.
        """
        conditions, pictures = sight.read(self.learnt.plan, self.schema, read_all(given))
        ledger, number = Ledger(How(candidates, truncation, clean)), self.run.seed if seed is None else seed
        how = {"ledger": ledger, "wish": wish or USUAL, "pictures": pictures}
        if complete is not None:
            rows, chunks, shown = self._completed(n, complete, balance, conditions, number, how)
        else:
            rows = 1_000 if n is None else n
            shown = sight.check(self.learnt.plan, pictures)
            chunks = self._drawn(rows, balance, conditions, number, words, how)
        label = self.label(number) | ({"given": json.dumps(shown, ensure_ascii=False)} if shown else {})
        return Made(rows, lambda: (restore(chunk, self.schema) for chunk in chunks()), label, ledger)

    def label(self, seed: int) -> dict[str, str]:
        """What goes with everything that this model makes."""
        version = self.run.versions.get("genloop", "?")
        return labels.label(model=self.identity, run=self.run.identity, version=version, seed=seed)

    def score(
        self,
        made: Any,
        *,
        data: Any = None,
        target: str | None = None,
        show_real: bool = False,
        report: Callable[[str, float], None] = lambda name, share: None,
    ) -> Card:
        """The card of a made table: judged against the source, which is read again, and rows the model never saw.

        `made` is a `Made`, a path or a data frame; `data` names the source when it has moved; `target` is the column
        that the usefulness measure predicts; `show_real` lets real pictures stand in the card beside made ones.

        Raises:
            SourceNotFound: the source is gone.
            DataError: the made table or the source lacks columns.
        """
        judging.check_target(target, self.schema)
        raw = rows_of(made, self.schema, judging.MAX_ROWS + 1)
        made_records = clean(raw, self.schema).records
        source = origins.find(self.origin, data if data is not None else self.source, self.schema)
        floor, rules = self.run.floor, self.learnt.rules
        evidence, left_out, notes = judging.gather(
            source, self.origin, self.schema, made_records, rules, floor=floor, target=target
        )
        scores = judging.judge(evidence, learnt=self.learnt, report=report)
        notes = (*notes, *sight.resized(self.schema, raw))
        card = self._card(evidence, scores, left_out, notes, made)
        pictures = sheets.read(evidence, scores, self.run.curve, label=card.label, show_real=show_real)
        examples = made.ledger.examples() if isinstance(made, Made) else None
        refined = refining.read(card.label, examples)
        return Card(replace(card, pictures=pictures, refining=refined, writings=judging.examples(evidence)))

    def anomaly(self, pictures: Any, *, features: bool = False) -> Records:
        """How unlike the learnt pictures those of a folder, file or data frame are, the most unlike first.

        A row has the `file` (or row), the `anomaly` (the share of held-out pictures that are rebuilt better: near 1 is
        unlike them), the `error` of rebuilding in levels of brightness, and with `features` the numbers of its code.

        Raises:
            ConditionError: the model makes no pictures.
            ConfigError: its family tells no anomalies: only the autoencoder's presets plain and denoising do.
            DataError: there are no such pictures.
        """
        return anomalies.find(self.learnt, pictures, features=features)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the model file; the old one stays on failure.

        Raises:
            OutputError: the place cannot be written.
        """
        documents, arrays = parts.to_parts(self.learnt)
        documents = {**documents, "origin": self.origin.to_dict(), "run": self.run.to_dict()}
        checkpoint.save(Checkpoint(documents, arrays), path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> "Model":
        """The model that `save` wrote.

        Raises:
            SourceNotFound: there is no such file.
            ModelFileError: the file is damaged, cut short or newer than this version.
        """
        found = checkpoint.load(path)
        try:
            origin = Origin.from_dict(found.documents["origin"])
            run = Run.from_dict(found.documents["run"])
            return cls(parts.from_parts(found.documents, found.arrays), origin, run)
        except (KeyError, TypeError, ValueError) as error:
            raise ModelFileError(f"{path} lacks a part of a model: {error}") from error

    def describe(self) -> dict[str, Any]:
        """What the model holds, as a JSON-able mapping."""
        core, place = self.learnt, self.origin.place
        tokens = {name: [field.size for field in unit.fields] for unit in core.units for name in unit.names}
        made_by = dict.fromkeys(self.schema.names, core.plan.family)
        made_by.update({name: stage.family for stage in core.plan.stages for name in stage.columns})
        own = {"rule": core.plan.computed, "fresh": core.plan.fresh, "empty": core.plan.empty, "given": core.plan.given}
        made_by |= {name: word for word, names in own.items() for name in names}
        run = self.run.to_dict()
        return {
            "identity": self.identity,
            "columns": [
                {"name": c.name, "kind": c.kind, "tokens": tokens.get(c.name, []), "made_by": made_by[c.name]}
                for c in self.schema.columns
            ],
            "rules": [core_rules.describe(rule) for rule in core.rules],
            "source": {**place, "fingerprint": self.origin.fingerprint, **self.origin.split.to_dict()},
            "run": {name: run[name] for name in ("identity", "created", "seed", "floor", "rows", "seconds", "steps")},
            "versions": dict(self.run.versions),
            "notes": list(self.run.notes),
            "numbers": int(sum(array.size for part in core.parts for array in part.arrays.values())),
        }

    def _completed(
        self,
        n: int | None,
        complete: Any,
        balance: str | None,
        conditions: Sequence[Condition],
        seed: int,
        how: Mapping[str, Any],
    ) -> tuple[int, Callable[[], Iterator[Records]], list[str]]:
        if balance is not None:
            raise ConditionError(
                "--complete and --balance exclude each other: the partial rows decide what is asked for"
            )
        core, partial = self.learnt, completion.read(self.learnt, complete, how["pictures"])
        rows = partial.records.num_rows
        if n is not None and n != rows:
            raise ConditionError(f"--complete has {rows:,} rows, each is completed once; leave out -n {n:,}")
        asked = replace(givens.read(conditions, core.units, core.schema, core.rules, core.plan.written), **how)
        return rows, lambda: completion.stream(core, partial, seed, asked), partial.shown

    def _drawn(
        self,
        rows: int,
        balance: str | None,
        conditions: Sequence[Condition],
        seed: int,
        words: str | None,
        how: Mapping[str, Any],
    ) -> Callable[[], Iterator[Records]]:
        if rows < 0:
            raise ConditionError(f"-n must not be negative, found {rows}")
        core = self.learnt
        if balance is not None:
            asked_each = [replace(part, **how) for part in balances.read(core, balance, conditions)]
            return lambda: balances.stream(core, rows, seed, asked_each)
        asked = replace(givens.read(conditions, core.units, core.schema, core.rules, core.plan.written), **how)
        if words is not None:
            asked = replace(asked, words=sentences.asked(core.plan, words))
        return lambda: draw.stream(core, rows, seed, asked)

    def _card(
        self,
        evidence: Evidence,
        scores: tuple[Score, ...],
        left_out: Mapping[str, str],
        notes: tuple[str, ...],
        made: Any,
    ) -> CardData:
        counted = {"compared": evidence.train, "holdout": evidence.holdout, "made": evidence.made}
        stages = [
            {"family": s.family, "columns": list(s.columns)}
            | {name: list(own) for name, own in (("words", s.words), ("given", s.seen)) if own}
            for s in self.learnt.plan.stages
        ]
        empty = [f"{name} is not learnt yet ({self.schema[name].kind}); it comes out empty" for name in self._empty]
        return CardData(
            title=Path(str(self.origin.place.get("path", "table"))).name,
            scores=scores,
            schema=self.schema,
            rules=self.learnt.rules,
            plan={**self.learnt.plan.to_dict(), "stages": stages, "seconds": self.run.seconds},
            seeds={"fit": self.run.seed, "split": self.origin.split.seed},
            versions=self.run.versions,
            rows={"train": self.run.rows}
            | {name: 0 if found is None else found.num_rows for name, found in counted.items()},
            repairs=self.run.repairs,
            notes=(*self.run.notes, *empty, *notes),
            created=runs.now(),
            label=label_of(made),
            left_out=left_out,
        )

    @property
    def _empty(self) -> tuple[str, ...]:
        told = {name for stage in self.learnt.plan.stages for name in stage.words}
        return tuple(name for name in self.learnt.plan.empty if name not in told)


def load(path: str | os.PathLike[str]) -> Model:
    """The model in a `.genloop` file.

    Raises:
        SourceNotFound: there is no such file.
        ModelFileError: the file is damaged, cut short or newer than this version.
    """
    return Model.load(path)
