"""A critic beside the bound: decodings are also paid for looking real (VAE-GAN; Larsen et al. 2016, arXiv 1512.09300).

The mean of a likelihood is smooth where pictures are not. The critic sees real pictures and decodings of drawn codes
under the same condition, so that the decoder learns to be sharp where the code leaves a choice. The game is the hinge
with R1 (arXiv 1802.05957, 1801.04406); the network's loss is minus the weighted bound plus `adversary` times the
critic's doubt and `named` times the loss of being named right.
"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from genloop.core.protocols import Batch, Pixels
from genloop.generators.vae.objective import Objective
from genloop.nn.condition import Given, round_pixels
from genloop.nn.convolution import pad
from genloop.nn.critic import Critic
from genloop.nn.games import critic_loss, generator_loss, grown, zero_centred

FEATURES = 128
LABEL = 0.1
PENALTY, EVERY = 1.5, 8
STRONGER = 3.0


class Duel(nn.Module):
    """What the training loop sees: the network and its critic, each with its own loss on the same rows."""

    players = ("critic", "network")
    moved: Tensor
    strength: Tensor

    def __init__(self, objective: Objective, critic: Critic, rows: int) -> None:
        super().__init__()
        self.network, self.critic, self.rows = objective.network, critic, rows
        self.own = (objective,)  # not a part: its arrays are the network's
        self.register_buffer("moved", torch.zeros(()))
        self.register_buffer("strength", torch.ones(()))
        self.now: tuple[Tensor, Tensor, Tensor] | None = None

    def loss(self, rows: Batch, rng: torch.Generator, player: str) -> Float[Tensor, ""]:
        """The player's loss; the network's turn goes on from the decodings that its critic has just seen."""
        (objective,) = self.own
        given = Given.of(rows, self.moved.device)
        if player == "critic":
            self.now = objective.parts(rows, rng)
        assert self.now is not None
        x, values, cost = self.now
        made = self._padded(torch.tanh(values / 2))
        with torch.autocast(x.device.type, objective.kind, enabled=objective.kind != torch.float32):
            if player == "critic":
                return self._critic(self._padded(x), made.detach(), given)
            answers, told = self.critic(made, given)
            doubt = generator_loss("hinge", None, answers) + objective.config.named * self.critic.naming(told, given)
        self.now = None
        return objective.weighed(x, values, cost) + objective.config.adversary * doubt

    def decay(self, name: str) -> float:
        """No array decays."""
        return 0.0

    def averaged(self, name: str) -> bool:
        """Only the network's arrays are averaged."""
        return name.startswith("network.")

    def remedy(self, name: str) -> None:
        """What the alarm asks for: a stronger penalty; there is nothing to augment."""
        if name == "penalty":
            self.strength *= STRONGER

    @torch.no_grad()
    def draw(self, given: Batch, rng: torch.Generator) -> Pixels:
        """The rows' own pictures, decoded from drawn codes."""
        _, values, _ = self.own[0].parts(given, rng)
        return round_pixels(torch.tanh(values / 2))

    def _padded(self, pictures: Tensor) -> Tensor:
        return pad(pictures, *self.critic.sizes.inner).contiguous(memory_format=torch.channels_last)

    def _critic(self, real: Tensor, made: Tensor, given: Given) -> Tensor:
        rows = len(real)
        answers, told = self.critic(torch.cat([real, made]), given.twice())
        loss = critic_loss("hinge", answers[:rows], answers[rows:])
        loss = loss + LABEL * self.critic.naming([logits[:rows] for logits in told], given)
        self.moved += 1
        if int(self.moved - 1) % EVERY == 0:
            weight = (
                PENALTY
                * float(self.strength)
                * EVERY
                * grown(float(self.moved) * rows / max(1, self.rows), real.shape[1:])
            )
            loss = loss + weight * zero_centred(lambda pictures: self.critic(pictures, given)[0], real)
        return loss
