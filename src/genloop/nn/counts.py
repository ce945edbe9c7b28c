"""Chances of tokens by counting: how often each came behind the two before it, smoothed.

Interpolated Kneser-Ney of three tokens with its discounts for one, two and three times (Kneser and Ney 1995; Chen and
Goodman 1999, equation 27). Networks that learn for minutes have not yet seen what counting sees at once, so that both
together foresee held-out texts far better than either (`nn.blend`).

Two or three tokens that fewer texts than `least` hold are not kept, and what they would have had goes to fewer tokens:
what stands in one text alone cannot be read off the counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from jaxtyping import Float, Float32, Float64, Int, Int64
from torch import Tensor

from genloop.core.texts import Texts

NAMES = ("counts.single", "counts.pairs", "counts.pairs.own", "counts.triples", "counts.triples.own")
MOST = 2_000_000  # tokens that are counted
_BITS = 21  # of a token in a gram
LOW = (1 << _BITS) - 1  # the last token of a gram
BEFORE = LOW  # stands before a text begins


@dataclass(frozen=True, eq=False)
class Grams:
    """Grams of one length, sorted, and what each has of the chance behind its context."""

    grams: Int64[np.ndarray, " grams"]
    own: Float32[np.ndarray, " grams"]

    @cached_property
    def contexts(self) -> Int64[np.ndarray, " contexts"]:
        """What the grams begin with."""
        return np.unique(self.grams >> _BITS)

    @cached_property
    def starts(self) -> Int64[np.ndarray, " contexts_and_one"]:
        """Where the grams of each context begin."""
        return np.append(np.searchsorted(self.grams >> _BITS, self.contexts), len(self.grams))

    @cached_property
    def rest(self) -> Float64[np.ndarray, " contexts"]:
        """What each context leaves to shorter ones."""
        sums = np.concatenate([[0.0], np.cumsum(self.own, dtype=np.float64)])[self.starts]
        found: Float64[np.ndarray, " contexts"] = np.maximum(1 - np.diff(sums), 0.0)
        return found

    def place(self, contexts: Int64[np.ndarray, " asked"]) -> Int64[np.ndarray, " asked"]:
        """Where these contexts stand; -1 where none is kept."""
        if not len(self.contexts):
            return np.full(len(contexts), -1)
        at = np.minimum(np.searchsorted(self.contexts, contexts), len(self.contexts) - 1)
        return np.where(self.contexts[at] == contexts, at, -1)

    def of(self, grams: Int64[np.ndarray, " asked"]) -> Float64[np.ndarray, " asked"]:
        """What these grams have of the chance behind their contexts."""
        if not len(self.grams):
            return np.zeros(len(grams))
        at = np.minimum(np.searchsorted(self.grams, grams), len(self.grams) - 1)
        return np.where(self.grams[at] == grams, self.own[at], 0).astype(np.float64)


@dataclass(frozen=True, eq=False)
class Counts:
    """The chances of single tokens, and of the last of two and of three."""

    single: Float32[np.ndarray, " tokens"]
    pairs: Grams
    triples: Grams

    @classmethod
    def count(cls, texts: Texts, vocabulary: int, least: int = 1) -> "Counts":
        """The counts of whole texts, of the first of them where they have more than two million tokens.

        Of two or three tokens only those are kept that `least` texts hold.
        """
        kept = texts.take(slice(0, max(1, int(np.searchsorted(texts.starts, MOST, side="right")) - 1)))
        row = np.repeat(np.arange(len(kept)), kept.lengths)
        place = np.arange(len(kept.tokens)) - kept.starts[row]
        one, two = (_earlier(kept.tokens, place, by) for by in (1, 2))
        pairs = (one << _BITS) | kept.tokens
        triples = (two << 2 * _BITS) | pairs
        grams, times = np.unique(triples, return_counts=True)
        found = [_kept(grams, _shares(grams, times), triples, row, least)]
        for whole, length in ((pairs, 2), (kept.tokens.astype(np.int64), 1)):  # how many different grams each ends
            grams, times = np.unique(grams & ((1 << length * _BITS) - 1), return_counts=True)
            found.append(_kept(grams, _shares(grams, times), whole, row, least if length > 1 else 1))
        single = np.full(vocabulary, found[2].rest[0] / vocabulary, np.float32)
        single[found[2].grams] += found[2].own
        return cls(single, found[1], found[0])

    @property
    def vocabulary(self) -> int:
        """How many tokens there are."""
        return len(self.single)

    def chances(
        self, before: Int64[np.ndarray, "places two"], tokens: Int64[np.ndarray, " places"]
    ) -> Float64[np.ndarray, " places"]:
        """The chance of each token behind the two before it, the nearer one last."""
        found: Float64[np.ndarray, " places"] = self.single[tokens].astype(np.float64)
        for context, level in zip(_contexts(before), (self.pairs, self.triples), strict=True):
            where = level.place(context)
            rest = level.rest[where] if len(level.rest) else found
            found = np.where(where >= 0, level.of((context << _BITS) | tokens) + rest * found, found)
        return found

    def after(self, before: Int64[np.ndarray, "rows two"]) -> Float[Tensor, "rows tokens"]:
        """The chances of all tokens behind the two before."""
        found = torch.zeros(len(before), self.vocabulary)
        self.add(found, before, torch.ones(len(before)))
        return found

    def add(
        self, found: Float[Tensor, "rows tokens"], before: Int64[np.ndarray, "rows two"], share: Float[Tensor, " rows"]
    ) -> None:
        """Add the chances of all tokens behind the two before, times each row's share; `found` is changed."""
        one, two = _contexts(before)
        left = share.numpy().copy()
        for context, level in ((two, self.triples), (one, self.pairs)):
            where = level.place(context)
            row = np.flatnonzero(where >= 0)
            first = level.starts[where[row]]
            sizes = level.starts[where[row] + 1] - first
            at = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes - first, sizes)
            own = np.repeat(row, sizes)
            flat = torch.from_numpy(own * self.vocabulary + (level.grams[at] & LOW))
            found.view(-1).index_add_(0, flat, torch.from_numpy(level.own[at] * left[own]))
            left[row] *= level.rest[where[row]].astype(np.float32)
        found.addr_(torch.from_numpy(left), self._whole)

    @cached_property
    def _whole(self) -> Float[Tensor, " tokens"]:
        return torch.from_numpy(self.single)

    def arrays(self) -> dict[str, np.ndarray]:
        """What is stored beside the network's arrays."""
        pairs, triples = self.pairs, self.triples
        return dict(zip(NAMES, (self.single, pairs.grams, pairs.own, triples.grams, triples.own), strict=True))

    @classmethod
    def read(cls, arrays: Mapping[str, np.ndarray]) -> "Counts":
        """The counts that were stored."""
        single, *rest = (arrays[name] for name in NAMES)
        return cls(single, Grams(*rest[:2]), Grams(*rest[2:]))


