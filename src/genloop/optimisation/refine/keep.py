"""Rules kept in made rows: determined columns computed, the rest redrawn a bounded number of times, then repaired.

The steps, each on the rows that are still broken: (1) compute what rules determine; (2) draw rows anew, at most
`rounds` times; (3) where most rows are sound, put copies of sound made rows in place, which is what drawing on would
give in the end; else mend cells: the nearest listed combination, the two ends of an order exchanged or pushed apart;
(4) where all that fails, empty a cell of the broken rule. No loop is without a bound; the end is checked.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Bool, Int64

from genloop.core import clashes
from genloop.core.determination import Determining, inputs, ordered, target, written
from genloop.core.errors import RuleError
from genloop.core.holds import holds
from genloop.core.records import Records
from genloop.core.rules import Dependency, Formula, Order, Rule, columns, describe
from genloop.core.schema import Schema
from genloop.optimisation.refine import compute, mend

Mask = Bool[np.ndarray, " rows"]
Redraw = Callable[[int, np.random.Generator], Records]
_SOUND_ENOUGH = 0.5  # share of sound rows from which copies of them stand in for the rest
_MENDING_PASSES = 3
_EMPTYING_PASSES = 3


@dataclass(frozen=True)
class Kept:
    """Rows in which the rules hold, and for each rule how many rows it changed.

    `broken` counts rows in which a found rule fails although no free cell was left to keep it with.
    """

    records: Records
    changed: Mapping[str, int]
    broken: Mapping[str, int] = field(default_factory=dict)


def keep(
    records: Records,
    rules: Sequence[Rule],
    schema: Schema,
    *,
    redraw: Redraw | None = None,
    rng: np.random.Generator,
    rounds: int = 8,
    fixed: Mapping[str, Mask] | None = None,
) -> Kept:
    """The cleaned records with every rule kept in every row; determined columns may be absent and are computed.

    `redraw(count, rng)` draws further rows; `fixed` marks cells, by column, that must stay as they are.

    Raises:
        RuleError: rules contradict each other, or cells that must stay contradict a declared rule.
    """
    clashes.check(rules)
    work = _Work(tuple(rules), ordered(rules), schema, dict(fixed or {}), {})
    if records.num_rows == 0:
        return Kept(work.computed(records), {})
    records = _redrawn(work, work.computed(records, count=True), redraw, rng, rounds)
    broken = work.broken(records)
    for step in (_copied, _mended, _replaced, _emptied):
        if not broken.any():
            break
        records = step(work, records, broken, rng)
        broken = work.broken(records)
    return Kept(records, {text: count for text, count in work.changed.items() if count}, _left(work, records))


@dataclass(frozen=True)
class _Work:
    """The rules in the order of computing, the cells that stay, and the running count of changes."""

    rules: tuple[Rule, ...]
    determining: tuple[Determining, ...]
    schema: Schema
    fixed: dict[str, Mask]
    changed: dict[str, int]

    @property
    def locked(self) -> dict[str, tuple[str, ...]]:
        """Columns that rules compute, where mending would be undone, with what they are computed from."""
        return {target(rule): inputs(rule) for rule in self.determining}

    def sources(self, names: Sequence[str]) -> list[str]:
        """The columns that are not computed among the names and all that these are computed from."""
        free, locked, todo = dict[str, None](), self.locked, list(names)
        seen: set[str] = set()
        while todo:
            name = todo.pop(0)
            if name in locked and name not in seen:
                todo += locked[name]
            elif name not in locked:
                free[name] = None
            seen.add(name)
        return list(free)

    def computed(
        self, records: Records, places: Int64[np.ndarray, " some"] | None = None, count: bool = False
    ) -> Records:
        """The records (which stand at `places` of the whole) with the determined columns computed."""
        fixed = self.fixed if places is None else {name: mask[places] for name, mask in self.fixed.items()}
        for rule in self.determining:
            done = compute.fill(rule, records, self.schema, fixed)
            records = done.records
            if count:
                self.count(rule, int(done.changed.sum()))
        return records

    def count(self, rule: Rule, rows: int) -> None:
        """Note that a rule changed rows."""
        self.changed[describe(rule)] = self.changed.get(describe(rule), 0) + rows

    def broken(self, records: Records, count: bool = False) -> Mask:
        """Rows in which some rule fails; what was just computed holds, unless some cells had to stay."""
        rows = np.zeros(records.num_rows, bool)
        for rule in self.rules:
            if not self.fixed and isinstance(rule, Dependency | Formula):
                continue
            applies, kept = holds(rule, records)
            rows |= applies & ~kept
            if count:
                self.count(rule, int((applies & ~kept).sum()))
        return rows

    def odd(self, records: Records) -> Mask:
        """Rows with values that were never seen: computed numbers out of range, determinants that are not listed."""
        rows = np.zeros(records.num_rows, bool)
        for rule in self.determining:
            if isinstance(rule, Dependency):
                rows |= compute.unlisted(rule, records)
            for name in written(rule):
                summary = self.schema.summaries.get(name)
                if self.schema[name].kind != "number" or summary is None:
                    continue
                if isinstance(summary.low, int | float) and isinstance(summary.high, int | float):
                    values = compute.floats(name, records)
                    rows |= (values < summary.low) | (values > summary.high)
        return rows


def _redrawn(work: _Work, records: Records, redraw: Redraw | None, rng: np.random.Generator, rounds: int) -> Records:
    """Broken and odd rows replaced by fresh ones, as far as `rounds` draws give sound ones."""
    wrong = work.broken(records, count=True) | work.odd(records)
    for _ in range(rounds if redraw is not None else 0):
        places = np.flatnonzero(wrong)
        if not len(places) or redraw is None:
            break
        fresh = redraw(len(places), rng)
        if fresh.num_rows == 0:
            break
        places = places[: fresh.num_rows]
        fresh = _laid_over(work, _like(fresh, records), records, places)
        sound = np.flatnonzero(~(work.broken(fresh) | work.odd(fresh)))
        into = places[sound] if work.fixed else places[: len(sound)]
        records = _put(records, into, fresh.take(pa.array(sound)))
        wrong[into] = False
    return records


def _copied(work: _Work, records: Records, broken: Mask, rng: np.random.Generator) -> Records:
    """Copies of sound rows in place of the broken ones, where most rows are sound and no cell is fixed."""
    if work.fixed or np.mean(broken) > 1 - _SOUND_ENOUGH:
        return records
    sound = np.flatnonzero(~broken)
    return _put(records, np.flatnonzero(broken), records.take(pa.array(rng.choice(sound, int(broken.sum())))))


def _mended(work: _Work, records: Records, broken: Mask, rng: np.random.Generator) -> Records:
    """Cells of broken rows mended and what is determined by them computed again, a few times over."""
    for _ in range(_MENDING_PASSES):
        places = np.flatnonzero(broken)
        if not len(places):
            break
        fixed = {name: mask[places] for name, mask in work.fixed.items()}
        part = mend.mend(records.take(pa.array(places)), work.rules, work.schema, set(work.locked), fixed, rng)
        records = _put(records, places, work.computed(part, places))
        broken = work.broken(records)
    return records


def _replaced(work: _Work, records: Records, broken: Mask, rng: np.random.Generator) -> Records:
    """The free cells of broken rows taken from sound rows, where there are any."""
    sound, places = np.flatnonzero(~broken), np.flatnonzero(broken)
    if not len(sound):
        return records
    fresh = records.take(pa.array(rng.choice(sound, len(places))))
    fresh = _laid_over(work, fresh, records, places)
    good = ~work.broken(fresh)
    return _put(records, places[good], fresh.filter(pa.array(good)))


def _emptied(work: _Work, records: Records, broken: Mask, rng: np.random.Generator) -> Records:
    """Free cells of broken rules emptied, so that the rules no longer apply: one of an order, all of another rule."""
    for _ in range(_EMPTYING_PASSES):
        for rule in work.rules:
            applies, kept = holds(rule, records)
            names = work.sources(columns(rule))
            for name in names[-1:] if isinstance(rule, Order) and len(names) == 2 else names:
                where = applies & ~kept & ~work.fixed.get(name, np.zeros(records.num_rows, bool))
                if where.any():
                    column = mend.emptied(records.column(name), where)
                    records = records.set_column(records.column_names.index(name), name, column)
        records = work.computed(records)
        if not work.broken(records).any():
            break
    return records


def _left(work: _Work, records: Records) -> dict[str, int]:
    """Found rules that fixed cells break, with their rows.

    Raises:
        RuleError: a declared rule is among them.
    """
    left: dict[str, int] = {}
    for rule in work.rules:
        applies, kept = holds(rule, records)
        rows = np.flatnonzero(applies & ~kept)
        if not len(rows):
            continue
        if rule.origin == "declared":
            row = ", ".join(f"{name}={records.column(name)[int(rows[0])].as_py()}" for name in columns(rule))
            raise RuleError(
                f"the declared rule '{describe(rule)}' cannot be kept in {len(rows)} row(s), first row {rows[0] + 1} "
                f"({row}): cells that must stay contradict it; change the rule or the given values"
            )
        left[describe(rule)] = len(rows)
    return left


def _like(fresh: Records, records: Records) -> Records:
    """Fresh rows with the columns of the records; those they lack are missing until they are computed."""
    for name in records.column_names:
        if name not in fresh.column_names:
            fresh = fresh.append_column(name, pa.nulls(fresh.num_rows, records.column(name).type))
    return fresh.select(records.column_names).cast(records.schema)


def _laid_over(work: _Work, fresh: Records, records: Records, places: Int64[np.ndarray, " some"]) -> Records:
    """Rows to stand at `places`: fresh, but for the cells that stay, and computed."""
    for name, mask in work.fixed.items():
        old = records.column(name).take(pa.array(places))
        column = pc.if_else(pa.array(mask[places]), old, fresh.column(name))
        fresh = fresh.set_column(fresh.column_names.index(name), name, column)
    return work.computed(fresh, places)


def _put(records: Records, places: Int64[np.ndarray, " some"], fresh: Records) -> Records:
    """The records with the fresh rows at the places."""
    if not len(places):
        return records
    index = np.arange(records.num_rows)
    index[places] = records.num_rows + np.arange(len(places))
    return pa.concat_tables([records, fresh.select(records.column_names).cast(records.schema)]).take(pa.array(index))
