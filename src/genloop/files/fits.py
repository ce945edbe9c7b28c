"""Verifies that a formula holds: its scale, the tolerance that rounding explains, and that it is no chance.

An unknown scale lies, for each row, in the interval that rounding of that row's values leaves; the intervals of all but
a few damaged rows must meet, and the roundest number of their intersection is the scale. A formula that holds exactly
is told from one that holds up to the rounding of its inputs; either must say more than chance, and every term must
matter.
"""

import dataclasses
from dataclasses import dataclass

import numpy as np
from jaxtyping import Bool, Float

from genloop.core.rules import Formula
from genloop.files.cells import Cells
from genloop.files.screens import Candidate, Terms

_MOST_DAMAGED = 0.04  # rows left aside while a scale is fitted
_SCALE_DIGITS = 6
_MOST_BY_CHANCE = 0.5
_MOST_BY_CHANCE_EXACT = 0.8  # where not even rounding is allowed, so that small counts can add up
_LEAST_ACTIVE = 20
_LEAST_EXACT = 0.6  # rows without any difference, where the tolerance is but a unit or two


@dataclass(frozen=True)
class Fit:
    """A verified formula with the share of rows it holds in, and its rank among mirrored versions (smaller first)."""

    rule: Formula
    share: float
    rank: tuple[float, ...]


def verify(cells: Cells, candidate: Candidate, at_least: float) -> Fit | None:
    """The formula with its scale and tolerance, if it holds in enough rows of those where it can and is no chance."""
    found = cells.numbers[candidate.column]
    value, error = evaluate(cells, candidate)
    there = np.isfinite(value) & np.isfinite(found)
    if there.sum() < _LEAST_ACTIVE or np.mean(np.isfinite(found) != np.isfinite(value)) > 1 - at_least:
        return None
    value, error, found = value[there], error[there], found[there]
    unit = 10.0 ** -cells.decimals[candidate.column]
    scale = _scale(found, value, error, unit / 2) if candidate.scale is None else candidate.scale
    if scale is None:
        return None
    value, error = scale * value, abs(scale) * error
    return _tolerated(cells, candidate, scale, (found, value, error), at_least)


def every_term_matters(cells: Cells, rule: Formula) -> bool:
    """Whether the formula fails once any one input is held at its commonest value, in rows where it has another."""
    for name in {name for _, name in (*rule.numerator, *rule.denominator)} & set(cells.numbers):
        column = cells.numbers[name]
        values, counts = np.unique(column[np.isfinite(column)], return_counts=True)
        usual = float(values[np.argmax(counts)])
        moved = np.flatnonzero(np.isfinite(column) & (column != usual) & np.isfinite(cells.numbers[rule.column]))
        if len(moved) < _LEAST_ACTIVE:
            return False
        part = cells.take(moved)
        held = dataclasses.replace(part, numbers={**part.numbers, name: np.full(len(moved), usual)})
        if _share(part, rule) < 0.95 or _share(held, rule) > _MOST_BY_CHANCE:
            return False
    return True


def solve(cells: Cells, rule: Formula) -> Formula:
    """The rule, solved for the input that is better computed than its column, if there is one.

    A ratio of rounded inputs, 200 * z / (x + y), amplifies the rounding of z, while z follows from the ratio to its
    last digit. Of an exact sum the column of most values is computed: a round loan = paid + owed stays round when
    owed is loan - paid. Nothing may be lost: the solved value is known to a unit of its column.
    """
    names = [name for name in unscaled(rule).columns if name in cells.numbers]
    if rule.denominator and rule.tolerance > 0:
        sharp = {name: _blur(cells, rule, name) for name in names}
        best = min(sharp, key=lambda name: (sharp[name], name))
        return dataclasses.replace(rule, solved=best) if 3 * sharp[best] <= sharp[rule.column] else rule
    plain = rule.scale == 1 and all(abs(sign) == 1 for sign, _ in rule.numerator)
    if rule.form == "sum" and not rule.denominator and rule.tolerance == 0 and plain:
        finest = max(names, key=lambda name: (cells.distinct[name], name))
        if cells.distinct[finest] >= 2 * cells.distinct[rule.column]:
            return dataclasses.replace(rule, solved=finest)
    return rule


