"""Times as a day, a weekday where days are drawn from intervals, and a time of day where it varies.

Days and times of day are two axes (see `axis`), in whole days and in the largest step that all times of day share (an
hour, a minute, a microsecond). Loss: a day or a time of day that fewer than the floor of rows carry comes back as
another one of its interval, moved to the weekday that the second field asks for where the interval has one.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Bool, Int, Shaped

from genloop.codecs import axis, draw, limits, spans, tally
from genloop.core.conditions import Condition
from genloop.core.errors import ConditionError
from genloop.core.protocols import Allowed, Codes, Field, Frozen
from genloop.core.records import Records
from genloop.core.schema import Column

KIND = "time"
FORMS = ("tokens",)
DAY = 86_400_000_000  # microseconds
WEEKDAY_SHARE = 0.02  # of the rows on days drawn from intervals: more than this and weekdays get a field
LISTED_DAYS = 100_000

Instants = Int[np.ndarray, "_rows"]


@dataclass(frozen=True)
class State:
    """Rows per day, per time of day in microseconds, and of the missing."""

    missing: int
    days: tally.Tally
    clock: tally.Tally


@dataclass(frozen=True)
class Window:
    """What conditions leave: disjoint spans of microseconds, and the same as limits on the day axis."""

    spans: tuple[spans.Span, ...]
    days: limits.Limits


def fit(columns: Sequence[Column], records: Records) -> State:
    """The counts of one shard."""
    column = records.column(columns[0].name)
    instants = _instants(column)
    day = instants // DAY
    return State(len(column) - len(instants), tally.fit(day), tally.fit(instants - day * DAY))


def merge(first: State, second: State) -> State:
    """The counts of both shards."""
    missing = first.missing + second.missing
    return State(missing, tally.merge(first.days, second.days), tally.merge(first.clock, second.clock))


def freeze(columns: Sequence[Column], state: State, *, floor: int, tokens: int) -> Frozen:
    """The final axes: no day and no time of day that fewer than `floor` rows carry is in them."""
    days, lost = axis.freeze(state.days.values, state.days.counts, floor=floor, tokens=tokens)
    step, offset = tally.step(state.clock)
    parts = (state.clock.values - offset) // step
    clock, _ = axis.freeze(parts, state.clock.counts, floor=floor, tokens=tokens, exact=state.clock.exact)
    drawn = sum(days["cell_rows"])
    return {
        "columns": [columns[0].name],
        "formats": list(columns[0].formats),
        "zone": columns[0].zone,
        "missing": state.missing > 0 or lost > 0 or not state.days.rows,
        "days": days,
        "weekday": bool(drawn > WEEKDAY_SHARE * max(state.days.rows, 1)),
        "clock": clock,
        "step": step,
        "offset": offset,
        "notes": [f"fewer than {floor} rows carry a time: the column comes out missing"] if lost else [],
    }


def fields(frozen: Frozen) -> tuple[Field, ...]:
    """The day, the weekday where days are drawn, and the time of day where it varies."""
    name, missing = frozen["columns"][0], bool(frozen["missing"])
    found = [Field(name, axis.size(frozen["days"]) + missing, ordered=True, missing=missing)]
    if frozen["weekday"]:
        found.append(Field(f"{name} (weekday)", 7, ordered=True))
    if axis.size(frozen["clock"]) > 1:
        found.append(Field(f"{name} (time of day)", axis.size(frozen["clock"]), ordered=True))
    return tuple(found)


def encode(frozen: Frozen, records: Records) -> Codes:
    """The tokens of each time; one that is missing where none was in training takes the commonest day."""
    column, days = records.column(frozen["columns"][0]), axis.read(frozen["days"])
    codes = np.zeros((len(column), len(fields(frozen))), dtype=np.uint16)
    codes[:, 0] = 0 if frozen["missing"] else np.argmax(days.rows)
    if not days.size:
        return codes
    present, instants = _present(column), _instants(column)
    day = instants // DAY
    parts = [axis.encode(days, day) + bool(frozen["missing"])]
    if frozen["weekday"]:
        parts.append(_weekday(day))
    clock = axis.read(frozen["clock"])
    if clock.size > 1:
        step = frozen["step"]
        parts.append(axis.encode(clock, (instants - day * DAY - frozen["offset"] + step // 2) // step))
    codes[present] = np.stack(parts, axis=1)
    return codes


def decode(frozen: Frozen, codes: Codes, rng: np.random.Generator, *, allowed: Allowed | None = None) -> Records:
    """Times for tokens; nothing outside of `allowed`."""
    days, clock, offset = axis.read(frozen["days"]), axis.read(frozen["clock"]), int(frozen["missing"])
    window = None if allowed is None else allowed.detail
    tokens = codes[:, 0].astype(np.int64)
    if allowed is not None and allowed.share[0] is not None:
        tokens = draw.near(allowed.share[0] > 0, tokens)
    missing = (tokens < offset) | (days.size == 0)
    tokens = np.maximum(tokens - offset, 0)
    bounds = limits.Limits() if window is None else window.days
    day = draw.decode(days, tokens, rng, bounds)
    if frozen["weekday"]:
        day = _on_weekday(days, tokens, day, codes[:, 1], bounds)
    ticks = codes[:, -1].astype(np.int64) if clock.size > 1 else np.zeros(len(codes), dtype=np.int64)
    instants = day * DAY + draw.decode(clock, ticks, rng, limits.Limits()) * frozen["step"] + frozen["offset"]
    if window is not None and window.spans:
        wrong = np.flatnonzero(~missing & ~spans.inside(instants, window.spans))
        instants[wrong] = _moved(frozen, clock, instants[wrong], ticks[wrong], rng, window.spans)
    return pa.table({frozen["columns"][0]: pa.array(instants, mask=missing).cast(pa.timestamp("us"))})


def allow(frozen: Frozen, conditions: Sequence[Condition]) -> Allowed:
    """What the conditions leave; a missing time satisfies only "missing" and "in" with None.

    Raises:
        ConditionError: no time can satisfy them; the message gives the months between which there are times.
    """
    keep_missing = bool(frozen["missing"])
    left: tuple[spans.Span, ...] = ((spans.FIRST, spans.LAST),)
    for condition in conditions:
        _check(frozen, condition)
        keep_missing = keep_missing and limits.takes_missing(condition)
        left = spans.intersect(left, spans.read(condition, frozen["formats"], frozen["zone"]))
    shares = _shares(frozen, left)
    if frozen["missing"]:
        shares[0] = np.r_[float(keep_missing), shares[0]]
    if not shares[0].any():
        raise ConditionError(f"no row can satisfy {' and '.join(map(str, conditions))}; {_existing(frozen)}")
    low = left[0][0] if left and left[0][0] != spans.FIRST else None
    high = left[-1][1] if left and left[-1][1] != spans.LAST else None
    return Allowed(tuple(shares), low, high, Window(left, _day_limits(left)))


def _present(column: pa.ChunkedArray) -> Bool[np.ndarray, "rows"]:
    return np.asarray(pc.is_valid(column).to_numpy())


def _instants(column: pa.ChunkedArray) -> Instants:
    """The present times as microseconds since 1970."""
    kept = column.drop_null().cast(pa.timestamp("us"), safe=False).cast(pa.int64())
    return np.asarray(kept.to_numpy())


def _weekday(day: Instants) -> Instants:
    """0 for Monday to 6; the first of January 1970 was a Thursday."""
    return np.asarray((day + 3) % 7)


def _on_weekday(
    days: axis.Axis, tokens: Instants, day: Instants, wanted: Shaped[np.ndarray, "_rows"], bounds: limits.Limits
) -> Instants:
    """Drawn days moved by at most a week to the wanted weekday, where one lies in their interval and bounds."""
    labels = days.order[np.minimum(tokens, days.size - 1)] if days.size else np.zeros(len(tokens), dtype=np.int64)
    drawn = labels < 0
    if not drawn.any():
        return day
    interval = ~labels[drawn]
    low, high = days.lows[days.first[interval]], days.highs[np.r_[days.first[1:], len(days.lows)][interval] - 1]
    old = day[drawn]
    shift = (wanted[drawn].astype(np.int64) - _weekday(old) + 3) % 7 - 3
    new = old.copy()
    for move in (shift - 7, shift + 7, shift):
        able = (old + move >= low) & (old + move <= high) & bounds.keep(old + move)
        new = np.where(able, old + move, new)
    moved = day.copy()
    moved[drawn] = new
    return moved


def _day_limits(left: Sequence[spans.Span]) -> limits.Limits:
    """Limits on days: a range, the listed days, or a range with days left out."""
    parts = [(low // DAY, high // DAY) for low, high in left]
    if not parts:
        return limits.Limits(only=())
    low, high = (end if abs(end) < spans.LAST // DAY else None for end in (parts[0][0], parts[-1][1]))
    if len(parts) == 1:
        return limits.Limits(low, high)
    if sum(last - first + 1 for first, last in parts) <= LISTED_DAYS:
        return limits.Limits(only=tuple(sorted({day for first, last in parts for day in range(first, last + 1)})))
    gaps = [(before[1] + 1, after[0]) for before, after in pairwise(parts)]
    if sum(end - begin for begin, end in gaps) > LISTED_DAYS:
        return limits.Limits(low, high)
    return limits.Limits(low, high, never=tuple(day for begin, end in gaps for day in range(begin, end)))


def _ticks(frozen: Frozen, part: spans.Span, day: int) -> limits.Limits:
    """The part of a span that lies on a day, in steps of the clock."""
    begin = day * DAY + frozen["offset"]
    return limits.Limits(-((begin - part[0]) // frozen["step"]), (part[1] - begin) // frozen["step"])


def _shares(frozen: Frozen, left: Sequence[spans.Span]) -> list[Any]:
    """Per field, the part of each token's mass that lies in the spans; a day cut by a span counts its part."""
    days, clock = axis.read(frozen["days"]), axis.read(frozen["clock"])
    share = draw.share(days, _day_limits(left))
    cut: dict[int, Any] = {}
    for part in left:
        for day in {part[0] // DAY, part[1] // DAY} if clock.size else ():
            ticks = draw.share(clock, _ticks(frozen, part, day))
            cut[day] = np.minimum(cut.get(day, 0.0) + ticks, 1.0)
    single = all(low // DAY == high // DAY for low, high in left)
    mass = {day: float((ticks * clock.rows).sum() / clock.rows.sum()) for day, ticks in cut.items()}
    if days.grid and len(days.points):
        share[days.token_of_point] *= [mass.get(day, 1.0) for day in days.points.tolist()]
    if single and mass:
        share[days.token_of_interval] *= max(mass.values())
    shares: list[Any] = [share, *([None] if frozen["weekday"] else [])]
    if clock.size > 1:
        shares.append(np.max(list(cut.values()), axis=0) if single and cut else None)
    return shares


def _moved(
    frozen: Frozen, clock: axis.Axis, instants: Instants, ticks: Instants, rng: np.random.Generator, left: Any
) -> Instants:
    """Instants outside of the spans, drawn again on their day within a span that touches it, or the nearest one."""
    lows, highs = np.array(left, dtype=np.int64).T
    after = np.minimum(np.searchsorted(lows, instants), len(lows) - 1)
    before = np.maximum(after - 1, 0)
    part = np.where(instants - highs[before] < lows[after] - instants, before, after)
    day = np.clip(instants // DAY, lows[part] // DAY, highs[part] // DAY)
    moved = instants.copy()
    for key in {*zip(part.tolist(), day.tolist(), strict=True)}:
        rows = np.flatnonzero((part == key[0]) & (day == key[1]))
        bounds = _ticks(frozen, left[key[0]], key[1])
        drawn = draw.decode(clock, ticks[rows], rng, bounds)
        moved[rows] = key[1] * DAY + drawn * frozen["step"] + frozen["offset"]
    return np.asarray(np.clip(moved, lows[part], highs[part]))


def _check(frozen: Frozen, condition: Condition) -> None:
    """Raises ConditionError when one of the listed times does not exist."""
    for value in condition.values if condition.operator == "in" else ():
        alone = spans.read(replace(condition, values=(value,)), frozen["formats"], frozen["zone"])
        if not limits.is_missing(value) and not _shares(frozen, alone)[0].any():
            raise ConditionError(f"{condition.column} has no time {value!r}; {_existing(frozen)}")


def _existing(frozen: Frozen) -> str:
    """The months between which there are times."""
    ends = axis.read(frozen["days"]).ends
    if ends is None:
        return "the column holds only missing values"
    first, last = (str(np.datetime64(int(end), "D"))[:7] for end in ends)
    return f"its times run from {first} to {last}" + (" or are missing" if frozen["missing"] else "")
