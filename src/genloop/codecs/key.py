"""Keys are never learnt: fresh ones of the same pattern come out, none equal to a training key.

Keys that count (1, 2, 3, ...; ORD-0001, ...) go on behind a rounded end of those in use; other numbers and codes come
from wide gaps between those in use, kept with rounded ends; codes of a vast number of possible spellings (a UUID) are
drawn at random, where a hit on a training key has less than a chance of one in a million. The row's place among all
made rows (`first_row` and on) decides the key, so batches never repeat one another. A key that repeats in the source
(a foreign key) keeps its fan-out: group sizes are drawn from their distribution, batch by batch, and rows of one group
stand together or scattered as in the source. No field; a stated loss of every relation to other columns.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Int

from genloop.codecs import axis, draw, patterns, supply, tally
from genloop.codecs.limits import Limits
from genloop.core.conditions import Condition
from genloop.core.errors import ConditionError
from genloop.core.lazy import Lazy
from genloop.core.protocols import Allowed, Codes, Field, Frozen
from genloop.core.records import Records
from genloop.core.schema import Column

if TYPE_CHECKING:
    import pandas as pd
else:
    pd = Lazy("pandas")

KIND = "key"
FORMS = ("tokens",)
Members = Int[np.ndarray, "_rows"]
SIZES = 200  # tokens of the axis of group sizes
_NO_LIMIT = 2**62  # hashes and keys are never cut: group sizes and what is in use stay exact
_WHOLE = re.compile(r"u?int(8|16|32|64)")
_PLAIN = r"^(0|[1-9]\d{0,16})$"


@dataclass(frozen=True)
class State:
    """Patterns of the texts, plain whole numbers in use, rows per key (hashed), and how often neighbours are equal."""

    rows: int
    missing: int
    patterns: dict[str, patterns.Pattern]
    plain: tally.Tally
    groups: tally.Tally
    neighbours: int
    ends: tuple[int, int] | None


def fit(columns: Sequence[Column], records: Records) -> State:
    """What one shard tells."""
    column = records.column(columns[0].name).cast(pa.string())
    texts = column.drop_null()
    hashes = pd.util.hash_array(np.array(texts.to_pylist(), dtype=object), categorize=False).view(np.int64)
    plain = texts.filter(pc.match_substring_regex(texts, _PLAIN)).cast(pa.int64()).to_numpy()
    return State(
        len(column),
        column.null_count,
        patterns.fit(texts.to_pylist()),
        tally.fit(plain, limit=_NO_LIMIT),
        tally.fit(hashes, limit=_NO_LIMIT),
        int((hashes[1:] == hashes[:-1]).sum()),
        (int(hashes[0]), int(hashes[-1])) if len(hashes) else None,
    )


def merge(first: State, second: State) -> State:
    """What both shards tell."""
    if first.ends is None or second.ends is None:
        full, empty = (first, second) if second.ends is None else (second, first)
        return replace(full, rows=full.rows + empty.rows, missing=full.missing + empty.missing)
    return State(
        first.rows + second.rows,
        first.missing + second.missing,
        patterns.merge(first.patterns, second.patterns),
        tally.merge(first.plain, second.plain, limit=_NO_LIMIT),
        tally.merge(first.groups, second.groups, limit=_NO_LIMIT),
        first.neighbours + second.neighbours + (first.ends[1] == second.ends[0]),
        (first.ends[0], second.ends[1]),
    )


def freeze(columns: Sequence[Column], state: State, *, floor: int, tokens: int) -> Frozen:
    """Patterns with room for fresh keys, and the distribution of group sizes; no key is in it."""
    repeats = state.groups.rows - len(state.groups.values)
    sizes = tally.fit(state.groups.counts)
    fanout, _ = axis.freeze(sizes.values, sizes.counts, floor=floor, tokens=SIZES)
    return {
        "columns": [columns[0].name],
        "missing": state.missing / max(state.rows, 1),
        "shapes": supply.freeze(state.patterns, state.plain, floor=floor, most=_most(columns[0].physical)),
        "fanout": fanout if repeats and axis.size(fanout) else None,
        "together": state.neighbours >= repeats / 2,
        "notes": ["keys are made fresh" + (", group sizes kept" if repeats else "")],
    }


def fields(frozen: Frozen) -> tuple[Field, ...]:
    """None."""
    return ()


def encode(frozen: Frozen, records: Records) -> Codes:
    """No tokens."""
    return np.zeros((records.num_rows, 0), dtype=np.uint16)


def decode(
    frozen: Frozen,
    codes: Codes,
    rng: np.random.Generator,
    *,
    allowed: Allowed | None = None,
    first_row: int = 0,
) -> Records:
    """Fresh keys for the made rows `first_row` and on, missing as often as in the source."""
    rows = len(codes)
    wanted = None if allowed is None else allowed.detail
    missing = rng.random(rows) < frozen["missing"] if wanted is None else np.full(rows, wanted == "missing")
    member = _members(frozen, rows, rng)
    groups = np.arange(first_row, first_row + (int(member.max()) + 1 if rows else 0))
    weights = np.array([shape["keys"] for shape in frozen["shapes"]], dtype=np.float64)
    chosen = rng.choice(len(weights), len(groups), p=weights / weights.sum())
    texts = np.empty(len(groups), dtype=object)
    for index, shape in enumerate(frozen["shapes"]):
        texts[chosen == index] = supply.sample(shape, groups[chosen == index], rng)
    return pa.table({frozen["columns"][0]: pa.array(texts[member], pa.string(), mask=missing)})


def allow(frozen: Frozen, conditions: Sequence[Condition]) -> Allowed:
    """Missing or present keys; nothing else can be asked of keys.

    Raises:
        ConditionError: a condition asks for a value, or for missing keys where none were missing.
    """
    wanted = {condition.operator for condition in conditions}
    if not wanted <= {"missing", "present"}:
        asked = next(str(c) for c in conditions if c.operator not in ("missing", "present"))
        raise ConditionError(f"{asked}: keys are made fresh and cannot be asked for; drop the condition")
    if len(wanted) > 1 or ("missing" in wanted and not frozen["missing"]):
        raise ConditionError(f"no row can satisfy {' and '.join(map(str, conditions))}; no key is missing")
    return Allowed((), detail=wanted.pop() if wanted else None)


def _most(physical: str) -> int | None:
    """The largest number that the source's type holds; None where it stores no whole numbers."""
    return int(np.iinfo(physical).max) if _WHOLE.fullmatch(physical) else None


def _members(frozen: Frozen, rows: int, rng: np.random.Generator) -> Members:
    """Which group each row belongs to, from 0: every row its own, or group sizes drawn from the fan-out."""
    if frozen["fanout"] is None or not rows:
        return np.arange(rows)
    sizes = axis.read(frozen["fanout"])
    group = np.zeros(0, dtype=np.int64)
    while group.sum() < rows:
        tokens = rng.choice(sizes.size, rows, p=sizes.rows / sizes.rows.sum())
        group = np.r_[group, np.maximum(draw.decode(sizes, tokens, rng, Limits()), 1)]
    member = np.searchsorted(np.cumsum(group), np.arange(rows), side="right")
    return member if frozen["together"] else rng.permutation(member)