def evaluate(cells: Cells, candidate: Candidate) -> tuple[Float[np.ndarray, " rows"], Float[np.ndarray, " rows"]]:
    """The unscaled value per row (NaN where it has none) and what rounding of the inputs may move it by."""
    above, above_error = _side(cells, candidate, candidate.numerator)
    if not candidate.denominator:
        return above, above_error
    below, below_error = _side(cells, candidate, candidate.denominator)
    with np.errstate(divide="ignore", invalid="ignore"):
        value = np.where(below == 0, np.nan, above / below)
        return value, np.abs(above_error / below) + np.abs(value * below_error / below)


def _side(
    cells: Cells, candidate: Candidate, terms: Terms
) -> tuple[Float[np.ndarray, " rows"], Float[np.ndarray, " rows"]]:
    values = [cells.numbers[name] if name in cells.numbers else cells.times[name] for _, name in terms]
    halves = [cells.half[name] for _, name in terms]
    if candidate.form == "sum":
        total = np.sum([sign * value for (sign, _), value in zip(terms, values, strict=True)], axis=0)
        moved = sum(abs(sign) * half for (sign, _), half in zip(terms, halves, strict=True))
        return total, np.full(cells.rows, float(moved))
    product = np.prod(values, axis=0)
    others = [np.prod([np.ones(cells.rows), *values[:i], *values[i + 1 :]], axis=0) for i in range(len(values))]
    return product, np.sum([np.abs(other) * half for other, half in zip(others, halves, strict=True)], axis=0)


def _blur(cells: Cells, rule: Formula, name: str) -> float:
    """What rounding of the other columns leaves open of one column, in parts of its spread."""
    unit, spread = 10.0 ** -cells.decimals[name], float(np.nanstd(cells.numbers[name]))
    half = 0.5 * 10.0**-rule.decimals
    total = abs(rule.scale) * evaluate(cells, unscaled(rule))[1]
    if name == rule.column:
        return (float(np.nanmedian(total)) + half) / max(spread, unit)
    alone = dataclasses.replace(cells, half={**dict.fromkeys(cells.half, 0.0), name: unit / 2})
    own = abs(rule.scale) * evaluate(alone, unscaled(rule))[1]
    with np.errstate(divide="ignore", invalid="ignore"):
        open_ = float(np.nanmedian(unit / 2 / own * (half + total - own)))
    return (open_ + unit / 2) / max(spread, unit) if open_ <= unit else np.inf


def _tolerated(
    cells: Cells,
    candidate: Candidate,
    scale: float,
    rows: tuple[Float[np.ndarray, " rows"], Float[np.ndarray, " rows"], Float[np.ndarray, " rows"]],
    at_least: float,
) -> Fit | None:
    """The formula as exact if it can be, else with the tolerance that rounding of the inputs explains."""
    found, value, error = rows
    decimals = cells.decimals[candidate.column]
    unit = 10.0**-decimals
    spread = float(np.subtract(*np.quantile(found, [0.75, 0.25]))) or float(found.std())
    floating = 2e-7 * float(np.median(np.abs(found))) if decimals >= 6 else 0.0  # values stored in single precision
    blurred = float(np.quantile(error, 0.999))
    for tolerance in (floating, max(floating, blurred + unit)) if blurred > 0 else (floating,):
        near = _near(found, value, decimals, tolerance)
        share = float(near.mean())
        told = share >= at_least and tolerance <= 0.5 * spread and _centred(found, value, decimals, tolerance)
        if told and _beyond_chance(found, value, decimals, tolerance, near):
            rule = Formula(
                candidate.column, candidate.form, candidate.numerator, candidate.denominator, scale, decimals, tolerance
            )
            return Fit(rule, share, _rank(rule, share, tolerance / max(spread, unit), tolerance > floating))
    return None


