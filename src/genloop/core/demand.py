"""What every text to be made must keep, whoever writes it: words in and out of it, its length, its form, its ends."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from genloop.core import expression, json_schema
from genloop.core.errors import ConditionError

# a word is a run of letters and digits, or one character of a script that puts no spaces between words
ALONE = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u3007\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
LETTERS = r"0-9A-Za-z'\u2019\u00c0-\u02af\u0370-\u0dff\u10a0-\u177f\u1800-\u1fff\u2c00-\u2dff\ua640-\ud7ff"
LONGEST = 20_000  # characters of the longest text that can be asked for
_WORD = re.compile(f"[{ALONE}]|[{LETTERS}]+")


@dataclass(frozen=True)
class Form:
    """A form that holds for the whole text: one of some choices, a regular expression, or JSON under a schema."""

    kind: Literal["choices", "regex", "schema"]
    detail: Any

    def kept(self, text: str) -> bool:
        """Whether the text has this form.

        Raises:
            ConditionError: whether it keeps an expression cannot be told in time.
            MissingExtra: the package that tells is not installed.
        """
        if self.kind == "choices":
            return text in self.detail
        if self.kind == "regex":
            return expression.kept(self.detail, text)
        return json_schema.kept(self.detail, text)


@dataclass(frozen=True)
class Demand:
    """What is demanded of each text.

    It contains every word of `holds` and none of `lacks`, has `least` to `most` units (None: no bound), keeps the
    `form`, and starts with `begins` (continuation) and stops with `ends` (with both: the middle is filled in, so that
    no character belongs to both).
    `missing` says that there is to be no text (True) or must be one (False); None: as it comes.
    """

    holds: tuple[str, ...] = ()
    lacks: tuple[str, ...] = ()
    least: int = 0
    most: int | None = None
    unit: Literal["characters", "words"] = "characters"
    form: Form | None = None
    begins: str = ""
    ends: str = ""
    missing: bool | None = None

    def kept(self, text: str | None) -> bool:
        """Whether this text keeps all of it."""
        return not self.broken(text)

    def broken(self, text: str | None) -> str:
        """What of it this text breaks, in words; empty where it keeps all.

        Raises:
            ConditionError: whether it keeps an expression cannot be told in time.
            MissingExtra: the package that tells whether it keeps its form is not installed.
        """
        if self.missing or text is None:
            stray = self.missing is not None and self.missing != (text is None)
            return "" if not stray else "there is no text" if text is None else "there is a text"
        if self.missing is False and not text:
            return "the text is empty"
        length = measure(text, self.unit)
        faults = [
            *(f"{word!r} is not in it" for word in self.holds if word not in text),
            *(f"{word!r} is in it" for word in self.lacks if word in text),
            *(
                [f"it has {length} {self.unit[: -1 if length == 1 else None]}"]
                if not self.least <= length <= (length if self.most is None else self.most)
                else []
            ),
            *([f"it does not begin with {self.begins!r}"] if not text.startswith(self.begins) else []),
            *([f"it does not end with {self.ends!r}"] if not text.endswith(self.ends) else []),
            *(["its beginning and its end overlap"] if self._overlapped(text) else []),
            *([f"it does not keep its {self.form.kind}"] if self.form and not self.form.kept(text) else []),
        ]
        return "; ".join(faults)

    def _overlapped(self, text: str) -> bool:
        """Whether characters of the beginning are the end's, too."""
        both = text.startswith(self.begins) and text.endswith(self.ends)
        return both and len(text) < len(self.begins) + len(self.ends)


def before(demand: Demand) -> Demand:
    """What is demanded of the text up to its end."""
    own = measure(demand.ends, demand.unit)
    most = None if demand.most is None else max(demand.most - own, 0)
    holds = tuple(word for word in demand.holds if word not in demand.ends)
    return replace(demand, holds=holds, ends="", least=max(demand.least - own, 0), most=most)


def apart(demand: Demand) -> list[str]:
    """The words to put into it: those that stand in no other and neither in the beginning nor in the end."""
    words = dict.fromkeys(word for word in demand.holds if word not in demand.begins and word not in demand.ends)
    return [word for word in words if not any(word != other and word in other for other in words)]


def measure(text: str, unit: Literal["characters", "words"]) -> int:
    """How long the text is. A Chinese or Japanese character is a word, as word processors count."""
    return len(text) if unit == "characters" else len(_WORD.findall(text))


def clash(demand: Demand) -> str:
    """Why no text can keep the demand, as far as its words and lengths tell; empty where nothing does."""
    if demand.most is not None and demand.least > demand.most:
        return f"at least {demand.least} and at most {demand.most} {demand.unit}"
    if demand.most == 0 and demand.unit == "characters" and demand.missing is False:
        return "a text that is there has at least one character; ask for none with: is missing"
    size = shortest(demand)
    if demand.form and demand.unit == "characters" and demand.most is not None and size > demand.most:
        return f"what keeps the schema has at least {size:,} characters"
    if size > LONGEST:
        return f"the text would have at least {size:,} characters, and at most {LONGEST:,} can be asked for"
    for part in (*demand.holds, demand.begins, demand.ends):
        for word in demand.lacks:
            if word in part:
                return f"{word!r} stands in {part!r}"
    for part in (*demand.holds, demand.begins + demand.ends):
        if demand.unit == "characters" and demand.most is not None and len(part) > demand.most:
            return f"{part!r} alone has {len(part)} characters"
    return ""


def shortest(demand: Demand) -> int:
    """So many characters at least has a text that keeps the demand, as far as lengths and a schema tell."""
    asked = demand.least if demand.unit == "characters" else 2 * demand.least - 1  # words of a letter each, and spaces
    told = _shortest(demand.form.detail) if demand.form is not None and demand.form.kind == "schema" else 0
    return max(asked, told)


def _shortest(schema: Any) -> int:
    """A lower bound of the characters of JSON under a schema; what it does not know counts nothing."""
    if not isinstance(schema, Mapping):
        return 0
    if "const" in schema or "enum" in schema:
        options = [schema["const"]] if "const" in schema else schema["enum"]
        return min(
            (len(json.dumps(option, ensure_ascii=False, separators=(",", ":"))) for option in options), default=0
        )
    measures: dict[str, Callable[[Any], int]] = {"string": _string, "array": _array, "object": _object}
    own = measures.get(str(schema.get("type")), lambda _: 0)(schema)
    several = [min(map(_shortest, schema[key])) for key in ("anyOf", "oneOf") if schema.get(key)]
    return max(own, *several, *map(_shortest, schema.get("allOf", ())), 0)


def _string(schema: Mapping[str, Any]) -> int:
    return 2 + int(schema.get("minLength", 0))


def _array(schema: Mapping[str, Any]) -> int:
    least = int(schema.get("minItems", 0))
    return 2 + least * _shortest(schema.get("items")) + max(least - 1, 0)


def _object(schema: Mapping[str, Any]) -> int:
    named, needed = schema.get("properties", {}), schema.get("required", ())
    return 2 + sum(len(name) + 3 + _shortest(named.get(name)) for name in needed) + max(len(needed) - 1, 0)


def form(kind: Literal["regex", "schema"], detail: Any) -> Form:
    """The form, looked at.

    Raises:
        ConditionError: it is no regular expression or no JSON schema, or the schema points outside of itself.
    """
    if kind == "schema" and not isinstance(detail, Mapping):
        raise ConditionError(f"a schema is a JSON object, found {type(detail).__name__}")
    (expression if kind == "regex" else json_schema).check(detail)
    return Form(kind, detail)
