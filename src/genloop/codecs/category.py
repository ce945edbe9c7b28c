"""Categories as tokens by falling count; a value that fewer than the floor of rows carry never comes out.

The rows of all such rare values share one token, `rare`, so that their number is learnt; `decode` draws a kept value
for it in proportion to the kept counts, or a missing one when nothing is kept. When more values are kept than one
field can hold, a second field tells values of a group apart: the commonest keep tokens of their own in the first field,
the others fall into groups of neighbours in text order, and the second field says which value of the group it is.
"""

import difflib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Bool, Float, Int

from genloop.codecs import limits
from genloop.core.conditions import Condition
from genloop.core.errors import ConditionError
from genloop.core.protocols import Allowed, Codes, Field, Frozen
from genloop.core.records import Records
from genloop.core.schema import Column

KIND = "category"
FORMS = ("tokens",)
FIELD_TOKENS = 2  # times `tokens`: what one field may hold before values are split over two
LISTED = 20


@dataclass(frozen=True)
class State:
    """Rows of each value, and of the missing."""

    missing: int
    counts: dict[str, int]


@dataclass(frozen=True)
class Layout:
    """Where kept values stand: value i has token `head[i]`, and `member[i]` in the second field (0: it needs none).

    The first field is: missing (if any), values of their own, groups, rare (if any; else -1).
    """

    values: list[str]
    rows: Float[np.ndarray, "values"]
    head: Int[np.ndarray, "values"]
    member: Int[np.ndarray, "values"]
    missing: bool
    rare: int
    own: int
    group: int
    sizes: tuple[int, ...]


def fit(columns: Sequence[Column], records: Records) -> State:
    """The value counts of one shard."""
    column = records.column(columns[0].name)
    table = pc.value_counts(column.drop_null().cast(pa.string()).combine_chunks())
    counts = dict(zip(table.field("values").to_pylist(), table.field("counts").to_pylist(), strict=True))
    return State(column.null_count, counts)


def merge(first: State, second: State) -> State:
    """The value counts of both shards."""
    counts = dict(first.counts)
    for value, rows in second.counts.items():
        counts[value] = counts.get(value, 0) + rows
    return State(first.missing + second.missing, counts)


