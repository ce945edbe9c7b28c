"""The fit: the lesson that networks of texts share, with cells in the middle."""

import dataclasses

import torch

from genloop.core import config as settings
from genloop.core.protocols import Task, Weights
from genloop.generators.recurrent.config import Config
from genloop.nn import lesson
from genloop.nn.cells import Cells, Shape


def fit(task: Task) -> Weights:
    """Learn the texts by the training loop that the task brings.

    Raises:
        ConfigError: a setting is unknown or out of range, or the task brings no training loop.
        DataError: there are no texts.
    """
    config = settings.read(Config, task.settings)
    shape = Shape(config.vocabulary, config.cell, config.width, config.layers, config.truncation)

    def begin(rng: torch.Generator) -> Cells:
        return Cells(shape, task.train, rng, config.dropout)

    weights = lesson.learn(task, config, begin, config.longest, counts=config.counts)
    return dataclasses.replace(weights, head={"shape": dataclasses.asdict(shape), **weights.head})
