"""Cleaned columns as arrays for the search of rules: small codes for equality, floats for order and arithmetic."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Float, Int64

from genloop.core.records import Records
from genloop.core.schema import Schema

_MOST_DECIMALS = 9
_COUNTS_BELOW = 50.0  # whole numbers of smaller typical size are counts: exact, not rounded


@dataclass(frozen=True)
class Cells:
    """One table: per column a code a row (0 is missing), how many values there are, and numbers where it has any.

    `numbers` holds number columns, `times` seconds since 1970; NaN is missing. `decimals` belongs to `numbers`, and so
    does `half`, what rounding may have moved a value by: half a unit of the last digit, nothing for counts.
    """

    rows: int
    kinds: dict[str, str]
    codes: dict[str, Int64[np.ndarray, " rows"]]
    distinct: dict[str, int]
    numbers: dict[str, Float[np.ndarray, " rows"]]
    times: dict[str, Float[np.ndarray, " rows"]]
    decimals: dict[str, int]
    half: dict[str, float]

    def take(self, rows: Int64[np.ndarray, " some"]) -> "Cells":
        """The cells of some rows; counts of distinct values stay those of the whole."""
        return Cells(
            len(rows),
            self.kinds,
            {name: codes[rows] for name, codes in self.codes.items()},
            self.distinct,
            {name: values[rows] for name, values in self.numbers.items()},
            {name: values[rows] for name, values in self.times.items()},
            self.decimals,
            self.half,
        )


def read(records: Records, schema: Schema) -> Cells:
    """The cells of the columns that rules may speak of: numbers, categories and times."""
    kinds: dict[str, str] = {}
    codes, distinct, numbers, times, decimals = {}, {}, {}, {}, {}
    for column in schema.columns:
        if column.kind not in ("number", "category", "time") or column.name not in records.column_names:
            continue
        name, cells = column.name, records.column(column.name)
        kinds[name] = column.kind
        codes[name], distinct[name] = _codes(cells)
        if column.kind == "number":
            numbers[name] = _floats(cells)
            given = column.decimals
            decimals[name] = min(_MOST_DECIMALS, _decimals(numbers[name]) if given is None else given)
        elif column.kind == "time" and pa.types.is_temporal(cells.type):
            micro = pc.cast(pc.cast(cells, pa.timestamp("us"), safe=False), pa.int64())
            times[name] = _floats(micro) / 1e6
    half = {name: _half(values, decimals[name]) for name, values in numbers.items()} | dict.fromkeys(times, 0.0)
    return Cells(records.num_rows, kinds, codes, distinct, numbers, times, decimals, half)


def _codes(cells: pa.ChunkedArray) -> tuple[Int64[np.ndarray, " rows"], int]:
    if pa.types.is_floating(cells.type):
        cells = pc.if_else(pc.is_nan(cells), pa.scalar(None, cells.type), cells)
    coded = pc.dictionary_encode(cells).combine_chunks()
    if isinstance(coded, pa.ChunkedArray):
        coded = pa.concat_arrays(coded.chunks)
    indices = pc.fill_null(pc.add(coded.indices, 1), 0)
    return np.asarray(indices.to_numpy(zero_copy_only=False)).astype(np.int64), len(coded.dictionary)


def _half(values: Float[np.ndarray, " rows"], decimals: int) -> float:
    present = values[np.isfinite(values)]
    counted = decimals == 0 and (not present.size or float(np.median(np.abs(present))) < _COUNTS_BELOW)
    return 0.0 if counted else 0.5 * 10.0**-decimals


def _floats(cells: pa.ChunkedArray) -> Float[np.ndarray, " rows"]:
    floats = pc.cast(cells, pa.float64(), safe=False)
    return np.array(floats.to_numpy(), dtype=np.float64)


def _decimals(values: Float[np.ndarray, " rows"]) -> int:
    """The fewest digits after the point that nearly all of the values need."""
    finite = values[np.isfinite(values)][:5000]
    for digits in range(_MOST_DECIMALS):
        near = np.abs(finite - np.round(finite, digits)) <= 1e-9 * np.maximum(1, np.abs(finite))
        if near.sum() >= 0.999 * len(finite):
            return digits
    return _MOST_DECIMALS
