"""Sets of instants as sorted, disjoint, inclusive spans of microseconds: what conditions on a time leave.

A date, month or year stands for all of its instants, so `day=2024-01-01` means the whole day and a range that ends on a
day ends with its last microsecond. Texts are read in the column's own formats first, then as ISO 8601. What carries no
zone is in the column's zone; cleaned values are in UTC where the column has one.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from genloop.codecs import limits
from genloop.core.conditions import Condition
from genloop.core.errors import ConditionError

Span = tuple[int, int]
FIRST, LAST = -(2**62), 2**62
_PERIOD = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?")
_OFFSET = re.compile(r"([+-])(\d{2}):?(\d{2})")


def read(condition: Condition, formats: Sequence[str], zone: str | None) -> tuple[Span, ...]:
    """The instants that satisfy one condition.

    Raises:
        ConditionError: a value is no time, or the operator does not fit a time.
    """
    if condition.operator == "contains":
        raise ConditionError(f"{condition}: 'contains' asks for text, but {condition.column} is a time; use a range")
    listed = [span(value, formats, zone) for value in condition.values if not limits.is_missing(value)]
    match condition.operator:
        case "present":
            return ((FIRST, LAST),)
        case "missing":
            return ()
        case "in":
            return join(listed)
        case "not in":
            return invert(join(listed))
        case _:
            low = FIRST if condition.low is None else span(condition.low, formats, zone)[condition.low_open]
            high = LAST if condition.high is None else span(condition.high, formats, zone)[not condition.high_open]
            return join([(low + condition.low_open, high - condition.high_open)])


def span(value: Any, formats: Sequence[str] = (), zone: str | None = None) -> Span:
    """First and last microsecond that a value means.

    Raises:
        ConditionError: it is no time.
    """
    if isinstance(value, np.datetime64):
        value = value.astype("datetime64[us]").item()
    if isinstance(value, datetime):
        begin = _instant(value, zone)
        return begin, begin
    if isinstance(value, date):
        return _period(value.year, value.month, value.day, zone)
    text = str(value).strip()
    period = _PERIOD.fullmatch(text)
    try:
        if period:
            year, month, day = (int(part or 0) for part in period.groups())
            return _period(year, month, day, zone)
        moment, whole_day = _parse(text, formats)
    except ValueError as error:
        own = datetime(2024, 1, 31, 18, 30).strftime(formats[0]) if formats else ""
        raise ConditionError(
            f"expected a time such as 2024-01-31 or 2024-01-31 18:30{f' or like {own}' if own else ''}, found {value!r}"
        ) from error
    if whole_day:
        return _period(moment.year, moment.month, moment.day, zone)
    begin = _instant(moment, zone)
    return begin, begin


def join(parts: Iterable[Span]) -> tuple[Span, ...]:
    """The union of spans; empty ones vanish."""
    joined: list[Span] = []
    for low, high in sorted(part for part in parts if part[0] <= part[1]):
        if joined and low <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(joined[-1][1], high))
        else:
            joined.append((low, high))
    return tuple(joined)


def invert(parts: Sequence[Span]) -> tuple[Span, ...]:
    """All instants outside of joined spans."""
    begins = [FIRST, *(high + 1 for _, high in parts)]
    ends = [*(low - 1 for low, _ in parts), LAST]
    return join(zip(begins, ends, strict=True))


def intersect(first: Sequence[Span], second: Sequence[Span]) -> tuple[Span, ...]:
    """The instants in both."""
    return join((max(a, c), min(b, d)) for a, b in first for c, d in second)


def inside(instants: np.ndarray, parts: Sequence[Span]) -> np.ndarray:
    """Which instants lie in one of the joined spans."""
    lows, highs = (np.array([part[side] for part in parts], dtype=np.int64) for side in (0, 1))
    if not len(lows):
        return np.zeros(len(instants), dtype=bool)
    place = np.searchsorted(lows, instants, side="right") - 1
    return (place >= 0) & (instants <= highs[place])


def offset(zone: str | None) -> tzinfo:
    """The zone of that name or offset; UTC for none.

    Raises:
        ConditionError: there is no such zone.
    """
    if zone is None or zone in ("UTC", "Z"):
        return UTC
    fixed = _OFFSET.fullmatch(zone)
    if fixed:
        sign = -1 if fixed[1] == "-" else 1
        return timezone(sign * timedelta(hours=int(fixed[2]), minutes=int(fixed[3])))
    try:
        return ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ConditionError(
            f"no time zone {zone!r} on this machine; write the time in UTC, as 2024-01-31T18:30Z"
        ) from error


def microseconds(moment: datetime) -> int:
    """Microseconds since 1970 of a time in UTC, whole."""
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def _instant(moment: datetime, zone: str | None) -> int:
    return microseconds(moment if moment.tzinfo else moment.replace(tzinfo=offset(zone)))


def _period(year: int, month: int, day: int, zone: str | None) -> Span:
    """A day, or a month when the day is 0, or a year when the month is 0."""
    first = datetime(year, month or 1, day or 1)
    try:
        if day:
            after = first + timedelta(days=1)
        elif month:
            after = datetime(first.year + (first.month == 12), first.month % 12 + 1, 1)
        else:
            after = datetime(first.year + 1, 1, 1)
    except (OverflowError, ValueError):  # the calendar ends with 9999
        return _instant(first, zone), _instant(datetime.max, zone)
    return _instant(first, zone), _instant(after, zone) - 1


def _parse(text: str, formats: Sequence[str]) -> tuple[datetime, bool]:
    """A moment, and whether the text names only its day."""
    for pattern in formats:
        try:
            moment = datetime.strptime(text, re.sub(r"%[-^]", "%", pattern))
        except ValueError:
            continue
        return moment, not re.search(r"%[HIMSfpXcTRs]", pattern)
    return datetime.fromisoformat(text), False