def _rank(rule: Formula, share: float, blur: float, rounded: bool) -> tuple[float, ...]:
    """Exact before rounded; totals and products before differences and ratios; frequent, short, sharp first."""
    signs = sum(int(sign < 0) for sign, _ in (*rule.numerator, *rule.denominator))
    terms = len(rule.numerator) + len(rule.denominator)
    ratio, scaled = len(rule.denominator) > 0, rule.scale != 1
    return tuple(map(float, (rounded, -round(share, 3), ratio, signs, terms, scaled, -rule.decimals, blur)))


def _near(
    found: Float[np.ndarray, " rows"], value: Float[np.ndarray, " rows"], decimals: int, tolerance: float
) -> Bool[np.ndarray, " rows"]:
    slack = 1e-9 * np.maximum(1.0, np.maximum(np.abs(value), np.abs(found)))
    tie = np.abs(found - value) <= 10.0**-decimals / 2 + slack
    return np.asarray((np.abs(found - np.round(value, decimals)) <= tolerance + slack) | tie)


def _centred(
    found: Float[np.ndarray, " rows"], value: Float[np.ndarray, " rows"], decimals: int, tolerance: float
) -> bool:
    """Whether differences look like rounding: mostly none where they could be a unit or two, else around zero."""
    unit = 10.0**-decimals
    if tolerance <= 2.5 * unit:
        return float(_near(found, value, decimals, 0.0).mean()) >= _LEAST_EXACT or tolerance < unit
    return abs(float(np.median(found - value))) <= 0.25 * tolerance


def _beyond_chance(
    found: Float[np.ndarray, " rows"],
    value: Float[np.ndarray, " rows"],
    decimals: int,
    tolerance: float,
    near: Bool[np.ndarray, " rows"],
) -> bool:
    """Whether rows off the commonest value agree, and would not with the value of some other row."""
    values, counts = np.unique(found, return_counts=True)
    active = found != values[np.argmax(counts)]
    if active.sum() < _LEAST_ACTIVE // 2 or near[active].mean() < 0.95:
        return False
    shifted = _near(found[active], np.roll(value[active], active.sum() // 2), decimals, tolerance)
    return float(shifted.mean()) <= (_MOST_BY_CHANCE if tolerance > 0 else _MOST_BY_CHANCE_EXACT)


def _share(cells: Cells, rule: Formula) -> float:
    value, _ = evaluate(cells, unscaled(rule))
    return float(np.mean(_near(cells.numbers[rule.column], rule.scale * value, rule.decimals, rule.tolerance)))


def _scale(
    found: Float[np.ndarray, " rows"], value: Float[np.ndarray, " rows"], error: Float[np.ndarray, " rows"], half: float
) -> float | None:
    """The roundest scale in the interval that rounding leaves it on all but a few rows; None where there is none."""
    use = (value != 0) & (found != 0)
    if use.sum() < 3:
        return None
    ratio = found[use] / value[use]
    room = (half + np.abs(ratio) * error[use]) / np.abs(value[use]) + 1e-9 * np.abs(ratio)
    low, high = np.quantile(ratio - room, 1 - _MOST_DAMAGED), np.quantile(ratio + room, _MOST_DAMAGED)
    return _roundest(float(low), float(high), _SCALE_DIGITS)


def _roundest(low: float, high: float, digits: int) -> float | None:
    """The number of fewest significant digits (or the inverse of one) in an interval; None beyond `digits`."""
    if low > high or low <= 0 <= high:
        return None
    middle, inverse = (low + high) / 2, 2 / (low + high)
    for used in range(1, digits + 1):
        for value in (float(f"{middle:.{used}g}"), 1 / float(f"{inverse:.{used}g}")):
            if low <= value <= high:
                return value
    return None


def unscaled(rule: Formula) -> Candidate:
    """The formula as it was before rounding: columns and factor only."""
    return Candidate(rule.column, rule.form, rule.numerator, rule.denominator, rule.scale)
