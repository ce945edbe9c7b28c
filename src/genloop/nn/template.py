"""What a network is given, as JSON: described from a batch, and back as a batch of no rows that builds it again."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np

from genloop.core.protocols import Batch, Field


def describe(batch: Batch) -> dict[str, Any]:
    """The fields of the batch and the sizes of its vectors and second pictures (None where it has none)."""
    return {
        "fields": [dataclasses.asdict(field) for field in batch.fields],
        "vectors": None if batch.vectors is None else batch.vectors.shape[1],
        "pictures": None if batch.pictures is None else list(batch.pictures.shape[1:]),
    }


def template(described: Mapping[str, Any]) -> Batch:
    """A batch of no rows with the parts that `describe` saw."""
    vectors, pictures = described["vectors"], described["pictures"]
    return Batch(
        np.zeros((0, len(described["fields"])), np.uint16),
        tuple(Field(**field) for field in described["fields"]),
        None,
        None if vectors is None else np.zeros((0, vectors), np.float32),
        None if pictures is None else np.zeros((0, *pictures), np.uint8),
    )
