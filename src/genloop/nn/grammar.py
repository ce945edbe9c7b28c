"""Forms that texts keep token by token: regular expressions and JSON schemas, with the `llguidance` package.

Which tokens may come next is found on the bytes of every token (derivatives of regular expressions and an Earley
parser; Willard and Louf 2023, arXiv 2307.09702, names the idea). A regular expression is intersected with its bounds,
so that every prefix that is allowed can be finished; under a schema, texts that grow too long are steered to their end.
"""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import ModuleType
from typing import Any

import numpy as np
from jaxtyping import Bool

from genloop.core import extras
from genloop.core.demand import ALONE, LETTERS, Demand
from genloop.core.errors import ConditionError
from genloop.core.texts import END, MISSING

LONGEST = 512  # characters of a text under a regular expression that names no end
_FUEL = {"initial_lexer_fuel": 5_000_000, "step_lexer_fuel": 2_000_000}  # at most: .1 and .14 s of thought
SIGNS = 6  # in a row, so that no text whose words are used up goes on in signs
_UNWANTED = 200  # words that an expression keeps out by itself; many more take seconds to prepare
_STRING, _ITEMS = 120, 8  # what a schema that names no bound allows of characters in a string, of items in an array
_WHOLE = 999_999_999  # what it allows of a number, up and down, that names no bound
_EXACT = 1e-6  # the finest step of a number that names none
_CLOSING = (b"}", b"]", b'"', b"0", b",", b":")  # what ends a JSON text soonest
_QUOTE, _BRACKETS = b'"', (b"}", b"]")  # both brackets may come within a string alone, which a quote ends
_BOUNDED = ("maxLength", "enum", "const", "$ref", "anyOf", "oneOf", "allOf")


class TooMuch(ConditionError):
    """A form is more than the package can do."""


class Grammar:
    """One form over a vocabulary; `begin` gives each text its own place in it.

    `complete` says that the rest of what is demanded of the texts is part of it.
    """

    def __init__(self, table: Sequence[bytes], grammar: str, told: str, *, complete: bool = False) -> None:
        self.told, self.complete = told, complete
        self.tokens = len(table)
        self.closing = [table.index(part) for part in _CLOSING if part in table]
        self.quote = [table.index(part) for part in (_QUOTE,) if part in table]
        self.brackets = [table.index(part) for part in _BRACKETS if part in table]
        self.first = matcher(_tokenizer(tuple(table)), grammar)
        self._check(self.first)
        tried = Place(self, self.first.deep_copy())
        found = tried.allowed()
        self._check(tried.matcher)
        for token in np.flatnonzero(found)[:1]:
            tried.follow(int(token))
            tried.allowed()
            self._check(tried.matcher)
        if not found.any() or (found[END] and not self.first.is_accepting()):
            raise ConditionError(f"no text can keep {told}")

    def begin(self, tokens: Sequence[int] = ()) -> "Place":
        """The place after these tokens.

        Raises:
            ConditionError: no text of this form begins so.
        """
        matcher = self.first.deep_copy()
        if tokens and not matcher.consume_tokens(list(tokens)):
            raise ConditionError(f"no text that begins so can keep {self.told}")
        return Place(self, matcher)

    def _check(self, matcher: Any) -> None:
        if matcher.is_error() and "NoExtension" not in str(matcher.get_error()):
            reason = str(matcher.get_error()).split("<state>")[0].strip().splitlines()
            short = next((line for line in reversed(reason) if line.startswith("error:")), reason[0] if reason else "?")
            raise TooMuch(f"{self.told} cannot be kept: {short.removeprefix('error: ')}")


class Place:
    """Where one text stands in its form."""

    def __init__(self, grammar: Grammar, matcher: Any) -> None:
        self.grammar = grammar
        self.matcher = matcher

    def allowed(self) -> Bool[np.ndarray, " tokens"]:
        """Which tokens may come next; none where the form cannot go on."""
        bits = np.frombuffer(self.matcher.compute_bitmask(), np.uint8)
        return np.unpackbits(bits, bitorder="little")[: self.grammar.tokens].astype(bool)

    def shortest(self) -> Bool[np.ndarray, " tokens"]:
        """Of these, the one that brings the end nearer; all where none is known to, as in a string still too short."""
        found = self.allowed()
        forced = self.matcher.compute_ff_tokens()
        within = bool(self.grammar.brackets) and bool(found[self.grammar.brackets].all())
        first = [END, *forced[:1], *(self.grammar.quote if within else self.grammar.closing)]
        nearer = next((token for token in first if found[token]), None)
        if nearer is None:
            return found
        only = np.zeros_like(found)
        only[nearer] = True
        return only

    def follow(self, token: int) -> None:
        """One token more."""
        if token != END:
            self.matcher.consume_token(token)


