"""A fitted column of pictures: what its stage is given by the other columns, and the stage whose codes it learnt in."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np
import pyarrow as pa

from genloop.core import pixels as tensors
from genloop.core import registry
from genloop.core.errors import ConfigError
from genloop.core.families import PictureFamily
from genloop.core.protocols import UNKNOWN, Batch, Coder, Others, Pixels, Vectors, Weights
from genloop.core.records import Records
from genloop.engine import sight
from genloop.engine import units as columns
from genloop.engine.given import Asked
from genloop.engine.plan import Plan, Stage
from genloop.engine.refining import Entry, How, entry
from genloop.engine.units import Unit
from genloop.nn.words import LENGTH
from genloop.optimisation.refine import specks
from genloop.optimisation.refine.pictures import refine

COMPARED = 200  # pictures drawn without a cut, to tell what it changed


@dataclass(frozen=True)
class Painter:
    """The stage that makes the pictures of one column, with the coding stage before it, where it has one."""

    stage: Stage
    weights: Weights
    coding: tuple[Stage, Weights] | None = None

    @property
    def column(self) -> str:
        """The name of the column."""
        return self.stage.columns[0]

    @property
    def family(self) -> PictureFamily:
        """The family of the stage."""
        part: PictureFamily = registry.load("generators.image", self.stage.family)
        return part

    @cached_property
    def coder(self) -> Coder | None:
        """The pictures' codes that the family speaks of, or None when it speaks of pixels."""
        return None if self.coding is None else coder(*self.coding)

    @property
    def unasked(self) -> Literal["", "rows", "parts"]:
        """Whether pictures also come out well where nothing is given, and where a part of it is left out."""
        known: Literal["", "rows", "parts"] = getattr(self.family, "UNASKED", "")
        return known

    def noise(self, rows: int, rng: np.random.Generator, truncation: float | None = None) -> np.ndarray:
        """What `rows` pictures begin as, a row of numbers each; cut at so many deviations where that is asked.

        Raises:
            ConfigError: the family's pictures begin as no such thing.
        """
        begin = getattr(self.family, "noise", None)
        if begin is None:
            raise ConfigError(f"pictures of the family {self.stage.family} do not begin as a row of numbers")
        drawn: np.ndarray = begin(self.weights, rows, rng, truncation=truncation)
        return drawn

    @property
    def noiseless(self) -> str | None:
        """Why pictures begin as no row of numbers, None where they do."""
        try:
            self.noise(1, np.random.default_rng(0))
        except ConfigError as error:
            return str(error)
        return None

    def begun(self, given: Batch, noise: np.ndarray) -> Pixels:
        """The pictures that the noise stands for, given that."""
        draw: Callable[..., Pixels] = self.family.sample
        return draw(self.weights, given, np.random.default_rng(0), coder=self.coder, noise=noise)

    def sample(self, given: Batch, rng: np.random.Generator, *, candidates: int = 1) -> Pixels:
        """One picture a row of what is given, the best of as many candidates where the family has a critic."""
        return self.refined(given, rng, How(candidates))[0]

    def refined(self, given: Batch, rng: np.random.Generator, how: How) -> tuple[Pixels, Entry | None]:
        """One picture a row, refined as asked, and what that changed (None: nothing could be).

        Raises:
            ConfigError: noise is to be cut or specks cleaned, and the family has no noise or no judge for it.
        """
        chosen = refine(
            lambda: self._drawn(given, rng, how.truncation),
            lambda pixels: self._critic(given, pixels),
            how.candidates if self.has_critic else 1,
            rng,
        )
        if how.idle or not len(given):
            return chosen.pixels, None
        rows = len(given)
        sums: dict[str, float] = {"rows": rows}
        pixels, changed = chosen.pixels, chosen.place > 0
        if how.candidates > 1 and self.has_critic:
            sums |= {"drawn": rows * how.candidates, "replaced": float(changed.sum())}
            sums |= {"judge_before": float(chosen.before.sum()), "judge_after": float(chosen.after.sum())}
        if how.truncation and self.has_critic:
            few = given.take(np.arange(min(rows, COMPARED)))
            plain = self._critic(few, self._drawn(few, np.random.default_rng(rows), None))
            sums |= {"compared": len(few), "judge_plain": float(plain.sum())}
            sums["judge_after"] = float(self._critic(given, pixels).sum())
        if how.clean:
            done = specks.clean(pixels, lambda own: self.judge(given, own))
            pixels, changed, dirty = done.pixels, changed | done.changed, float((done.changed | done.refused).sum())
            sums |= {"cleaned": float(done.changed.sum()), "refused": float(done.refused.sum()), "dirty": dirty}
            if dirty:
                sums |= {"judge_before_cleaning": done.before * dirty, "judge_after_cleaning": done.after * dirty}
        return pixels, entry(sums, chosen.first, pixels, changed)

    def judge(self, given: Batch, pixels: Pixels) -> np.ndarray:
        """How real each picture looks, higher for more: to the critic, else by how well the model's own codes keep it.

        Raises:
            ConfigError: the model has neither.
        """
        if self.has_critic:
            return self._critic(given, pixels)
        codes = self.coder or (coder(self.stage, self.weights) if hasattr(self.family, "coder") else None)
        if codes is None:
            raise ConfigError(
                f"a model of the family {self.stage.family} has no judge of its own to clean pictures by; "
                "leave out --clean, or learn with gan, vae, or flow in codes"
            )
        kept = codes.decode(codes.encode(pixels)).astype(np.float64)
        return np.asarray(-np.sqrt(((kept - pixels) ** 2).mean(axis=(1, 2, 3))))

    def _drawn(self, given: Batch, rng: np.random.Generator, truncation: float | None) -> Pixels:
        if not truncation:
            return self.family.sample(self.weights, given, rng, coder=self.coder)
        return self.begun(given, self.noise(len(given), rng, truncation))

    def _critic(self, given: Batch, pixels: Pixels) -> np.ndarray:
        answers: np.ndarray = self.family.score(self.weights, replace(given, pixels=pixels))  # type: ignore[attr-defined]
        return answers

    @property
    def has_critic(self) -> bool:
        """Whether candidates can be chosen among."""
        return hasattr(self.family, "score")


