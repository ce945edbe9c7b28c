"""Records as numbers: one float matrix a table, with category codes over the union of values and NaN for missing."""

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from jaxtyping import Float

from genloop.core.protocols import Evidence
from genloop.core.records import Records
from genloop.core.schema import LEARNT_KINDS, Column
from genloop.core.seed import stream

_LARGEST = 1e100  # larger numbers count as this: their squares and sums stay finite
Matrix = Float[np.ndarray, "_rows columns"]  # tables of different lengths stand side by side


@dataclass(frozen=True)
class Axis:
    """One judged column; `labels` are a category's values by code, most frequent in the real rows first."""

    column: Column
    labels: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """The column's name."""
        return self.column.name

    @property
    def is_category(self) -> bool:
        """Whether the values are codes without order."""
        return self.column.kind == "category"


@dataclass(frozen=True)
class View:
    """The three tables of the evidence as matrices with one set of axes; times are seconds since 1970."""

    axes: tuple[Axis, ...]
    train: Matrix | None
    holdout: Matrix | None
    made: Matrix

    @property
    def names(self) -> list[str]:
        """Column names in order."""
        return [axis.name for axis in self.axes]

    @property
    def real(self) -> Matrix:
        """The largest real table there is: train, else holdout, else none of the rows."""
        for part in (self.train, self.holdout):
            if part is not None and len(part):
                return part
        return self.made[:0]


def read(evidence: Evidence) -> View:
    """The evidence as numbers: columns of learnt kinds that all tables have; a table without rows counts as absent."""
    parts = [part if part is not None and part.num_rows else None for part in (evidence.train, evidence.holdout)]
    tables = [part for part in (*parts, evidence.made) if part is not None]
    columns = [
        column
        for column in evidence.schema.columns
        if column.kind in LEARNT_KINDS and all(column.name in table.column_names for table in tables)
    ]
    axes, blocks = [], []
    for column in columns:
        labels, values = _column(column, tables)
        axes.append(Axis(column, labels))
        blocks.append(values)
    ends = np.cumsum([table.num_rows for table in tables])
    whole = np.stack(blocks, axis=1) if blocks else np.zeros((int(ends[-1]), 0))
    found = iter(np.split(whole, ends[:-1]))
    train, holdout = (next(found) if part is not None else None for part in parts)
    return View(tuple(axes), train, holdout, next(found))


def take(matrix: Matrix, rows: int, seed: int, *names: str) -> Matrix:
    """At most `rows` rows drawn without replacement by the named stream, in their order; all of them when fewer."""
    if len(matrix) <= rows:
        return matrix
    chosen = stream(seed, *names).choice(len(matrix), rows, replace=False)
    return np.asarray(matrix[np.sort(chosen)])


def _column(column: Column, tables: list[Records]) -> tuple[tuple[str, ...], Float[np.ndarray, " rows"]]:
    chunks = [table.column(column.name) for table in tables]
    if column.kind == "category":
        return _category(chunks)
    return (), np.concatenate([_numbers(chunk) for chunk in chunks])


def _category(chunks: list[pa.ChunkedArray]) -> tuple[tuple[str, ...], Float[np.ndarray, " rows"]]:
    texts = pa.chunked_array([part for chunk in chunks for part in pc.cast(chunk, pa.string()).chunks], pa.string())
    coded = pc.dictionary_encode(texts.combine_chunks())
    codes = np.asarray(pc.fill_null(coded.indices, -1).to_numpy(zero_copy_only=False))
    labels = coded.dictionary.to_pylist()
    real = codes[: len(codes) - len(chunks[-1])] if len(chunks) > 1 else codes
    count = np.bincount(real[real >= 0], minlength=len(labels))
    order = sorted(range(len(labels)), key=lambda code: (-count[code], labels[code]))
    rank = np.full(len(labels) + 1, np.nan)
    rank[order] = np.arange(len(labels))
    return tuple(labels[code] for code in order), np.asarray(rank[codes])


def _numbers(column: pa.ChunkedArray) -> Float[np.ndarray, " rows"]:
    if pa.types.is_temporal(column.type):
        micro = pc.cast(pc.cast(column, pa.timestamp("us"), safe=False), pa.int64())
        return _floats(micro) / 1e6
    values = _floats(column)
    return np.clip(np.where(np.isfinite(values), values, np.nan), -_LARGEST, _LARGEST)


def _floats(column: pa.ChunkedArray) -> Float[np.ndarray, " rows"]:
    return np.asarray(pc.cast(column, pa.float64(), safe=False).to_numpy(), dtype=float)
