"""Conditions on a column of texts read as one demand; those that contradict one another are refused, the pair named."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import reduce
from itertools import combinations
from typing import Any

from genloop.core import demand as demands
from genloop.core.conditions import Condition
from genloop.core.demand import Demand, Form
from genloop.core.errors import ConditionError

_EXPECTED = (
    "expected one of: {0} contains W, {0} lacks W, {0} begins W, {0} ends W, {0} length 20..60, "
    "{0} words 5..20, {0} matches REGEX, {0} in a|b, {0} is present, {0} is missing"
)


def read(conditions: Sequence[Condition]) -> Demand:
    """What all of these conditions demand of each text.

    Raises:
        ConditionError: one of them is none that texts know or cannot come true, or two contradict one another.
    """
    for count in (1, 2):
        for some in combinations(conditions, count):
            reason = _impossible(some)
            if reason:
                told = " and ".join(f"'{condition}'" for condition in some)
                raise ConditionError(f"{told} cannot come true{' together' * (count > 1)}: {reason}")
    demand = reduce(_joined, map(_read, conditions), Demand())
    return _chosen(demand, conditions)


def _read(condition: Condition) -> Demand:
    """What one condition demands."""
    value = str(condition.values[0]) if condition.values else ""
    build: dict[str, Callable[[], Demand]] = {
        "missing": lambda: Demand(missing=True),
        "present": lambda: Demand(missing=False),
        "contains": lambda: Demand(holds=(value,), missing=False),
        "lacks": lambda: Demand(lacks=(value,), missing=False),
        "begins": lambda: Demand(begins=value, missing=False),
        "ends": lambda: Demand(ends=value, missing=False),
        "length": lambda: Demand(least=condition.low or 0, most=condition.high, missing=False),
        "words": lambda: Demand(least=condition.low or 0, most=condition.high, unit="words", missing=False),
        "matches": lambda: Demand(form=demands.form("regex", value), missing=False),
        "schema": lambda: Demand(form=demands.form("schema", condition.values[0]), missing=False),
        "in": lambda: Demand(form=Form("choices", tuple(dict.fromkeys(map(str, condition.values)))), missing=False),
    }
    if condition.operator not in build or (condition.operator in ("contains", "lacks") and not value):
        raise ConditionError(
            f"condition '{condition}': {condition.column!r} is a column of texts; {_EXPECTED.format(condition.column)}"
        )
    return build[condition.operator]()


def _impossible(some: Sequence[Condition]) -> str:
    """Why these conditions cannot come true together; empty where nothing is known to stand in the way."""
    parts = [_read(condition) for condition in some]
    for pick, why in (
        (lambda part: part.missing, "a missing text has no words"),
        (lambda part: part.form and part.form.kind, "a text keeps one form at a time"),
        (lambda part: part.unit if part.least or part.most is not None else None, "a length is in one unit"),
    ):
        known: list[Any] = [found for found in map(pick, parts) if found is not None]
        several = why.startswith("a text")
        if len(known) > 1 and (several or len(set(known)) > 1):
            return why
    whole = reduce(_joined, parts)
    if not all(whole.begins.startswith(part.begins) for part in parts):
        return "a text begins in one way"
    if not all(whole.ends.endswith(part.ends) for part in parts):
        return "a text ends in one way"
    return demands.clash(whole) or ("" if _left(whole) else "none of the choices is left")


def _joined(first: Demand, second: Demand) -> Demand:
    """Both demands at once."""
    measured = [part for part in (first, second) if part.least or part.most is not None]
    bounds = [part.most for part in measured if part.most is not None]
    return Demand(
        holds=tuple(dict.fromkeys((*first.holds, *second.holds))),
        lacks=tuple(dict.fromkeys((*first.lacks, *second.lacks))),
        least=max(first.least, second.least),
        most=min(bounds, default=None),
        unit=measured[-1].unit if measured else "characters",
        form=first.form or second.form,
        begins=max(first.begins, second.begins, key=len),
        ends=max(first.ends, second.ends, key=len),
        missing=second.missing if first.missing is None else first.missing,
    )


def _left(demand: Demand) -> bool:
    """Whether some choice keeps the rest; True where there are no choices."""
    return demand.form is None or demand.form.kind != "choices" or any(map(demand.kept, demand.form.detail))


def _chosen(demand: Demand, conditions: Sequence[Condition]) -> Demand:
    """The demand with only those choices that keep the rest of it."""
    if demand.form is None or demand.form.kind != "choices":
        return demand
    left = tuple(filter(demand.kept, demand.form.detail))
    if not left:
        told = " and ".join(f"'{condition}'" for condition in conditions)
        raise ConditionError(f"{told} cannot come true together: none of the choices is left")
    return replace(demand, form=Form("choices", left))
