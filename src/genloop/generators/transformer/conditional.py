"""The fitted network seen as conditionals: draw one field of many rows, given whatever each row knows."""

import numpy as np
import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional

from genloop.core.protocols import Weights
from genloop.generators.transformer.config import Shape
from genloop.generators.transformer.network import Network
from genloop.nn.arrays import fill

BELOW_ONE = 1 - 1e-6


class Conditionals:
    """Draws p(field | known fields) from weights; satisfies the protocol that `sample` asks for."""

    def __init__(self, weights: Weights) -> None:
        self.shape = Shape.from_head(weights.head["shape"])
        self.network = load(weights).eval()
        with torch.inference_mode():
            self.table = self.network.table()

    @torch.inference_mode()
    def draw(
        self,
        field: int,
        codes: Int[np.ndarray, "rows fields"],
        known: Bool[np.ndarray, "rows fields"],
        chance: Float[np.ndarray, "two rows"],
        share: Float[np.ndarray, " codes"] | None,
    ) -> tuple[Int[np.ndarray, " rows"], Float[np.ndarray, " rows"]]:
        """Tokens of the field, and the part of its mass that `share` leaves (1 where it is None)."""
        sources = np.flatnonzero(known.any(0))
        index = torch.from_numpy(codes[:, sources].astype(np.int64)) + self.network.offsets[sources]
        embedded = functional.embedding(index, self.table)
        seen = torch.from_numpy(known[:, sources]).to(embedded.dtype)
        state = self.network.one(field, embedded, seen, torch.from_numpy(sources))
        if share is None:
            tokens = self._free(field, state, torch.from_numpy(chance))
            return tokens.numpy(), np.ones(len(codes))
        weighted = self._all(field, state, torch.from_numpy(np.asarray(share, np.float64)))
        mass = weighted.sum(1)
        weighted = torch.where(mass[:, None] > 1e-30, weighted, torch.from_numpy(np.asarray(share, np.float64)))
        return _pick(weighted, torch.from_numpy(chance[0])).numpy(), mass.clamp(min=1e-30).numpy()

    def _free(self, field: int, state: Tensor, chance: Tensor) -> Tensor:
        """Tokens in one or two steps."""
        block = _pick(self.network.head.one_block(field, state).softmax(-1), chance[0])
        side = self.shape.steps[field][1]
        if side == 1:
            return block
        return block * side + _pick(self.network.head.one_place(field, state, block).softmax(-1), chance[1])

    def _all(self, field: int, state: Tensor, share: Tensor) -> Float[Tensor, "rows codes"]:
        """Probability times share of every token; blocks without any share are not computed."""
        blocks = self.network.head.one_block(field, state).double().softmax(-1)
        count, side = self.shape.steps[field]
        if side == 1:
            return blocks * share
        out = blocks.new_zeros(len(blocks), count * side)
        for block in range(count):
            part = slice(block * side, (block + 1) * side)
            if bool((share[part] > 0).any()):
                index = torch.full((len(blocks),), block)
                places = self.network.head.one_place(field, state, index).double().softmax(-1)
                out[:, part] = blocks[:, block, None] * places
        return out[:, : self.shape.sizes[field]] * share


def load(weights: Weights) -> Network:
    """The network that weights describe.

    Raises:
        ModelFileError: an array is missing or has another size than the head says.
    """
    shape = Shape.from_head(weights.head["shape"])
    network = Network(shape, torch.Generator().manual_seed(0), getattr(torch, weights.head["precision"]))
    return fill(network, weights.arrays, "transformer")


def _pick(mass: Tensor, chance: Tensor) -> Tensor:
    """One index a row with probability proportional to mass; never one without mass."""
    ends = mass.cumsum(-1)
    mark = chance[:, None].to(ends.dtype) * BELOW_ONE * ends[:, -1:]
    return (ends <= mark).sum(-1)
