"""A fitted column of pictures: what its stage is given by the other columns, and the stage whose codes it learnt in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa

from genloop.core import registry
from genloop.core.protocols import Batch, Coder, PictureFamily, Pixels, Vectors, Weights
from genloop.core.records import Records
from genloop.engine import units as columns
from genloop.engine.plan import Plan, Stage
from genloop.engine.units import Unit


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

    def sample(self, given: Batch, rng: np.random.Generator) -> Pixels:
        """One picture a row of what is given."""
        return self.family.sample(self.weights, given, rng, coder=self.coder)


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


def given(units: Sequence[Unit], records: Records, rows: int, words: Vectors | None = None) -> Batch:
    """What the rows' tokens and sentences give a stage of pictures; `rows` counts where there are no tokens."""
    fields = columns.fields(units)
    codes = columns.encode(units, records) if fields else np.zeros((rows, 0), np.uint16)
    return Batch(codes, fields, vectors=words)


def paint(
    makers: Sequence[Painter],
    units: Sequence[Unit],
    records: Records,
    rows: int,
    rng: np.random.Generator,
    words: Mapping[str, Vectors],
) -> Records:
    """The pictures that go with the rows, a column for each painter; `words` are the sentences' vectors by column."""
    made = []
    for maker in makers:
        unit = next(unit for unit in units if maker.column in unit.names)
        pixels = maker.sample(given(units, records, rows, _words(maker, rows, words)), rng)
        made.append(unit.codec.decode(unit.frozen, pixels, rng))
    return pa.table({part.column_names[0]: part.column(0) for part in made})


def _words(maker: Painter, rows: int, words: Mapping[str, Vectors]) -> Vectors | None:
    """The sentences' vectors of a stage that takes any: zeros, which say nothing, where none are given."""
    if not maker.stage.words:
        return None
    width = int(maker.weights.head["words"])
    return words.get(maker.column, np.zeros((rows, width), np.float32))