def coder(stage: Stage, weights: Weights) -> Coder:
    """The fitted codes of a coding stage."""
    found: Coder = registry.load("generators.image", stage.family).coder(weights)
    return found


def painters(plan: Plan, parts: Sequence[Weights]) -> tuple[Painter, ...]:
    """What makes each column of pictures, in the plan's order."""
    coding: dict[str, tuple[Stage, Weights]] = {}
    found: list[Painter] = []
    for stage, weights in zip(plan.stages, parts, strict=True):
        if stage.role == "codes":
            coding[stage.columns[0]] = (stage, weights)
        elif stage.role == "image":
            found.append(Painter(stage, weights, coding.get(stage.columns[0])))
    return tuple(found)


def given(
    units: Sequence[Unit],
    records: Records,
    rows: int,
    words: Vectors | None = None,
    pictures: Others | None = None,
    *,
    only: Collection[str] | None = None,
) -> Batch:
    """What the rows' tokens, sentences and pictures give a stage of pictures; `rows` counts where there are no tokens.

    Where `only` names columns, the tokens of the others are not given.
    """
    fields = columns.fields(units)
    codes = columns.encode(units, records) if fields else np.zeros((rows, 0), np.uint16)
    if only is not None:
        told = [not set(unit.names).isdisjoint(only) for unit in units for _ in unit.fields]
        codes = np.where(np.array(told, bool), codes, np.uint16(UNKNOWN))
    return Batch(codes, fields, vectors=words, pictures=pictures)


def told(units: Sequence[Unit], asked: Asked, rows: int, rng: np.random.Generator) -> Batch:
    """What conditions alone give `rows` pictures: a token where a column was asked for, all else is not given."""
    fields = columns.fields(units)
    codes = np.full((rows, len(fields)), UNKNOWN, np.uint16)
    for place, share in enumerate(asked.shares or ()):
        if share is not None:
            codes[:, place] = rng.choice(len(share), rows, p=share / share.sum())
    return Batch(codes, fields)


def paint(
    makers: Sequence[Painter],
    units: Sequence[Unit],
    records: Records,
    rows: int,
    rng: np.random.Generator,
    asked: Asked,
    first_row: int = 0,
) -> Records:
    """The pictures that go with the rows, those that were given among them.

    Where somebody asks in words, columns that were not asked for say nothing: they would contradict the words.
    """
    shown = {name: np.repeat(own, rows // len(own), axis=0) for name, own in asked.pictures.items()}
    for maker in makers:
        if maker.column in shown:
            continue
        unit = next(unit for unit in units if maker.column in unit.names)
        vector = asked.words.get(maker.column)
        words = None if vector is None else np.tile(vector, (rows, 1))
        only = None if vector is None else {condition.column for condition in asked.conditions}
        seen = sight.stack(maker.stage, shown, tuple(unit.frozen["shape"][:2]))
        batch = given(units, records, rows, _words(maker, rows, words), seen, only=only)
        pixels, changed = maker.refined(batch, rng, asked.ledger.how)
        if changed is not None:
            asked.ledger.note(maker.column, first_row, changed)
        shown[maker.column] = pixels
    return pa.table({name: tensors.write(pixels) for name, pixels in shown.items()})


def _words(maker: Painter, rows: int, words: Vectors | None) -> Vectors | None:
    """The sentences' vectors of a stage that takes any: zeros, which say nothing, where none are given."""
    if not maker.stage.words:
        return None
    return np.zeros((rows, LENGTH), np.float32) if words is None else words
