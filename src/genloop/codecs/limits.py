"""Conditions on an ordered column, read into bounds: exact fractions first, so that no bound is lost to rounding."""

import math
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from typing import Any

import numpy as np
from jaxtyping import Bool, Shaped

from genloop.core.conditions import Condition
from genloop.core.errors import ConditionError

Place = Callable[[Any], Fraction]
SYMBOLS = " \t$€£¥￥元%"
_THOUSANDS = re.compile(r"[+-]?\d{1,3}(,\d{3})+(\.\d*)?")
_COMMA_MARK = re.compile(r"[+-]?(\d{1,3}(\.\d{3})+,\d+|\d*,\d{1,2}|\d*,\d{4,}|\d{4,},\d+)")
NEAR = Fraction(1, 1_000_000)
_MOST_DIGITS = 1_000  # before or behind the point: numbers of more would take all memory
_LONG = 2**63


@dataclass(frozen=True)
class Limits:
    """What conditions leave of an axis: inclusive bounds, the only values or None, and values left out."""

    low: Any = None
    high: Any = None
    only: tuple[Any, ...] | None = None
    never: tuple[Any, ...] = ()

    def __and__(self, other: "Limits") -> "Limits":
        lows = [low for low in (self.low, other.low) if low is not None]
        highs = [high for high in (self.high, other.high) if high is not None]
        only = self.only if other.only is None else other.only
        if self.only is not None and other.only is not None:
            only = tuple(value for value in self.only if value in other.only)
        return Limits(max(lows, default=None), min(highs, default=None), only, (*self.never, *other.never))

    def keep(self, values: Shaped[np.ndarray, "values"]) -> Bool[np.ndarray, "values"]:
        """Which values satisfy the limits."""
        kept = np.ones(len(values), dtype=bool)
        if self.low is not None:
            kept &= values >= self.low
        if self.high is not None:
            kept &= values <= self.high
        if self.only is not None:
            kept &= np.isin(values, np.array(self.only, dtype=values.dtype))
        return kept & ~np.isin(values, np.array(self.never, dtype=values.dtype))


def read(condition: Condition, place: Place, *, grid: bool) -> Limits:
    """The limits of one condition, in units of the axis that `place` turns a value into.

    Raises:
        ConditionError: a value cannot be read, or the operator does not fit an ordered column.
    """
    match condition.operator:
        case "present":
            return Limits()
        case "missing":
            return Limits(only=())
        case "in":
            return Limits(only=_placed(condition, place, grid))
        case "not in":
            return Limits(never=_placed(condition, place, grid))
        case "range":
            return Limits(_low(condition, place, grid), _high(condition, place, grid))
        case _:
            raise ConditionError(
                f"{condition}: 'contains' asks for text, but {condition.column} is ordered; use a range"
            )


def takes_missing(condition: Condition) -> bool:
    """Whether a missing value satisfies the condition: only "missing", or "in" with None among the values."""
    listed = condition.operator == "in" and any(is_missing(value) for value in condition.values)
    return condition.operator == "missing" or listed


def is_missing(value: Any) -> bool:
    """Whether a value given in Python stands for a missing one (None or not-a-number)."""
    return value is None or (isinstance(value, float | np.floating) and math.isnan(value))


def number(value: Any) -> Fraction:
    """The exact number that a text or Python number states; thousands may be set off, a comma that cannot set off
    thousands is the decimal mark, money and per cent signs may stand around it.

    Raises:
        ConditionError: it is no number.
    """
    try:
        if isinstance(value, bool | int | np.integer | np.bool_):
            return Fraction(int(value))
        if isinstance(value, float | np.floating):
            return Fraction(repr(float(value)))
        exact = Decimal(_plain(str(value).strip(SYMBOLS)))
        if exact and exact.is_finite() and abs(exact.adjusted()) > _MOST_DIGITS:
            raise OverflowError
        return Fraction(exact)
    except (InvalidOperation, ValueError, OverflowError) as error:
        raise ConditionError(f"expected a number, found {value!r}") from error


def _plain(text: str) -> str:
    """The number with a point for the decimal mark and nothing between thousands."""
    if _COMMA_MARK.fullmatch(text):
        return text.replace(".", "").replace(",", ".")
    return text.replace(",", "") if _THOUSANDS.fullmatch(text) else text


def _placed(condition: Condition, place: Place, grid: bool) -> tuple[Any, ...]:
    """Values in units of the axis; those that lie between the units of a grid are left out."""
    places = [place(value) for value in condition.values if not is_missing(value)]
    if not grid:
        return tuple(map(_float, places))
    return tuple(round(spot) for spot in places if abs(spot - round(spot)) <= NEAR and -_LONG <= round(spot) < _LONG)


def _float(place: Fraction) -> float:
    return float(min(max(place, Fraction(-sys.float_info.max)), Fraction(sys.float_info.max)))


def _long(place: int) -> int:
    return min(max(place, -_LONG), _LONG - 1)


def _low(condition: Condition, place: Place, grid: bool) -> Any:
    if condition.low is None:
        return None
    low = place(condition.low)
    if not grid:
        return math.nextafter(_float(low), math.inf) if condition.low_open else _float(low)
    nearest = round(low)
    if abs(low - nearest) <= NEAR:
        return _long(nearest + condition.low_open)
    return _long(math.ceil(low))


def _high(condition: Condition, place: Place, grid: bool) -> Any:
    if condition.high is None:
        return None
    high = place(condition.high)
    if not grid:
        return math.nextafter(_float(high), -math.inf) if condition.high_open else _float(high)
    nearest = round(high)
    if abs(high - nearest) <= NEAR:
        return _long(nearest - condition.high_open)
    return _long(math.floor(high))
