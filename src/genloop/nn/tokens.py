"""Rows of tokens into one vector and out of one: an embedding of what is known, and independent two-step heads.

Where a row's dependence sits in one vector (a latent, or noise), every field is drawn on its own given it: first its
mode, then the place inside (see `nn.modes`). Both heads start around the fields' own frequencies.
"""

import math

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor, nn
from torch.nn import functional

from genloop.core.protocols import Codes
from genloop.nn.modes import Modes

NEVER = -1e4
WAVES = 8
BELOW_ONE = 1 - 1e-6
START = 0.5  # deviation of an untrained mode's logits around the log of its frequency
FLOOR = 0.05  # of a row, for tokens that no row carries


class Block(nn.Module):
    """`x + W2 silu(W1 norm(x))`; starts as the identity."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.up, self.down = nn.Linear(width, width), nn.Linear(width, width)
        nn.init.zeros_(self.down.weight)
        nn.init.zeros_(self.down.bias)

    def forward(self, x: Float[Tensor, "rows width"]) -> Float[Tensor, "rows width"]:
        """The block's output."""
        moved: Tensor = self.down(functional.silu(self.up(functional.layer_norm(x, x.shape[-1:]))))
        return x + moved


class Reader(nn.Module):
    """The sum of a row's embedded tokens; a field that is not seen has a vector that says so."""

    features: Tensor
    modes: Tensor
    offsets: Tensor
    values: Tensor

    def __init__(self, modes: Modes, width: int, rng: torch.Generator) -> None:
        super().__init__()
        offsets = np.cumsum([0, *modes.sizes])
        counts = np.cumsum([0, *modes.counts])
        self.fields, self.total = len(modes.sizes), int(counts[-1])
        scale = 1 / math.sqrt(max(self.fields, 1))
        self.tokens = nn.Parameter(torch.randn(self.total, width, generator=rng) * scale)
        self.unseen = nn.Parameter(torch.zeros(self.fields, width))
        features = waves(modes)
        self.smooth = nn.Parameter(torch.randn(features.shape[1], width, generator=rng) / math.sqrt(features.shape[1]))
        owners = np.concatenate([owner + counts[i] for i, owner in enumerate(modes.owners)])
        wide = np.concatenate([np.full(size, i in modes.wide) for i, size in enumerate(modes.sizes)])
        values = np.where(wide, np.cumsum(wide) - 1 + self.total + self.fields, self.total + self.fields + wide.sum())
        self.register_buffer("features", features, persistent=False)
        self.register_buffer("modes", torch.from_numpy(owners), persistent=False)
        self.register_buffer("values", torch.from_numpy(values), persistent=False)
        self.register_buffer("offsets", torch.from_numpy(offsets[:-1].copy()), persistent=False)

    def forward(
        self, codes: Int[Tensor, "rows fields"], seen: Bool[Tensor, "rows fields"] | None = None
    ) -> Float[Tensor, "rows width"]:
        """One vector a row, of the tokens that are seen (all where `seen` is None)."""
        flat = codes + self.offsets
        first, second = self.modes[flat], self.values[flat]
        if seen is not None:
            unseen = torch.arange(self.fields, device=codes.device) + self.total
            first = torch.where(seen, first, unseen)
            second = torch.where(seen, second, self.total + self.fields + len(self.features))
        smooth = self.features @ self.smooth
        table = torch.cat([self.tokens, self.unseen, smooth, smooth.new_zeros(1, smooth.shape[1])])
        return functional.embedding_bag(torch.cat([first, second], 1), table, mode="sum")


