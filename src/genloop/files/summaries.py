"""A column's aggregates as the schema keeps them: no end of its range that fewer than the floor of rows carry."""

import math

import numpy as np

from genloop.core.schema import Column, Summary
from genloop.files import measure


def read(column: Column, counted: measure.Measure, *, floor: int) -> Summary:
    """The summary of one column; ends only for numbers, places and times."""
    low: float | str | None = None
    high: float | str | None = None
    if column.kind in ("number", "place") and counted.present:
        low = _number(_end(counted.low, floor), counted.low, down=True, decimals=column.decimals, floor=floor)
        high = _number(_end(counted.high[::-1], floor), counted.high, down=False, decimals=column.decimals, floor=floor)
    if column.kind == "time" and counted.present:
        clock = column.physical.startswith("time") and not column.physical.startswith("timestamp")
        clock |= bool(column.formats) and not any(mark in column.formats[0] for mark in ("%Y", "%y", "epoch"))
        low = _time(_end(counted.low, floor), counted.low, down=True, floor=floor, clock=clock)
        high = _time(_end(counted.high[::-1], floor), counted.high, down=False, floor=floor, clock=clock)
    return Summary(counted.rows, counted.missing, measure.join(counted.distinct).number, low, high, counted.unread)


def _end(ends: np.ndarray, floor: int) -> float | None:
    """The value that the `floor`-th row from the end carries; None when there are fewer rows."""
    return ends[floor - 1].item() if len(ends) >= floor else None


def _number(value: float | None, ends: np.ndarray, *, down: bool, decimals: int | None, floor: int) -> float | None:
    """The value when enough rows carry it, else the nearest rounder number beyond it that no few rows carry."""
    if value is None:
        return None
    if (ends == value).sum() >= floor or value == 0:
        return float(value) if decimals != 0 else int(value)
    step = math.floor(math.log10(abs(value)))
    finest = -16 if decimals is None else -decimals
    for digits, away in ((1, 0), (1, 1), (1, 2), (1, 3), (0, 0), (0, 1), (0, 2)):
        power = max(step - digits, finest)
        ticks = math.floor(value / 10.0**power) - away if down else math.ceil(value / 10.0**power) + away
        rounded = round(ticks * 10.0**power, max(-power, 0))
        if decimals == 0:
            rounded = int(rounded)
        if not 0 < (ends == rounded).sum() < floor:
            return rounded
    return None


def _time(value: float | None, ends: np.ndarray, *, down: bool, floor: int, clock: bool) -> str | None:
    """The time when enough rows carry it, else the hour, day, month or year it lies in (the next one, going up)."""
    if value is None:
        return None
    moment = np.int64(value).astype("M8[us]")
    if (ends == value).sum() >= floor:
        return _spell(moment, clock=clock)
    for unit in ("h",) if clock else ("D", "M", "Y"):
        whole = moment.astype(f"M8[{unit}]")
        rounded = (whole if down or whole == moment else whole + 1).astype("M8[us]")
        if not 0 < (ends == rounded.astype(np.int64)).sum() < floor:
            return _spell(rounded, clock=clock)
    return None


def _spell(moment: np.datetime64, *, clock: bool) -> str:
    day, _, time = str(moment.astype("M8[s]")).partition("T")
    return ("24:00:00" if day > "1970-01-01" else time) if clock else day if time == "00:00:00" else f"{day}T{time}"
