"""Where a rule holds, row by row: the one meaning of a rule that finding, keeping and judging share.

A cell counts as present when it is neither null nor NaN. A missing cell is a value of its own only in columns for which
a dependency or combination lists a missing value (`None`).
"""

import math
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Bool, Float, Int64

from genloop.core.errors import RuleError
from genloop.core.records import Records
from genloop.core.rules import Combination, Dependency, Formula, Order, Rule, columns, describe

_SLACK = 1e-9  # relative; what binary floating point adds to decimal arithmetic


def holds(rule: Rule, records: Records) -> tuple[Bool[np.ndarray, " rows"], Bool[np.ndarray, " rows"]]:
    """Two masks: rows to which the rule applies (its columns are present), and those among them in which it holds.

    A formula does not apply where its denominator is zero. A dependency follows its mapping; rows whose `by` values
    the mapping does not list must agree among themselves: those with the most frequent value of their group hold.

    Raises:
        RuleError: a column is absent from the records, or is neither number nor time where one is needed.
    """
    absent = [name for name in columns(rule) if name not in records.column_names]
    if absent:
        raise RuleError(
            f"rule '{describe(rule)}' speaks of {', '.join(absent)}; the table has {', '.join(records.column_names)}"
        )
    match rule:
        case Order():
            applies, kept = _order(rule, records)
        case Formula():
            applies, kept = _formula(rule, records)
        case Combination(columns=names, allowed=allowed):
            applies, codes, listed = _groups(names, allowed, records)
            kept = np.isin(codes, listed)
        case Dependency():
            applies, kept = _dependency(rule, records)
    return applies, kept & applies


def compute(rule: Formula, records: Records) -> Float[np.ndarray, " rows"]:
    """What the formula gives per row before rounding; NaN where an input is missing or the denominator is zero.

    Raises:
        RuleError: a column is neither number nor time.
    """
    above = _side(rule, rule.numerator, records)
    if not rule.denominator:
        return rule.scale * above
    below = _side(rule, rule.denominator, records)
    return rule.scale * above / np.where(below == 0, np.nan, below)


def spell(value: Any) -> str | None:
    """The text by which a rule lists a value: whole numbers without a point, times as ISO 8601, None for missing."""
    match value:
        case None:
            return None
        case float() if math.isnan(value):
            return None
        case float() if value.is_integer():
            return str(int(value))
        case float():
            return repr(value)
        case datetime():
            return value.isoformat(sep=" ")
        case _:
            return str(value)


def _order(rule: Order, records: Records) -> tuple[Bool[np.ndarray, " rows"], Bool[np.ndarray, " rows"]]:
    low, high = records.column(rule.low), records.column(rule.high)
    if pa.types.is_temporal(low.type) != pa.types.is_temporal(high.type):
        raise RuleError(f"rule '{describe(rule)}' compares {low.type} with {high.type}; both must be numbers or times")
    if not (pa.types.is_integer(low.type) and pa.types.is_integer(high.type)):
        left, right = _numbers(rule, rule.low, records), _numbers(rule, rule.high, records)
        return ~(np.isnan(left) | np.isnan(right)), left < right if rule.strict else left <= right
    compare = pc.less if rule.strict else pc.less_equal
    kept = compare(low, high)  # exact for integers beyond 2**53
    return _array(pc.is_valid(kept)), _array(pc.fill_null(kept, False))


def _formula(rule: Formula, records: Records) -> tuple[Bool[np.ndarray, " rows"], Bool[np.ndarray, " rows"]]:
    expected, found = compute(rule, records), _numbers(rule, rule.column, records)
    applies = np.isfinite(expected) & ~np.isnan(found)
    unit = 10.0**-rule.decimals
    slack = _SLACK * np.maximum(1.0, np.maximum(np.abs(expected), np.abs(found)))
    near = np.abs(found - np.round(expected, rule.decimals)) <= rule.tolerance + slack
    on_grid = np.abs(found - np.round(found, rule.decimals)) <= slack
    tie = on_grid & (np.abs(found - expected) <= unit / 2 + slack)  # either way of rounding a half is right
    return applies, near | tie


def _dependency(rule: Dependency, records: Records) -> tuple[Bool[np.ndarray, " rows"], Bool[np.ndarray, " rows"]]:
    pairs = [(*by, value) for by, value in rule.mapping]
    applies, codes, listed = _groups((*rule.by, rule.column), pairs, records)
    _, by_codes, by_listed = _groups(rule.by, [by for by, _ in rule.mapping], records)
    known = np.isin(by_codes, by_listed)
    kept = np.where(known, np.isin(codes, listed), False)
    free = np.flatnonzero(applies & ~known)
    if free.size:
        kept[free] = _agree(by_codes[free], codes[free])
    return applies, kept