class Heads(nn.Module):
    """Logits of every field's mode, and of the place inside a mode, from one vector a row."""

    pads: Tensor
    owners: Tensor
    inside: Tensor
    offsets: Tensor

    def __init__(self, modes: Modes, width: int, fine: int, rng: torch.Generator) -> None:
        super().__init__()
        self.layout, self.fine = modes, fine
        self.most, self.side = max(modes.counts, default=1), max(modes.sides, default=1)
        wide, total = len(modes.wide), sum(modes.counts)
        self.coarse = nn.Linear(width, total)
        self.turn = nn.Parameter(torch.randn(width, wide * 2 * fine, generator=rng) / math.sqrt(width))
        self.blocks = nn.Parameter(torch.randn(wide * self.most, 2 * fine, generator=rng) * 0.3)
        self.places = nn.Parameter(torch.zeros(wide, 2 * fine, self.side))
        self.places_bias = nn.Parameter(torch.zeros(wide * self.most, self.side))
        nn.init.normal_(self.coarse.weight, std=START / math.sqrt(width), generator=rng)
        nn.init.zeros_(self.coarse.bias)
        pads = np.full((len(modes.sizes), self.most), total)
        for field, (start, count) in enumerate(zip(np.cumsum([0, *modes.counts]), modes.counts, strict=False)):
            pads[field, :count] = start + np.arange(count)
        firsts = [np.array(starts)[owner] for starts, owner in zip(modes.starts, modes.owners, strict=True)]
        inside = np.concatenate([np.arange(size) - first for size, first in zip(modes.sizes, firsts, strict=True)])
        self.register_buffer("pads", torch.from_numpy(pads), persistent=False)
        self.register_buffer("owners", torch.from_numpy(np.concatenate(modes.owners)), persistent=False)
        self.register_buffer("inside", torch.from_numpy(inside), persistent=False)
        offsets = torch.from_numpy(np.cumsum([0, *modes.sizes])[:-1].copy())
        self.register_buffer("offsets", offsets, persistent=False)

    @torch.no_grad()
    def start(self, codes: Codes) -> None:
        """Set the biases so that untrained heads give about each field's own frequencies."""
        self.places_bias.fill_(NEVER)
        coarse = []
        for field, (size, starts) in enumerate(zip(self.layout.sizes, self.layout.starts, strict=True)):
            counts = np.bincount(codes[:, field], minlength=size) + FLOOR
            masses = np.add.reduceat(counts, starts)
            coarse.append(np.log(masses / masses.sum()))
            if field in self.layout.wide:
                row = self.layout.wide.index(field) * self.most
                for mode, (first, length) in enumerate(zip(starts, self.layout.lengths[field], strict=True)):
                    inside = np.log(counts[first : first + length] / masses[mode])
                    self.places_bias[row + mode, :length] = torch.from_numpy(inside).float()
        self.coarse.bias.copy_(torch.from_numpy(np.concatenate(coarse)))

    def modes_of(self, state: Float[Tensor, "rows width"]) -> Float[Tensor, "rows fields most"]:
        """Logits of every field's modes, padded with what never comes."""
        flat = functional.pad(self.coarse(state), (0, 1), value=NEVER)
        return flat[:, self.pads]

    def places_of(
        self, state: Float[Tensor, "rows width"], modes: Int[Tensor, "rows wide"]
    ) -> Float[Tensor, "wide rows side"]:
        """Logits of the places inside these modes of the wide fields."""
        wide = len(self.layout.wide)
        index = modes.T + torch.arange(wide, device=modes.device)[:, None] * self.most
        turned = (state @ self.turn).view(len(state), wide, 2 * self.fine).transpose(0, 1)
        inner = _gate(turned, functional.embedding(index, self.blocks))
        return torch.bmm(inner, self.places) + functional.embedding(index, self.places_bias)

    def nll(
        self, state: Float[Tensor, "rows width"], codes: Int[Tensor, "rows fields"]
    ) -> Float[Tensor, "rows fields"]:
        """-log p(token | state) of every field, in nats."""
        flat = codes + self.offsets
        modes, places = self.owners[flat], self.inside[flat]
        logits = self.modes_of(state).float()
        loss = functional.cross_entropy(logits.flatten(0, 1), modes.reshape(-1), reduction="none").view(codes.shape)
        wide = list(self.layout.wide)
        if not wide:
            return loss
        inner = self.places_of(state, modes[:, wide]).float()
        fine = functional.cross_entropy(inner.flatten(0, 1), places[:, wide].T.reshape(-1), reduction="none")
        return loss.index_add(1, torch.tensor(wide, device=loss.device), fine.view(len(wide), -1).T)

    def draw(
        self, state: Float[Tensor, "rows width"], chance: Float[Tensor, "two rows fields"]
    ) -> Int[Tensor, "rows fields"]:
        """One token of every field."""
        modes = pick(self.modes_of(state).softmax(-1), chance[0])
        places = torch.zeros_like(modes)
        wide = list(self.layout.wide)
        if wide:
            inner = self.places_of(state, modes[:, wide]).softmax(-1)
            places[:, wide] = pick(inner, chance[1][:, wide].T).T
        return torch.from_numpy(self.layout.join(modes.numpy(), places.numpy()).astype(np.int64))

    def mass(
        self, state: Float[Tensor, "rows width"], field: int, share: Float[np.ndarray, " codes"]
    ) -> Float[Tensor, "rows codes"]:
        """Probability times share of each token of one field."""
        log_modes = self.modes_of(state)[:, field].double().log_softmax(-1)
        out = log_modes.new_zeros(len(state), self.layout.sizes[field])
        wide = field in self.layout.wide
        pairs = zip(self.layout.starts[field], self.layout.lengths[field], strict=True)
        for mode, (first, length) in enumerate(pairs):
            part = torch.from_numpy(np.asarray(share[first : first + length], np.float64))
            if not bool((part > 0).any()):
                continue
            inside = self._one_place(state, field, mode)[:, :length] if wide and length > 1 else 0.0
            out[:, first : first + length] = (log_modes[:, mode, None] + inside).exp() * part
        return out

    def _one_place(self, state: Float[Tensor, "rows width"], field: int, mode: int) -> Float[Tensor, "rows side"]:
        """Log probabilities of the places in one mode of a wide field."""
        row = self.layout.wide.index(field)
        turned = state @ self.turn[:, row * 2 * self.fine : (row + 1) * 2 * self.fine]
        inner = _gate(turned, self.blocks[row * self.most + mode])
        return (inner @ self.places[row] + self.places_bias[row * self.most + mode]).double().log_softmax(-1)


