"""A JSON schema made narrower, so that its texts also have words in them and a length that are demanded beside it.

Words go into strings that the schema leaves free, and so does the length: what is between the shortest JSON and the
bound is shared out among them. What this cannot see to (numbers, choices, nested arrays) is left to trying.
"""

import copy
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from genloop.core.demand import Demand, Form, shortest

ROOM, ITEMS, DIGITS = 120, 8, 10  # of a string, an array, a number that name no bound
SHAPED = 20  # of a string with a pattern; one with a format has its own
_FORMATS = {"date": 10, "time": 14, "date-time": 25, "uuid": 36, "ipv4": 15, "ipv6": 39, "email": 40, "uri": 60}
_HELD = ("pattern", "format", "enum", "const", "$ref", "anyOf", "oneOf", "allOf")
_SPELT_OTHERWISE = re.compile(r'["\\\x00-\x1f]')  # in JSON

Place = tuple[tuple[tuple[str, dict[str, Any]], ...], dict[str, Any]]  # the properties that lead to a string, and it


def narrowed(demand: Demand) -> Any:
    """The schema of the demand with its words and its length in characters asked of the strings that are free."""
    assert demand.form is not None
    found = copy.deepcopy(demand.form.detail)
    words = [word for word in demand.holds if not _SPELT_OTHERWISE.search(word)]
    counted = demand.unit == "characters" and (demand.least > 0 or demand.most is not None)
    if counted and demand.most is not None and _beside(found) > demand.most:
        _bare(found)
    places, beside = list(_free(found, ())), _beside(found)
    if not places or not (words or counted):
        return demand.form.detail
    for at, (way, string) in enumerate(places):
        own = words[at :: len(places)]
        string["minLength"] = max(int(string.get("minLength", 0)), sum(map(len, own)))
        string.setdefault("maxLength", max(ROOM, string["minLength"], demand.most or demand.least if counted else 0))
        if own:
            _need(way)
    if counted:
        _measured(found, places, beside, demand)
    if any(string["minLength"] > string["maxLength"] for _, string in places):
        return demand.form.detail  # nothing is left to choose: tried as it stands
    for at, (_, string) in enumerate(places):
        if own := words[at :: len(places)]:
            string["pattern"] = _holding(own, string.pop("minLength"), string.pop("maxLength"))
    return found


def _holding(words: Sequence[str], least: int, most: int) -> str:
    """What has the words in it, in this order, and `least` to `most` characters, or almost so many."""
    held = sum(map(len, words))
    low = least - held
    room = (most - least) // (len(words) + 1)
    gaps = [f".{{0,{room}}}"] * len(words) + [f".{{{low},{low + room}}}"]
    return "^" + "".join(f"{gap}{re.escape(word)}" for gap, word in zip(gaps, words, strict=False)) + gaps[-1] + "$"


def _measured(found: dict[str, Any], places: list[Place], beside: int, demand: Demand) -> None:
    """Let the strings be no longer, and together as long, as is demanded."""
    lacking = demand.least - shortest(Demand(form=Form("schema", found)))
    held = sum(string["minLength"] for _, string in places)
    for way, string in sorted(places, key=lambda place: not _needed(place[0])):
        if demand.most is not None:
            room = max(demand.most - beside - held, 0) // len(places)
            string["maxLength"] = min(string["maxLength"], string["minLength"] + room)
        more = max(min(lacking, string["maxLength"] - string["minLength"]), 0)
        if more:
            string["minLength"] += more
            lacking -= more
            _need(way)


def _bare(schema: dict[str, Any]) -> None:
    """Leave the properties away that need not be there."""
    named = schema.get("properties")
    if isinstance(named, dict):
        schema["properties"] = {name: own for name, own in named.items() if name in schema.get("required", ())}
        for own in schema["properties"].values():
            _bare(own)


def _beside(schema: Any) -> int:
    """The most characters that JSON has beside what stands in free strings, where all properties are there."""
    if not isinstance(schema, Mapping):
        return 0
    if "enum" in schema or "const" in schema:
        allowed = schema.get("enum", [schema.get("const")])
        return max((len(json.dumps(own, ensure_ascii=False)) for own in allowed), default=0)
    match schema.get("type"):
        case "object":
            named = schema.get("properties", {})
            parts = [len(json.dumps(name, ensure_ascii=False)) + 1 + _beside(own) for name, own in named.items()]
            return 2 + sum(parts) + max(len(parts) - 1, 0)
        case "array":
            many = int(schema.get("maxItems", ITEMS))
            return 2 + many * _beside(schema.get("items")) + max(many - 1, 0)
        case "string" if not any(key in schema for key in _HELD):
            return 2
        case "string":
            return 2 + int(schema.get("maxLength", _FORMATS.get(str(schema.get("format")), SHAPED)))
        case "integer" | "number" as kind:
            ends = [schema[key] for key in ("minimum", "maximum") if key in schema]
            whole = max((len(str(int(end))) for end in ends), default=DIGITS)
            return whole + (0 if kind == "integer" else DIGITS)
    return len("false")


def _needed(way: Iterable[tuple[str, dict[str, Any]]]) -> bool:
    return all(name in parent.get("required", ()) for name, parent in way)


def _need(way: Iterable[tuple[str, dict[str, Any]]]) -> None:
    """Let the properties that lead to a string be there."""
    for name, parent in way:
        parent["required"] = [*dict.fromkeys([*parent.get("required", ()), name])]


def _free(schema: Any, way: tuple[tuple[str, dict[str, Any]], ...]) -> Iterator[Place]:
    """The strings of objects within objects of which no more than a length is asked."""
    if not isinstance(schema, dict) or any(key in schema for key in _HELD):
        return
    if schema.get("type") == "string":
        yield way, schema
    named = schema.get("properties")
    if schema.get("type") == "object" and isinstance(named, dict):
        for name, inner in named.items():
            yield from _free(inner, (*way, (name, schema)))
