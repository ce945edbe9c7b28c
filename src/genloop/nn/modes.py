"""Tokens as (mode, place): a field of many tokens is cut into runs, so that a spike keeps a mode of its own.

Mode-specific coding as in CTGAN (Xu et al. 2019, arXiv 1907.00503, section 4.2), for tokens: CTGAN fits a Gaussian
mixture to a column and codes a value as its component and the offset from that component's mean, which blurs values
that many rows share. Here a mode is a run of neighbouring tokens of about equal mass and the place is the token's
position in the run: nothing is lost, and a token heavier than a fair run stands alone. Imports no torch.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from math import ceil, isqrt
from typing import Any, TypeVar

import numpy as np
from jaxtyping import Int, Integer

from genloop.core.protocols import Codes, Field

ONE_STEP = 64
S = TypeVar("S", bound="Stored")
LONGEST = 2.0  # a run's length over that of an even cut


@dataclass(frozen=True)
class Modes:
    """Per field the first token of every mode, in order, and the number of tokens."""

    starts: tuple[tuple[int, ...], ...]
    sizes: tuple[int, ...]

    @classmethod
    def fit(cls, codes: Codes, fields: tuple[Field, ...]) -> "Modes":
        """The modes of these rows' fields; up to 64 tokens are modes of one token each."""
        starts = [_runs(np.bincount(codes[:, i], minlength=f.size), f.missing) for i, f in enumerate(fields)]
        return cls(tuple(starts), tuple(field.size for field in fields))

    @cached_property
    def counts(self) -> tuple[int, ...]:
        """The number of modes of each field."""
        return tuple(len(starts) for starts in self.starts)

    @cached_property
    def sides(self) -> tuple[int, ...]:
        """The length of each field's longest mode."""
        pairs = zip(self.starts, self.sizes, strict=True)
        return tuple(int(np.diff([*starts, size]).max()) for starts, size in pairs)

    @cached_property
    def wide(self) -> tuple[int, ...]:
        """The fields with a mode of more than one token."""
        return tuple(field for field, side in enumerate(self.sides) if side > 1)

    @cached_property
    def lengths(self) -> tuple[tuple[int, ...], ...]:
        """The number of tokens of every mode of each field."""
        pairs = zip(self.starts, self.sizes, strict=True)
        return tuple(tuple(np.diff([*starts, size]).tolist()) for starts, size in pairs)

    @cached_property
    def owners(self) -> tuple[Int[np.ndarray, " tokens"], ...]:
        """The mode of every token of each field."""
        return tuple(np.repeat(np.arange(len(lengths)), lengths) for lengths in self.lengths)

    def split(
        self, codes: Integer[np.ndarray, "rows fields"]
    ) -> tuple[Int[np.ndarray, "rows fields"], Int[np.ndarray, "rows fields"]]:
        """The mode of each token, and the token's place in it."""
        modes = np.empty(codes.shape, np.int64)
        places = np.empty(codes.shape, np.int64)
        for field, (owners, starts) in enumerate(zip(self.owners, self.starts, strict=True)):
            modes[:, field] = owners[codes[:, field]]
            places[:, field] = codes[:, field] - np.array(starts)[modes[:, field]]
        return modes, places

    def join(self, modes: Int[np.ndarray, "rows fields"], places: Int[np.ndarray, "rows fields"]) -> Codes:
        """The tokens of these modes and places."""
        first = [np.array(starts)[modes[:, field]] for field, starts in enumerate(self.starts)]
        return np.asarray(np.stack(first, 1) + places, np.uint16)


@dataclass(frozen=True)
class Stored:
    """Modes as a weights' head stores them; families add the widths of their networks."""

    starts: tuple[tuple[int, ...], ...]
    sizes: tuple[int, ...]

    @classmethod
    def from_head(cls: type[S], raw: Mapping[str, Any]) -> S:
        """What the head holds."""
        starts = tuple(tuple(own) for own in raw["starts"])
        return cls(**{**raw, "starts": starts, "sizes": tuple(raw["sizes"])})

    def to_head(self) -> dict[str, Any]:
        """The same as JSON-able values."""
        return asdict(self)

    @property
    def modes(self) -> Modes:
        """The fields' tokens as modes and places."""
        return Modes(self.starts, self.sizes)


def _runs(counts: Int[np.ndarray, " tokens"], missing: bool) -> tuple[int, ...]:
    """First tokens of the runs: a missing value and what is heavier than a fair run stand alone."""
    size = len(counts)
    if size <= ONE_STEP:
        return tuple(range(size))
    wanted = isqrt(size - 1) + 1
    longest = ceil(LONGEST * size / wanted)
    alone = counts >= max(counts.sum(), 1) / wanted
    alone[0] |= missing
    fair = counts[~alone].sum() / wanted
    starts, mass = [0], 0.0
    for token in range(size):
        full = mass + counts[token] / 2 > fair or token - starts[-1] >= longest
        if token and (alone[token] or alone[token - 1] or full):
            starts.append(token)
            mass = 0.0
        mass += counts[token]
    return tuple(starts)
