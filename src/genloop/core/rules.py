"""Rules between columns: what must hold in every made row, with the evidence that it holds in the real ones."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from genloop.core.errors import RuleError

Origin = Literal["found", "declared"]


@dataclass(frozen=True)
class Evidence:
    """Share of the rows, where every column is present, in which a rule holds; None where it was not looked at."""

    train: float | None = None
    holdout: float | None = None
    rows: int = 0


@dataclass(frozen=True)
class Dependency:
    """Functional dependency: the values of `by` determine `column`.

    `mapping` lists (values of `by`, value of `column`) as text, only pairs that at least the floor of rows carry.
    """

    by: tuple[str, ...]
    column: str
    mapping: tuple[tuple[tuple[str | None, ...], str | None], ...] = ()
    origin: Origin = "found"
    evidence: Evidence = field(default_factory=Evidence)


@dataclass(frozen=True)
class Order:
    """`low <= high` (or `<` when strict) wherever both are present; numbers with numbers, times with times."""

    low: str
    high: str
    strict: bool = False
    origin: Origin = "found"
    evidence: Evidence = field(default_factory=Evidence)


@dataclass(frozen=True)
class Combination:
    """Only the listed value combinations of `columns` occur (each carried by at least the floor of rows)."""

    columns: tuple[str, ...]
    allowed: tuple[tuple[str | None, ...], ...] = ()
    origin: Origin = "found"
    evidence: Evidence = field(default_factory=Evidence)


@dataclass(frozen=True)
class Formula:
    """`column` = round(scale * numerator / denominator, decimals), each side a signed sum or a product of columns.

    form "sum": scale * (sum of sign * column over `numerator`) / (the same over `denominator`, 1 when empty);
    form "product": scale * (product of `numerator`) / (product of `denominator`, 1 when empty).
    "ratio of sums" is the form "sum" with a denominator, such as depth = 200 * z / (x + y).
    `tolerance` is the largest absolute difference that rounding of the inputs and the result explains.
    `solved` names the column that is computed when rows are made, where that is sharper than computing `column`:
    depth = 200 * z / (x + y) is kept by learning depth, x and y and solving for z. None: `column` itself.
    """

    column: str
    form: Literal["sum", "product"]
    numerator: tuple[tuple[float, str], ...]
    denominator: tuple[tuple[float, str], ...] = ()
    scale: float = 1.0
    decimals: int = 0
    tolerance: float = 0.0
    solved: str | None = None
    origin: Origin = "found"
    evidence: Evidence = field(default_factory=Evidence)


Rule = Dependency | Order | Combination | Formula
_KINDS: dict[str, type[Rule]] = {
    "dependency": Dependency,
    "order": Order,
    "combination": Combination,
    "formula": Formula,
}


def columns(rule: Rule) -> tuple[str, ...]:
    """Every column a rule speaks of; for a dependency or formula the determined column comes last."""
    match rule:
        case Dependency(by=by, column=column):
            return (*by, column)
        case Order(low=low, high=high):
            return (low, high)
        case Combination(columns=names):
            return names
        case Formula(column=column, numerator=numerator, denominator=denominator):
            return (*dict.fromkeys(name for _, name in (*numerator, *denominator)), column)


def describe(rule: Rule) -> str:
    """The rule in one line, as the card and error messages show it."""
    match rule:
        case Dependency(by=by, column=column):
            return f"{' + '.join(by)} -> {column}"
        case Order(low=low, high=high, strict=strict):
            return f"{low} {'<' if strict else '<='} {high}"
        case Combination(columns=names):
            return f"fixed combinations of {' x '.join(names)}"
        case Formula(column=column, form=form, numerator=above, denominator=below, scale=scale):
            top, bottom = _side(form, above), _side(form, below)
            factor = "" if scale == 1 else f"{scale:g} * "
            return f"{column} = {factor}{top}" + (f" / {bottom}" if bottom else "")


def _side(form: str, terms: tuple[tuple[float, str], ...]) -> str:
    if form == "product":
        return " * ".join(name for _, name in terms)
    text = ""
    for sign, name in terms:
        size = "" if abs(sign) == 1 else f"{abs(sign):g} * "
        text += (" - " if sign < 0 else " + ") + size + name if text else ("-" if sign < 0 else "") + size + name
    return f"({text})" if len(terms) > 1 else text


def to_json(rules: Iterable[Rule]) -> str:
    """The rules as indented JSON, the form that `--rules FILE` reads back."""
    names = {cls: name for name, cls in _KINDS.items()}
    return json.dumps([{"rule": names[type(r)], **asdict(r)} for r in rules], ensure_ascii=False, indent=1)


def from_json(text: str) -> tuple[Rule, ...]:
    """The rules that `to_json` wrote, or a user wrote by hand.

    Raises:
        RuleError: the text is no list of rules; the message names the entry.
    """
    try:
        raw = json.loads(text)
    except ValueError as error:
        raise RuleError(f"a rules file is a JSON list; this is no JSON: {error}") from error
    if not isinstance(raw, list):
        raise RuleError(f"a rules file is a JSON list of rules, found {type(raw).__name__}")
    return tuple(_one(entry, index) for index, entry in enumerate(raw, 1))


def _one(entry: Mapping[str, Any], index: int) -> Rule:
    try:
        values = {key: _frozen(value) for key, value in entry.items() if key not in ("rule", "evidence")}
        values.setdefault("origin", "declared")
        evidence = Evidence(**entry.get("evidence", {}))
        rule = _KINDS[entry["rule"]](**values, evidence=evidence)
        if not all(isinstance(name, str) for name in columns(rule)):
            raise TypeError("the name of a column is text")
        return rule
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        known = ", ".join(sorted(_KINDS))
        raise RuleError(f"rule {index} of the file is not understood ({error}); expected a rule of {known}") from error


def _frozen(value: Any) -> Any:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value
