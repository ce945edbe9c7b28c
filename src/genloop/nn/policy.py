"""Texts drawn, judged, and made more or less likely by the judgement: the policy gradient with a leash.

SeqGAN (Yu et al. 2017, arXiv 1609.05473) began it; here, as in GRPO (Shao et al. 2024, arXiv 2402.03300, equations 3
and 4), several texts are drawn for each row, the mean of their rewards is the baseline and their spread the unit, and
the leash is the Kullback-Leibler divergence to the network as it was, by the estimate r - 1 - log r with r the ratio of
the old to the new probability. Texts are learnt from once, so the slope of both is that of weighted nats.
"""

import dataclasses
from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from genloop.core import config
from genloop.core.errors import ConfigError
from genloop.core.protocols import Batch, Task, Weights
from genloop.core.seed import stream
from genloop.core.texts import Texts
from genloop.core.training import Coaching
from genloop.nn.author import Author
from genloop.nn.condition import Given
from genloop.nn.scripts import BEGIN, Script

Draw = Callable[[Batch, np.random.Generator], Texts]
Reward = Callable[[Texts, Batch], Float[np.ndarray, " rows"]]
HELD = 20_170_609  # the seed of the texts that the held-out measure draws
_FAR = 5.0  # log ratio beyond which the leash pulls no harder


class Policy(nn.Module):
    """What the training loop sees: rows of conditions, of which each is written for `group` times."""

    def __init__(
        self, network: Author, reference: Author, draw: Draw, reward: Reward, *, group: int, leash: float
    ) -> None:
        super().__init__()
        self.network, self.group, self.leash = network, group, leash
        self.draw, self.reward = draw, reward
        self.beside = (reference,)  # a tuple hides it from the parameters

    def loss(self, rows: Batch, rng: torch.Generator | None) -> Float[Tensor, ""]:
        """Nats of fresh texts, weighed by what the judge says of them; of held-out rows the judge's mean, negated."""
        if rng is None:
            return torch.tensor(-float(np.mean(self.reward(self.draw(rows, np.random.default_rng(HELD)), rows))))
        given = rows.take(np.repeat(np.arange(len(rows)), self.group))
        number = int(torch.randint(2**31, (), generator=rng))
        texts = self.draw(given, np.random.default_rng(number))
        gain = torch.from_numpy(advantages(self.reward(texts, given), self.group))
        script = self._script(dataclasses.replace(given, texts=texts))
        told = torch.from_numpy(script.rows)
        nats = self._nats(self.network, given, script, rng)
        with torch.no_grad():
            before = self._nats(self.beside[0], given, script, None)
            pull = 1 - (nats - before).clamp(max=_FAR).exp()
            weight = gain[told][script.lines.row] - self.leash * pull
        return (weight * nats).sum() / len(nats)

    def decay(self, name: str) -> float:
        """No weights decay: the leash holds them."""
        return 0.0

    def _script(self, batch: Batch) -> Script:
        assert batch.texts is not None
        mark = self.network.vocabulary + BEGIN
        marked = Texts.of([np.concatenate([[mark], batch.texts[row]]) for row in range(len(batch))])
        nothing = np.zeros(batch.codes.shape, bool)
        return Script.of(
            dataclasses.replace(batch, texts=marked), self.network.names, np.zeros(len(batch), bool), nothing
        )

    def _nats(
        self, network: Author, given: Batch, script: Script, rng: torch.Generator | None
    ) -> Float[Tensor, " asked"]:
        told = network.told(Given.of(given))[torch.from_numpy(script.rows)]
        state = network(script.inputs, told, script.lines, rng)
        return functional.cross_entropy(network.logits(state), script.wanted, reduction="none")


def advantages(rewards: Float[np.ndarray, " rows"], group: int) -> Float[np.ndarray, " rows"]:
    """By how many deviations each reward lies above the mean of its group; 0 in a group of equal ones."""
    own = np.asarray(rewards, np.float64).reshape(-1, group)
    spread = own.std(1, keepdims=True)
    found = np.where(spread > 1e-8, (own - own.mean(1, keepdims=True)) / np.maximum(spread, 1e-8), 0.0)
    return np.asarray(found.reshape(-1), np.float32)


def coach(weights: Weights, task: Task, reward: Reward, network: Author, reference: Author, draw: Draw) -> Weights:
    """`weights` as they are after the network was moved by the task's training loop to what the reward prefers.

    `network` has these weights and may be moved, `reference` stays; `draw` writes with `network`. The conditions are
    the rows of `task.train`.

    Raises:
        ConfigError: a setting is unknown or out of range, or the task brings no training loop.
    """
    if task.trainer is None:
        raise ConfigError("writers are coached by a training loop; pass Task(trainer=optimisation.train.train)")
    how = config.read(Coaching, task.settings)
    learner = Policy(network.requires_grad_(True), reference, draw, reward, group=how.group, leash=how.leash)
    order = stream(task.seed, "coach").permutation(len(task.train))
    held, rows = task.train.take(order[: how.held]), task.train.take(order[how.held :])
    loop = {"device": "cpu", "batch": how.rows, "learning_rate": how.learning_rate, "weight_decay": 0.0,
            "average": 0.9, "warmup": 5, "schedule": "flat", "patience": 6, "looks": 10, "clip": 1.0,
            "most_steps": 100}  # fmt: skip  # texts are drawn on the processor
    trained = task.trainer(learner, rows, held, task, loop)
    arrays = {name.removeprefix("network."): array for name, array in trained.arrays.items()}
    return Weights(weights.head | {"coaching": trained.head}, weights.arrays | arrays)
