"""The evidence lower bound.

ELBO(x) = E_q log p(x | z, c) - KL(q(z | x, c) || N(0, 1)), equation 3 of arXiv 1312.6114, divided by the number of
values of a picture; `beta` weighs the second part, and of it `free_bits` nats per part of the code are free.
"""

import math

import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from genloop.core.protocols import Batch, Pixels
from genloop.generators.vae.config import Config
from genloop.generators.vae.network import Network
from genloop.generators.vae.normal import divergence, draw
from genloop.nn.condition import Given, round_pixels, scale
from genloop.nn.pyramid import shift

CODING = ("latent", "vq")  # presets that have no prior to draw from


class Objective(nn.Module):
    """What the training loop sees: a loss on rows, and how each array decays."""

    def __init__(self, network: Network, config: Config, kind: torch.dtype) -> None:
        super().__init__()
        self.network, self.config, self.kind = network, config, kind

    def loss(self, rows: Batch, rng: torch.Generator | None) -> Float[Tensor, ""]:
        """Minus the (weighted) bound in nats per value; without `rng` the posterior's mean stands for a draw."""
        return self.weighed(*self.parts(rows, rng))

    def parts(self, rows: Batch, rng: torch.Generator | None) -> tuple[Tensor, Tensor, Tensor]:
        """The pictures as they were shown, the values of their decodings, and what their codes cost."""
        assert rows.pixels is not None
        where = self.network.tone.device
        x = scale(rows.pixels).to(where)
        if rng is not None and self.config.shift:
            x = shift(x, rng, self.config.shift)
        with torch.autocast(where.type, self.kind, enabled=self.kind != torch.float32):
            c = self.network.given(Given.of(rows, where), self._kept(len(x), rng))
            values, cost = self._quantised(x, rng) if self.network.quantiser is not None else self._dense(x, c, rng)
        return x, values.float(), cost

    def weighed(self, x: Tensor, values: Tensor, cost: Tensor) -> Float[Tensor, ""]:
        """Minus the (weighted) bound of these parts, in nats per value."""
        seen = likelihood(values, x, self.network.log_variance, self.network.shape.likelihood)
        return (cost - seen.mean()) / x[0].numel()

    @torch.no_grad()
    def draw(self, given: Batch, rng: torch.Generator) -> Pixels:
        """A picture for each row from a code of the prior; where other families learn the codes, its own decoded."""
        if self.config.preset in CODING:
            _, values, _ = self.parts(given, None)
        else:
            where = self.network.tone.device
            with torch.autocast(where.type, self.kind, enabled=self.kind != torch.float32):
                z = torch.randn(len(given), self.network.shape.length, generator=rng, device=where)
                values = self.network.values(z, self.network.given(Given.of(given, where))).float()
        return round_pixels(torch.tanh(values / 2))

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

    def _quantised(self, x: Tensor, rng: torch.Generator | None) -> tuple[Tensor, Tensor]:
        assert self.network.quantiser is not None
        near, cost = self.network.quantiser(self.network.parts(x), rng)
        return self.network.values(near, None), cost * x[0].numel()


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