def before(
    inputs: Int[np.ndarray, " places"], place: Int[np.ndarray, " places"], vocabulary: int
) -> Int64[np.ndarray, "places two"]:
    """The two tokens that what comes next stands behind; marks are where a text begins."""
    one = np.where(inputs < vocabulary, inputs, BEFORE).astype(np.int64)
    two = np.where((place > 0) & (one != BEFORE), np.roll(one, 1), BEFORE)
    return np.stack([two, one], 1)


def _earlier(
    tokens: Int[np.ndarray, " total"], place: Int64[np.ndarray, " total"], by: int
) -> Int64[np.ndarray, " total"]:
    """The token so many places before each in its text."""
    return np.where(place >= by, np.roll(tokens, by), BEFORE).astype(np.int64)


def _contexts(before: Int64[np.ndarray, "rows two"]) -> tuple[Int64[np.ndarray, " rows"], Int64[np.ndarray, " rows"]]:
    """What the grams of two and of three tokens begin with."""
    two, one = before.T
    return one, (two << _BITS) | one


def _shares(grams: Int64[np.ndarray, " grams"], times: Int64[np.ndarray, " grams"]) -> Float64[np.ndarray, " grams"]:
    """What sorted grams that count so many times have of the chance behind their contexts, less their discounts."""
    ones = [max(int((times == many).sum()), 1) for many in (1, 2, 3, 4)]
    ratio = ones[0] / (ones[0] + 2 * ones[1])
    off = np.clip([0.0, *(many - (many + 1) * ratio * ones[many] / ones[many - 1] for many in (1, 2, 3))], 0, None)
    first = np.flatnonzero(np.diff(grams >> _BITS, prepend=-1))
    total = np.repeat(np.add.reduceat(times, first), np.diff(np.append(first, len(grams))))
    found: Float64[np.ndarray, " grams"] = np.maximum(times - off[np.minimum(times, 3)], 0.0) / total
    return found


def _kept(
    grams: Int64[np.ndarray, " grams"],
    own: Float64[np.ndarray, " grams"],
    every: Int64[np.ndarray, " places"],
    row: Int64[np.ndarray, " places"],
    least: int,
) -> Grams:
    """Those of the grams that so many texts hold; `every` has all that occur, with their texts."""
    order = np.lexsort((row, every))
    fresh = np.diff(every[order], prepend=-1) != 0
    texts = np.add.reduceat(fresh | (np.diff(row[order], prepend=-1) != 0), np.flatnonzero(fresh))
    there = (texts >= least) & (own > 0)
    return Grams(grams[there], own[there].astype(np.float32))
