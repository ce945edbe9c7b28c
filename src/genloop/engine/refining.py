"""What refining changed: counted while pictures are made, told in their label and on the card.

A making in chunks writes an entry for each; chunks that are drawn again write the same entry again.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from jaxtyping import Bool

from genloop.core.errors import ConfigError
from genloop.core.protocols import Pixels

SHOWN = 12
LEAST_CUT = 0.1
Numbers = Mapping[str, float]


@dataclass(frozen=True)
class How:
    """What is asked of refining: so many candidates for each picture, noise cut at so many deviations, clean-up."""

    candidates: int = 1
    truncation: float | None = None
    clean: bool = False

    def __post_init__(self) -> None:
        if self.truncation is not None and self.truncation < LEAST_CUT:
            raise ConfigError(
                f"--truncation cuts noise at that many deviations, {LEAST_CUT:g} or more (1 is strong, 2 is mild), "
                f"found {self.truncation:g}; leave it out for whole noise"
            )

    @property
    def idle(self) -> bool:
        """Whether nothing is asked."""
        return self.candidates <= 1 and not self.truncation and not self.clean

    def to_dict(self) -> dict[str, Any]:
        """What was asked, JSON-able."""
        asked = {"candidates": self.candidates if self.candidates > 1 else None, "truncation": self.truncation}
        return {name: value for name, value in asked.items() if value} | ({"clean": True} if self.clean else {})


@dataclass(frozen=True)
class Entry:
    """One chunk: sums over its rows by name (`rows` counts them), and a few pictures before and after."""

    sums: Numbers
    before: Pixels | None = None
    after: Pixels | None = None


@dataclass
class Ledger:
    """The entries of one making, by column and first row."""

    how: How = field(default_factory=How)
    entries: dict[tuple[str, int], Entry] = field(default_factory=dict)

    def note(self, column: str, first_row: int, entry: Entry) -> None:
        """Write the entry of a chunk, in place of the same one drawn before."""
        self.entries[column, first_row] = entry

    def to_dict(self) -> dict[str, Any]:
        """What was asked and what came of it: shares and means over all rows so far; empty when nothing was refined."""
        if self.how.idle:
            return {}
        told = self.how.to_dict()
        sums = [entry.sums for entry in self.entries.values()]
        for name in dict.fromkeys(name for own in sums for name in own):
            total = sum(own.get(name, 0.0) for own in sums)
            base = sum(own[_BASES.get(name, "rows")] for own in sums if name in own)
            told[name] = int(total) if name in _COUNTS else round(float(total / max(base, 1)), 4)
        if sums and "replaced" not in told:
            told.pop("candidates", None)  # there was no critic to choose among them
        return told if set(told) - {"rows"} else {}

    def examples(self) -> tuple[Pixels, Pixels] | None:
        """A few pictures as they were and as they came out."""
        for entry in self.entries.values():
            if entry.before is not None and entry.after is not None and len(entry.before):
                return entry.before, entry.after
        return None


_COUNTS = ("rows", "drawn", "compared", "cleaned", "refused", "dirty")
_BASES = {"judge_plain": "compared", "judge_before_cleaning": "dirty", "judge_after_cleaning": "dirty"}


def entry(sums: Numbers, before: Pixels, after: Pixels, changed: Bool[np.ndarray, " rows"]) -> Entry:
    """The entry of a chunk with the first few pictures that changed."""
    places = np.flatnonzero(changed)[:SHOWN]
    return Entry(sums, before[places], after[places])
