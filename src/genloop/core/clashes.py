"""Contradictions between rules, and between rules and conditions: refused with the pair that clashes.

Orders are checked by carrying bounds along them: with start <= end, what start must exceed end must exceed too.
Formulas are checked by interval arithmetic, dependencies and combinations by what their lists leave.
"""

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any

from genloop.core.conditions import Condition
from genloop.core.determination import ordered
from genloop.core.errors import RuleError
from genloop.core.rules import Combination, Dependency, Formula, Order, Rule, columns, describe
from genloop.core.schema import Schema

_DATE = re.compile(r"(\d{4})(?:[-/](\d{1,2})(?:[-/](\d{1,2}))?)?")


def check(rules: Sequence[Rule], schema: Schema | None = None) -> None:
    """Nothing, if the rules can hold together; with a schema also whether it has their columns in fitting kinds.

    Raises:
        RuleError: two rules contradict each other, or a rule does not fit the columns; the message names them.
    """
    ordered(rules)
    _refuse_order_circles([rule for rule in rules if isinstance(rule, Order)])
    for rule in rules:
        _refuse_itself(rule)
        if schema is not None:
            _refuse_misfit(rule, schema)
    for first, second in combinations([rule for rule in rules if _listed(rule)], 2):
        _refuse_disjoint(first, second)


def check_given(rules: Sequence[Rule], conditions: Sequence[Condition], schema: Schema) -> None:
    """Nothing, if some row can satisfy the conditions and the rules.

    Raises:
        RuleError: a rule and conditions exclude each other; the message names both.
    """
    spans = _spans(conditions, schema)
    orders = [rule for rule in rules if isinstance(rule, Order)]
    for _ in orders:
        for order in orders:
            _carry(order, spans)
    for rule in rules:
        if isinstance(rule, Formula):
            _refuse_formula(rule, spans)
        elif (rows := _listed(rule)) and not any(_meets(rule, row, conditions, schema) for row in rows):
            named = [c for c in conditions if c.column in columns(rule)]
            raise RuleError(_versus(rule, (str(condition) for condition in named)))


@dataclass(frozen=True)
class _Span:
    """What bounds say of a column, and the conditions (as text) that say so."""

    low: float = -math.inf
    high: float = math.inf
    low_from: str = ""
    high_from: str = ""


def _refuse_order_circles(orders: Sequence[Order]) -> None:
    for strict in orders:
        if not strict.strict:
            continue
        path = _path(orders, strict.high, strict.low)
        if path:
            named = "' and '".join(describe(rule) for rule in (strict, *path))
            raise RuleError(f"rules '{named}' contradict each other: no row can satisfy all of them; drop one")


def _path(orders: Sequence[Order], start: str, goal: str) -> list[Order]:
    """A shortest chain of orders that says start <= goal; empty when there is none."""
    chains: dict[str, list[Order]] = {start: []}
    frontier = [start]
    while frontier:
        name = frontier.pop(0)
        for order in orders:
            if order.low == name and order.high not in chains:
                chains[order.high] = [*chains[name], order]
                frontier.append(order.high)
    return chains.get(goal, [])


def _refuse_itself(rule: Rule) -> None:
    if isinstance(rule, Order) and rule.low == rule.high:
        raise RuleError(f"rule '{describe(rule)}' compares {rule.low!r} with itself; name two columns")
    if isinstance(rule, Dependency):
        seen: dict[tuple[str | None, ...], str | None] = {}
        for by, value in rule.mapping:
            if seen.setdefault(by, value) != value:
                raise RuleError(
                    f"rule '{describe(rule)}' maps {_shown(by)} both to {seen[by]} and to {value}; keep one of them"
                )
    if isinstance(rule, Formula) and not (math.isfinite(rule.scale) and rule.scale != 0 and rule.numerator):
        raise RuleError(f"rule '{describe(rule)}' needs a numerator and a scale other than 0")


