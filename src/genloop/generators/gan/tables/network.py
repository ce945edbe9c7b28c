"""A generator of token choices and a critic of packs of rows.

Choices reach the critic as whole ones while the gradient passes their softened probabilities: straight-through
Gumbel-softmax (Jang et al. 2017, arXiv 1611.01144). The critic sees `pack` rows at once, so that a generator that
repeats itself is told (PacGAN: Lin et al. 2018, arXiv 1712.04086).
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional

from genloop.generators.gan.tables.config import Shape
from genloop.nn.tokens import WAVES, Block, Heads, Reader

SMALL = 1e-20


@dataclass(frozen=True)
class Rows:
    """Rows as the critic reads them: a one-hot mode of every field side by side, and wide fields' ranks in -1..1."""

    modes: Float[Tensor, "rows modes"]
    ranks: Float[Tensor, "rows wide"]

    @property
    def flat(self) -> Float[Tensor, "rows values"]:
        """Both parts in one array."""
        return torch.cat([self.modes, self.ranks], 1)


class Generator(nn.Module):
    """Noise and what is given to the logits of every field's token."""

    def __init__(self, shape: Shape, rng: torch.Generator) -> None:
        super().__init__()
        self.shape = shape
        self.reader = Reader(shape.modes, shape.hidden, rng)
        self.first = nn.Linear(shape.noise, shape.hidden)
        self.writing = nn.Sequential(*(Block(shape.hidden) for _ in range(shape.layers)))
        self.heads = Heads(shape.modes, shape.hidden, shape.fine, rng)

    def forward(
        self,
        noise: Float[Tensor, "rows noise"],
        codes: Int[Tensor, "rows fields"],
        seen: Bool[Tensor, "rows fields"],
    ) -> Float[Tensor, "rows hidden"]:
        """The state that the heads read, given the seen tokens."""
        state = self.writing(self.first(noise) + self.reader(codes, seen))
        return functional.layer_norm(state, state.shape[-1:])


class Table(nn.Module):
    """Tokens, and softened choices of them, as the critic's rows."""

    pads: Tensor
    firsts: Tensor
    lasts: Tensor

    def __init__(self, heads: Heads) -> None:
        super().__init__()
        layout = heads.layout
        self.layout, self.total = layout, sum(layout.counts)
        self.sizes = [float(layout.sizes[field]) for field in layout.wide]
        firsts = np.zeros((len(layout.wide), heads.most), np.float32)
        for place, field in enumerate(layout.wide):
            firsts[place, : layout.counts[field]] = layout.starts[field]
        self.register_buffer("firsts", torch.from_numpy(firsts), persistent=False)
        kept = np.concatenate([np.arange(heads.most) < count for count in layout.counts])
        self.register_buffer("pads", torch.from_numpy(np.flatnonzero(kept)), persistent=False)
        self.register_buffer("lasts", torch.arange(heads.side).float(), persistent=False)

    def real(self, codes: Int[Tensor, "rows fields"], heads: Heads) -> Rows:
        """These tokens."""
        flat = codes + heads.offsets
        hot = functional.one_hot(heads.owners[flat], heads.most).float().flatten(1)[:, self.pads]
        wide = codes[:, list(self.layout.wide)].float()
        return Rows(hot, self._ranks(wide))

    def choices(
        self,
        heads: Heads,
        state: Float[Tensor, "rows hidden"],
        temperature: float,
        rng: torch.Generator,
    ) -> Rows:
        """One choice of every field, through which the gradient reaches the state."""
        modes = gumbel(heads.modes_of(state).float(), temperature, rng)
        wide = list(self.layout.wide)
        tokens = state.new_zeros(len(state), 0).float()
        if wide:
            chosen = modes[:, wide]
            inside = gumbel(heads.places_of(state, chosen.argmax(-1)).float(), temperature, rng)
            tokens = (chosen * self.firsts).sum(-1) + (inside @ self.lasts).T
        return Rows(modes.flatten(1)[:, self.pads], self._ranks(tokens))

    def paste(self, made: Rows, real: Rows, seen: Bool[Tensor, "rows fields"]) -> Rows:
        """The made rows with what is seen of the real ones."""
        counts = torch.tensor(self.layout.counts, device=seen.device)
        wide = seen[:, list(self.layout.wide)]
        modes = torch.where(seen.repeat_interleave(counts, 1), real.modes, made.modes)
        return Rows(modes, torch.where(wide, real.ranks, made.ranks))

    def _ranks(self, tokens: Float[Tensor, "rows wide"]) -> Float[Tensor, "rows wide"]:
        return (2 * tokens + 1) / tokens.new_tensor(self.sizes) - 1


class Critic(nn.Module):
    """How real a pack of rows is, given which fields were seen."""

    rates: Tensor

    def __init__(self, shape: Shape, pack: int) -> None:
        super().__init__()
        modes = shape.modes
        self.pack, self.total, self.wide = pack, sum(modes.counts), len(modes.wide)
        width = self.total + self.wide * (2 * WAVES + 1) + len(modes.sizes)
        self.first = nn.Linear(pack * width, shape.hidden)
        self.middle = nn.ModuleList(nn.Linear(shape.hidden, shape.hidden) for _ in range(shape.layers))
        self.last = nn.Linear(shape.hidden, 1)
        self.register_buffer("rates", math.pi * torch.logspace(-1, 4, WAVES, base=2.0), persistent=False)

    def forward(self, rows: Float[Tensor, "rows values"], seen: Bool[Tensor, "rows fields"]) -> Float[Tensor, " packs"]:
        """One answer for each pack of rows that follow one another."""
        ranks = rows[:, self.total :]
        angles = (ranks[:, :, None] * self.rates).flatten(1)
        read = torch.cat([rows, angles.sin(), angles.cos(), seen.to(rows.dtype)], 1)
        state = functional.leaky_relu(self.first(read.view(len(read) // self.pack, -1)), 0.2)
        for layer in self.middle:
            state = state + functional.leaky_relu(layer(state), 0.2)
        answers: Tensor = self.last(state)
        return answers[:, 0].float()


def gumbel(
    logits: Float[Tensor, "*rows choices"], temperature: float, rng: torch.Generator
) -> Float[Tensor, "*rows choices"]:
    """A one-hot draw from the softmax of the logits; its gradient is that of the softened draw."""
    uniform = torch.rand(logits.shape, generator=rng, device=logits.device)
    noisy = logits - (-(uniform + SMALL).log() + SMALL).log()
    soft = (noisy / temperature).softmax(-1)
    hard = torch.zeros_like(soft).scatter_(-1, noisy.argmax(-1, keepdim=True), 1.0)
    return hard + soft - soft.detach()
