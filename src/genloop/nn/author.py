"""What every network of texts has around its middle: a table of tokens, marks and codes, what is given, and two heads.

The table also gives the logits of tokens (Press and Wolf 2017, arXiv 1608.05859), seen through a square layer that
begins at zero: an untrained network draws tokens as often as they occur. Codes of other columns can come behind a text,
one after another, from a head of their own.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from genloop.core.protocols import Batch
from genloop.nn.condition import Condition, Given
from genloop.nn.linear import Linear
from genloop.nn.lines import Lines
from genloop.nn.scripts import Names, mask
from genloop.nn.start import begin


class Author(nn.Module, ABC):
    """p(token | tokens before it, what is given), and p(code | text, codes before it); the middle is the family's."""

    fences: Tensor
    quick: Callable[[Tensor], Tensor] | None  # gives the logits of tokens in drawing, where it is there

    def __init__(
        self,
        vocabulary: int,
        width: int,
        batch: Batch,
        rng: torch.Generator,
        kind: torch.dtype = torch.float32,
        fill: bool = False,
    ) -> None:
        super().__init__()
        self.vocabulary, self.width, self.kind = vocabulary, width, kind
        self.quick = None
        self.names = Names.of(vocabulary, batch.fields, fill)
        self.condition = Condition(batch, width)
        begin(self.condition, rng)
        self.table = nn.Parameter(torch.randn(self.names.total, width, generator=rng) / width**0.5)
        self.leave = Linear(width, width, bias=False)
        self.behind = Linear(width, max(1, int(sum(self.names.sizes))))
        self.shares = nn.Parameter(torch.zeros(vocabulary))
        with torch.no_grad():
            for weight in (self.leave.weight, self.behind.weight, self.behind.bias):
                weight.zero_()
        self.register_buffer("fences", mask(self.names), persistent=False)

    @abstractmethod
    def forward(
        self,
        inputs: Int[Tensor, " total"],
        told: Float[Tensor, "rows width"],
        lines: Lines,
        rng: torch.Generator | None = None,
    ) -> Float[Tensor, "total width"]:
        """The state at every place of rows laid end to end; `told` is in the rows' order, `rng` there in training."""

    def decay(self, name: str) -> float:
        """The array's multiple of the weight decay."""
        return float(self.orthogonal(name))

    def orthogonal(self, name: str) -> bool:
        """Whether the array is moved by orthogonal steps."""
        return False

    @torch.no_grad()
    def start(self, batch: Batch) -> None:
        """Let an untrained network draw each token and code as often as it occurs."""
        assert batch.texts is not None
        counts = np.bincount(batch.texts.tokens, minlength=self.vocabulary) + 0.1
        self.shares.copy_(torch.from_numpy(np.log(counts / counts.sum())))
        for field, (first, size) in enumerate(zip(self.names.starts, self.names.sizes, strict=False)):
            own = batch.codes[:, field]
            counts = np.bincount(own[own < size], minlength=size) + 0.1
            self.behind.bias[first : first + size] = torch.from_numpy(np.log(counts / counts.sum()))

    def told(self, given: Given) -> Float[Tensor, "rows width"]:
        """What each row is given."""
        found: Tensor = self.condition(given)
        return found

    def enter(self, inputs: Int[Tensor, " total"], told: Float[Tensor, "total width"]) -> Float[Tensor, "total width"]:
        """What the middle reads at each place."""
        x = functional.embedding(inputs, self.table) + told
        return functional.layer_norm(x, x.shape[-1:]).to(self.kind)

    def tokens(self, state: Float[Tensor, "total width"]) -> tuple[Tensor, Tensor, Tensor]:
        """State, table and bias whose product are the logits of tokens."""
        return self.leave(state), self.table[: self.vocabulary], self.shares

    def logits(self, state: Float[Tensor, "rows width"]) -> Float[Tensor, "rows tokens"]:
        """Logits of the next token."""
        if self.quick is not None:
            return self.quick(self.leave(state))
        told, table, bias = self.tokens(state)
        found: Tensor = (told @ table.to(told.dtype).T).float().add_(bias)
        return found

    def codes(
        self, state: Float[Tensor, "places width"], field: Int[Tensor, " places"]
    ) -> Float[Tensor, "places codes"]:
        """Logits of the codes of these fields, minus infinity at other fields' codes."""
        found: Tensor = self.behind(state).float() + self.fences[field]
        return found