def _refuse_misfit(rule: Rule, schema: Schema) -> None:
    absent = [name for name in dict.fromkeys(columns(rule)) if name not in schema]
    if absent:
        raise RuleError(
            f"rule '{describe(rule)}' speaks of {', '.join(absent)}; the table has {', '.join(schema.names)}"
        )
    kinds = {name: schema[name].kind for name in columns(rule)}
    unfit = [name for name, kind in kinds.items() if kind not in ("number", "category", "time", "place")]
    if unfit:
        raise RuleError(f"rule '{describe(rule)}': {unfit[0]!r} is of the kind {kinds[unfit[0]]}, which is not learnt")
    if isinstance(rule, Order | Formula):
        texts = [name for name, kind in kinds.items() if kind == "category"]
        if texts:
            raise RuleError(f"rule '{describe(rule)}': {texts[0]!r} is a category; numbers and times can be compared")
    if isinstance(rule, Formula) and rule.decimals > 0 and schema[rule.column].decimals == 0:
        raise RuleError(
            f"rule '{describe(rule)}' rounds to {rule.decimals} decimals, but {rule.column!r} holds whole numbers; "
            "round to 0"
        )
    if isinstance(rule, Order) and (kinds[rule.low] == "time") != (kinds[rule.high] == "time"):
        raise RuleError(f"rule '{describe(rule)}' compares a {kinds[rule.low]} with a {kinds[rule.high]}")


def _refuse_disjoint(first: Rule, second: Rule) -> None:
    """Two lists about the same columns that have no row in common."""
    names, others = columns(first), columns(second)
    if set(names) != set(others):
        return
    turned = {tuple(row[others.index(name)] for name in names) for row in _listed(second)}
    if not turned & set(_listed(first)):
        raise RuleError(
            f"rules '{describe(first)}' and '{describe(second)}' contradict each other: "
            "their lists have nothing in common"
        )


def _listed(rule: Rule) -> tuple[tuple[str | None, ...], ...]:
    if isinstance(rule, Combination):
        return rule.allowed
    return tuple((*by, value) for by, value in rule.mapping) if isinstance(rule, Dependency) else ()


def _spans(conditions: Iterable[Condition], schema: Schema) -> dict[str, _Span]:
    """The bounds that conditions set on numbers and times."""
    spans: dict[str, _Span] = {}
    for condition in conditions:
        if condition.column not in schema or schema[condition.column].kind not in ("number", "time"):
            continue
        time = schema[condition.column].kind == "time"
        if condition.operator == "in":
            places = [_place(value, time) for value in condition.values]
            ends = [_place(value, time, last=True) for value in condition.values]
            low, high = (None, None) if None in places else (min(places), max(ends))  # type: ignore[type-var]
        else:
            low = _place(condition.low, time)
            high = _place(condition.high, time, last=not condition.high_open)
        old, text = spans.get(condition.column, _Span()), str(condition)
        if low is not None and low > old.low:
            old = _Span(low, old.high, text, old.high_from)
        if high is not None and high < old.high:
            old = _Span(old.low, high, old.low_from, text)
        spans[condition.column] = old
    return spans


def _carry(order: Order, spans: dict[str, _Span]) -> None:
    low, high = spans.get(order.low, _Span()), spans.get(order.high, _Span())
    if low.low > high.high or (order.strict and low.low == high.high):
        raise RuleError(_versus(order, (low.low_from, high.high_from)))
    if low.low > high.low:
        spans[order.high] = _Span(low.low, high.high, low.low_from, high.high_from)
    if high.high < low.high:
        spans[order.low] = _Span(low.low, high.high, low.low_from, high.high_from)


