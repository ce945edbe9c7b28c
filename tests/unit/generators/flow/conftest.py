"""Tiny pictures and a coder that needs no learning."""

import numpy as np
import pytest

from genloop.core.protocols import Batch, Field, Task
from genloop.optimisation.train import train

SIDE = 8


class Pooling:
    """A stand-in coder: the means of 2x2 places, with a little noise when drawn."""

    shape = (4, 4, 1)
    levels = None

    def encode(self, pixels: np.ndarray, rng: np.random.Generator | None = None) -> np.ndarray:
        codes = pixels.reshape(-1, 4, 2, 4, 2, 1).mean((2, 4)).astype(np.float32) / 50
        return codes if rng is None else codes + rng.normal(0, 0.02, codes.shape).astype(np.float32)

    def decode(self, codes: np.ndarray) -> np.ndarray:
        return (codes * 50).round().clip(0, 255).astype(np.uint8).repeat(2, 1).repeat(2, 2)


def pictures(rows: int, seed: int = 0) -> Batch:
    """Class 0: dark above, light below; class 1 the other way round."""
    rng = np.random.default_rng(seed)
    kind = rng.integers(0, 2, rows)
    level = np.where(np.arange(SIDE) < SIDE // 2, 60, 200)
    rows_of = np.where(kind[:, None] == 0, level, level[::-1])
    pixels = rows_of[:, :, None, None] + rng.normal(0, 15, (rows, SIDE, SIDE, 1)) + rng.normal(0, 10, (rows, 1, 1, 1))
    codes = kind[:, None].astype(np.uint16)
    return Batch(codes, (Field("class", 2, ordered=False),), pixels.clip(0, 255).astype(np.uint8))


@pytest.fixture(scope="session")
def coder() -> Pooling:
    """The stand-in coder."""
    return Pooling()


@pytest.fixture(scope="session")
def task(coder: Pooling) -> Task:
    """A short fit in the codes of the stand-in coder."""
    settings = {"width": 48, "layers": 2, "batch": 64, "precision": "float32", "average": 0.97}
    return Task(pictures(512), 3, settings, steps=150, trainer=train, coder=coder)