def regex(table: Sequence[bytes], demand: Demand) -> Grammar:
    """Texts that match the whole expression of the demand and keep the rest of it.

    Raises:
        ConditionError: there is no such text, or the expression needs more than this can do.
        MissingExtra: the `llguidance` package is not installed.
    """
    try:
        return _within(table, demand, LONGEST)
    except TooMuch:
        raise
    except ConditionError as error:
        try:
            return _within(table, demand, None)  # it may name a greater length itself, or more signs in a row
        except ConditionError:
            raise error from None


def _within(table: Sequence[bytes], demand: Demand, longest: int | None) -> Grammar:
    """The expression with as much of the rest as the package can do; what is left is met by a guide and by trying."""
    signs = None if longest is None else SIGNS
    counted = tuple(words(demand.least, demand.most, signs)) if demand.unit == "words" else ()
    lacks = demand.lacks if len(demand.lacks) <= _UNWANTED else ()
    told = TooMuch()
    for own in dict.fromkeys(((counted, lacks), (counted, ()), ((), lacks), ((), ()))):
        try:
            return _regex(table, demand, *own, longest)
        except TooMuch as error:
            told = error
    raise told


def _regex(
    table: Sequence[bytes], demand: Demand, counted: Sequence[str], lacks: Sequence[str], longest: int | None
) -> Grammar:
    assert demand.form is not None
    within = demand.unit == "characters"
    least = max(demand.least if within else 0, len(demand.begins + demand.ends), 1)
    most = demand.most if within and demand.most is not None else longest and max(longest, 2 * least)
    told = f"the expression {demand.form.detail!r} in {least} to {most} characters"
    if counted and demand.most is not None:
        told = f"the expression {demand.form.detail!r} in {demand.least} to {demand.most} words"
    elif counted:
        told = f"the expression {demand.form.detail!r} in {demand.least} words or more"
    told += f" with {', '.join(map(repr, demand.holds))}" if demand.holds else ""
    told += f" without {', '.join(map(repr, lacks))}" if lacks else ""
    parts = [f"/{slashed(demand.form.detail)}/", f"/(?s:.){{{least},{'' if counted else most or ''}}}/", *counted]
    parts += [f"(ANY {_quoted(word)} ANY)" for word in demand.holds]
    parts += [f"~(ANY ({' | '.join(map(_quoted, lacks))}) ANY)"] if lacks else []
    parts += [f"({_quoted(demand.begins)} ANY)"] if demand.begins else []
    parts += [f"(ANY {_quoted(demand.ends)})"] if demand.ends else []
    lark = f"start: TEXT\nANY: /(?s:.*)/\nTEXT: {' & '.join(parts)}\n"
    measured = within or bool(counted) or not (demand.least or demand.most is not None)
    complete = measured and len(lacks) == len(demand.lacks)
    return Grammar(table, _package().LLMatcher.grammar_from_lark(lark), told, complete=complete)


def words(least: int, most: int | None, signs: int | None = SIGNS) -> list[str]:
    """Texts of so many words, as parts of an intersection; where they are bounded, so many signs may come in a row."""
    other, word = f"[^{ALONE}{LETTERS}]", f"([{ALONE}]|[{LETTERS}]+)"
    few = f"{other}*" if signs is None else f"{other}{{0,{signs}}}"
    found = [] if most is None else [f"/({few}{word}){{0,{most}}}{few}/"]
    return found + ([f"~/({other}*{word}){{0,{least - 1}}}{other}*/"] if least else [])


def choices(table: Sequence[bytes], texts: Sequence[str]) -> Grammar:
    """One of these texts.

    Raises:
        MissingExtra: the `llguidance` package is not installed.
    """
    lark = "start: TEXT\nTEXT: " + " | ".join(map(_quoted, texts))
    return Grammar(table, _package().LLMatcher.grammar_from_lark(lark), f"one of {len(texts)} choices")


def schema(table: Sequence[bytes], detail: Any) -> Grammar:
    """JSON under this schema, without white space around its parts and of bounded size.

    Raises:
        ConditionError: no JSON satisfies it, or it uses what cannot be kept token by token.
        MissingExtra: the `llguidance` package is not installed.
    """
    try:
        return _schema(table, bounded(detail))
    except TooMuch:  # as some expressions are together with a bound
        return _schema(table, bounded(detail, shaped=None))


