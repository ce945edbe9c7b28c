"""Numbers as one ordered field: exact tokens for values many rows carry, drawn intervals for the rest (see `axis`).

The state counts exact values (see `tally`), in whole units of the last decimal where that is exact; when all values are
multiples of a larger step, the axis counts in that step. Infinities, and numbers nearly as large, count as missing.
Loss: a value that fewer than the floor of rows carry comes back as another value of its interval. If fewer than the
floor of rows carry a number at all, none is kept and the column comes out missing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Bool, Shaped

from genloop.codecs import axis, draw, limits, tally
from genloop.core.conditions import Condition
from genloop.core.errors import ConditionError
from genloop.core.protocols import Allowed, Codes, Field, Frozen
from genloop.core.records import Records
from genloop.core.schema import Column

KIND = "number"
FORMS = ("tokens",)
LARGEST = 1e300  # sums and differences of a few such numbers are still finite

Values = Shaped[np.ndarray, "_values"]


@dataclass(frozen=True)
class State:
    """Counts of the present values, in units of the last decimal when whole, and of the missing."""

    missing: int
    tally: tally.Tally
    decimals: int | None
    integer: bool


def fit(columns: Sequence[Column], records: Records) -> State:
    """The value counts of one shard."""
    column = records.column(columns[0].name)
    values = numbers(column)
    integer = values.dtype.kind == "i"
    decimals = 0 if integer else columns[0].decimals
    return State(len(column) - len(values), tally.fit(_units(values, decimals)), decimals, integer)


def merge(first: State, second: State) -> State:
    """The value counts of both shards."""
    if not first.tally.rows or not second.tally.rows:
        full = first if first.tally.rows else second
        return replace(full, missing=first.missing + second.missing)
    if first.tally.values.dtype != second.tally.values.dtype:
        first, second = _as_floats(first), _as_floats(second)
    decimals = max((state.decimals for state in (first, second) if state.decimals is not None), default=None)
    both = tally.merge(first.tally, second.tally)
    return State(first.missing + second.missing, both, decimals, first.integer and second.integer)


def freeze(columns: Sequence[Column], state: State, *, floor: int, tokens: int) -> Frozen:
    """The final axis: no value that fewer than `floor` rows carry is in it."""
    counted = state.tally
    step, offset = tally.step(counted)
    values = (counted.values - offset) // step if step > 1 else counted.values
    heaped = step == 1 and not counted.cut
    frozen, lost = axis.freeze(values, counted.counts, floor=floor, tokens=tokens, exact=counted.exact, heaped=heaped)
    notes = [f"fewer than {floor} rows carry a number: the column comes out missing"] if lost else []
    return {
        "columns": [columns[0].name],
        "decimals": state.decimals,
        "integer": state.integer,
        "step": step,
        "offset": offset,
        "missing": state.missing > 0 or lost > 0 or not counted.rows,
        "axis": frozen,
        "notes": notes,
    }


def fields(frozen: Frozen) -> tuple[Field, ...]:
    """One ordered field."""
    missing = bool(frozen["missing"])
    return (Field(frozen["columns"][0], axis.size(frozen["axis"]) + missing, ordered=True, missing=missing),)


def encode(frozen: Frozen, records: Records) -> Codes:
    """The token of each number; one that is missing where none was in training takes the commonest token."""
    column, scale = records.column(frozen["columns"][0]), axis.read(frozen["axis"])
    usual = 0 if frozen["missing"] else int(np.argmax(scale.rows))
    codes = np.full(len(column), usual, dtype=np.uint16)
    if scale.size:
        codes[is_number(column)] = axis.encode(scale, _to_axis(frozen, numbers(column))) + bool(frozen["missing"])
    return codes[:, None]


def decode(frozen: Frozen, codes: Codes, rng: np.random.Generator, *, allowed: Allowed | None = None) -> Records:
    """Numbers for tokens: points exactly, intervals drawn; nothing outside of `allowed`."""
    scale, offset = axis.read(frozen["axis"]), int(frozen["missing"])
    tokens = codes[:, 0].astype(np.int64)
    bounds = limits.Limits()
    if allowed is not None:
        bounds = bounds if allowed.detail is None else allowed.detail
        tokens = tokens if allowed.share[0] is None else draw.near(allowed.share[0] > 0, tokens)
    missing = (tokens < offset) | (scale.size == 0)
    values = _from_axis(frozen, draw.decode(scale, np.maximum(tokens - offset, 0), rng, bounds))
    return pa.table({frozen["columns"][0]: pa.array(values, mask=missing)})


def allow(frozen: Frozen, conditions: Sequence[Condition]) -> Allowed:
    """What the conditions leave of the field; a missing number satisfies only "missing" and "in" with None.

    Raises:
        ConditionError: no number can satisfy them; the message gives the range that exists, rounded.
    """
    scale, bounds = axis.read(frozen["axis"]), limits.Limits()
    keep_missing = bool(frozen["missing"])
    for condition in conditions:
        wanted = _limits(frozen, condition)
        _check(frozen, scale, condition)
        keep_missing = keep_missing and limits.takes_missing(condition)
        bounds = bounds & wanted
    shares = np.r_[np.full(int(frozen["missing"]), float(keep_missing)), draw.share(scale, bounds)]
    if not shares.any():
        asked = " and ".join(map(str, conditions))
        raise ConditionError(f"no row can satisfy {asked}; {_existing(frozen, scale)}")
    return Allowed((shares,), _end(frozen, bounds.low), _end(frozen, bounds.high), bounds)


def is_number(column: pa.ChunkedArray) -> Bool[np.ndarray, "rows"]:
    """Which rows hold a number that is not infinite."""
    if pa.types.is_floating(column.type):
        column = pc.if_else(pc.less(pc.abs(column), LARGEST), column, None)
    mask: Bool[np.ndarray, rows] = pc.is_valid(column).to_numpy(zero_copy_only=False)
    return mask


def numbers(column: pa.ChunkedArray) -> Values:
    """The finite numbers of a column, int64 or float64; those of a column without a type as floats."""
    kept = column.filter(pa.array(is_number(column)))
    kind = pa.int64() if pa.types.is_integer(column.type) else pa.float64()
    values: Values = kept.cast(kind).to_numpy()
    return values


def _units(values: Values, decimals: int | None) -> Values:
    """Whole units of the last decimal where floats hold them exactly, else rounded floats."""
    if values.dtype.kind == "i":
        return values
    if decimals is None:
        return values + 0.0
    if not len(values) or np.abs(values).max() < axis.EXACT_INTEGERS / 10.0**decimals:
        return np.rint(values * 10.0**decimals).astype(np.int64)
    return _rounded(values, decimals)


def _as_floats(state: State) -> State:
    """The state with whole units turned back to numbers, for a column whose other shards are beyond exact units."""
    counted = state.tally
    if counted.values.dtype.kind == "f":
        return state
    values = counted.values / 10.0 ** (state.decimals or 0)
    return replace(state, tally=replace(counted, values=values, cut=0), integer=False)


def _rounded(values: Values, decimals: int | None) -> Values:
    """Floats at their decimals; those too large to have any stay as they are."""
    if decimals is None:
        return values + 0.0
    small = np.abs(values) < axis.EXACT_INTEGERS / 10.0**decimals
    rounded: Values = values + 0.0
    rounded[small] = np.round(values[small], decimals) + 0.0
    return rounded


def _to_axis(frozen: Frozen, values: Values) -> Values:
    if not frozen["axis"]["grid"]:
        return _rounded(values.astype(np.float64), frozen["decimals"])
    if values.dtype.kind == "f":
        values = np.rint(np.clip(values * 10.0 ** frozen["decimals"], -(2.0**62), 2.0**62)).astype(np.int64)
    step = frozen["step"]
    return (values - frozen["offset"] + step // 2) // step if step > 1 else values


def _from_axis(frozen: Frozen, values: Values) -> Values:
    decimals = frozen["decimals"]
    if not frozen["axis"]["grid"]:
        return _rounded(values, decimals)
    units = values * frozen["step"] + frozen["offset"]
    return np.asarray(units if frozen["integer"] else units / 10.0 ** (decimals or 0))


def _exactly(frozen: Frozen, value: Any) -> Fraction:
    """A value of a condition in units of the axis, not rounded."""
    exact = limits.number(value)
    if not frozen["axis"]["grid"]:
        return exact
    step, offset, decimals = (int(frozen[name] or 0) for name in ("step", "offset", "decimals"))
    return (exact * Fraction(10) ** decimals - offset) / step


def _end(frozen: Frozen, end: Any) -> float | None:
    return None if end is None else _from_axis(frozen, np.array([end]))[0].item()


def _limits(frozen: Frozen, condition: Condition) -> limits.Limits:
    return limits.read(condition, lambda value: _exactly(frozen, value), grid=frozen["axis"]["grid"])


def _check(frozen: Frozen, scale: axis.Axis, condition: Condition) -> None:
    """Raises ConditionError when one of the listed values does not exist."""
    for value in condition.values if condition.operator == "in" else ():
        alone = replace(condition, values=(value,))
        if not limits.is_missing(value) and not draw.share(scale, _limits(frozen, alone)).any():
            raise ConditionError(f"{condition.column} has no value {value!r}; {_existing(frozen, scale)}")


def _existing(frozen: Frozen, scale: axis.Axis) -> str:
    """The range that can come out, rounded to three digits."""
    if scale.ends is None:
        return "the column holds only missing values"
    low, high = (_from_axis(frozen, np.array([end]))[0].item() for end in scale.ends)
    return f"its values run from {low:.3g} to {high:.3g}" + (" or are missing" if frozen["missing"] else "")
