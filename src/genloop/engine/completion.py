"""Partial rows completed: cells that are present stay exactly, the rest is drawn given them.

Gaps of rows that have a text are drawn given it, by the family that learnt such texts.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Bool, Float

from genloop.core import determination
from genloop.core import pixels as tensors
from genloop.core import seed as seeds
from genloop.core.errors import ConditionError
from genloop.core.holds import holds as rule_holds
from genloop.core.holds import spell
from genloop.core.records import Records
from genloop.core.rules import Dependency, Formula, Rule
from genloop.engine import draw, given, reading, sight
from genloop.engine import units as columns
from genloop.engine.given import Asked
from genloop.engine.learnt import Learnt
from genloop.engine.rows import first
from genloop.files.clean import clean
from genloop.files.read import read as open_source
from genloop.optimisation.refine import compute
from genloop.optimisation.refine.keep import keep

ROUNDS = 4
CANDIDATES = 8
Mask = Bool[np.ndarray, " rows"]


@dataclass(frozen=True)
class Partial:
    """Cleaned rows in schema order, per column which cells are present, and the columns whose pictures are given."""

    records: Records
    present: dict[str, Mask]
    shown: list[str] = field(default_factory=list)

    @property
    def fixed(self) -> dict[str, Mask]:
        """The masks of the columns in which some cell is present."""
        return {name: mask for name, mask in self.present.items() if mask.any()}

    def take(self, rows: np.ndarray) -> "Partial":
        """The rows at these places."""
        return Partial(self.records.take(pa.array(rows)), {name: mask[rows] for name, mask in self.present.items()})


def read(learnt: Learnt, data: Any, pictured: Collection[str] = ()) -> Partial:
    """The partial table `data` (a path or a data frame); columns that it lacks are missing in every row.

    Pictures of the columns `pictured` are given beside it.

    Raises:
        ConditionError: it has a column that the model does not know, or lacks pictures that others are made from.
    """
    source = open_source(data)
    unknown = [name for name in source.columns if name not in learnt.schema]
    if unknown:
        raise ConditionError(
            f"--complete: no column {', '.join(map(repr, unknown))}; the model has {', '.join(learnt.schema.names)}"
        )
    raw = first(source)
    if raw.num_rows == 0:
        raise ConditionError("--complete: the table has no row to complete")
    for name in learnt.schema.names:
        if name not in raw.column_names:
            raw = raw.append_column(name, pa.nulls(raw.num_rows, pa.string()))
    cleaned = clean(raw.select(learnt.schema.names), learnt.schema)
    if cleaned.repairs:
        listed = ", ".join(f"{name} ({count})" for name, count in cleaned.repairs.items())
        raise ConditionError(f"--complete: cells cannot be read in {listed}; correct them or leave them empty")
    found = cleaned.records
    present = {name: pc.is_valid(found.column(name)).to_numpy() for name in learnt.schema.names}
    for name in _pictured(learnt, present):
        if not present[name].all():
            row = 1 + int(present[name].argmin())
            raise ConditionError(f"--complete: row {row} has no picture in {name!r}, others have; give all or none")
    shown = sight.check(learnt.plan, {*pictured, *_pictured(learnt, present)})
    return Partial(found, present, shown)


def stream(learnt: Learnt, partial: Partial, seed: int, asked: Asked) -> Iterator[Records]:
    """The completed rows in order, chunk by chunk."""
    size = draw.chunk(learnt)
    for number, start in enumerate(range(0, partial.records.num_rows, size)):
        stop = min(start + size, partial.records.num_rows)
        rng, part = seeds.stream(seed, "complete", number), partial.take(np.arange(start, stop))
        pictures = sight.shown(learnt.units, part.records, _pictured(learnt, partial.present))
        own = replace(asked, pictures={**asked.pictures, **pictures})
        records = pa.table({}) if learnt.plan.table is None else fill(learnt, part, rng, own, first_row=start)
        yield _overlay(draw.whole(learnt, records, stop - start, rng, start, own, part.present), part)


def fill(learnt: Learnt, partial: Partial, rng: np.random.Generator, asked: Asked, *, first_row: int = 0) -> Records:
    """Every row completed: of several candidates a row, one that agrees best with its cells, the rules and conditions.

    Where no candidate gives a present cell that rules compute, its determinants are set to values that do; what is left
    is repaired.

    Raises:
        ConditionError: no completion of a row satisfies the conditions.
        RuleError: the present cells of a row contradict a declared rule.
    """
    done: list[Records] = []
    places: list[np.ndarray] = []
    left = np.arange(partial.records.num_rows)
    for turn in range(ROUNDS):
        rest = partial.take(left)
        if turn:
            rest = _determine(learnt, rest, rng)
        made = _chosen(learnt, rest, rng, asked)
        if turn == ROUNDS - 1 and learnt.rules:
            made = keep(made, _solved(learnt, rest), learnt.schema, rng=rng, fixed=rest.fixed).records
            good = given.holds(asked, learnt.units, made)
        else:
            good = given.holds(asked, learnt.units, made) & _sound(learnt, made)
        done.append(made.filter(pa.array(good)))
        places.append(left[good])
        left = left[~good]
        if not len(left):
            break
    if len(left):
        asking = " and ".join(map(str, asked.conditions))
        raise ConditionError(
            f"row {first_row + left[0] + 1} of --complete cannot be completed with {asking}: its cells contradict it"
        )
    return pa.concat_tables(done).take(pa.array(np.argsort(np.concatenate(places), kind="stable")))


def _chosen(learnt: Learnt, partial: Partial, rng: np.random.Generator, asked: Asked) -> Records:
    """For each row the best of its candidates: as many as it has given cells that rules compute, else one."""
    rows = partial.records.num_rows
    targets = [determination.target(rule) for rule in determination.ordered(learnt.rules)]
    hard = [name for name in targets if partial.present[name].any()]
    copies = CANDIDATES if hard or learnt.rules or asked.allowed else 1
    many = partial.take(np.tile(np.arange(rows), copies))
    made = _drawn(learnt, many, rng, asked)
    loss = np.where(given.holds(asked, learnt.units, made), 0.0, 1e6)
    for name in hard:
        loss += np.where(many.present[name], _distance(made.column(name), many.records.column(name)), 0.0)
    made = _overlay(made, many)
    for rule in determination.ordered(_solved(learnt, many)):
        made = compute.fill(rule, made, learnt.schema, many.fixed).records
    loss += np.where(_sound(learnt, made), 0.0, 1e3)
    best = loss.reshape(copies, rows).argmin(axis=0) * rows + np.arange(rows)
    return made.take(pa.array(best))


def _drawn(learnt: Learnt, partial: Partial, rng: np.random.Generator, asked: Asked) -> Records:
    """The rows with their gaps drawn given their cells, and everything that rules determine computed."""
    codes = columns.encode(learnt.units, partial.records)
    known = [
        np.logical_and.reduce([partial.present[name] for name in unit.names])
        for unit in learnt.units
        for _ in unit.fields
    ]
    given_tokens = reading.infer(learnt, partial.records, codes, np.stack(known, axis=1), rng, asked)
    drawn = learnt.family.sample(learnt.weights, partial.records.num_rows, rng, share=asked.shares, given=given_tokens)
    made = _overlay(columns.decode(learnt.units, drawn, rng, allowed=asked.allowed), partial)
    for rule in determination.ordered(learnt.rules):
        made = compute.fill(rule, made, learnt.schema, {}).records
    return made


def _overlay(made: Records, partial: Partial) -> Records:
    """The made rows with every present cell in its place."""
    for place, name in enumerate(made.column_names):
        mask = partial.present[name]
        if mask.any() and not tensors.is_tensor(made.column(name).type):  # pictures are there already
            cells = pc.if_else(pa.array(mask), partial.records.column(name), made.column(name))
            made = made.set_column(place, name, cells)
    return made


def _pictured(learnt: Learnt, present: Mapping[str, Mask]) -> list[str]:
    """The columns of pictures in which some cell is present."""
    return [column.name for column in learnt.schema.columns if column.kind == "image" and present[column.name].any()]


def _solved(learnt: Learnt, partial: Partial) -> list[Rule]:
    """The rules, a formula whose result is given solved for the first of its columns that no row gives."""
    rules = list(learnt.rules)
    for place, rule in enumerate(learnt.rules):
        if not isinstance(rule, Formula) or not partial.present[determination.target(rule)].any():
            continue
        others = [other for other in rules if other is not rule and isinstance(other, Dependency | Formula)]
        for name in determination.inputs(rule):
            other = replace(rule, solved=None if name == rule.column else name)
            if not partial.present[name].any() and determination.acyclic([other], others):
                rules[place] = other
                break
    return rules


def _distance(made: pa.ChunkedArray, wanted: pa.ChunkedArray) -> Float[np.ndarray, " rows"]:
    """How far made cells lie from the wanted ones: in standard deviations for numbers and times, 0 or 1 otherwise."""
    if pa.types.is_string(made.type):
        return np.asarray(pc.fill_null(pc.not_equal(made, wanted), True).to_numpy(), float)
    a, b = (np.asarray(_floats(column)) for column in (made, wanted))
    spread = float(np.nanstd(np.r_[a, b])) or 1.0
    return np.asarray(np.nan_to_num(np.abs(a - b) / spread, nan=10.0))


def _floats(column: pa.ChunkedArray) -> Float[np.ndarray, " rows"]:
    if pa.types.is_temporal(column.type):
        column = pc.cast(column, pa.int64())
    return np.asarray(pc.cast(column, pa.float64(), safe=False).to_numpy())


def _sound(learnt: Learnt, made: Records) -> Mask:
    """Rows in which every rule holds."""
    sound = np.ones(made.num_rows, bool)
    for rule in learnt.rules:
        applies, kept = rule_holds(rule, made)
        sound &= kept | ~applies
    return sound


def _determine(learnt: Learnt, partial: Partial, rng: np.random.Generator) -> Partial:
    """The rows with determinants fixed to a listed combination that gives the value that is present."""
    records, present = partial.records, dict(partial.present)
    for rule in determination.ordered(learnt.rules):
        if not isinstance(rule, Dependency) or not present[rule.column].any():
            continue
        texts = {name: [spell(cell) for cell in records.column(name).to_pylist()] for name in (*rule.by, rule.column)}
        for row in np.flatnonzero(present[rule.column]):
            fitting = [
                by
                for by, value in rule.mapping
                if value == texts[rule.column][row]
                and all(
                    not present[name][row] or texts[name][row] == text for name, text in zip(rule.by, by, strict=True)
                )
            ]
            if fitting:
                chosen = fitting[int(rng.integers(len(fitting)))]
                for name, text in zip(rule.by, chosen, strict=True):
                    texts[name][row] = text
        for name in rule.by:
            kind = records.column(name).type
            cells = pa.array([compute.value(text, kind) for text in texts[name]], kind)
            records = records.set_column(records.column_names.index(name), name, cells)
            present[name] = present[name] | pc.is_valid(cells).to_numpy(zero_copy_only=False)
    return Partial(records, present)
