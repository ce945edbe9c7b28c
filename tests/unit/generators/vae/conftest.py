"""Pictures of dots whose place says their class."""

import numpy as np
import pytest

from genloop.core.protocols import Batch, Field, Task
from genloop.optimisation.train import train


def dots(rows=160, *, shape=(16, 16, 1), seed=0):
    """Pictures with one bright block; the class says in which quarter."""
    rng = np.random.default_rng(seed)
    classes = rng.integers(0, 4, rows)
    pixels = np.zeros((rows, *shape), np.uint8)
    tall, broad = shape[0] // 2, shape[1] // 2
    for row, which in enumerate(classes):
        top = which // 2 * tall + rng.integers(0, tall - 3)
        left = which % 2 * broad + rng.integers(0, broad - 3)
        pixels[row, top : top + 4, left : left + 4] = rng.integers(180, 256, shape[2])
    return Batch(classes[:, None].astype(np.uint16), (Field("class", 4, ordered=False),), pixels)


@pytest.fixture
def task():
    """A task of a few steps on dots; keyword arguments are the family's settings."""

    def build(*, steps=30, batch=None, initial=None, seed=3, **settings):
        plain = {"wide": 16, "batch": 32, "precision": "float32", **settings}
        rows = dots() if batch is None else batch
        return Task(train=rows, seed=seed, settings=plain, steps=steps, trainer=train, initial=initial)

    return build


@pytest.fixture(name="dots")
def dots_of():
    """The pictures of dots, by number of rows, shape and seed."""
    return dots
