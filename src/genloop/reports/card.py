"""What a card holds: the judges' scores and where the made table came from; aggregates only, never a real row."""

import dataclasses
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from genloop.core import rules as core_rules
from genloop.core.errors import DataError
from genloop.core.rules import Rule
from genloop.core.schema import Schema
from genloop.core.score import Score

VERSION = 1
_NUMBERS = ("value", "ideal", "ceiling")
_PAIRS = ("bounds", "interval")


@dataclass(frozen=True)
class CardData:
    """Everything a card shows.

    `rows` counts the rows of "train" (learnt from), "holdout" and "made", and of "compared", the training rows that the
    judges saw: a sample where there are very many. `plan` holds `stages`, a list of mappings with
    `family`, `columns`, `order` and `seconds` (all but `columns` may be absent), and figures of the whole run such
    as `seconds`. `repairs` counts, per column, the unreadable cells that became missing. `notes` are sentences.
    `left_out` gives, per section that could not be judged, the reason: one of "no-source", "source-changed",
    "no-holdout", "no-train", "too-few-rows", "no-target", "no-rules", or a sentence. `created` is an ISO time.
    `pictures` is what `pictures.sheets` made of a table with pictures; it holds real ones only when the user asked.
    `refining` is what `pictures.refining` read off the making's label. `writings` holds a few made texts with notes.
    """

    title: str
    scores: tuple[Score, ...]
    schema: Schema
    rules: tuple[Rule, ...] = ()
    plan: Mapping[str, Any] = field(default_factory=dict)
    seeds: Mapping[str, int | str] = field(default_factory=dict)
    versions: Mapping[str, str] = field(default_factory=dict)
    rows: Mapping[str, int] = field(default_factory=dict)
    repairs: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    created: str = ""
    label: Mapping[str, Any] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)
    pictures: Mapping[str, Any] = field(default_factory=dict)
    refining: Mapping[str, Any] = field(default_factory=dict)
    writings: Mapping[str, Any] = field(default_factory=dict)

    def of(self, section: str) -> list[Score]:
        """The scores of one section, in the judges' order."""
        return [score for score in self.scores if score.section == section]

    def reason(self, section: str) -> str:
        """Why a section is left out: as the maker said, else what the card itself shows, else that no judge ran."""
        if section in self.left_out:
            return self.left_out[section]
        if section == "rules" and not self.rules:
            return "no-rules"
        return "no-holdout" if "holdout" in self.rows and not self.rows["holdout"] else "not-measured"

    @property
    def pictured(self) -> bool:
        """Whether it judges pictures."""
        return self.find("blank") is not None

    @property
    def texted(self) -> bool:
        """Whether it judges texts."""
        return any(score.name.startswith("text_") for score in self.scores)

    @property
    def prose(self) -> bool:
        """Whether it judges texts alone: no judge looked at whole rows."""
        return self.texted and not any(self.find(name) for name in ("c2st", "copies", "duplicates", "usefulness"))

    def find(self, name: str) -> Score | None:
        """The score of that name, or None when it was not measured."""
        return next((score for score in self.scores if score.name == name), None)


def to_json(card: CardData) -> str:
    """The card as indented, strict JSON; a figure that is no finite number is written as a word ("NaN")."""
    raw: dict[str, Any] = {"genloop_card": VERSION}
    for item in dataclasses.fields(card):
        raw[item.name] = getattr(card, item.name)
    raw["scores"] = [score.to_dict() for score in card.scores]
    raw["schema"] = json.loads(card.schema.to_json())
    raw["rules"] = json.loads(core_rules.to_json(card.rules))
    return json.dumps(plain(raw), ensure_ascii=False, indent=1, allow_nan=False)


def from_json(text: str) -> CardData:
    """The card that `to_json` wrote.

    Raises:
        DataError: the text is no card, or one of a newer version.
    """
    try:
        raw = json.loads(text)
        version = raw.pop("genloop_card")
        if version > VERSION:
            raise DataError(f"this card has version {version}, this genloop reads up to {VERSION}; update genloop")
        raw["scores"] = tuple(_read_score(score) for score in raw["scores"])
        raw["schema"] = Schema.from_json(json.dumps(raw["schema"]))
        raw["rules"] = core_rules.from_json(json.dumps(raw["rules"]))
        raw["notes"] = tuple(raw["notes"])
        return CardData(**raw)
    except DataError:
        raise
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(f"expected the JSON of a genloop card, found something else ({error})") from error


def plain(value: Any) -> Any:
    """The value in JSON's own types: arrays as lists, other objects as text, no bare NaN or infinity."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else json.dumps(float(value))
        case Mapping():
            return {str(key): plain(item) for key, item in value.items()}
        case list() | tuple() | set() | frozenset():
            return [plain(item) for item in value]
    listed = getattr(value, "tolist", None)
    return plain(listed()) if callable(listed) else str(value)


def _read_score(raw: Mapping[str, Any]) -> Score:
    known = dict(raw)
    for name in _NUMBERS:
        known[name] = None if known.get(name) is None else float(known[name])
    for name in _PAIRS:
        known[name] = None if known.get(name) is None else [float(end) for end in known[name]]
    return Score.from_dict(known)
