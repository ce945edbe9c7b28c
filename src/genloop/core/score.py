"""A judge's answer: a value with its unit, range, direction and confidence interval, never a bare float."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Section = Literal["fidelity", "diversity", "usefulness", "originality", "privacy", "rules", "safety"]
Direction = Literal["higher", "lower", "target"]


@dataclass(frozen=True)
class Score:
    """One figure of a report.

    `bounds` is the range the value can take; `direction` says which way is better ("target": nearer to `ideal`).
    `interval` is a 95 % confidence interval. `ceiling` is what fresh real rows reach under the same measure, where
    the measure knows. `detail` holds JSON-able material for charts and tables (aggregates only, no real row).
    """

    name: str
    value: float
    section: Section
    bounds: tuple[float, float]
    direction: Direction
    ideal: float
    interval: tuple[float, float] | None = None
    unit: str = ""
    ceiling: float | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """A JSON-able mapping of every field."""
        return dataclasses.asdict(self)

    @classmethod
    def from_dict(cls, raw: Mapping[str, Any]) -> "Score":
        """The score that `to_dict` wrote."""
        known = dict(raw)
        known["bounds"] = tuple(known["bounds"])
        known["interval"] = tuple(known["interval"]) if known.get("interval") else None
        return cls(**known)
