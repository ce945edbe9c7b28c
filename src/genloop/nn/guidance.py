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
    """A writer of the same rows twice: first each is told what is asked for, then all again are told nothing."""

    def __init__(self, both: Writer, rows: int, weight: float, trail: Trail | None = None) -> None:
        """With a `trail` counts and past speak where nothing is asked for, and what is asked for tilts all alike."""
        self.both, self.rows, self.weight, self.trail = both, rows, weight, trail
        self.vocabulary, self.context = both.vocabulary, both.context
        self.held = 0
        self.gap = torch.zeros(0, both.vocabulary)

    def read(self, rows: Sequence[np.ndarray], own: Int[np.ndarray, " rows"]) -> Float[Tensor, "r v"]:
        """Begin anew with these marked rows."""
        self.held = len(rows)
        if self.trail is not None:
            self.trail.past.start(rows)
        return self._mixed(self.both.read([*rows, *rows], np.concatenate([own, own + self.rows])))

    def more(self, tokens: Int[Tensor, " rows"]) -> Float[Tensor, "rows tokens"]:
        """Every row goes on by one token."""
        if self.trail is not None:
            self.trail.past.go(tokens)
        return self._mixed(self.both.more(tokens.repeat(2)))

    def keep(self, places: Int[Tensor, " kept"]) -> None:
        """Only the rows at these places go on."""
        if self.trail is not None:
            self.trail.past.keep(places)
        self.both.keep(torch.cat([places, places + self.held]))
        self.held = len(places)

    def tells(self, tokens: Int[Tensor, " rows"]) -> Float[Tensor, " rows"]:
        """log p(token | given) - log p(token) of these tokens as the next ones, by the networks alone."""
        return self.gap.gather(1, tokens[:, None])[:, 0]

    def _mixed(self, both: Float[Tensor, "twice tokens"]) -> Float[Tensor, "rows tokens"]:
        told, free = both.log_softmax(1).chunk(2)
        found: Tensor = free if self.trail is None else self.trail.mixed(free).log_()
        self.gap = told.sub_(free)
        return found.add_(self.gap, alpha=self.weight)


def guided(begin: Callable[[Batch], Writer], given: Batch, wish: Wish, blend: Blend | None = None) -> Writer:
    """The writer of the given rows as the wish guides it; a plain one where there is nothing to tell.

    `begin` makes a writer of given rows, which may be these twice in a row, the second time with no code known.
    Counts and past speak beside the network where it has a `blend`.
    """
    rows = len(given)
    if wish.guidance == 1 or not len(given.fields) or not (given.codes != UNKNOWN).any():
        told = begin(given)
        return told if blend is None else Blended(told, blend)
    twice = given.take(np.tile(np.arange(rows), 2))
    codes = np.concatenate([given.codes, np.full_like(given.codes, UNKNOWN)])
    both = begin(replace(twice, codes=codes))
    return Guided(both, rows, wish.guidance, None if blend is None else Trail(blend))
