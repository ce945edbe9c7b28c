"""The fit: the lesson that networks of texts share, with cells in the middle."""

import dataclasses

from genloop.core import config as settings
from genloop.core.protocols import Task, Weights
from genloop.generators.recurrent.config import Config
from genloop.nn import lesson
from genloop.nn.cells import Cells, Shape

TRAINING = (
    "epochs", "most_epochs", "most_steps", "learning_rate", "weight_decay", "average", "patience", "looks", "clip",
    "warmup", "schedule", "anneal", "device",
)  # fmt: skip


def fit(task: Task) -> Weights:
    """Learn the texts by the training loop that the task brings.

    Raises:
        ConfigError: a setting is unknown or out of range, or the task brings no training loop.
        DataError: there are no texts.
    """
    config = settings.read(Config, task.settings)
    shape = Shape(config.vocabulary, config.cell, config.width, config.layers, config.truncation)
    chosen = {name: getattr(config, name) for name in TRAINING}
    weights = lesson.learn(
        task, config, lambda rng: Cells(shape, task.train, rng, config.dropout), config.longest, chosen
    )
    return dataclasses.replace(weights, head={"shape": dataclasses.asdict(shape), **weights.head})
