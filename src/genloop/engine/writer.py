"""Fitted columns of texts: what their stages learn from, and the texts that go with made rows.

A family either writes tokens of the column's codec, or (form "raw") texts as they are, with pieces of its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.util import find_spec
from typing import Any

import numpy as np
import pyarrow as pa
from jaxtyping import Bool

from genloop.core import extras, registry
from genloop.core.demand import Demand
from genloop.core.errors import DataError
from genloop.core.families import RawTextFamily
from genloop.core.protocols import Batch, Weights
from genloop.core.records import Records
from genloop.core.texts import Wish
from genloop.engine import chooser, drafts, painter, stops
from genloop.engine.chooser import Chooser
from genloop.engine.drafts import Lines
from genloop.engine.given import Asked
from genloop.engine.plan import RAW, Plan, Stage
from genloop.engine.units import Unit
from genloop.files.profile import Profile
from genloop.files.texts import survey as surveys

_PACKAGES = {"torch": "neural", "tokenizers": "text"}  # what learning texts takes, and the extras they come with
LONG = 30  # characters from which two equal texts are copies


@dataclass(frozen=True)
class Writer:
    """The stage that makes the texts of one column."""

    stage: Stage
    weights: Weights
    chooser: Chooser | None = None

    @property
    def column(self) -> str:
        """The name of the column."""
        return self.stage.columns[0]

    def sample(
        self, units: Sequence[Unit], records: Records, rows: int, rng: np.random.Generator, demand: Demand, wish: Wish
    ) -> Lines:
        """A text for each of the rows that keeps what is demanded; the best of several where a critic chooses.

        Raises:
            ConditionError: the demand cannot be kept.
        """
        part: Any = registry.load("generators.text", self.stage.family)
        if demand.missing or not rows:
            return [None] * rows
        if self.chooser is not None:
            plain, of = replace(self, chooser=None), self.chooser.of
            each = records.take(pa.array(np.repeat(np.arange(rows), of))) if records.column_names else records
            return self.chooser.best(plain.sample(units, each, rows * of, rng, demand, wish))
        if part.FORM == RAW:
            return drafts.drawn(self._raw(part, records, rows, rng, wish), rows, demand, self.column)
        return self._author(part, units, records, rows, rng, wish).kept(demand)

    def stream(
        self, units: Sequence[Unit], record: Records, rng: np.random.Generator, demand: Demand, wish: Wish
    ) -> Iterator[str]:
        """The text of one row, piece by piece as it is drawn; whole where the family takes texts raw.

        Raises:
            ConditionError: the demand cannot be kept.
        """
        part: Any = registry.load("generators.text", self.stage.family)
        if part.FORM == RAW or demand.missing:
            return (line or "" for line in self.sample(units, record, 1, rng, demand, wish))
        return self._author(part, units, record, 1, rng, wish).stream(demand)

    def _author(
        self, part: Any, units: Sequence[Unit], records: Records, rows: int, rng: np.random.Generator, wish: Wish
    ) -> drafts.Author:
        unit = next(unit for unit in units if self.column in unit.names)
        author = drafts.Author(part, self.weights, unit, painter.given(units, records, rows), rng, wish)
        return replace(author, part=stops.Stopping(part, author.letters, wish.stop)) if wish.stop else author

    def _raw(
        self, part: RawTextFamily, records: Records, rows: int, rng: np.random.Generator, wish: Wish
    ) -> drafts.Draw:
        """A draw of texts for some of the rows, which are given with a column of texts that are all missing."""
        own = pa.nulls(rows, pa.string())
        given = records.append_column(self.column, own) if records.column_names else pa.table({self.column: own})

        def draw(places: np.ndarray, demand: Demand) -> Lines:
            return part.sample(self.weights, given.take(pa.array(places)), rng, demand, wish)

        return draw


def writable(found: Profile, family: str | None = None) -> tuple[str, ...]:
    """The columns whose texts `family` can learn: enough of them differ, and the packages that it takes are installed.

    Raises:
        DataError: there is nothing but texts, and too few.
        MissingExtra: they are not installed, and the family or the data are for nothing else.
    """
    alone = all(column.kind in ("text", "key") for column in found.schema.columns)
    if not takes_raw(family) and not all(map(_installed, _PACKAGES)):
        if found.texts and (alone or _only_writes(family)):
            for package, extra in _PACKAGES.items():
                extras.load(package, f"the {family} family" if family else "learning texts", extra)
        return ()
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


def takes_raw(family: str | None) -> bool:
    """Whether the named family is one of texts and takes them as they are."""
    known = family is not None and family in registry.names("generators.text")
    return known and bool(registry.load("generators.text", str(family)).FORM == RAW)


def _only_writes(family: str | None) -> bool:
    """Whether the named family is one of texts and none of tables."""
    return family in registry.names("generators.text") and family not in registry.names("generators")


def _installed(package: str) -> bool:
    try:
        return find_spec(package) is not None
    except ModuleNotFoundError:  # something keeps it out
        return False


def writers(plan: Plan, parts: Sequence[Weights]) -> tuple[Writer, ...]:
    """What makes each column of texts, in the plan's order."""
    pairs = zip(plan.stages, parts, strict=True)
    return tuple(Writer(stage, *chooser.stored(weights)) for stage, weights in pairs if stage.role == "text")


def lesson(units: Sequence[Unit], records: Records, stage: Stage) -> tuple[Batch, dict[str, Any], Records | None]:
    """What a stage of texts learns from: its batch, settings that the engine adds, and the rows if it takes them raw.

    A family that takes raw rows gets no tokens. A long text is learnt once however often it stands there; a short one
    is what people say.
    """
    column = stage.columns[0]
    records = _once(records, column)
    if takes_raw(stage.family):
        return Batch(np.zeros((records.num_rows, 0), np.uint16), ()), {"column": column}, records
    unit = next(unit for unit in units if column in unit.names)
    told = painter.given(units, records, records.num_rows)
    texts: Any = unit.codec.encode(unit.frozen, records.select([column]))
    return Batch(told.codes, told.fields, texts=texts), {"vocabulary": int(unit.frozen["vocabulary"])}, None


def _once(records: Records, column: str) -> Records:
    """The rows without those whose long text an earlier one has, spaces aside."""
    seen: set[str] = set()
    kept = []
    for row, text in enumerate(records.column(column).to_pylist()):
        key = " ".join(text.split()) if text else ""
        if len(key) < LONG or key not in seen:
            kept.append(row)
            seen.add(key)
    return records if len(kept) == records.num_rows else records.take(pa.array(kept, pa.int64()))


def write(
    makers: Sequence[Writer],
    units: Sequence[Unit],
    records: Records,
    rows: int,
    rng: np.random.Generator,
    asked: Asked,
    there: Mapping[str, Bool[np.ndarray, " rows"]] | None = None,
) -> Records:
    """The texts that go with the rows, a column for each writer; missing where one is already `there`."""
    made: dict[str, pa.Array] = {}
    for maker in makers:
        wanted = np.arange(rows) if there is None else np.flatnonzero(~there[maker.column])
        given = records.take(pa.array(wanted)) if records.column_names else records
        demand = asked.texts.get(maker.column, Demand())
        lines = maker.sample(units, given, len(wanted), rng, demand, asked.wish) if len(wanted) else []
        cells: Lines = [None] * rows
        for place, line in zip(wanted.tolist(), lines, strict=True):
            cells[place] = line
        made[maker.column] = pa.array(cells, pa.string())
    return pa.table(made)
