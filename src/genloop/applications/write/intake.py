"""Collecting for a desk: each source once, again when asked or when it is told otherwise; nothing is ever dropped."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from genloop.applications.write import sources
from genloop.applications.write.brief import Brief, Place
from genloop.applications.write.desk import Desk
from genloop.core.errors import GenloopError
from genloop.engine import run as runs


def collect(brief: Brief, desk: Desk, tell: Callable[..., None], *, refresh: bool = False) -> list[str]:
    """Reads sources that were not read yet; what was collected earlier is never dropped."""
    state = desk.read("collected.json")
    kept = {row["key"]: row for row in desk.lines("documents.jsonl")}
    notes: list[str] = []
    for number, place in enumerate(brief.sources):
        mark = _mark({**asdict(place), "path": place.shown})
        if mark in state and not refresh:
            continue
        tell("collect", number / len(brief.sources), note=place.shown)
        try:
            found, told = sources.collect(brief, place)
        except GenloopError as error:
            if mark not in state:
                raise
            notes.append(f"{place.shown}: {_plain(error, place)}; what was collected before is kept")
            continue
        told = [_plain(note, place) for note in told]
        if place.shown != place.path:  # earlier versions kept the password
            kept = {key: row for key, row in kept.items() if not row["origin"].startswith(place.path)}
            state = {key: entry for key, entry in state.items() if entry["path"] != place.path}
        kept |= {part.key: part.to_dict() for part in found}
        notes += [f"{place.shown}: {note}" for note in told]
        desk.save_lines("documents.jsonl", kept.values())
        state[mark] = {"path": place.shown, "when": runs.now(), "documents": len(found), "notes": told}
        desk.save("collected.json", state)
    return notes


def _plain(told: object, place: Place) -> str:
    """What is told of a source, without its password."""
    return str(told).replace(place.path, place.shown)


def _mark(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:16]
