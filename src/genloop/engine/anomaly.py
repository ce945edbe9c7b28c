"""How unlike the learnt pictures given ones are, and their features, as a table with a row for each."""

import os
from typing import Any

import numpy as np
import pyarrow as pa

from genloop.core import pixels as tensors
from genloop.core.errors import ConditionError, ConfigError, DataError
from genloop.core.records import Records, Source
from genloop.engine.learnt import Learnt
from genloop.files.pictures import values
from genloop.files.read import read as open_source

ROWS = 2_000  # pictures in memory at a time


def find(learnt: Learnt, pictures: Any, *, features: bool = False) -> Records:
    """The pictures' names, anomalies and errors, and features where asked for: the most unlike first.

    Those that cannot be read come last, with nothing beside their names.

    Raises:
        ConditionError: the model makes no pictures.
        ConfigError: its family tells no anomalies.
        DataError: the source has no such pictures.
    """
    if not learnt.painters:
        raise ConditionError(
            "the model learnt no pictures, so it cannot tell which are unlike them; "
            "learn pictures: genloop fit FOLDER --family autoencoder"
        )
    maker = learnt.painters[0]
    if not hasattr(maker.family, "anomaly"):
        raise ConfigError(
            f"a model of the family {maker.stage.family} does not tell how unlike pictures are; learn one that does: "
            "genloop fit DATA -o codes.genloop --family autoencoder"
        )
    source, column = open_source(pictures), learnt.schema[maker.column]
    if column.name not in source.columns:
        raise DataError(f"the pictures have no column {column.name!r}; found {', '.join(source.columns)}")
    parts: list[Records] = []
    for batch in source.batches(ROWS):
        cells = batch.column(column.name)
        found, _ = values.decode(column, cells)
        told = maker.family.anomaly(maker.weights, tensors.read(found))
        numbers = {"anomaly": told.share, "error": told.error}
        if features:
            numbers |= {f"feature_{place + 1}": code for place, code in enumerate(told.code.T)}
        gone = found.is_null().to_numpy(zero_copy_only=False)
        own = {name: pa.array(np.ascontiguousarray(part), mask=gone) for name, part in numbers.items()}
        parts.append(pa.table({"file": _names(cells, source, sum(map(len, parts))), **own}))
    return pa.concat_tables(parts).sort_by([("anomaly", "descending"), ("error", "descending")])


def _names(cells: pa.Array, source: Source, before: int) -> list[str]:
    """The files of the cells inside their folder or archive; where there are none the rows, counted from 1."""
    root = str(source.describe().get("path", ""))
    names = (values.named(cell, before + row) for row, cell in enumerate(cells.to_pylist()))
    return [name.removeprefix(root).lstrip(f"{os.sep}!") if name.startswith(root) else name for name in names]
