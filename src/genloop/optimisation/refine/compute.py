"""Computes determined columns from the others: dependencies by their mapping, formulas with rounding.

A determinant that the mapping does not list takes the value of its nearest: the listed number or time next to it, or
among combinations those that agree in most columns, and of these the commonest value. A missing input gives a missing
result, unless the mapping lists missing as a value.
"""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Bool, Float, Int64

from genloop.core.determination import Determining, inputs, target
from genloop.core.errors import RuleError
from genloop.core.holds import compute, holds, spell
from genloop.core.records import BEYOND, FIRST, Records
from genloop.core.rules import Dependency, Formula, describe
from genloop.core.schema import Column, Schema

Mask = Bool[np.ndarray, " rows"]
Texts = tuple[str | None, ...]
_MOST_WHOLE = 2.0**62


@dataclass(frozen=True)
class Computed:
    """The records with the rule's columns in place, and the rows in which a present cell became another."""

    records: Records
    changed: Mask


def fill(rule: Determining, records: Records, schema: Schema, fixed: Mapping[str, Mask]) -> Computed:
    """The records with what the rule determines; cells that `fixed` marks stay as they are.

    Raises:
        RuleError: an input is neither in the records nor computed before.
    """
    absent = [name for name in inputs(rule) if name not in records.column_names]
    if absent:
        raise RuleError(f"rule '{describe(rule)}' needs {', '.join(absent)}, which the rows do not have")
    if isinstance(rule, Dependency):
        return _write(records, schema[rule.column], _mapped(rule, records, schema), fixed)
    if rule.solved is None:
        return _write(records, schema[rule.column], _numbers(rule, records, schema), fixed)
    return _solve(rule, records, schema, fixed)


def unlisted(rule: Dependency, records: Records) -> Mask:
    """Rows whose determinant the mapping does not list, although no column of it is missing or a number."""
    if not rule.mapping or any(_is_number(records.column(name).type) for name in rule.by):
        return np.zeros(records.num_rows, bool)
    texts, rows = _determinants(rule.by, records)
    listed = {by for by, _ in rule.mapping}
    return np.asarray(np.array([by not in listed and None not in by for by in texts], bool)[rows])


def value(text: str | None, kind: pa.DataType) -> Any:
    """The value that a rule's text stands for in a column of the Arrow type; None where it is missing or no such value.

    Raises:
        ValueError: the text is no value of the type.
    """
    if text is None:
        return None
    if pa.types.is_timestamp(kind):
        return datetime.fromisoformat(text)
    if pa.types.is_integer(kind):
        return int(text) if text.lstrip("+-").isdigit() else int(float(text))
    return float(text) if pa.types.is_floating(kind) else text


def physical(column: Column) -> pa.DataType:
    """The Arrow type of the column's cleaned values."""
    if column.kind == "time":
        return pa.timestamp("us")
    if column.kind in ("number", "place"):
        return pa.int64() if column.decimals == 0 else pa.float64()
    return pa.string()


def floats(name: str, records: Records) -> Float[np.ndarray, " rows"]:
    """A column of numbers, or of times as seconds since 1970, NaN where missing."""
    return compute(Formula(name, "sum", ((1.0, name),)), records)


def cells(values: Float[np.ndarray, " rows"], kind: pa.DataType) -> pa.Array:
    """Numbers, or seconds since 1970, as cells of the Arrow type; what is not finite, or in no year, is missing."""
    there = np.isfinite(values) & (np.abs(values) < _MOST_WHOLE)
    if pa.types.is_timestamp(kind):
        there &= (values >= FIRST) & (values < BEYOND)
        micro = np.rint(np.where(there, values, 0) * 1e6)
        return pa.array(micro.astype(np.int64), pa.int64(), mask=~there).cast(kind)
    if pa.types.is_integer(kind):
        return pa.array(np.rint(np.where(there, values, 0)).astype(np.int64), pa.int64(), mask=~there).cast(kind)
    return pa.array(values + 0.0, pa.float64(), mask=~np.isfinite(values))  # -0.0 becomes 0.0


def _numbers(rule: Formula, records: Records, schema: Schema) -> pa.Array:
    column = schema[rule.column]
    kind = records.column(rule.column).type if rule.column in records.column_names else physical(column)
    return cells(np.round(compute(rule, records), rule.decimals), kind)


def _solve(rule: Formula, records: Records, schema: Schema, fixed: Mapping[str, Mask]) -> Computed:
    """The solved column from the others where it misses the rule, then the formula's own column from all of them."""
    name = target(rule)
    if name in records.column_names:
        sound = holds(rule, records)[1]
        fixed = {**fixed, name: sound | fixed.get(name, np.zeros(len(sound), bool))}
    decimals = schema[name].decimals
    solved = _inverted(rule, name, records)
    rounded = np.round(solved, 9 if decimals is None else decimals)
    kind = records.column(name).type if name in records.column_names else physical(schema[name])
    first = _write(records, schema[name], cells(rounded, kind), fixed)
    exact = compute(rule, first.records)
    known = np.isfinite(exact)
    held = {**fixed, rule.column: fixed.get(rule.column, np.zeros(len(exact), bool)) | ~known}
    second = _write(first.records, schema[rule.column], _numbers(rule, first.records, schema), held)
    return Computed(second.records, first.changed)


