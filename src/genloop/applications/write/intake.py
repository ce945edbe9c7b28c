"""Collecting for a desk: each source once, again when asked or when it is told otherwise; nothing is ever dropped."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from genloop.applications.write import sources
from genloop.applications.write.brief import Brief
from genloop.applications.write.desk import Desk
from genloop.core.errors import GenloopError
from genloop.engine import run as runs


def collect(brief: Brief, desk: Desk, tell: Callable[..., None], *, refresh: bool = False) -> list[str]:
    """Reads sources that were not read yet; what was collected earlier is never dropped."""
    state = desk.read("collected.json")
    kept = {row["key"]: row for row in desk.lines("documents.jsonl")}
    notes: list[str] = []
    for number, place in enumerate(brief.sources):
        mark = _mark(asdict(place))
        if mark in state and not refresh:
            continue
        tell("collect", number / len(brief.sources), note=place.path)
        try:
            found, told = sources.collect(brief, place)
        except GenloopError as error:
            if mark not in state:
                raise
            notes.append(f"{place.path}: {error}; what was collected before is kept")
            continue
        kept |= {part.key: part.to_dict() for part in found}
        notes += [f"{place.path}: {note}" for note in told]
        desk.save_lines("documents.jsonl", kept.values())
        state[mark] = {"path": place.path, "when": runs.now(), "documents": len(found), "notes": told}
        desk.save("collected.json", state)
    return notes


def _mark(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()[:16]
