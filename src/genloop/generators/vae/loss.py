"""The evidence lower bound and the fit that maximises it.

ELBO(x) = E_q log p(x | z, c) - KL(q(z | x, c) || N(0, 1)), equation 3 of arXiv 1312.6114, divided by the number of
values of a picture; `beta` weighs the second part, and of it `free_bits` nats per part of the code are free.
"""

import math

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from genloop.core.errors import ConfigError, DataError
from genloop.core.protocols import Batch, Task, Weights
from genloop.core.seed import stream
from genloop.generators.vae.config import Config, Shape, resolve
from genloop.generators.vae.network import Network, load
from genloop.nn.condition import Given, scale
from genloop.nn.pyramid import shift
from genloop.runtime import device, precision

TRAINING = ("batch", "epochs", "most_epochs", "most_steps", "learning_rate", "weight_decay", "average", "patience")
HELD_ROWS = 1000
SHARPNESS = 0.5, 4.0


class Objective(nn.Module):
    """What the training loop sees: a loss on rows, and how each array decays."""

    def __init__(self, network: Network, config: Config, kind: torch.dtype) -> None:
        super().__init__()
        self.network, self.config, self.kind = network, config, kind

    def loss(self, rows: Batch, rng: torch.Generator | None) -> Float[Tensor, ""]:
        """Minus the (weighted) bound in nats per value; without `rng` the posterior's mean stands for a draw."""
        assert rows.pixels is not None
        where = self.network.tone.device
        x = scale(rows.pixels).to(where)
        if rng is not None and self.config.shift:
            x = shift(x, rng, self.config.shift)
        with torch.autocast(where.type, self.kind, enabled=self.kind != torch.float32):
            c = self.network.given(Given.of(rows, where), self._kept(len(x), rng))
            values, cost = self._quantised(x) if self.network.quantiser is not None else self._dense(x, c, rng)
        seen = likelihood(values.float(), x, self.network.log_variance, self.network.shape.likelihood)
        return (cost - seen.mean()) / x[0].numel()

    def decay(self, name: str) -> float:
        """The array's multiple of the weight decay: none for biases and single numbers."""
        return 0.0 if name.endswith(("bias", "tone", "nothing", "entries.weight")) else 1.0

    def _kept(self, rows: int, rng: torch.Generator | None) -> Tensor | None:
        """Which rows the network is told the condition of; all of them without `rng`."""
        if rng is None or not self.config.blind:
            return None
        return torch.rand(rows, generator=rng, device=rng.device) >= self.config.blind

    def _dense(self, x: Tensor, c: Tensor | None, rng: torch.Generator | None) -> tuple[Tensor, Tensor]:
        mean, log_variance = self.network.posterior(x, c)
        z = mean if rng is None else draw(mean, log_variance, rng)
        apart = divergence(mean, log_variance).mean(0).clamp_min(self.config.free_bits).sum()
        return self.network.values(z, c), self.config.beta * apart

    def _quantised(self, x: Tensor) -> tuple[Tensor, Tensor]:
        assert self.network.quantiser is not None
        near, cost = self.network.quantiser(self.network.parts(x))
        return self.network.values(near, None), cost * x[0].numel()


def divergence(
    mean: Float[Tensor, "rows length"], log_variance: Float[Tensor, "rows length"]
) -> Float[Tensor, "rows length"]:
    """KL(N(mean, variance) || N(0, 1)) of each part of the code, in nats (appendix B of arXiv 1312.6114)."""
    return 0.5 * (mean.square() + log_variance.exp() - 1 - log_variance)


def likelihood(
    values: Float[Tensor, "rows channels height width"],
    x: Float[Tensor, "rows channels height width"],
    log_variance: Float[Tensor, " channels"],
    kind: str,
) -> Float[Tensor, " rows"]:
    """log p(x | values) of each picture, in nats; x is from -1 to 1, values are logits of the mean's brightness.

    "gaussian": one variance a channel. "bernoulli": the brightness is the chance of white, a bound for grey tones.
    """
    if kind == "bernoulli":
        return -functional.binary_cross_entropy_with_logits(values, (x + 1) / 2, reduction="none").sum((1, 2, 3))
    spread = log_variance[:, None, None]
    return -0.5 * ((x - torch.tanh(values / 2)).square() * (-spread).exp() + spread + math.log(2 * math.pi)).sum(
        (1, 2, 3)
    )


