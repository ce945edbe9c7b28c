"""One fit as a fact: who ran what, when, with which seeds and versions, and how the score went."""

import hashlib
import json
import math
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from genloop.core import training
from genloop.core.errors import ModelFileError
from genloop.runtime.budget import Budget

_MOST_READY = 0.5  # the share of the time before learning from which it is told
_SECOND = ("reflow", "density")  # what a stage may learn after the first
_REMEDIES = {
    "rate": "the learning rate was halved",
    "penalty": "the critic's penalty was made stronger",
    "augmentation": "augmentation was raised",
    "back": "learning went back to the best weights so far at half the rate",
}
_REPORTED = ("genloop", "numpy", "pyarrow", "duckdb", "numba", "lightgbm", "torch")


@dataclass(frozen=True)
class Run:
    """What is remembered of a fit beside its result; `identity` is a hash of data, settings and time."""

    identity: str
    created: str
    seed: int
    floor: int
    threads: int
    rows: int
    seconds: float = 0.0
    settings: Mapping[str, Any] = field(default_factory=dict)
    steps: int | None = None
    curve: tuple[tuple[str, float, float], ...] = ()
    repairs: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    parent: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """A JSON-able mapping."""
        values: dict[str, Any] = json.loads(json.dumps(asdict(self), default=str))
        return values

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> "Run":
        """The run that `to_dict` wrote.

        Raises:
            ModelFileError: the mapping is not that of a run.
        """
        try:
            curve = tuple((str(stage), float(at), float(score)) for stage, at, score in raw["curve"])
            return cls(**{**raw, "curve": curve, "notes": tuple(raw["notes"])})
        except (KeyError, TypeError, ValueError) as error:
            raise ModelFileError(f"the model file's account of its run is not readable: {error}") from error


def of_time(budget: Budget, ready: float, *, reserve: float) -> list[str]:
    """What is to be said of the time of a fit that was `ready` to learn after so many seconds."""
    notes, whole = [], budget.max_seconds
    if budget.interrupted:
        notes.append("stopped by the user before the end; the best so far was kept")
    if budget.left(reserve=reserve) == 0:
        notes.append("learning ended with the time that --minutes gave; more time may give a better model")
    if whole is not None and ready > _MOST_READY * whole:
        minutes = math.ceil(3 * ready / 60)
        notes.append(
            f"reading and preparing the data took {ready:,.0f} of the {whole:,.0f} seconds that --minutes gave and "
            f"is never cut short: give at least {_many(minutes, 'minute')}"
        )
    return notes


def of_learning(head: Mapping[str, Any]) -> list[str]:
    """What is to be said of how a stage learnt, from the head of its weights."""
    found = head.get("training", {})
    notes = [f"at step {step:,} {_REMEDIES[name]}, because {why}" for step, name, why in found.get("remedies", ())]
    for part in ("training", *_SECOND):
        reason = str(head.get(part, {}).get("reason", ""))
        if reason.startswith("the loss was"):
            notes.append(f"{reason}; try a lower learning_rate")
    failed = found.get("failed")
    if 0 < found.get("steps", 0) < found.get("least_steps", 0):
        notes.append(f"learnt only {_many(found['steps'], 'step')} from {found['rows']:,} rows; try more time")
    return [*notes, failed] if failed else notes


def steps(head: Mapping[str, Any]) -> int | None:
    """How many steps the weights with this head stand for; None where their family learns in none."""
    return training.steps(head["training"]) if "training" in head else None


def _many(count: int, name: str) -> str:
    return f"{count:,} {name}{'' if count == 1 else 's'}"


def identify(*parts: Any) -> str:
    """A short hash of JSON-able parts."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:16]


def now() -> str:
    """This moment as ISO 8601 in UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def versions() -> dict[str, str]:
    """The versions that a result depends on: Python, genloop and the libraries that are installed."""
    found = {"python": platform.python_version(), "machine": platform.machine()}
    for name in _REPORTED:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