def freeze(columns: Sequence[Column], state: State, *, floor: int, tokens: int) -> Frozen:
    """The kept values; those that fewer than `floor` rows carry are gone, only their rows in all remain."""
    kept = sorted(value for value, rows in state.counts.items() if rows >= floor)
    kept.sort(key=state.counts.__getitem__, reverse=True)  # a stable sort: equal counts stay in text order
    rare = sum(state.counts.values()) - sum(map(state.counts.__getitem__, kept))
    own = len(kept)
    if own > FIELD_TOKENS * tokens:
        groups = -(-(own - tokens) // tokens)
        own = max(tokens - groups, 0)
    notes = [] if not rare else [f"rare values protected: {len(state.counts) - len(kept)} (rows: {rare})"]
    return {
        "columns": [columns[0].name],
        "values": kept[:own] + sorted(kept[own:]),
        "rows": [state.counts[value] for value in kept[:own] + sorted(kept[own:])],
        "own": own,
        "group": tokens,
        "missing": state.missing > 0 or not kept,
        "rare_rows": rare if kept else 0,
        "notes": notes,
    }


def fields(frozen: Frozen) -> tuple[Field, ...]:
    """One unordered field, or two where values fall into groups."""
    name, layout = frozen["columns"][0], _layout(frozen)
    names = (name, f"{name} (within group)")
    return tuple(
        Field(title, size, ordered=False, missing=layout.missing and place == 0)
        for place, (title, size) in enumerate(zip(names, layout.sizes, strict=False))
    )


def encode(frozen: Frozen, records: Records) -> Codes:
    """The tokens of each value; a value that was rare or unseen in training takes `rare`, or else the commonest."""
    layout = _layout(frozen)
    column = records.column(frozen["columns"][0]).cast(pa.string())
    place = pc.index_in(column, pa.array(layout.values, pa.string())).fill_null(-1).to_numpy()
    codes = np.zeros((len(column), len(layout.sizes)), dtype=np.uint16)
    known = place >= 0
    at = place[known]
    usual = layout.head[np.argmax(layout.rows)] if len(layout.rows) else 0
    codes[:, 0] = layout.rare if layout.rare >= 0 else usual
    codes[known, 0] = layout.head[at]
    if len(layout.sizes) > 1:
        codes[known, 1] = layout.member[at]
    if layout.missing:
        codes[pc.is_null(column).to_numpy(), 0] = 0
    return codes


def decode(frozen: Frozen, codes: Codes, rng: np.random.Generator, *, allowed: Allowed | None = None) -> Records:
    """Values for tokens; where tokens name no allowed value, one is drawn in proportion from those they may mean."""
    layout = _layout(frozen)
    may = np.ones(len(layout.values), dtype=bool) if allowed is None or allowed.detail is None else allowed.detail
    missing_may = allowed is None or allowed.share[0] is None or (layout.missing and allowed.share[0][0] > 0)
    first = codes[:, 0].astype(np.int64)
    missing = (first == 0) & (layout.missing and missing_may)
    chosen = _find(layout, codes)
    unsure = ~missing & ~np.r_[may, False][chosen]
    for token in np.unique(first[unsure]):
        rows = np.flatnonzero(unsure & (first == token))
        weights = layout.rows * may * (layout.head == token)
        weights = weights if weights.any() else layout.rows * may
        if weights.any():
            chosen[rows] = rng.choice(len(weights), len(rows), p=weights / weights.sum())
        else:
            missing[rows] = True
    values = pa.array(layout.values, pa.string()).take(pa.array(np.maximum(chosen, 0), mask=missing))
    return pa.table({frozen["columns"][0]: values})


def allow(frozen: Frozen, conditions: Sequence[Condition]) -> Allowed:
    """What the conditions leave; a missing value satisfies only "missing" and "in" with None.

    Under "in" and "contains" `rare` is left out (its rows carried other values); else it stays.

    Raises:
        ConditionError: a value is unknown or nothing is left; the message lists what exists, at most 20 values.
    """
    layout = _layout(frozen)
    may, missing, rare = np.ones(len(layout.values), dtype=bool), layout.missing, layout.rare >= 0
    for condition in conditions:
        may &= _keep(layout, condition)
        missing = missing and limits.takes_missing(condition)
        rare = rare and condition.operator in ("present", "not in")
    if not may.any() and not missing:
        raise ConditionError(f"no row can satisfy {' and '.join(map(str, conditions))}; {_existing(layout)}")
    shares = _shares(layout, may)
    if layout.missing:
        shares[0][0] = float(missing)
    if layout.rare >= 0:
        shares[0][layout.rare] = float(rare and may.any())
    return Allowed(tuple(shares), detail=may)


def _layout(frozen: Frozen) -> Layout:
    own, group, missing = frozen["own"], frozen["group"], int(frozen["missing"])
    index = np.arange(len(frozen["values"]))
    grouped = index >= own
    head = missing + np.where(grouped, own + (index - own) // group, index)
    member = np.where(grouped, (index - own) % group + 1, 0)
    heads = int(head[-1]) + 1 if len(head) else missing
    rare = heads if frozen["rare_rows"] else -1
    sizes = (heads + (rare >= 0), int(member.max()) + 1) if grouped.any() else (heads + (rare >= 0),)
    rows = np.array(frozen["rows"], dtype=np.float64)
    return Layout(frozen["values"], rows, head, member, bool(missing), rare, own, group, sizes)


def _find(layout: Layout, codes: Codes) -> Int[np.ndarray, "rows"]:
    """The value that tokens name, -1 where they name none."""
    first = codes[:, 0].astype(np.int64) - layout.missing
    found = first.copy()
    if len(layout.sizes) > 1:
        member = codes[:, 1].astype(np.int64)
        place = layout.own + (first - layout.own) * layout.group + member - 1
        found = np.where(first < layout.own, first, np.where(member > 0, place, -1))
    valid = (found >= 0) & (found < len(layout.values))
    valid[valid] = layout.head[found[valid]] == codes[valid, 0]
    return np.where(valid, found, -1)


def _keep(layout: Layout, condition: Condition) -> Bool[np.ndarray, "values"]:
    """Which kept values satisfy one condition."""
    texts = {_text(layout, condition, value) for value in condition.values if not limits.is_missing(value)}
    match condition.operator:
        case "present":
            return np.ones(len(layout.values), dtype=bool)
        case "missing":
            return np.zeros(len(layout.values), dtype=bool)
        case "in":
            return np.array([value in texts for value in layout.values], dtype=bool)
        case "not in":
            return np.array([value not in texts for value in layout.values], dtype=bool)
        case "contains":
            word = str(condition.values[0]).casefold()
            return np.array([word in value.casefold() for value in layout.values], dtype=bool)
        case _:
            return np.array([_within(value, condition) for value in layout.values], dtype=bool)


def _text(layout: Layout, condition: Condition, value: Any) -> str:
    """The kept value that a condition names: as text, or as the text of a boolean or whole number."""
    text = str(value)
    spellings = [text, text.lower()] if isinstance(value, bool | np.bool_) else [text]
    if isinstance(value, float) and value.is_integer():
        spellings.append(str(int(value)))
    known = set(layout.values)
    for spelling in spellings:
        if spelling in known or condition.operator == "contains":
            return spelling
    close = difflib.get_close_matches(text, layout.values[:5000], n=1)
    raise ConditionError(
        f"{condition.column} has no value {text!r}{f' (did you mean {close[0]!r}?)' if close else ''}; "
        f"{_existing(layout)}"
    )


def _within(value: str, condition: Condition) -> bool:
    """Whether a category lies in a range: by number where value and ends are numbers, else by text."""
    low, high = condition.low, condition.high
    try:
        place: Any = limits.number(value)
        low, high = (None if end is None else limits.number(end) for end in (low, high))
    except ConditionError:
        place, (low, high) = value, (None if end is None else str(end) for end in (low, high))
    above = low is None or (place > low if condition.low_open else place >= low)
    return bool(above and (high is None or (place < high if condition.high_open else place <= high)))


def _shares(layout: Layout, may: Bool[np.ndarray, "values"]) -> list[Float[np.ndarray, "_codes"]]:
    """Per field and token, the part of its rows whose value may come out."""
    shares = []
    for size, tokens in zip(layout.sizes, (layout.head, layout.member), strict=False):
        all_rows = np.bincount(tokens, layout.rows, minlength=size)
        kept_rows = np.bincount(tokens, layout.rows * may, minlength=size)
        shares.append(np.divide(kept_rows, all_rows, out=np.zeros(size), where=all_rows > 0))
    if len(shares) > 1:
        shares[1][0] = 1.0
    return shares


def _existing(layout: Layout) -> str:
    """What there is, the commonest first."""
    if not layout.values:
        return "the column holds only missing values"
    commonest = ", ".join(layout.values[i] for i in np.argsort(-layout.rows, kind="stable")[:LISTED])
    if (more := len(layout.values) - LISTED) > 0:
        return f"its values are {commonest} and {more} more{' or missing' if layout.missing else ''}"
    return f"its values are {commonest}{' or missing' if layout.missing else ''}"
