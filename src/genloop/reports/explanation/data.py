"""What an explanation holds: strips of made pictures with a name each, tables of figures, and what was left out."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from genloop.core.protocols import Pixels
from genloop.reports.card import plain
from genloop.reports.texts import LANGUAGES, Words

VERSION = 1
Name = Literal["walks", "directions", "gaze", "conditions"]
PARTS: tuple[Name, ...] = ("walks", "directions", "gaze", "conditions")


@dataclass(frozen=True)
class Strip:
    """Pictures side by side under one name; strips of the same `block` stand together. `real` ones are no made ones."""

    name: Words
    pixels: Pixels
    block: str = ""
    real: bool = False


@dataclass(frozen=True)
class Table:
    """Figures in rows; the first cell of a row is its head."""

    heads: tuple[Words, ...]
    rows: tuple[tuple[Words, ...], ...]


@dataclass(frozen=True)
class Part:
    """One of the four parts; `reason` says why there is nothing to see, `figures` is what its table tells, as JSON."""

    name: Name
    strips: tuple[Strip, ...] = ()
    table: Table | None = None
    remarks: tuple[Words, ...] = ()
    figures: Mapping[str, Any] = field(default_factory=dict)
    reason: Words | None = None


@dataclass(frozen=True)
class Explanation:
    """All parts of one model's explanation with the label of what is made."""

    title: str
    family: str
    parts: tuple[Part, ...]
    label: Mapping[str, str]
    created: str

    def find(self, name: Name) -> Part | None:
        """The part of that name, or None when it was not asked for."""
        return next((part for part in self.parts if part.name == name), None)


def to_json(found: Explanation) -> str:
    """The figures, remarks and reasons as indented, strict JSON; pictures are only counted."""
    raw = {
        "genloop_explanation": VERSION,
        "title": found.title,
        "family": found.family,
        "created": found.created,
        "label": dict(found.label),
        "parts": {part.name: _part(part) for part in found.parts},
    }
    return json.dumps(plain(raw), ensure_ascii=False, indent=1, allow_nan=False)


def _part(part: Part) -> dict[str, Any]:
    if part.reason is not None:
        return {"left_out": _both(part.reason)}
    return {
        "figures": part.figures,
        "remarks": [_both(remark) for remark in part.remarks],
        "strips": [{"name": _both(strip.name), "pictures": len(strip.pixels)} for strip in part.strips],
    }


def _both(words: Words) -> dict[str, str]:
    return {language: words[language] for language in LANGUAGES}
