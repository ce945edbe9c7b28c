"""The training loop of the neural families: a time budget becomes a number of steps, the best average is kept.

It sees a learner (a torch module with `loss(rows, rng)` and `decay(name)`), rows and a task; no family, codec or
judge. Importing it imports no torch.
"""

from collections.abc import Mapping
from typing import Any

from genloop.core import extras
from genloop.core.protocols import Task, Weights

__all__ = ["train"]


def train(learner: Any, rows: Any, held: Any, task: Task, settings: Mapping[str, Any]) -> Weights:
    """Train the learner on `rows` and keep the average that does best on `held`; the head records the run.

    Raises:
        MissingExtra: torch is not installed.
        ConfigError: a setting is unknown or out of range.
        DataError: the checkpoint belongs to other data or settings, or the loss was never finite.
    """
    loop = extras.load("genloop.optimisation.train.loop", "training", "neural")
    weights: Weights = loop.train(learner, rows, held, task, settings)
    return weights