def draw(
    mean: Float[Tensor, "rows length"], log_variance: Float[Tensor, "rows length"], rng: torch.Generator
) -> Float[Tensor, "rows length"]:
    """A draw from the posterior, differentiable in both."""
    noise = torch.randn(mean.shape, generator=rng, device=mean.device)
    return mean + noise * (log_variance / 2).exp()


def fit(task: Task) -> Weights:
    """Learn the task's pictures by the training loop that the task brings.

    Raises:
        ConfigError: a setting is unknown or out of range, or the task brings no training loop.
        DataError: there are no pictures to learn, or `initial` was learnt on others.
    """
    config = resolve(task.settings)
    if task.trainer is None:
        raise ConfigError("the vae family needs a training loop; pass Task(trainer=optimisation.train.train)")
    if task.train.pixels is None or not len(task.train.pixels):
        raise DataError("nothing to learn: the rows hold no pictures")
    if config.prior == "flow":
        raise ConfigError(
            "vae setting prior='flow' is a plan of two stages: fit the family flow, which learns the codes of the "
            "vae's preset latent"
        )
    kind = precision.choose(config.precision, device.choose(config.device))
    network, order = _begin(task, config), stream(task.seed, "vae", "holdout").permutation(len(task.train))
    aside = min(HELD_ROWS, int(len(order) * config.holdout))
    held = task.train.take(order[:aside] if aside else order[:HELD_ROWS])
    trained = task.trainer(
        Objective(network, config, kind),
        task.train.take(np.sort(order[aside:])),
        held,
        task,
        {name: getattr(config, name) for name in TRAINING} | {"device": config.device},
    )
    head = {"shape": network.shape.to_head(), "precision": str(kind).removeprefix("torch.")}
    arrays = {name.removeprefix("network."): array for name, array in trained.arrays.items()}
    whole = trained.head["reason"] in ("finished", "stalled")
    steps = trained.head["planned_steps" if whole else "steps"]
    head |= {"steps": steps, "training": trained.head}
    return Weights({**head, "sharpness": sharpen(load(Weights(head, arrays)), held, task.seed)}, arrays)


def sharpen(network: Network, held: Batch, seed: int) -> float:
    """The factor on logits at which made pictures hold as many mid-tones, mean of b (1 - b), as the held-out ones.

    Pictures are made as they will be: from the prior, or from held-out codes where other families learn the codes.
    """
    assert held.pixels is not None
    rng, x = torch.Generator().manual_seed(int(stream(seed, "vae", "sharpen").integers(2**62))), scale(held.pixels)
    with torch.inference_mode():
        if network.quantiser is not None:
            values = network.values(network.quantiser(network.parts(x))[0], None)
        elif network.condition.empty:
            values = network.values(draw(*network.posterior(x, None), rng), None)
        else:
            z = torch.randn(len(x), network.shape.length, generator=rng)
            values = network.values(z, network.given(Given.of(held)))
        wanted = float((1 - x.square()).mean())
        low, high = SHARPNESS
        for _ in range(20):
            middle = (low + high) / 2
            found = float((1 - torch.tanh(values * (middle / 2)).square()).mean())
            low, high = (middle, high) if found > wanted else (low, middle)
    return round((low + high) / 2, 4)


def _begin(task: Task, config: Config) -> Network:
    """A fresh network, or the one that `initial` holds."""
    shape = Shape.of(task.train, config)
    if task.initial is None:
        return Network(shape, torch.Generator().manual_seed(int(stream(task.seed, "vae").integers(2**62))))
    network = load(task.initial).requires_grad_(True).train()
    if network.shape != shape:
        raise DataError(
            f"the model to continue from learnt {network.shape}, these data and settings give {shape}; "
            "learn afresh, without --from"
        )
    return network
