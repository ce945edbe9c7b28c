"""Pictures of dots whose place says their class, and a loop that hands the learner its rows."""

import numpy as np
import pytest
import torch

from genloop.core.protocols import Batch, Field, Task, Weights
from genloop.optimisation.train import train


class Places(torch.nn.Module):
    """A learner that a loop of arrays can train: the arrays are places in the batches."""

    def __init__(self, learner, rows, held):
        super().__init__()
        self.learner, self.rows, self.held = learner, rows, held

    def loss(self, rows, rng):
        return self.learner.loss((self.held if rng is None else self.rows).take(rows.numpy()), rng)

    def decay(self, name):
        return self.learner.decay(name.removeprefix("learner."))


def trainer(learner, rows, held, task, settings):
    """The product's loop over places."""
    weights = train(Places(learner, rows, held), np.arange(len(rows)), np.arange(len(held)), task, settings)
    return Weights(weights.head, {name.removeprefix("learner."): a for name, a in weights.arrays.items()})


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
        return Task(train=rows, seed=seed, settings=plain, steps=steps, trainer=trainer, initial=initial)

    return build
