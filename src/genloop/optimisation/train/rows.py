"""Rows of any kind to train on: an array of tokens, codes or places, or pictures with what they are given."""

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor

from genloop.core.errors import DataError
from genloop.core.protocols import Batch, Part, Task
from genloop.optimisation.train.config import Config

Rows = np.ndarray | Batch | Part
HASHED_ROWS = 16_384


def take(rows: Rows, places: np.ndarray | slice) -> np.ndarray | Batch:
    """The rows at these places."""
    if isinstance(rows, Batch | Part):
        return rows.take(np.arange(len(rows))[places] if isinstance(places, slice) else places)
    return rows[places]


def shown(rows: np.ndarray | Batch, device: torch.device) -> Tensor | Batch:
    """What a learner's loss is handed: a tensor of the array's values, or the batch as it is."""
    if isinstance(rows, Batch):
        return rows
    kind = np.int64 if np.issubdtype(rows.dtype, np.integer) else np.float32
    return torch.from_numpy(rows.astype(kind)).to(device)


def owner(rows: Rows, weights: Mapping[str, Tensor], task: Task, config: Config) -> str:
    """A name for a run: the same rows, arrays, seed and settings give the same one.

    Raises:
        DataError: there are no rows.
    """
    if not len(rows):
        raise DataError("there are no rows to train on")
    shapes = {name: tuple(weight.shape) for name, weight in weights.items()}
    return digest(rows, (shapes, task.seed, task.steps, config))


def digest(rows: Rows, about: tuple[Any, ...]) -> str:
    """A name for these rows together with what else a run depends on; the same for a part as for its rows taken."""
    if isinstance(rows, Part) and rows.batch.texts is not None:
        rows = rows.take(np.arange(len(rows)))
    whole = rows.batch if isinstance(rows, Part) else rows
    places = rows.places if isinstance(rows, Part) else None
    found = [array for array in _arrays(whole) if array is not None]
    shapes = tuple(array.shape if places is None else (len(places), *array.shape[1:]) for array in found)
    total = hashlib.sha256(repr((shapes, *about)).encode())
    for array in found:
        for block in _blocks(array, places):
            total.update(np.ascontiguousarray(block).data)
    return total.hexdigest()


def _arrays(rows: np.ndarray | Batch) -> list[np.ndarray | None]:
    if isinstance(rows, np.ndarray):
        return [rows]
    texts = () if rows.texts is None else (rows.texts.tokens, rows.texts.starts)
    return [rows.codes, rows.pixels, rows.vectors, rows.pictures, *texts]


def _blocks(array: np.ndarray, places: np.ndarray | None) -> Iterator[np.ndarray]:
    """The array whole, or its rows at the places a block at a time."""
    if places is None:
        yield array
    else:
        for start in range(0, len(places), HASHED_ROWS):
            yield array[places[start : start + HASHED_ROWS]]
