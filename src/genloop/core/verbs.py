"""The verbs that families of texts share: each is a function of one of the family's modules that need torch."""

from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import Any

import numpy as np
from jaxtyping import Float

from genloop.core import config
from genloop.core.protocols import Batch, Codes, Task, Weights
from genloop.core.texts import Texts, Wish
from genloop.core.training import Writing

_SOME = 1 << 10  # tokens, where the engine has not counted them yet


class Verbs:
    """What is asked of a family of texts, handed to its modules `loss` and `draw`, which `part` imports by then."""

    def __init__(self, part: Callable[[str], ModuleType], settings: type[Writing]) -> None:
        self._part, self._check = part, config.checker(settings, vocabulary=_SOME)

    def check(self, settings: Mapping[str, Any]) -> None:
        """Refuses settings before any work.

        Raises:
            ConfigError: one is unknown or out of range.
        """
        self._check(settings)

    def fit(self, task: Task) -> Weights:
        """Learn p(texts | codes) and p(codes | texts) of the task's rows.

        Raises:
            MissingExtra: torch is not installed.
            ConfigError: a setting is unknown or out of range, or the task brings no training loop.
            DataError: there are no texts.
        """
        weights: Weights = self._part("loss").fit(task)
        return weights

    def sample(self, weights: Weights, given: Batch, rng: np.random.Generator, wish: Wish) -> Texts:
        """One text for each row of `given.codes`, with END where it ended by itself."""
        made: Texts = self._part("draw").sample(weights, given, rng, wish)
        return made

    def stream(self, weights: Weights, given: Batch, rng: np.random.Generator, wish: Wish) -> Iterator[int]:
        """The new tokens of one text, each as soon as it is drawn."""
        found: Iterator[int] = self._part("draw").stream(weights, given, rng, wish)
        return found

    def score(self, weights: Weights, batch: Batch) -> Float[np.ndarray, " rows"]:
        """-log p(text | codes) of each row in nats, END included; a bound of it where the family has no more."""
        found: Float[np.ndarray, " rows"] = self._part("draw").score(weights, batch)
        return found

    def infer(self, weights: Weights, batch: Batch, rng: np.random.Generator) -> Codes:
        """The batch's codes with those that are UNKNOWN drawn from p(codes | text, known codes)."""
        found: Codes = self._part("draw").infer(weights, batch, rng)
        return found

    def coach(
        self, weights: Weights, task: Task, reward: Callable[[Texts, Batch], Float[np.ndarray, " rows"]]
    ) -> Weights:
        """The weights moved towards texts that the reward prefers, of conditions that are the rows of `task.train`.

        Raises:
            MissingExtra: torch is not installed.
            ConfigError: a setting is unknown or out of range, or the task brings no training loop.
        """
        moved: Weights = self._part("reward").coach(weights, task, reward)
        return moved
