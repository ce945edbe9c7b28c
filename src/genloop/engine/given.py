"""What conditions ask for: the part of each field's tokens they leave, and a check of the rows that come out.

A condition on a learnt column goes to its codec. One on a column that a dependency computes is carried over to the
columns it is computed from; one on a formula's result is met by choosing among candidates. Conditions that no rule
lets come true are refused before anything is drawn.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Bool, Float

from genloop.core import determination
from genloop.core.conditions import Condition
from genloop.core.demand import Demand
from genloop.core.errors import ConditionError
from genloop.core.protocols import Allowed, Pixels
from genloop.core.records import Records
from genloop.core.rules import Combination, Dependency, Order, Rule, describe
from genloop.core.schema import LEARNT_KINDS, Schema
from genloop.core.texts import USUAL, Wish
from genloop.engine.refining import Ledger
from genloop.engine.units import Unit

_WHY_NOT = {
    "key": "a key: its values are made fresh",
    "text": "free text, which is not learnt",
    "image": "of pictures; give words with `genloop create`, or another picture with `genloop edit`",
}


@dataclass(frozen=True)
class Asked:
    """Conditions made ready: per unit what they allow; `shares` per field of the learnt units (None: no condition).

    `words` are the vectors of the sentences that columns of pictures are asked for with, `pictures` those that are
    given, one to a row or one for all; `texts` what is demanded of each column that is written and `wish` how texts are
    drawn; `ledger` says how pictures are refined, and takes down what that changed.
    """

    conditions: tuple[Condition, ...] = ()
    allowed: Mapping[int, Allowed] = field(default_factory=dict)
    shares: tuple[Float[np.ndarray, " _"] | None, ...] | None = None
    words: Mapping[str, Float[np.ndarray, " _"]] = field(default_factory=dict)
    pictures: Mapping[str, Pixels] = field(default_factory=dict)
    texts: Mapping[str, Demand] = field(default_factory=dict)
    wish: Wish = USUAL
    ledger: Ledger = field(default_factory=Ledger)


def read(
    conditions: Sequence[Condition],
    units: Sequence[Unit],
    schema: Schema,
    rules: Sequence[Rule],
    written: Sequence[str] = (),
) -> Asked:
    """What the conditions ask of this model, whose columns `written` are texts that a stage makes.

    Raises:
        ConditionError: a column is unknown or not learnt, a value was never seen, or a rule makes it impossible.
    """
    if not conditions:
        return Asked()
    places = {name: place for place, unit in enumerate(units) for name in unit.names}
    grouped: dict[int, list[Condition]] = {}
    said: dict[str, list[Condition]] = {}
    for condition in conditions:
        if condition.column in written:
            said.setdefault(condition.column, []).append(condition)
            continue
        _check(condition, schema)
        grouped.setdefault(places[condition.column], []).append(condition)
    allowed = {place: _allow(units[place], own) for place, own in grouped.items()}
    _refuse(grouped, allowed, units, rules, places)
    for rule in reversed(determination.ordered(rules)):
        if isinstance(rule, Dependency) and places[rule.column] in allowed:
            _carry(rule, units, places, grouped, allowed)
    shares = tuple(
        share
        for place, unit in enumerate(units)
        for share in (allowed[place].share if unit.learnt and place in allowed else (None,) * len(unit.fields))
    )
    asked = {
        name: units[places[name]].codec.allow(units[places[name]].frozen, own).detail for name, own in said.items()
    }
    told = shares if any(share is not None for share in shares) else None
    return Asked(tuple(conditions), allowed, told, texts=asked)


def holds(asked: Asked, units: Sequence[Unit], records: Records) -> Bool[np.ndarray, " rows"]:
    """Which rows satisfy every condition."""
    kept = np.ones(records.num_rows, bool)
    for place, allowed in asked.allowed.items():
        kept &= _satisfied(units[place], allowed, records)
    return kept


def _check(condition: Condition, schema: Schema) -> None:
    if condition.column not in schema:
        raise ConditionError(
            f"condition '{condition}': no column {condition.column!r}; the model has {', '.join(schema.names)}"
        )
    kind = schema[condition.column].kind
    if kind not in LEARNT_KINDS:
        why = _WHY_NOT.get(kind, f"of the kind {kind}, which is not learnt")
        raise ConditionError(f"condition '{condition}': column {condition.column!r} is {why}; it cannot be asked for")


def _allow(unit: Unit, conditions: Sequence[Condition]) -> Allowed:
    allowed = unit.codec.allow(unit.frozen, conditions)
    if all(share is not None and not share.any() for share in allowed.share):
        raise ConditionError(f"no value of {unit.names[0]!r} satisfies {' and '.join(map(str, conditions))}")
    return allowed


def _satisfied(unit: Unit, allowed: Allowed, records: Records) -> Bool[np.ndarray, " rows"]:
    codes = unit.codec.encode(unit.frozen, records.select(list(unit.names)))
    kept = np.ones(records.num_rows, bool)
    for position, share in enumerate(allowed.share):
        if share is not None:
            kept &= share[codes[:, position]] > 0
    if len(unit.names) == 1 and (allowed.low is not None or allowed.high is not None):
        kept &= _within(records.column(unit.names[0]), allowed)
    return kept


def _within(column: pa.ChunkedArray, allowed: Allowed) -> Bool[np.ndarray, " rows"]:
    """Inside of the bounds, or missing (which the tokens answer for)."""
    if pa.types.is_temporal(column.type):
        column = pc.cast(column, pa.int64())
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        return np.ones(len(column), bool)
    values = pc.cast(column, pa.float64(), safe=False).to_numpy()
    low = -np.inf if allowed.low is None else allowed.low
    high = np.inf if allowed.high is None else allowed.high
    return np.asarray(np.isnan(values) | ((values >= low) & (values <= high)))


def _refuse(
    grouped: Mapping[int, list[Condition]],
    allowed: Mapping[int, Allowed],
    units: Sequence[Unit],
    rules: Sequence[Rule],
    places: Mapping[str, int],
) -> None:
    """Refuse what a rule cannot let come true, naming the pair that clashes."""
    for rule in rules:
        names = [name for name in _constrained(rule) if places.get(name) in allowed]
        if not names:
            continue
        clash = False
        if isinstance(rule, Order) and len(names) == 2:
            low, high = allowed[places[rule.low]].low, allowed[places[rule.high]].high
            clash = low is not None and high is not None and (low > high or (rule.strict and low == high))
        elif isinstance(rule, Dependency | Combination):
            tuples = _tuples(rule)
            clash = bool(tuples) and len(names) > 1 and not _possible(rule, tuples, units, places, allowed).any()
        if clash:
            asked = " and ".join(str(c) for name in names for c in grouped[places[name]])
            raise ConditionError(f"'{asked}' cannot come true: the {rule.origin} rule '{describe(rule)}' forbids it")


def _constrained(rule: Rule) -> tuple[str, ...]:
    match rule:
        case Order(low=low, high=high):
            return (low, high)
        case Dependency(by=by, column=column):
            return (*by, column)
        case Combination(columns=names):
            return names
    return ()


def _tuples(rule: Dependency | Combination) -> list[tuple[str | None, ...]]:
    if isinstance(rule, Combination):
        return list(rule.allowed)
    return [(*by, value) for by, value in rule.mapping]


def _possible(
    rule: Rule,
    tuples: Sequence[tuple[str | None, ...]],
    units: Sequence[Unit],
    places: Mapping[str, int],
    allowed: Mapping[int, Allowed],
) -> Bool[np.ndarray, " tuples"]:
    """Which of a rule's value combinations the conditions leave."""
    kept = np.ones(len(tuples), bool)
    for position, name in enumerate(_constrained(rule)):
        unit = units[places[name]]
        if places[name] in allowed and len(unit.names) == 1:
            values = _typed([entry[position] for entry in tuples], unit)
            kept &= _satisfied(unit, allowed[places[name]], pa.table({name: values}))
    return kept


def _typed(texts: Sequence[str | None], unit: Unit) -> pa.Array:
    """A rule's texts as cleaned values of the unit's column."""
    kind = unit.columns[0].kind
    texts_array = pa.array(texts, pa.string())
    if kind == "number":
        return pc.cast(texts_array, pa.float64())
    return pc.cast(texts_array, pa.timestamp("us")) if kind == "time" else texts_array


def _carry(
    rule: Dependency,
    units: Sequence[Unit],
    places: Mapping[str, int],
    grouped: dict[int, list[Condition]],
    allowed: dict[int, Allowed],
) -> None:
    """Narrow the columns that determine `rule.column` to the values that give what was asked of it."""
    tuples = _tuples(rule)
    possible = _possible(rule, tuples, units, places, allowed)
    for position, name in enumerate(rule.by):
        values = list(dict.fromkeys(entry[position] for entry, kept in zip(tuples, possible, strict=True) if kept))
        if not values or None in values or len(units[places[name]].names) > 1:
            continue
        own = [*grouped.get(places[name], []), Condition(name, "in", tuple(values))]
        grouped[places[name]], allowed[places[name]] = own, _allow(units[places[name]], own)
