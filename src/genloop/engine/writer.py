"""A fitted column of texts: what its stage is given by the other columns, and the words that its texts must hold."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np
import pyarrow as pa
from jaxtyping import Bool

from genloop.codecs import text as codec
from genloop.core import registry
from genloop.core.errors import DataError
from genloop.core.protocols import Batch, TextFamily, Weights
from genloop.core.records import Records
from genloop.core.texts import END, MISSING, Texts, Wish
from genloop.engine import painter
from genloop.engine.given import Asked
from genloop.engine.plan import Plan, Stage
from genloop.engine.units import Unit
from genloop.files.profile import Profile
from genloop.files.texts import survey as surveys

TRIES = 8  # texts drawn for a row before a wanted word is put in by force
Lines = list[str | None]
LATEST = 24  # pieces after which a word that is put in stands at the latest


@dataclass(frozen=True)
class Writer:
    """The stage that makes the texts of one column."""

    stage: Stage
    weights: Weights

    @property
    def column(self) -> str:
        """The name of the column."""
        return self.stage.columns[0]

    @property
    def family(self) -> TextFamily:
        """The family of the stage."""
        part: TextFamily = registry.load("generators.text", self.stage.family)
        return part

    def sample(self, given: Batch, rng: np.random.Generator, unit: Unit, wanted: codec.Asked | None) -> Lines:
        """A text for each row that holds the wanted words: of several tries the first, else one made to hold them."""
        if wanted is None or (wanted.missing is not False and not wanted.words):
            return self._drawn(given, rng, unit, Wish())
        found: Lines = [None] * len(given)
        left = np.arange(len(given))
        for _ in range(TRIES):
            drawn = self._drawn(given.take(left), rng, unit, Wish(guide=Present(len(left), unit.frozen["vocabulary"])))
            held = [text is not None and all(word in text for word in wanted.words) for text in drawn]
            for place, text, holds in zip(left, drawn, held, strict=True):
                found[place] = text if holds else None
            left = left[~np.array(held, bool)]
            if not len(left):
                return found
        parts = [codec.read(unit.frozen, [word], end=False)[0] for word in wanted.words]
        guide = Holding(len(left), unit.frozen["vocabulary"], parts, rng)
        for place, text in zip(left, self._drawn(given.take(left), rng, unit, Wish(guide=guide)), strict=True):
            found[place] = text
        return found

    def _drawn(self, given: Batch, rng: np.random.Generator, unit: Unit, wish: Wish) -> Lines:
        texts = self.family.sample(self.weights, given, rng, wish)
        made: Lines = codec.decode(unit.frozen, texts, rng).column(0).to_pylist()
        return made


class Present:
    """A guide under which no text is missing or empty."""

    def __init__(self, rows: int, tokens: int) -> None:
        self.first = np.ones(rows, bool)
        self.mask = np.ones(tokens, bool)
        self.mask[[END, MISSING]] = False

    def allowed(self, row: int) -> Bool[np.ndarray, " tokens"] | None:
        """Anything but an end, as the first token."""
        return self.mask if self.first[row] else None

    def follow(self, row: int, token: int) -> None:
        """The row has begun."""
        self.first[row] = False


class Holding(Present):
    """A guide that puts each of the words in, one after the other, at a place drawn for every row."""

    def __init__(self, rows: int, tokens: int, words: Sequence[np.ndarray], rng: np.random.Generator) -> None:
        super().__init__(rows, tokens)
        self.tokens = tokens
        places = np.sort(rng.integers(0, LATEST, (rows, len(words))), axis=1)
        self.plan = [list(zip(own.tolist(), words, strict=True)) for own in places]
        self.forced: list[list[int]] = [[] for _ in range(rows)]
        self.length = np.zeros(rows, int)

    def allowed(self, row: int) -> Bool[np.ndarray, " tokens"] | None:
        """The word's next piece where one is due, no end before all have come, anything after."""
        if not self.forced[row] and self.plan[row] and self.length[row] >= self.plan[row][0][0]:
            self.forced[row] = self.plan[row].pop(0)[1].tolist()
        if self.forced[row]:
            only = np.zeros(self.tokens, bool)
            only[self.forced[row][0]] = True
            return only
        return self.mask if self.plan[row] or self.first[row] else None

    def follow(self, row: int, token: int) -> None:
        """One piece more."""
        super().follow(row, token)
        self.length[row] += 1
        if self.forced[row]:
            self.forced[row].pop(0)


def writable(found: Profile) -> tuple[str, ...]:
    """The columns whose texts can be learnt: enough of them differ, and the packages that it takes are installed.

    Raises:
        DataError: there is nothing but texts, and too few.
    """
    if not all(map(_installed, ("torch", "tokenizers"))):
        return ()
    alone = all(column.kind in ("text", "key") for column in found.schema.columns)
    names = []
    for name, survey in found.texts.items():
        try:
            surveys.check(survey)
        except DataError:
            if alone and len(found.texts) == 1:
                raise
            continue
        names.append(name)
    return tuple(names)


def _installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:  # something keeps it out
        return False


def writers(plan: Plan, parts: Sequence[Weights]) -> tuple[Writer, ...]:
    """What makes each column of texts, in the plan's order."""
    pairs = zip(plan.stages, parts, strict=True)
    return tuple(Writer(stage, weights) for stage, weights in pairs if stage.role == "text")


def lesson(units: Sequence[Unit], records: Records, column: str) -> tuple[Batch, int]:
    """What a stage of texts learns from, and how many tokens its codec has."""
    unit = next(unit for unit in units if column in unit.names)
    told = painter.given(units, records, records.num_rows)
    texts: Texts = codec.encode(unit.frozen, records.select([column]))
    return Batch(told.codes, told.fields, texts=texts), int(unit.frozen["vocabulary"])


def write(
    makers: Sequence[Writer], units: Sequence[Unit], records: Records, rows: int, rng: np.random.Generator, asked: Asked
) -> Records:
    """The texts that go with the rows, a column for each writer."""
    made: dict[str, pa.Array] = {}
    for maker in makers:
        unit = next(unit for unit in units if maker.column in unit.names)
        wanted = asked.texts.get(maker.column)
        if wanted is not None and wanted.missing:
            made[maker.column] = pa.nulls(rows, pa.string())
            continue
        given = painter.given(units, records, rows)
        made[maker.column] = pa.array(maker.sample(given, rng, unit, wanted), pa.string())
    return pa.table(made)
