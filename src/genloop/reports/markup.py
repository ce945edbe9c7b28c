"""HTML by small functions: every plain string is escaped, only what these functions made passes as it is."""

import html
from typing import Any

from genloop.reports.texts import LANGUAGES, Words

_CODES = {"en": "en", "zh": "zh-Hans"}
_VOID = frozenset({"meta", "br", "col", "circle", "rect", "line", "path"})


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def write(*children: Any) -> Markup:
    """The children one after the other: markup as it is, `Words` in both languages, all else escaped."""
    return Markup("".join(_one(child) for child in children))


def tag(name: str, /, *children: Any, **attributes: Any) -> Markup:
    """An element; `class_` and `for_` lose their underscore, other underscores become hyphens, None is left out."""
    parts = [name]
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        word = key.rstrip("_").replace("_", "-")
        parts.append(word if value is True else f'{word}="{html.escape(_text(value), quote=True)}"')
        if isinstance(value, Words):
            parts += [f'data-{word}-{lang}="{html.escape(value[lang], quote=True)}"' for lang in LANGUAGES]
    opening = " ".join(parts)
    return Markup(f"<{opening}/>" if name in _VOID else f"<{opening}>{write(*children)}</{name}>")


def _one(child: Any) -> str:
    if isinstance(child, Markup):
        return child
    if isinstance(child, Words):
        if child.en == child.zh:
            return html.escape(child.en)
        return "".join(f'<span lang="{_CODES[lang]}">{html.escape(child[lang])}</span>' for lang in LANGUAGES)
    if child is None:
        return ""
    if isinstance(child, list | tuple):
        return "".join(map(_one, child))
    return html.escape(str(child))


def _text(value: Any) -> str:
    return value.en if isinstance(value, Words) else str(value)
