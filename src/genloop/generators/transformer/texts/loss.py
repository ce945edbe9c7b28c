"""The fit: sizes from text and time, then the lesson that networks of texts share."""

import dataclasses
from typing import Any

import torch

from genloop.core import config as settings
from genloop.core.protocols import Task, Weights
from genloop.core.training import begun
from genloop.generators.transformer.texts.config import Config
from genloop.generators.transformer.texts.network import Network, Shape
from genloop.generators.transformer.texts.size import size
from genloop.nn import lesson
from genloop.runtime import device, precision


def fit(task: Task) -> Weights:
    """Learn the texts by the training loop that the task brings.

    Raises:
        ConfigError: a setting is unknown or out of range, or the task brings no training loop.
        DataError: there are no texts.
    """
    config = settings.read(Config, task.settings)
    kind = precision.choose(config.precision, device.choose(config.device))
    tokens = 0 if task.train.texts is None else len(task.train.texts.tokens)
    config = _begun(size(config, tokens, task.max_seconds, str(kind).removeprefix("torch.")), task)
    sizes = (config.vocabulary, config.width, config.layers, config.heads, config.shared, config.context)
    shape = Shape(*sizes, fill=config.middle > 0)

    def begin(rng: torch.Generator) -> Network:
        return Network(shape, task.train, rng, kind, config.dropout or 0.0)

    def teach(network: Network) -> lesson.Objective:
        return lesson.Objective(network, config.blind, config.backwards, config.middle, others=config.others)

    weights = lesson.learn(task, config, begin, config.context, teach, counts=config.counts)
    return dataclasses.replace(weights, head={"shape": dataclasses.asdict(shape), **weights.head})


def _begun(config: Config, task: Task) -> Config:
    """The settings with the sizes, and what holds the network back, that a resumed run began with."""
    names = ("width", "layers", "tokens", "dropout", "weight_decay")
    own: dict[str, Any] = {name: begun(task, name, getattr(config, name)) for name in names}
    return dataclasses.replace(config, **own)
