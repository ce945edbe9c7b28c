"""Rows of any kind to train on: an array of tokens, codes or places, or pictures with what they are given."""

import hashlib
from typing import Any

import numpy as np
import torch
from torch import Tensor

from genloop.core.protocols import Batch

Rows = np.ndarray | Batch


def take(rows: Rows, places: np.ndarray | slice) -> Rows:
    """The rows at these places."""
    if isinstance(rows, Batch):
        return rows.take(np.arange(len(rows))[places] if isinstance(places, slice) else places)
    return rows[places]


def shown(rows: Rows, device: torch.device) -> Tensor | Batch:
    """What a learner's loss is handed: a tensor of the array's values, or the batch as it is."""
    if isinstance(rows, Batch):
        return rows
    kind = np.int64 if np.issubdtype(rows.dtype, np.integer) else np.float32
    return torch.from_numpy(rows.astype(kind)).to(device)


def digest(rows: Rows, about: tuple[Any, ...]) -> str:
    """A name for these rows together with what else a run depends on."""
    if isinstance(rows, np.ndarray):
        arrays: list[np.ndarray | None] = [rows]
    else:
        texts = () if rows.texts is None else (rows.texts.tokens, rows.texts.starts)
        arrays = [rows.codes, rows.pixels, rows.vectors, rows.pictures, *texts]
    found = [array for array in arrays if array is not None]
    total = hashlib.sha256(repr((tuple(array.shape for array in found), *about)).encode())
    for array in found:
        total.update(np.ascontiguousarray(array).data)
    return total.hexdigest()
