"""Coaching: a second network with the same weights is moved, the first one holds the leash."""

import numpy as np

from genloop.core.protocols import Batch, Task, Weights
from genloop.core.texts import Texts, Wish
from genloop.core.training import Coaching
from genloop.generators.recurrent.draw import build, load, reader
from genloop.nn import policy, writing


def coach(weights: Weights, task: Task, reward: policy.Reward) -> Weights:
    """The weights moved towards texts that the reward prefers; conditions are the rows of `task.train`.

    Raises:
        ConfigError: a setting is unknown or out of range, or the task brings no training loop.
    """
    network = build(weights)
    wish = Wish(most=int(task.settings.get("longest", Coaching.longest)))

    def draw(given: Batch, rng: np.random.Generator) -> Texts:
        return writing.write(lambda own: reader(network, given.take(own)), len(given), rng, wish)

    return policy.coach(weights, task, reward, network, load(weights), draw)
