"""Conditions on columns: the grammar of `--given` and its Python twin, parsed to one small noun."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from genloop.core.errors import ConditionError

Operator = Literal[
    "in", "not in", "range", "missing", "present",
    "contains", "lacks", "length", "words", "begins", "ends", "matches", "schema",
]  # fmt: skip
OF_TEXTS = ("contains", "lacks", "length", "words", "begins", "ends", "matches", "schema")

_EXPECTED = (
    "expected one of: col=v, col!=v, col in a|b|c, col>=v, col<v, col=a..b, col is missing, col is present, "
    "col contains w, col lacks w, col length 20..60, col words 5..20, col begins w, col ends w, col matches REGEX"
)
_NAME = r'(?P<name>"(?:[^"]|"")*"|[^=<>!]+?)'
_WORDS = re.compile(
    rf"^\s*{_NAME}\s+(?P<op>is\s+missing|is\s+present|in\s|contains\s|(?:lacks|begins|ends|matches)\s(?!\s*[=<>!])"
    r"|(?:length|words)\s(?=\s*(?:\d+|\d+\s*\.\.|\d*\s*\.\.\s*\d+)\s*$))\s*(?P<rest>.*)$",
    re.S,
)
_SIGNS = re.compile(rf"^\s*{_NAME}\s*(?P<op>>=|<=|!=|=|>|<)\s*(?P<rest>.*)$", re.S)


@dataclass(frozen=True)
class Condition:
    """What one column of every made row must satisfy.

    `values` belong to "in" and "not in"; `low` and `high` to "range", None where
    open-ended, with `low_open`/`high_open` true when the bound itself is excluded. Values are the text of the
    condition or the Python objects given; the column's codec reads them. `low` and `high` of "length" and "words" are
    how many characters and words a text has; the other operators of texts have one value.
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
            case "contains" | "lacks" | "begins" | "ends" | "matches":
                return f"{self.column} {self.operator} {self.values[0]}"
            case "schema":
                return f"the schema of {self.column}"
            case "length" | "words":
                low, high = ("" if end is None else str(end) for end in (self.low, self.high))
                return f"{self.column} {self.operator} {low}" + ("" if low == high else f"..{high}")
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
    half-open one, None "missing", and a `Condition` itself. A mapping inside asks of a text: its keys are operators,
    as in {"review": {"contains": ["a", "b"], "length": (20, 60)}}.

    Raises:
        ConditionError: a text does not follow the grammar, or a range is empty.
    """
    if given is None:
        return ()
    if isinstance(given, str):
        given = [given]
    if not isinstance(given, Mapping):
        return tuple(item if isinstance(item, Condition) else read(item) for item in given)
    return tuple(found for column, value in given.items() for found in _from_value(column, value))


def _worded(match: re.Match[str], text: str) -> Condition:
    name, op, rest = _unquote(match["name"]), match["op"].split(), match["rest"].strip()
    if op[0] == "is":
        if rest:
            raise ConditionError(f"condition {text!r}: nothing may follow 'is {op[1]}', found {rest!r}")
        return Condition(name, "missing" if op[1] == "missing" else "present")
    if not rest:
        raise ConditionError(f"condition {text!r} has no value; {_EXPECTED}")
    if op[0] in ("contains", "lacks", "begins", "ends"):
        return _of_text(name, op[0], _unquote(rest))
    if op[0] == "matches":
        return _of_text(name, op[0], rest)
    if op[0] in ("length", "words"):
        low, _, high = (part.strip() for part in rest.partition(".."))
        return _of_text(name, op[0], (low or None, high or (None if ".." in rest else low)))
    return Condition(name, "in", tuple(_unquote(part) for part in _split(rest, "|")))


def _equal(name: str, rest: str, text: str) -> Condition:
    ends = _split(rest, "..")
    if len(ends) == 1:
        return Condition(name, "in", (_unquote(rest),))
    if len(ends) != 2 or not (ends[0] or ends[1]):
        raise ConditionError(f"condition {text!r}: a range has two ends, as in {name}=1..9")
    low, high = (_unquote(end) or None for end in ends)
    return Condition(name, "range", low=low, high=high)


def _from_value(column: str, value: Any) -> list[Condition]:
    match value:
        case Condition():
            return [value]
        case None:
            return [Condition(column, "missing")]
        case list() | set() | frozenset():
            return [Condition(column, "in", tuple(value))]
        case (low, high):
            return [Condition(column, "range", low=low, high=high)]
        case range(start=start, stop=stop, step=1):
            return [Condition(column, "range", low=start, high=stop, high_open=True)]
        case slice(start=start, stop=stop):
            return [Condition(column, "range", low=start, high=stop, high_open=stop is not None)]
        case Mapping():
            return [
                _of_text(column, operator, own)
                for operator, told in value.items()
                for own in (told if isinstance(told, list) else [told])
            ]
        case _:
            return [Condition(column, "in", (value,))]


def _of_text(column: str, operator: Any, value: Any) -> Condition:
    """A condition on texts.

    Raises:
        ConditionError: there is no such operator, or its value is not one that it takes.
    """
    if operator not in OF_TEXTS:
        raise ConditionError(f"condition on {column!r}: {operator!r} is not one of {', '.join(OF_TEXTS)}")
    if operator in ("length", "words"):
        ends = value if isinstance(value, tuple | range) else (value, value)
        ends = (ends.start, ends.stop - 1) if isinstance(ends, range) else ends
        try:
            low, high = (None if end is None else int(end) for end in ends)
        except (TypeError, ValueError) as error:
            raise ConditionError(
                f"condition on {column!r}: {operator} takes a number or two, as in (20, 60), found {value!r}"
            ) from error
        return Condition(column, operator, low=low, high=high)
    if operator == "schema":
        if not isinstance(value, Mapping):
            raise ConditionError(f"condition on {column!r}: a schema is a mapping, found {type(value).__name__}")
        return Condition(column, operator, (value,))
    if not isinstance(value, str) or not value:
        raise ConditionError(f"condition on {column!r}: {operator} takes a text that is not empty, found {value!r}")
    return Condition(column, operator, (value,))


def _split(text: str, separator: str) -> list[str]:
    """Parts between separators that stand outside double quotes; the dots of a path such as ../a are none."""
    parts = re.split(rf'{re.escape(separator)}(?![/\\])(?=(?:[^"]*"[^"]*")*[^"]*$)', text)
    return [part.strip() for part in parts]


def _unquote(text: str) -> str:
    text = text.strip()
    if len(text) >= 2 and text[0] == text[-1] == '"':
        return text[1:-1].replace('""', '"')
    return text
