"""A small world of pictures: a bright bar, upright or lying, somewhere on a dark noisy ground."""

import numpy as np
import pyarrow as pa
import pytest

from genloop.core.protocols import Evidence
from genloop.core.schema import Column, Schema
from genloop.judges.pictures import curve, features


def bars(rows, seed=0, side=16, channels=1, share=0.5):
    """Pictures with their class ("up" or "across")."""
    rng = np.random.default_rng(seed)
    up = rng.random(rows) < share
    places = rng.integers(2, side - 4, (rows, 2))
    pixels = rng.integers(0, 40, (rows, side, side, channels))
    for row, (top, left) in enumerate(places):
        if up[row]:
            pixels[row, 1:-1, left : left + 2] = rng.integers(180, 256)
        else:
            pixels[row, top : top + 2, 1:-1] = rng.integers(180, 256)
    return pixels.astype(np.uint8), np.where(up, "up", "across")


def tensor(pixels, missing=()):
    """Pictures as an Arrow column, null at the places `missing`."""
    kind = pa.fixed_shape_tensor(pa.uint8(), list(pixels.shape[1:]))
    mask = np.isin(np.arange(len(pixels)), list(missing))
    size = int(np.prod(pixels.shape[1:]))
    storage = pa.FixedSizeListArray.from_arrays(pa.array(pixels.reshape(-1)), size, mask=pa.array(mask))
    return pa.ExtensionArray.from_storage(kind, storage)


def table(pixels, labels=None, **others):
    """Pictures and what stands beside them as cleaned records."""
    columns = {"image": tensor(pixels)} | ({} if labels is None else {"class": list(labels)}) | others
    return pa.table(columns)


def evidence(train, holdout, made, **changes):
    """Evidence of (pixels, labels) pairs, or of tables as they are."""
    parts = [table(*part) if isinstance(part, tuple) else part for part in (train, holdout, made)]
    columns = [Column("image", "image", shape=(16, 16, 1))]
    if "class" in parts[2].column_names:
        columns.append(Column("class", "category"))
    if "caption" in parts[2].column_names:
        columns.append(Column("caption", "text"))
    return Evidence(Schema(tuple(columns)), *parts, **({"target": None, "seed": 3} | changes))


@pytest.fixture(name="world")
def _world():
    class World:
        bars, tensor, table, evidence = (staticmethod(part) for part in (bars, tensor, table, evidence))

    return World


@pytest.fixture(name="bars")
def _bars():
    return bars


@pytest.fixture(autouse=True)
def _short_lessons(monkeypatch):
    monkeypatch.setattr(curve, "_STEPS", 40)
    monkeypatch.setattr(features, "LESSON", {"least": 40, "most": 40})
