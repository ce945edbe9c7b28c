"""Do made pictures show the class that was asked for? Recognised by networks taught on real pictures alone."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float, Int64


@dataclass(frozen=True)
class Answer:
    """How many of the pictures whose class is known were recognised as it, and the table of classes."""

    right: int
    rows: int
    table: Int64[np.ndarray, "classes classes"]

    @property
    def share(self) -> float:
        """The share recognised as what was asked for."""
        return self.right / max(self.rows, 1)


def measure(odds: Float[np.ndarray, "rows classes"], asked: Int64[np.ndarray, " rows"]) -> Answer:
    """Recognised classes against the ones asked for; pictures of an unknown class (-1) are left out."""
    known = asked >= 0
    seen = odds[known].argmax(axis=1)
    table = np.zeros((odds.shape[1], odds.shape[1]), np.int64)
    np.add.at(table, (asked[known], seen), 1)
    return Answer(int(np.trace(table)), int(known.sum()), table)


def describe(labels: tuple[str, ...], made: Answer, real: Answer | None) -> list[dict[str, Any]]:
    """A row a class: how many were asked for, the share recognised, what others were taken for, the same of real."""
    rows = []
    for place, label in enumerate(labels):
        own = made.table[place]
        others = np.where(np.arange(len(labels)) == place, -1, own)
        taken = int(others.argmax())
        row = {
            "class": label,
            "asked": int(own.sum()),
            "right": _share(own[place], own.sum()),
            "taken_for": labels[taken] if others[taken] > 0 else None,
            "recognised": int(made.table[:, place].sum()),
        }
        if real is not None:
            row["real"] = _share(real.table[place, place], real.table[place].sum())
        rows.append(row)
    return rows


def _share(count: Any, rows: Any) -> float | None:
    return round(float(count) / float(rows), 6) if rows else None
