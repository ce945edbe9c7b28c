"""Conditions on columns: the grammar of `--given` and its Python twin, parsed to one small noun."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from genloop.core.errors import ConditionError

Operator = Literal["in", "not in", "range", "missing", "present", "contains"]

_EXPECTED = (
    "expected one of: col=v, col!=v, col in a|b|c, col>=v, col<v, col=a..b, col is missing, col is present, "
    "col contains w"
)
_NAME = r'(?P<name>"(?:[^"]|"")*"|[^=<>!]+?)'
_WORDS = re.compile(rf"^\s*{_NAME}\s+(?P<op>is\s+missing|is\s+present|in\s|contains\s)\s*(?P<rest>.*)$", re.S)
_SIGNS = re.compile(rf"^\s*{_NAME}\s*(?P<op>>=|<=|!=|=|>|<)\s*(?P<rest>.*)$", re.S)


@dataclass(frozen=True)
class Condition:
    """What one column of every made row must satisfy.

    `values` belong to "in" and "not in" (and the one word of "contains"); `low` and `high` to "range", None where
    open-ended, with `low_open`/`high_open` true when the bound itself is excluded. Values are the text of the
    condition or the Python objects given; the column's codec reads them.
    """

    column: str
    operator: Operator
    values: tuple[Any, ...] = ()
    low: Any = None
    high: Any = None
    low_open: bool = False
    high_open: bool = False

    def __str__(self) -> str:
        match self.operator:
            case "in" if len(self.values) == 1:
                return f"{self.column}={self.values[0]}"
            case "in":
                return f"{self.column} in {'|'.join(map(str, self.values))}"
            case "not in":
                return f"{self.column}!={'|'.join(map(str, self.values))}"
            case "contains":
                return f"{self.column} contains {self.values[0]}"
            case "range" if self.low is not None and self.high is not None and not (self.low_open or self.high_open):
                return f"{self.column}={self.low}..{self.high}"
            case "range":
                parts = [] if self.low is None else [f"{self.column}>{'' if self.low_open else '='}{self.low}"]
                if self.high is not None:
                    parts.append(f"{self.column}<{'' if self.high_open else '='}{self.high}")
                return " and ".join(parts)
            case _:
                return f"{self.column} is {self.operator}"


def read(text: str) -> Condition:
    """The condition that one `--given` argument states.

    Raises:
        ConditionError: the text does not follow the grammar.
    """
    words = _WORDS.match(text)
    signs = _SIGNS.match(text)
    if words and not (signs and signs.start("op") < words.start("op")):
        return _worded(words, text)
    if signs is None:
        raise ConditionError(f"condition {text!r} is not understood; {_EXPECTED}")
    name, rest = _unquote(signs["name"]), signs["rest"].strip()
    if not rest:
        raise ConditionError(f"condition {text!r} has no value; {_EXPECTED}")
    match signs["op"]:
        case "=":
            return _equal(name, rest, text)
        case "!=":
            return Condition(name, "not in", (_unquote(rest),))
        case ">" | ">=" as op:
            return Condition(name, "range", low=_unquote(rest), low_open=op == ">")
        case op:
            return Condition(name, "range", high=_unquote(rest), high_open=op == "<")


def read_all(given: Iterable[str | Condition] | Mapping[str, Any] | None) -> tuple[Condition, ...]:
    """Conditions from command-line texts, or from a mapping of column to value, list, (low, high) tuple, range or None.

    In a mapping a list means "one of", a tuple of two a closed range (None: open-ended), a `range` or `slice` a
    half-open one, None "missing", and a `Condition` itself.

    Raises:
        ConditionError: a text does not follow the grammar, or a range is empty.
    """
    if given is None:
        return ()
    if isinstance(given, str):
        given = [given]
    if not isinstance(given, Mapping):
        return tuple(item if isinstance(item, Condition) else read(item) for item in given)
    return tuple(_from_value(column, value) for column, value in given.items())


def _worded(match: re.Match[str], text: str) -> Condition:
    name, op, rest = _unquote(match["name"]), match["op"].split(), match["rest"].strip()
    if op[0] == "is":
        if rest:
            raise ConditionError(f"condition {text!r}: nothing may follow 'is {op[1]}', found {rest!r}")
        return Condition(name, "missing" if op[1] == "missing" else "present")
    if not rest:
        raise ConditionError(f"condition {text!r} has no value; {_EXPECTED}")
    if op[0] == "contains":
        return Condition(name, "contains", (_unquote(rest),))
    return Condition(name, "in", tuple(_unquote(part) for part in _split(rest, "|")))


def _equal(name: str, rest: str, text: str) -> Condition:
    ends = _split(rest, "..")
    if len(ends) == 1:
        return Condition(name, "in", (_unquote(rest),))
    if len(ends) != 2 or not (ends[0] or ends[1]):
        raise ConditionError(f"condition {text!r}: a range has two ends, as in {name}=1..9")
    low, high = (_unquote(end) or None for end in ends)
    return Condition(name, "range", low=low, high=high)


def _from_value(column: str, value: Any) -> Condition:
    match value:
        case Condition():
            return value
        case None:
            return Condition(column, "missing")
        case list() | set() | frozenset():
            return Condition(column, "in", tuple(value))
        case (low, high):
            return Condition(column, "range", low=low, high=high)
        case range(start=start, stop=stop, step=1):
            return Condition(column, "range", low=start, high=stop, high_open=True)
        case slice(start=start, stop=stop):
            return Condition(column, "range", low=start, high=stop, high_open=stop is not None)
        case _:
            return Condition(column, "in", (value,))


def _split(text: str, separator: str) -> list[str]:
    """Parts between separators that stand outside double quotes."""
    parts = re.split(rf'{re.escape(separator)}(?=(?:[^"]*"[^"]*")*[^"]*$)', text)
    return [part.strip() for part in parts]


def _unquote(text: str) -> str:
    text = text.strip()
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return text[1:-1].replace('""', '"')
    return text