def _inverted(rule: Formula, name: str, records: Records) -> Float[np.ndarray, " rows"]:
    """The value of one input that makes the formula come true.

    A ratio of sums is linear in each of them: column * (d x + D) = scale * (n x + N) gives
    x = (scale * N - column * D) / (column * d - scale * n).
    """
    result = floats(rule.column, records)
    above, n = _without(rule, rule.numerator, name, records)
    below, d = _without(rule, rule.denominator, name, records)
    if not rule.denominator:
        below = np.ones(len(result))
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        if rule.form == "sum":
            solved = (rule.scale * above - result * below) / (result * d - rule.scale * n)
        else:
            solved = result * below / (rule.scale * above) if n else rule.scale * above / (result * below)
    return np.asarray(solved)


def _without(
    rule: Formula, terms: Sequence[tuple[float, str]], name: str, records: Records
) -> tuple[Float[np.ndarray, " rows"], float]:
    """The sum or product of the terms other than `name`, and the factor of `name` among them (0 where it is absent)."""
    rest = tuple((sign, other) for sign, other in terms if other != name)
    factor = float(sum(sign for sign, other in terms if other == name))
    if not rest:
        return np.full(records.num_rows, 0.0 if rule.form == "sum" else 1.0), factor
    return compute(replace(rule, numerator=rest, denominator=(), scale=1.0, solved=None), records), factor


def _write(records: Records, column: Column, new: pa.Array, fixed: Mapping[str, Mask]) -> Computed:
    name = column.name
    if name not in records.column_names:
        return Computed(records.append_column(name, new), np.zeros(records.num_rows, bool))
    old = records.column(name).combine_chunks()
    if isinstance(old, pa.ChunkedArray):
        old = pa.concat_arrays(old.chunks) if old.num_chunks else pa.array([], old.type)
    if name in fixed:
        new = pc.if_else(pa.array(fixed[name]), old, new)
    changed = pc.fill_null(pc.not_equal(old, new), False)
    gone = pc.and_(pc.is_valid(old), pc.is_null(new))
    place = records.column_names.index(name)
    mask = np.asarray(pc.or_(changed, gone).to_numpy(zero_copy_only=False))
    return Computed(records.set_column(place, name, new), mask)


def _mapped(rule: Dependency, records: Records, schema: Schema) -> pa.Array:
    there = rule.column in records.column_names
    kind = records.column(rule.column).type if there else physical(schema[rule.column])
    if not rule.mapping:
        return records.column(rule.column).combine_chunks() if there else pa.nulls(records.num_rows, kind)
    texts, rows = _determinants(rule.by, records)
    listed = dict(rule.mapping)
    nearest = _Nearest(rule, [records.column(name).type for name in rule.by])
    results = [listed[by] if by in listed else nearest.result(by) for by in texts]
    return pa.array([value(text, kind) for text in results], kind).take(pa.array(rows))


def _determinants(by: Sequence[str], records: Records) -> tuple[list[Texts], Int64[np.ndarray, " rows"]]:
    """The distinct determinants as rules spell them, and for each row which it has."""
    places: list[tuple[int, ...]] = [()]
    rows = np.zeros(records.num_rows, np.int64)
    texts: list[list[str | None]] = []
    for name in by:
        coded = pc.dictionary_encode(records.column(name)).combine_chunks()
        coded = pa.concat_arrays(coded.chunks) if isinstance(coded, pa.ChunkedArray) else coded
        own = pc.fill_null(pc.add(pc.cast(coded.indices, pa.int64()), 1), 0).to_numpy()
        texts.append([None, *(spell(cell) for cell in coded.dictionary.to_pylist())])
        joint, rows = np.unique(rows * len(texts[-1]) + own, return_inverse=True)
        places = [(*places[code // len(texts[-1])], code % len(texts[-1])) for code in joint.tolist()]
    distinct = [tuple(texts[at][code] for at, code in enumerate(place)) for place in places]
    return distinct, rows.reshape(-1).astype(np.int64)


class _Nearest:
    """What an unlisted determinant gives."""

    def __init__(self, rule: Dependency, kinds: Sequence[pa.DataType]) -> None:
        self._rule = rule
        self._numeric = len(kinds) == 1 and not pa.types.is_string(kinds[0])
        pairs = [(_place(by[0]), text) for by, text in rule.mapping] if self._numeric else []
        pairs = sorted(((at, text) for at, text in pairs if not math.isnan(at)), key=lambda pair: pair[0])
        self._places = np.array([at for at, _ in pairs])
        self._texts = [text for _, text in pairs]

    def result(self, by: Texts) -> str | None:
        """The text of the value, None for missing."""
        if None in by:
            return None
        if self._numeric and len(self._places):
            return self._texts[int(np.argmin(np.abs(self._places - _place(by[0]))))]
        agreeing = [sum(a == b for a, b in zip(by, listed, strict=True)) for listed, _ in self._rule.mapping]
        most = max(agreeing)
        chosen = Counter(text for count, (_, text) in zip(agreeing, self._rule.mapping, strict=True) if count == most)
        return max(chosen, key=lambda text: (chosen[text], str(text)))


def _place(text: str | None) -> float:
    """A listed number or time on one line; NaN where the text is neither."""
    if text is None:
        return math.nan
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return (datetime.fromisoformat(text) - datetime(1970, 1, 1)).total_seconds()
    except ValueError:
        return math.nan


def _is_number(kind: pa.DataType) -> bool:
    return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))
