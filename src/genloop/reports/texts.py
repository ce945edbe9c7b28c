"""Every word of a report, in English and Chinese side by side; the phrases live in `assets/texts.toml`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")
_FINEST = 4
_JOINS = {"en": ", ", "zh": "、"}


@dataclass(frozen=True)
class Words:
    """One saying in both languages."""

    en: str
    zh: str

    def __getitem__(self, language: Language) -> str:
        return self.en if language == "en" else self.zh

    def __add__(self, other: "Words") -> "Words":
        return Words(self.en + other.en, self.zh + other.zh)


@cache
def _phrases() -> dict[str, dict[str, list[str]]]:
    text = files("genloop.reports").joinpath("assets/texts.toml").read_text("utf-8")
    return tomllib.loads(text)


def known(key: str) -> bool:
    """Whether there is a phrase of that key."""
    group, _, name = key.partition(".")
    return name in _phrases().get(group, {})


def phrase(key: str, **values: Any) -> Words:
    """The phrase `group.name` with its `{blanks}` filled; a `Words` among the values is taken language by language."""
    group, _, name = key.partition(".")
    pair = _phrases()[group][name]
    return Words(*(text.format(**_in(language, values)) for language, text in zip(LANGUAGES, pair, strict=True)))


def group(name: str) -> dict[str, list[str]]:
    """All phrases of one group, as pairs of English and Chinese."""
    return dict(_phrases()[name])


def listed(items: Any) -> Words:
    """The items in a row, joined as each language does; items may be text or `Words`."""
    parts = [item if isinstance(item, Words) else Words(str(item), str(item)) for item in items]
    return Words(_JOINS["en"].join(part.en for part in parts), _JOINS["zh"].join(part.zh for part in parts))


def percent(value: float, decimals: int = 1) -> str:
    """A share as a percentage with at most that many decimals: 0.0125 -> "1.3 %"; only 1 itself is "100 %"."""
    while value < 1 and decimals < _FINEST and round(100 * value, decimals) == 100:
        decimals += 1
    if value < 1:
        value = min(value, 1 - 0.01 * 10**-decimals)
    text = f"{100 * value:.{decimals}f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"{'0' if text == '-0' else text} %"


def _in(language: Language, values: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value[language] if isinstance(value, Words) else value for key, value in values.items()}
