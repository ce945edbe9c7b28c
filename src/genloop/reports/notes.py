"""Remarks and refusals of other rooms in both languages: they speak English in fixed sentences, Chinese beside each.

The sentences with their blanks live in `assets/notes.toml` and `assets/errors.toml`. Rooms below do not know languages,
and a model file keeps what they said; a remark that is not listed (a stranger's part made it) is shown as it is.
"""

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from genloop.reports.texts import Words, known, phrase

_BLANK = re.compile(r"\{(\w+)\}")
_LIST = "list"  # the blank that holds several remarks with semicolons between them
_NAMES = ("column", "columns", "names", "option", "path", "same")  # blanks that hold what a user called something
_DEPTH = 4


def read(text: str) -> Words:
    """The remark in both languages."""
    return Words(text, _chinese(text, _DEPTH) or text)


def _chinese(text: str, depth: int) -> str | None:
    for pattern, sentence in _sentences():
        found = pattern.fullmatch(text)
        if found is None:
            continue
        filled = _filled(found.groupdict(), depth - 1)
        if filled is not None:
            return sentence.format(**filled)
    return None


def _filled(blanks: Mapping[str, str], depth: int) -> dict[str, str] | None:
    """What fills the blanks, in Chinese where it is known; None when a remark within is not."""
    told = {name: _spelt(name, value, depth) for name, value in blanks.items()}
    if "note" in told and told["note"] is None:
        return None
    return {name: told[name] or value for name, value in blanks.items()}


def _spelt(blank: str, value: str, depth: int) -> str | None:
    """What stands in a blank in Chinese, where it is known and nobody's name."""
    if blank in _NAMES:
        return None
    return _listed(value, depth) if blank == _LIST else _word(value, depth)


def _listed(text: str, depth: int) -> str:
    """The parts of a list, each in Chinese where it is known; a part may hold semicolons of its own."""
    told, parts = [], text.split("; ")
    while parts:
        ends = range(1, len(parts) + 1)
        known = ((end, found) for end in ends if (found := _word("; ".join(parts[:end]), depth)) is not None)
        end, found = next(known, (1, parts[0]))
        told.append(found)
        parts = parts[end:]
    return "；".join(told)


def _word(text: str, depth: int) -> str | None:
    if known(f"kind.{text}"):
        return phrase(f"kind.{text}").zh
    return _chinese(text, depth) if depth > 0 else None


@cache
def _sentences() -> tuple[tuple[re.Pattern[str], str], ...]:
    """Every sentence as a pattern with its Chinese, the one with most words of its own first."""
    assets = files("genloop.reports").joinpath("assets")
    books = [tomllib.loads(assets.joinpath(name).read_text("utf-8")) for name in ("notes.toml", "errors.toml")]
    pairs = [pair for book in books for group in book.values() for pair in group.items()]
    pairs.sort(key=lambda pair: -len(_BLANK.sub("", pair[0])))
    return tuple((_pattern(english), chinese) for english, chinese in pairs)


def _pattern(english: str) -> re.Pattern[str]:
    parts = _BLANK.split(english)
    spelt = [re.escape(part) if place % 2 == 0 else _blank(part) for place, part in enumerate(parts)]
    return re.compile("".join(spelt), re.DOTALL)


def _blank(name: str) -> str:
    """What may stand in a blank: anything, but where things are counted a number."""
    return rf"(?P<{name}>\d[\d,.]*)" if name == "count" else f"(?P<{name}>.+?)"
