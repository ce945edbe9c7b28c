"""Guidance of writers: what is asked for speaks louder than in the data.

Ho and Salimans 2022, arXiv 2207.12598, for tokens as Sanchez et al. 2023, arXiv 2306.17806, have it: the logits of a
network that is given nothing, and beyond those of one that is given its row by the factor `weight`. The families learn
both, since some rows are learnt with what they are given left out. It costs twice the work.

Token by token what is asked for can still get lost. Both networks together also say how much of it a whole text holds,
its pointwise mutual information log p(text | given) - log p(text): texts that speak against it are drawn again
(`nn.writing`).
"""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from genloop.core.protocols import UNKNOWN, Batch
from genloop.core.texts import Wish
from genloop.nn.blend import Blend, Blended, Trail
from genloop.nn.writing import Writer


class Guided:
    """Two writers of the same rows in step: one is told what is asked for, the other is not."""

    def __init__(self, told: Writer, free: Writer, weight: float, trail: Trail | None = None) -> None:
        """With a `trail` counts and past speak where nothing is asked for, and what is asked for tilts all alike."""
        self.told, self.free, self.weight, self.trail = told, free, weight, trail
        self.vocabulary, self.context = told.vocabulary, told.context
        self.gap, self.level = torch.zeros(0, told.vocabulary), torch.zeros(0)

    def read(self, rows: Sequence[np.ndarray], own: Int[np.ndarray, " rows"]) -> Float[Tensor, "r v"]:
        """Begin anew with these marked rows."""
        if self.trail is not None:
            self.trail.past.start(rows)
        return self._mixed(self.told.read(rows, own), self.free.read(rows, own))

    def more(self, tokens: Int[Tensor, " rows"]) -> Float[Tensor, "rows tokens"]:
        """Every row goes on by one token."""
        if self.trail is not None:
            self.trail.past.go(tokens)
        return self._mixed(self.told.more(tokens), self.free.more(tokens))

    def keep(self, places: Int[Tensor, " kept"]) -> None:
        """Only the rows at these places go on."""
        if self.trail is not None:
            self.trail.past.keep(places)
        self.told.keep(places)
        self.free.keep(places)

    def tells(self, tokens: Int[Tensor, " rows"]) -> Float[Tensor, " rows"]:
        """log p(token | given) - log p(token) of these tokens as the next ones, by the networks alone."""
        return self.gap.gather(1, tokens[:, None])[:, 0] - self.level

    def _mixed(self, told: Tensor, free: Tensor) -> Tensor:
        self.level = told.logsumexp(1) - free.logsumexp(1)
        self.gap = told - free
        found: Tensor = free if self.trail is None else self.trail.mixed(free)
        return found.add(self.gap, alpha=self.weight)


def guided(begin: Callable[[Batch], Writer], given: Batch, wish: Wish, blend: Blend | None = None) -> Writer:
    """The writer of the given rows as the wish guides it; a plain one where there is nothing to tell.

    Counts and past speak beside the network where it has a `blend`.
    """
    told = begin(given)
    if wish.guidance == 1 or not len(given.fields) or not (given.codes != UNKNOWN).any():
        return told if blend is None else Blended(told, blend)
    free = begin(replace(given, codes=np.full_like(given.codes, UNKNOWN)))
    return Guided(told, free, wish.guidance, None if blend is None else Trail(blend))
