"""The evidence lower bound with its remedies, and the fit that maximises it.

log p(text | codes) >= E_q log p(text | latent, codes) - KL(q(latent | text) || N(0, 1)): equation 3 of arXiv 1312.6114.
"""

import dataclasses

import torch
from jaxtyping import Float, Int
from torch import Tensor

from genloop.core import config as settings
from genloop.core.protocols import Batch, Task, Weights
from genloop.core.texts import END
from genloop.generators.vae.normal import divergence, draw
from genloop.generators.vae.texts.config import Config
from genloop.generators.vae.texts.network import Network, Shape
from genloop.nn import lesson
from genloop.nn.condition import Given
from genloop.nn.scripts import HIDDEN


class Objective(lesson.Objective):
    """Minus the bound: what the tokens cost given a draw of the latent, and what the latent costs.

    In learning the latent's cost is weighed by `weight`, what is free of it is not counted, and some tokens are hidden
    from the writer. Held-out rows have none of that, and always the same noise.
    """

    network: Network
    moved: Tensor

    def __init__(self, network: Network, config: Config) -> None:
        super().__init__(network, config.blind, config.backwards, others=config.others)
        self.config = config
        self.register_buffer("moved", torch.zeros(()))

    def told(self, rows: Batch, given: Given, rng: torch.Generator | None) -> tuple[Tensor, Tensor]:
        """What is given and the latent, and the latent's cost."""
        assert rows.texts is not None
        mean, log_variance = self.network.posterior(rows.texts)
        z = draw(mean, log_variance, torch.Generator(mean.device).manual_seed(0) if rng is None else rng)
        apart = divergence(mean, log_variance)
        if rng is None:
            cost = apart.sum()
        else:
            cost = weight(float(self.moved), self.config) * len(rows) * above(apart, self.config.free_bits)
            self.moved += 1
        return self.network.told(given) + self.network.meaning(z), cost

    def shown(self, inputs: Int[Tensor, " total"], rng: torch.Generator | None) -> Int[Tensor, " total"]:
        """The tokens, some of them hidden; marks, ends and codes stay."""
        if rng is None or not self.config.hidden:
            return inputs
        words = (inputs < self.network.vocabulary) & (inputs != END)
        hidden = words & (torch.rand(inputs.shape, generator=rng, device=inputs.device) < self.config.hidden)
        return torch.where(hidden, self.network.vocabulary + HIDDEN, inputs)


def weight(step: float, config: Config) -> float:
    """Of the KL term at this step: from 0 up to 1 in half a cycle, 1 for the other half and after the last cycle."""
    if step >= config.cycle * config.cycles:
        return 1.0
    return min(1.0, 2 * (step % config.cycle) / config.cycle)


def above(apart: Float[Tensor, "rows latent"], free: float) -> Float[Tensor, ""]:
    """Nats of a row, each part of the latent counted as `free` where its mean over the rows is less."""
    return apart.mean(0).clamp(min=free).sum()


def fit(task: Task) -> Weights:
    """Learn the texts by the training loop that the task brings.

    Raises:
        ConfigError: a setting is unknown or out of range, or the task brings no training loop.
        DataError: there are no texts.
    """
    config = settings.read(Config, task.settings)
    sizes = (config.vocabulary, "lstm", config.width, config.layers, config.truncation)
    shape = Shape(*sizes, config.latent, config.readers, config.longest)
    weights = lesson.learn(
        task,
        config,
        lambda rng: Network(shape, task.train, rng, config.dropout),
        config.longest,
        lambda network: Objective(network, config),
    )
    return dataclasses.replace(weights, head={"shape": dataclasses.asdict(shape), **weights.head})