def _refuse_formula(rule: Formula, spans: Mapping[str, _Span]) -> None:
    named = {name for _, name in (*rule.numerator, *rule.denominator)}
    asked = spans.get(rule.column)
    if asked is None or not named <= set(spans):
        return
    above, below = _reach(rule, rule.numerator, spans), _reach(rule, rule.denominator, spans)
    if rule.denominator and below[0] <= 0 <= below[1]:
        return
    corners = [rule.scale * a / b for a in above for b in (below if rule.denominator else (1.0,))]
    room = rule.tolerance + 10.0**-rule.decimals
    if min(corners) - room > asked.high or max(corners) + room < asked.low:
        sources = {rule.column, *named}
        texts = (text for name in sorted(sources) for text in (spans[name].low_from, spans[name].high_from))
        raise RuleError(_versus(rule, texts))


def _reach(rule: Formula, terms: Sequence[tuple[float, str]], spans: Mapping[str, _Span]) -> tuple[float, float]:
    """The least and the greatest value of one side of a formula."""
    product = rule.form == "product"
    low = high = 1.0 if product else 0.0
    for sign, name in terms:
        ends = (spans[name].low, spans[name].high)
        if product:
            corners = [a * b for a in (low, high) for b in ends if not math.isnan(a * b)] or [-math.inf, math.inf]
            low, high = min(corners), max(corners)
        else:
            parts = sorted(sign * end for end in ends)
            low, high = low + parts[0], high + parts[1]
    return low, high


def _meets(rule: Rule, row: tuple[str | None, ...], conditions: Iterable[Condition], schema: Schema) -> bool:
    """Whether a listed row satisfies every condition on its columns."""
    cells = dict(zip(columns(rule), row, strict=True))
    return all(
        _satisfies(cells[condition.column], condition, schema)
        for condition in conditions
        if condition.column in cells and condition.column in schema
    )


def _satisfies(cell: str | None, condition: Condition, schema: Schema) -> bool:
    if cell is None or condition.operator in ("missing", "present"):
        return (cell is None) == (condition.operator == "missing" or condition.values == (None,))
    kind = schema[condition.column].kind
    time = kind == "time"
    place = _place(cell, time) if kind in ("number", "time") else None
    match condition.operator:
        case "in" | "not in":
            among = any(_same(cell, place, value, time) for value in condition.values)
            return among == (condition.operator == "in")
        case "contains":
            return str(condition.values[0]) in cell
    if place is None:
        return True
    low, high = _place(condition.low, time), _place(condition.high, time, last=not condition.high_open)
    above = low is None or place > low or (place == low and not condition.low_open)
    return above and (high is None or place < high or (place == high and not condition.high_open))


def _same(cell: str, place: float | None, value: Any, time: bool) -> bool:
    first, last = _place(value, time), _place(value, time, last=True)
    if place is not None and first is not None and last is not None:
        return first <= place <= last
    return cell == str(value)


def _place(value: Any, time: bool, *, last: bool = False) -> float | None:
    """A number, or a time in seconds since 1970: of a bare date, month or year the first moment, or the last."""
    if value is None or isinstance(value, bool):
        return None
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    try:
        return _seconds(text, last=last) if time else float(text)
    except (ValueError, OverflowError):
        return None


def _seconds(text: str, *, last: bool) -> float:
    date = _DATE.fullmatch(text.strip())
    if date is None:
        moment = datetime.fromisoformat(text)
    elif not last:
        moment = datetime(int(date[1]), int(date[2] or 1), int(date[3] or 1))
    elif date[3]:
        moment = datetime(int(date[1]), int(date[2]), int(date[3])) + timedelta(days=1, microseconds=-1)
    else:
        months = int(date[1]) * 12 + (int(date[2]) if date[2] else 12)
        moment = datetime(months // 12, months % 12 + 1, 1) - timedelta(microseconds=1)
    return (moment.replace(tzinfo=None) - datetime(1970, 1, 1)).total_seconds()


def _versus(rule: Rule, texts: Iterable[str]) -> str:
    said = " and ".join(dict.fromkeys(text for text in texts if text))
    return f"the conditions '{said}' and the rule '{describe(rule)}' exclude each other; drop one of them"


def _shown(by: Sequence[str | None]) -> str:
    return ", ".join("missing" if text is None else text for text in by)
