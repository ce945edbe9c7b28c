"""Collecting for a desk: each source once, again when asked or when it is told otherwise.

What was collected stays on the desk; written from is what the sources that the brief names held when last read.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict

from genloop.applications.write import sources
from genloop.applications.write.brief import Brief, Place
from genloop.applications.write.desk import Desk
from genloop.applications.write.sources import Found
from genloop.core.errors import GenloopError
from genloop.engine import run as runs


def collect(brief: Brief, desk: Desk, tell: Callable[..., None], *, refresh: bool = False) -> list[str]:
    """Reads sources that were not read yet; one that cannot be read again counts as it was."""
    state = desk.read("collected.json")
    kept = {row["key"]: row for row in desk.lines("documents.jsonl")}
    notes: list[str] = []
    for number, place in enumerate(brief.sources):
        mark = _mark(place)
        if mark in state and not refresh:
            continue
        tell("collect", number / len(brief.sources), note=place.shown)
        try:
            new, told = sources.collect(brief, place)
        except GenloopError as error:
            if mark not in state:
                raise
            notes.append(f"{place.shown}: {_plain(error, place)}; what was collected before is kept")
            continue
        told = [_plain(note, place) for note in told]
        if place.shown != place.path:  # earlier versions kept the password
            kept = {key: row for key, row in kept.items() if not row["origin"].startswith(place.path)}
            state = {key: entry for key, entry in state.items() if entry["path"] != place.path}
        kept |= {part.key: part.to_dict() for part in new}
        notes += [f"{place.shown}: {note}" for note in told]
        desk.save_lines("documents.jsonl", kept.values())
        keys = [part.key for part in new]
        state[mark] = {"path": place.shown, "when": runs.now(), "documents": len(new), "notes": told, "keys": keys}
        desk.save("collected.json", state)
    return notes


def found(brief: Brief, desk: Desk) -> list[Found]:
    """The documents that the brief's sources held when they were last read.

    Earlier versions did not keep which those were: of a source of theirs, all count that no later reading knows.
    """
    state = desk.read("collected.json")
    named = [state[mark] for mark in map(_mark, brief.sources) if mark in state]
    own = {key for entry in named for key in entry.get("keys", ())}
    known = {key for entry in state.values() for key in entry.get("keys", ())}
    old = any("keys" not in entry for entry in named)
    rows = desk.lines("documents.jsonl")
    return [Found.from_dict(row) for row in rows if row["key"] in own or (old and row["key"] not in known)]


def _plain(told: object, place: Place) -> str:
    """What is told of a source, without its password."""
    return str(told).replace(place.path, place.shown)


def _mark(place: Place) -> str:
    """By which a source is known again."""
    told = {**asdict(place), "path": place.shown}
    return hashlib.sha256(json.dumps(told, sort_keys=True, default=str).encode()).hexdigest()[:16]
