"""What all parts of an explanation stand on: one painter, conditions as they come in the data, noise, and eyes.

The eyes are the judges' small network, taught here on made pictures and what was asked of them: so nothing of the data
is needed, and what they read is what the model itself means by a class.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pyarrow as pa

from genloop.core import seed as seeds
from genloop.core.errors import ConditionError
from genloop.core.protocols import UNKNOWN, Batch, Pixels
from genloop.engine import units as columns
from genloop.engine.learnt import Learnt
from genloop.engine.painter import Painter
from genloop.engine.units import Unit
from genloop.judges.pictures.reading import Eyes, teach
from genloop.nn.words import LENGTH
from genloop.reports.texts import Words

POOL = 2_000  # rows of conditions, and of pictures that teach the eyes
FEW, MOST_CLASSES = 2, 30


@dataclass(frozen=True)
class Told:
    """A column that pictures are given: its unit and the places of its tokens."""

    unit: Unit
    places: slice

    @property
    def name(self) -> str:
        """The column's name, or the names of the unit's columns."""
        return ", ".join(self.unit.names)

    @property
    def kind(self) -> str:
        """The kind of the column."""
        return self.unit.columns[0].kind

    def title(self, value: str) -> Words:
        """The column at a value, as a heading; the data's own words stand in both languages."""
        text = f"{self.name} = {value}"
        return Words(text, text)


@dataclass(frozen=True)
class Ground:
    """A painter and the conditions it is tried under; the same seed gives the same explanation."""

    learnt: Learnt
    painter: Painter
    seed: int
    pool: Batch

    @classmethod
    def of(cls, learnt: Learnt, seed: int, captions: Batch | None = None) -> "Ground":
        """The ground of the model's first column of pictures; `captions` are rows of the data with their words.

        Raises:
            ConditionError: the model makes no pictures.
        """
        if not learnt.painters:
            raise ConditionError("the model makes no pictures; explaining looks at pictures: genloop fit FOLDER")
        painter = learnt.painters[0]
        if captions is None:
            codes = learnt.sample(POOL, seeds.stream(seed, "explain", "given"))
            words = np.zeros((POOL, LENGTH), np.float32) if painter.stage.words else None
            captions = Batch(codes, columns.fields(learnt.units), vectors=words)
        return cls(learnt, painter, seed, captions)

    def rng(self, *names: str) -> np.random.Generator:
        """A generator for this purpose."""
        return seeds.stream(self.seed, "explain", *names)

    @cached_property
    def told(self) -> tuple[Told, ...]:
        """The columns whose tokens pictures are given."""
        found, at = [], 0
        for unit in self.learnt.units:
            width = len(unit.fields)
            if width:
                found.append(Told(unit, slice(at, at + width)))
            at += width
        return tuple(found)

    @property
    def reasoned(self) -> str | None:
        """Why there is no noise to walk in, None where there is some."""
        return self.painter.noiseless

    def given(self, rows: int, name: str) -> Batch:
        """Conditions as they come in the data, drawn anew."""
        return self.pool.take(self.rng("given", name).integers(0, len(self.pool), rows))

    def noise(self, rows: int, name: str) -> np.ndarray:
        """Noise that pictures begin as."""
        return self.painter.noise(rows, self.rng("noise", name))

    def draw(self, given: Batch, noise: np.ndarray) -> Pixels:
        """The pictures of that noise, given that."""
        return self.painter.begun(given, noise)

    def values(self, told: Told) -> list[tuple[str, np.ndarray]]:
        """The values of a category, most frequent first, each with its tokens; those that only few rows have go."""
        tokens, counts = np.unique(self.pool.codes[:, told.places], axis=0, return_counts=True)
        order = np.argsort(-counts, kind="stable")
        order = order[counts[order] >= FEW][:MOST_CLASSES]
        made = told.unit.codec.decode(told.unit.frozen, tokens[order], self.rng("values"))
        names = made.column(0).cast(pa.string()).to_pylist()
        return [(name, tokens[place]) for name, place in zip(names, order, strict=True) if name is not None]

    @cached_property
    def classes(self) -> tuple[Told, list[tuple[str, np.ndarray]]] | None:
        """The category that pictures are told apart by, with its values in the order of their names."""
        for told in sorted(self._categories(), key=lambda told: told.name not in ("class", "label")):
            values = self.values(told)
            if len(values) >= FEW:
                return told, sorted(values, key=lambda value: _order(value[0]))
        return None

    @cached_property
    def eyes(self) -> Eyes:
        """The small network, taught on made pictures with the class asked of each."""
        given = self.given(POOL, "eyes")
        pixels = self.painter.sample(given, self.rng("eyes"))
        return teach(pixels, self.asked(given), self.rng("lesson"))

    def asked(self, given: Batch) -> np.ndarray:
        """The place of each row's class among `classes`; -1 where it is none of them."""
        found = np.full(len(given), -1, np.int64)
        if self.classes is not None:
            told, values = self.classes
            for place, (_, tokens) in enumerate(values):
                found[(given.codes[:, told.places] == tokens).all(axis=1)] = place
        return found

    def blank(self, given: Batch) -> Batch:
        """The rows with nothing asked for; a black second picture would be one that is given."""
        words = None if given.vectors is None else np.zeros_like(given.vectors)
        return replace(given, codes=np.full_like(given.codes, UNKNOWN), pixels=None, vectors=words, pictures=None)

    def with_tokens(self, given: Batch, told: Told, tokens: np.ndarray) -> Batch:
        """The rows with these tokens in the column's places."""
        codes = given.codes.copy()
        codes[:, told.places] = tokens
        return replace(given, codes=codes, pixels=None)

    def _categories(self) -> Iterator[Told]:
        return (told for told in self.told if told.kind == "category")


def _order(name: str) -> tuple[bool, float, str]:
    """Numbers by their value before names by their letters."""
    return (not name.isdecimal(), float(name) if name.isdecimal() else 0.0, name)
