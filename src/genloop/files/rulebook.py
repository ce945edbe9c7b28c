"""Declared rules: a file of one rule a line, or JSON, read without evaluating anything.

    end >= start                                 an order; also > < <=
    total = round(price * quantity, 2)           a formula: a sum or difference, a product, or a ratio of these
    depth = round(200 * z / (x + y), 1)
    city -> country                              a dependency; several columns: brand, model -> maker
    combination(city, country)                   only combinations that the training rows have
    # a remark

Names of columns may be quoted ("unit price"); those with spaces or signs are known from the schema.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from genloop.core import clashes
from genloop.core.errors import RuleError, SourceNotFound
from genloop.core.rules import Combination, Dependency, Formula, Order, Rule, from_json
from genloop.core.schema import Schema

_FORMS = (
    "expected one of: a <= b, a < b, a >= b, a > b, total = round(price * quantity, 2), city -> country, "
    "combination(city, country)"
)
_NUMBER = re.compile(r"\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+")
_SIGN = re.compile(r"->|>=|<=|[-+*/()=<>,]")
_WORD = re.compile(r"[^\W\d]\w*")
_QUOTED = re.compile(r'"((?:[^"]|"")*)"|`([^`]*)`')
_MOST_DEPTH = 50

Terms = tuple[tuple[float, str], ...]


def read(source: str | Path, schema: Schema) -> tuple[Rule, ...]:
    """The rules that a file, or the text itself, declares; none contradicts another.

    Raises:
        SourceNotFound: a path was given and there is no such file.
        RuleError: a line is not understood, names an unknown column, or contradicts another; the message names it.
    """
    text = _text(source)
    rules = from_json(text) if text.lstrip().startswith("[") else tuple(_lines(text, schema))
    rules = tuple(replace(rule, origin="declared") for rule in rules)
    clashes.check(rules, schema)
    return rules


def _text(source: str | Path) -> str:
    """The content of a file, or the text itself when it has signs that rules have and paths rarely do."""
    if isinstance(source, str) and ("\n" in source or _looks_like_rules(source)):
        return source
    path = Path(source)
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise SourceNotFound(f"rules file {path} does not exist; name a file of rules, or auto, or off") from error
    except (OSError, UnicodeDecodeError) as error:
        raise RuleError(f"rules file {path} cannot be read as UTF-8 text: {error}") from error


def _looks_like_rules(text: str) -> bool:
    return any(sign in text for sign in ("->", "<", ">", "=", "combination(")) or text.lstrip().startswith(("[", "#"))


def _lines(text: str, schema: Schema) -> Iterator[Rule]:
    for number, line in enumerate(text.splitlines(), 1):
        if line.strip() and not line.lstrip().startswith("#"):
            try:
                yield _Line(_tokens(line, schema), schema).rule()
            except RuleError as error:
                raise RuleError(f"line {number} of the rules, {line.strip()!r}: {error}") from error


@dataclass(frozen=True)
class _Token:
    """One word of a line: a column, a number, a sign, or another word."""

    kind: Literal["column", "number", "sign", "word", "end"]
    text: str


@dataclass(frozen=True)
class _Value:
    """A parsed expression: factor * numerator / denominator, each side a sum or a product of columns."""

    factor: float = 1.0
    form: Literal["sum", "product"] = "product"
    numerator: Terms = ()
    denominator: Terms = ()


def _tokens(line: str, schema: Schema) -> list[_Token]:
    names = sorted((name for name in schema.names if not _WORD.fullmatch(name)), key=len, reverse=True)
    tokens, at = [], 0
    while at < len(line):
        if line[at].isspace():
            at += 1
            continue
        token, length = _token(line, at, names, schema)
        tokens.append(token)
        at += length
    return tokens


def _token(line: str, at: int, names: Sequence[str], schema: Schema) -> tuple[_Token, int]:
    if quoted := _QUOTED.match(line, at):
        name = quoted[2] if quoted[1] is None else quoted[1].replace('""', '"')
        return _Token("column", _known(name, schema)), len(quoted[0])
    for name in names:
        after = line[at + len(name) : at + len(name) + 1]
        if line.startswith(name, at) and not (after.isalnum() or after == "_"):
            return _Token("column", name), len(name)
    if number := _NUMBER.match(line, at):
        return _Token("number", number[0]), len(number[0])
    if sign := _SIGN.match(line, at):
        return _Token("sign", sign[0]), len(sign[0])
    if word := _WORD.match(line, at):
        call = word[0] in ("round", "combination") and line[word.end() :].lstrip().startswith("(")
        if call:
            return _Token("word", word[0]), len(word[0])
        return _Token("column", _known(word[0], schema)), len(word[0])
    raise RuleError(f"{line[at]!r} is not understood; {_FORMS}")


def _known(name: str, schema: Schema) -> str:
    if name not in schema:
        raise RuleError(f"no column {name!r}; the table has {', '.join(schema.names)}")
    return name


class _Line:
    """The words of one line, taken from left to right (a recursive descent)."""

    def __init__(self, tokens: list[_Token], schema: Schema) -> None:
        self._tokens = tokens
        self._schema = schema
        self._at = 0
        self._depth = 0

    def rule(self) -> Rule:
        """The rule that the line states."""
        if self._next == _Token("word", "combination"):
            found: Rule = self._combination()
        else:
            names = self._names()
            match self._take().text:
                case "->":
                    found = self._dependency(names)
                case "=":
                    found = self._formula(_only(names))
                case "<" | "<=" | ">" | ">=" as sign:
                    found = self._order(_only(names), sign)
                case text:
                    raise RuleError(f"{text or 'the end'!r} where a sign should stand; {_FORMS}")
        if self._next.kind != "end":
            raise RuleError(f"{self._next.text!r} is left over after the rule; {_FORMS}")
        return found

    @property
    def _next(self) -> _Token:
        return self._tokens[self._at] if self._at < len(self._tokens) else _Token("end", "")

    def _take(self) -> _Token:
        token = self._next
        self._at += 1
        return token

    def _expect(self, sign: str) -> None:
        token = self._take()
        if token != _Token("sign", sign):
            raise RuleError(f"expected {sign!r}, found {token.text or 'the end'!r}; {_FORMS}")

    def _name(self) -> str:
        token = self._take()
        if token.kind != "column":
            raise RuleError(f"expected a column, found {token.text or 'the end'!r}; {_FORMS}")
        return token.text

    def _names(self) -> list[str]:
        names = [self._name()]
        while self._next.text in (",", "+") and self._next.kind == "sign":
            self._take()
            names.append(self._name())
        return names

    def _combination(self) -> Combination:
        self._take()
        self._expect("(")
        names = self._names()
        self._expect(")")
        if len(set(names)) < 2:
            raise RuleError("a combination is of two or more columns, as in combination(city, country)")
        return Combination(tuple(names))

    def _dependency(self, by: list[str]) -> Dependency:
        return Dependency(tuple(by), self._name())

    def _order(self, first: str, sign: str) -> Order:
        second = self._name()
        low, high = (first, second) if sign.startswith("<") else (second, first)
        return Order(low, high, strict="=" not in sign)

    def _formula(self, column: str) -> Formula:
        decimals = self._schema[column].decimals
        if self._next == _Token("word", "round"):
            self._take()
            self._expect("(")
            value = self._sum()
            decimals = 0
            if self._next.text == ",":
                self._take()
                decimals = self._whole()
            self._expect(")")
        else:
            value = self._sum()
        if not value.numerator:
            raise RuleError("the formula names no column above the line; compare two columns or compute from one")
        places = 9 if decimals is None else decimals
        return Formula(column, value.form, value.numerator, value.denominator, value.factor, places)

    def _whole(self) -> int:
        token = self._take()
        if token.kind != "number" or not token.text.isdigit() or int(token.text) > 12:
            raise RuleError(f"the decimals of round are a whole number from 0 to 12, found {token.text or 'the end'!r}")
        return int(token.text)

    def _sum(self) -> _Value:
        parts = [self._product(negative=self._minus())]
        while self._next.text in ("+", "-") and self._next.kind == "sign":
            parts.append(self._product(negative=self._take().text == "-"))
        return parts[0] if len(parts) == 1 else _added(parts)

    def _minus(self) -> bool:
        if self._next == _Token("sign", "-"):
            self._take()
            return True
        return False

    def _product(self, *, negative: bool) -> _Value:
        value = self._factor()
        while self._next.text in ("*", "/") and self._next.kind == "sign":
            sign, other = self._take().text, self._factor()
            value = _multiplied(value, other if sign == "*" else _inverse(other))
        return replace(value, factor=-value.factor) if negative else value

    def _factor(self) -> _Value:
        token = self._take()
        match token.kind:
            case "number":
                return _Value(float(token.text))
            case "column":
                return _Value(numerator=((1.0, token.text),))
        if token != _Token("sign", "("):
            raise RuleError(f"expected a column, a number or '(', found {token.text or 'the end'!r}; {_FORMS}")
        self._depth += 1
        if self._depth > _MOST_DEPTH:
            raise RuleError(f"more than {_MOST_DEPTH} parentheses inside each other")
        value = self._sum()
        self._expect(")")
        self._depth -= 1
        return value


def _only(names: list[str]) -> str:
    if len(names) > 1:
        raise RuleError(f"one column stands on this side, found {', '.join(names)}; {_FORMS}")
    return names[0]


def _added(parts: list[_Value]) -> _Value:
    terms: list[tuple[float, str]] = []
    for part in parts:
        if part.denominator or not part.numerator or (part.form == "product" and len(part.numerator) > 1):
            raise RuleError("a sum adds columns, each with at most a number before it; rules hold no products in sums")
        terms += [(part.factor * sign, name) for sign, name in part.numerator]
    if len({name for _, name in terms}) < len(terms):
        raise RuleError("a sum names each column once")
    return _Value(1.0, "sum", tuple(terms))


def _multiplied(first: _Value, second: _Value) -> _Value:
    factor = first.factor * second.factor
    above, below = (*first.numerator, *second.numerator), (*first.denominator, *second.denominator)
    if "sum" not in (first.form, second.form):
        return _Value(factor, "product", above, below)
    products = [v for v in (first, second) if v.form == "product"]
    long = any(len(side) > 1 for v in products for side in (v.numerator, v.denominator))
    if long or (first.numerator and second.numerator) or (first.denominator and second.denominator):
        raise RuleError("a sum is divided by or divides one column or another sum; rules hold no products of sums")
    return _Value(factor, "sum", above, below)


def _inverse(value: _Value) -> _Value:
    if value.factor == 0:
        raise RuleError("division by zero")
    return _Value(1 / value.factor, value.form, value.denominator, value.numerator)
