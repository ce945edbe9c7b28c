"""Cells of a column of pictures become one tensor column in the column's shape; what cannot be read is named."""

import numpy as np
import pyarrow as pa

from genloop.core import pixels as tensors
from genloop.core.errors import SchemaError
from genloop.core.schema import Column
from genloop.files.pictures import decode as files
from genloop.files.pictures import geometry, pnm

Skipped = tuple[str, str]  # the name of a picture and why it was not read


def decode(column: Column, cells: pa.Array) -> tuple[pa.Array, list[Skipped]]:
    """The pictures of the cells, missing where there is none or it cannot be read; and the latter with reasons.

    A path names itself; bytes are named by their row among the cells, counted from 1.

    Raises:
        SchemaError: the column has no shape.
    """
    if column.shape is None:
        raise SchemaError(f"column {column.name!r} of kind image has no shape; profile the table again")
    if tensors.is_tensor(cells.type) and tuple(cells.type.shape) == column.shape:
        return cells, []
    whole = pnm.decode_all(cells)
    if whole is not None and whole.shape[1:] == column.shape:
        return tensors.write(whole), []
    listed = cells.to_pylist()
    found, reasons = files.read(listed, column.shape, geometry.fit_of(column))
    skipped = [
        (named(cell, row), reason) for row, (cell, reason) in enumerate(zip(listed, reasons, strict=True)) if reason
    ]
    return tensors.write(found, np.array([reason is None for reason in reasons], bool)), skipped


def clean(column: Column, cells: pa.ChunkedArray) -> tuple[pa.ChunkedArray, list[Skipped]]:
    """The pictures of a whole column, chunk by chunk, in one chunk where it is small; and what was skipped.

    Raises:
        SchemaError: the column has no shape.
    """
    parts, skipped, at = [], [], 0
    for chunk in cells.chunks or [pa.array([], cells.type)]:
        part, lost = decode(column, chunk)
        parts.append(part)
        skipped += [numbered(name, reason, at) for name, reason in lost]
        at += len(chunk)
    return pa.chunked_array(parts), skipped


def named(cell: object, row: int) -> str:
    """What a cell is called: its path, or its row, of which `row` come before."""
    return cell if isinstance(cell, str) else f"row {row + 1}"


def numbered(name: str, reason: str, at: int) -> Skipped:
    """What was skipped, its row counted from the beginning of a column in which `at` rows come before."""
    return (f"row {int(name[4:]) + at}" if name.startswith("row ") and name[4:].isdigit() else name), reason
