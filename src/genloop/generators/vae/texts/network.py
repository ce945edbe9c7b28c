"""Reader and writer: convolutions read a text into a latent, cells that are told it write the tokens.

What reads costs a fraction of what writes: each place hears one before it, at twice the distance in each layer (van den
Oord et al. 2016, arXiv 1609.03499), and the mean of all places is the text.
"""

from dataclasses import dataclass

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor, nn
from torch.nn import functional

from genloop.core.protocols import Batch
from genloop.core.texts import Texts
from genloop.nn import cells
from genloop.nn.cells import Cells
from genloop.nn.linear import Linear
from genloop.nn.lines import Lines
from genloop.nn.start import begin

LOWEST, HIGHEST = -7.0, 3.0  # the posterior's log variances stay between these
SURE = -3.0  # and begin here: a latent that was noise at first is one that the writer learns to do without
LOUD = 0.5  # a latent beside a token; the sizes of numbers are outside the matrices, which Adam moves by fixed steps


@dataclass(frozen=True)
class Shape(cells.Shape):
    """All that fixes the arrays' sizes; no more than `longest` tokens of a text are read into its latent."""

    latent: int
    readers: int
    longest: int


class Network(Cells):
    """q(latent | text), and p(tokens | latent, codes); the latents' prior is standard normal."""

    shape: Shape

    def __init__(self, shape: Shape, batch: Batch, rng: torch.Generator, dropout: float = 0.0) -> None:
        super().__init__(shape, batch, rng, dropout)
        width, latent = shape.width, shape.latent
        self.own = nn.ModuleList(Linear(width, width) for _ in range(shape.readers))
        self.before = nn.ModuleList(Linear(width, width, bias=False) for _ in range(shape.readers))
        self.code = nn.Linear(width, 2 * latent)
        for part in (self.own, self.before):
            begin(part, rng)
        self.widen = Linear(latent, width, bias=False)
        nn.init.normal_(self.widen.weight, std=latent**-0.5, generator=rng)
        with torch.no_grad():
            nn.init.normal_(self.code.weight, generator=rng)
            self.code.weight[latent:] *= 0.1
            self.code.bias[:latent], self.code.bias[latent:] = 0.0, SURE

    def posterior(self, marked: Texts) -> tuple[Float[Tensor, "rows latent"], Float[Tensor, "rows latent"]]:
        """Mean and log variance of the latents of these marked texts."""
        order = np.argsort(-marked.lengths, kind="stable")
        texts = marked.take(order)
        device = self.table.device
        lines = Lines.of(texts.lengths).to(device)
        x = functional.embedding(torch.from_numpy(texts.tokens.astype(np.int64)).to(device), self.table)
        x = functional.layer_norm(x, x.shape[-1:])
        for layer, (own, before) in enumerate(zip(self.own, self.before, strict=True)):
            heard = functional.pad(before(x), (0, 0, 1 << layer, 0))[: len(x)] * (lines.place >= 1 << layer)[:, None]
            x = functional.layer_norm(x + functional.silu(own(x) + heard), x.shape[-1:])
        total = x.new_zeros(len(order), x.shape[1]).index_add(0, lines.row, x)
        mean = functional.layer_norm(total, total.shape[-1:]) / self.width**0.5
        code: Tensor = self.code(mean)[torch.from_numpy(np.argsort(order)).to(device)]
        return code[:, : self.shape.latent], code[:, self.shape.latent :].clamp(LOWEST, HIGHEST)

    def meaning(self, z: Float[Tensor, "rows latent"]) -> Float[Tensor, "rows width"]:
        """What the writer is told by these latents."""
        found: Tensor = self.widen(z) * (LOUD / self.width**0.5)
        return found

    def orthogonal(self, name: str) -> bool:
        """The matrices that read."""
        return name.startswith(("own.", "before.")) and name.endswith("weight")

    def decay(self, name: str) -> float:
        """The array's multiple of the weight decay: the matrices of cells and of what reads once, the rest not."""
        return float(self.orthogonal(name)) or super().decay(name)