def _schema(table: Sequence[bytes], detail: Any) -> Grammar:
    told = json.dumps(detail, ensure_ascii=False)
    built = _package().LLMatcher.grammar_from_json_schema(told, overrides={"whitespace_flexible": False})
    return Grammar(table, built, "the schema")


def bounded(detail: Any, shaped: int | None = LONGEST) -> Any:
    """The schema with bounds on strings, numbers and arrays that have none, and no property that it does not name.

    `shaped` bounds the strings that have a pattern or a format (None: nothing does).
    """
    if isinstance(detail, list | tuple):
        return [bounded(part, shaped) for part in detail]
    if not isinstance(detail, Mapping):
        return detail
    kept = ("enum", "const", "default", "examples", "required")
    found = {key: value if key in kept else bounded(value, shaped) for key, value in detail.items()}
    kinds = [found["type"]] if isinstance(found.get("type"), str) else found.get("type") or []
    if "string" in kinds and not any(key in found for key in _BOUNDED):
        most = shaped if "pattern" in found or "format" in found else _STRING
        found |= {} if most is None else {"maxLength": max(most, int(found.get("minLength", 0)))}
    if "array" in kinds and "maxItems" not in found and "prefixItems" not in found:
        found["maxItems"] = max(_ITEMS, int(found.get("minItems", 0)))
    if {"integer", "number"} & {*kinds} and not any(key in found for key in _BOUNDED):
        found |= _range(found)
    if "object" in kinds and "properties" in found and not _open(found):
        found["additionalProperties"] = False
    return found


def _range(found: Mapping[str, Any]) -> dict[str, float]:
    """The bounds that a number lacks: nobody means one of a thousand digits."""
    low = found.get("minimum", found.get("exclusiveMinimum"))
    high = found.get("maximum", found.get("exclusiveMaximum"))
    lacking: dict[str, float] = {}
    if low is None:
        lacking["minimum"] = min(-_WHOLE, -2 * abs(high or 0))
    if high is None:
        lacking["maximum"] = max(_WHOLE, 2 * abs(low or 0))
    if lacking and "multipleOf" not in found and found["type"] != "integer":
        lacking["multipleOf"] = _EXACT
    return lacking


def _open(found: Mapping[str, Any]) -> bool:
    """Whether the object says itself what else may stand in it, or must have what it does not name."""
    named = set(found["properties"]) if isinstance(found["properties"], Mapping) else set()
    composed = ("additionalProperties", "patternProperties", "minProperties", "allOf", "anyOf", "oneOf", "$ref")
    return any(key in found for key in composed) or not set(found.get("required", ())) <= named


def matcher(tokenizer: Any, grammar: str) -> Any:
    """Where a text stands that has not begun; `grammar` is one of the package's."""
    package = _package()
    return package.LLMatcher(tokenizer, grammar, log_level=0, limits=package.LLParserLimits(**_FUEL))


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def slashed(pattern: str) -> str:
    """The pattern as it stands between slashes, on one line."""
    out, escaped = [], False
    for letter in pattern:
        plain = {"\n": "n", "\r": "r", "/": "/"}.get(letter)
        out.append(letter if plain is None else plain if escaped else f"\\{plain}")
        escaped = letter == "\\" and not escaped
    return "".join(out)


class _Spelling:
    """A vocabulary as the package reads it: texts are spelt in single bytes."""

    eos_token_id, bos_token_id = END, None
    special_token_ids = (END, MISSING)

    def __init__(self, table: Sequence[bytes]) -> None:
        special = {END: b"<end>", MISSING: b"<missing>"}
        self.tokens = [special.get(token, spelt) for token, spelt in enumerate(table)]
        self._single = {spelt[0]: token for token, spelt in enumerate(table) if len(spelt) == 1}

    def __call__(self, text: bytes | str) -> list[int]:
        return [self._single[byte] for byte in (text if isinstance(text, bytes) else text.encode())]


@lru_cache(maxsize=4)
def _tokenizer(table: tuple[bytes, ...]) -> Any:
    package = _package()
    return package.LLTokenizer(package.TokenizerWrapper(_Spelling(table)), n_vocab=len(table), eos_token=END)


def _package() -> ModuleType:
    return extras.load("llguidance", "keeping a form", "text")