def _agree(groups: Int64[np.ndarray, " rows"], values: Int64[np.ndarray, " rows"]) -> Bool[np.ndarray, " rows"]:
    """Rows that carry the most frequent value of their group (the smallest code on a tie)."""
    pairs, row, count = np.unique(np.stack([groups, values], axis=1), axis=0, return_inverse=True, return_counts=True)
    order = np.lexsort((pairs[:, 1], -count, pairs[:, 0]))
    first = np.ones(len(order), bool)
    first[1:] = pairs[order[1:], 0] != pairs[order[:-1], 0]
    winner = np.zeros(len(pairs), bool)
    winner[order[first]] = True
    return winner[row.reshape(-1)]


def _groups(
    names: Sequence[str], listed: Sequence[Sequence[str | None]], records: Records
) -> tuple[Bool[np.ndarray, " rows"], Int64[np.ndarray, " rows"], Int64[np.ndarray, " codes"]]:
    """Which rows the columns apply to, one code a row for its value combination, and the codes of the listed ones."""
    rows = records.num_rows
    applies = np.ones(rows, bool)
    codes = np.zeros(rows + len(listed), np.int64)
    for place, name in enumerate(names):
        texts = [entry[place] for entry in listed]
        own, present = _codes(records.column(name), texts)
        if None not in texts:
            applies &= present
        codes = codes * (int(own.max(initial=0)) + 1) + own
        codes = np.unique(codes, return_inverse=True)[1].astype(np.int64).reshape(-1)
    return applies, codes[:rows], codes[rows:]


def _codes(
    column: pa.ChunkedArray, texts: Sequence[str | None]
) -> tuple[Int64[np.ndarray, " codes"], Bool[np.ndarray, " rows"]]:
    """Codes of the cells followed by those of the listed texts (missing is 0), and which cells are present."""
    coded = pc.dictionary_encode(column).combine_chunks()
    if isinstance(coded, pa.ChunkedArray):
        coded = pa.concat_arrays(coded.chunks)
    seen: dict[Any, int] = {}
    values = coded.dictionary.to_pylist()
    into = np.array([_code(seen, value) for value in values] + [0], np.int64)
    cells = into[_array(pc.fill_null(coded.indices, len(values))).astype(np.int64)]
    extra = np.array([_code(seen, _value(text, column.type)) for text in texts], np.int64)
    return np.concatenate([cells, extra]), cells > 0


def _code(seen: dict[Any, int], value: Any) -> int:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return 0
    return seen.setdefault(value, len(seen) + 1)


def _value(text: str | None, kind: pa.DataType) -> Any:
    """The listed text as a value of the column's type; as it stands where it does not read as one."""
    if text is None:
        return None
    try:
        if pa.types.is_timestamp(kind):
            return datetime.fromisoformat(text)
        if pa.types.is_date(kind):
            return date.fromisoformat(text)
        if pa.types.is_integer(kind) or pa.types.is_floating(kind):
            return int(text) if text.lstrip("+-").isdigit() else float(text)
    except ValueError:
        pass
    return text


def _side(rule: Formula, terms: Sequence[tuple[int | float, str]], records: Records) -> Float[np.ndarray, " rows"]:
    values = [_numbers(rule, name, records) for _, name in terms]
    if rule.form == "product":
        return np.prod(values, axis=0) if values else np.ones(records.num_rows)
    total = np.zeros(records.num_rows)
    for (sign, _), value in zip(terms, values, strict=True):
        total += sign * value
    return total


def _numbers(rule: Rule, name: str, records: Records) -> Float[np.ndarray, " rows"]:
    """The column as floats, times as seconds since 1970, NaN where missing."""
    column = records.column(name)
    if pa.types.is_date(column.type) or pa.types.is_timestamp(column.type):
        micro = pc.cast(pc.cast(column, pa.timestamp("us"), safe=False), pa.int64())
        return _array(pc.cast(micro, pa.float64(), safe=False)) / 1e6
    if not (pa.types.is_integer(column.type) or pa.types.is_floating(column.type)):
        raise RuleError(f"rule '{describe(rule)}' computes with {name!r}, which holds {column.type}, not numbers")
    return _array(pc.cast(column, pa.float64(), safe=False))


def _array(column: pa.ChunkedArray | pa.Array) -> np.ndarray:
    whole = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return np.asarray(whole.to_numpy(zero_copy_only=False))