def pick(mass: Float[Tensor, "*rows choices"], chance: Float[Tensor, "*rows"]) -> Int[Tensor, "*rows"]:
    """One index a row with probability proportional to mass; never one without mass."""
    ends = mass.cumsum(-1)
    mark = chance[..., None].to(ends.dtype) * BELOW_ONE * ends[..., -1:]
    return (ends <= mark).sum(-1).clamp(max=mass.shape[-1] - 1)


def waves(modes: Modes) -> Float[Tensor, "tokens waves"]:
    """Per token of a wide field: its rank from -1 to 1, the square, and waves of 1/2 to 32 periods of it."""
    rates = math.pi * torch.logspace(0, 6, WAVES, base=2.0)
    parts = [torch.zeros(0, 2 * WAVES + 2)]
    for field in modes.wide:
        rank = (torch.arange(modes.sizes[field])[:, None] + 0.5) / modes.sizes[field]
        line = 2 * rank - 1
        parts.append(torch.cat([line, line**2, torch.sin(rank * rates), torch.cos(rank * rates)], 1))
    return torch.cat(parts)


def _gate(turned: Tensor, block: Tensor) -> Tensor:
    """The state seen from one mode: a linear half scaled and moved by it, and a curved half moved by it."""
    line, curve = turned.chunk(2, -1)
    move, scale = block.chunk(2, -1)
    return torch.cat([line * (1 + scale) + move, functional.silu(curve + move)], -1)
