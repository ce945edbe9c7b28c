"""Chances of tokens by counting: how often each came behind the two before it, smoothed, beside a network.

Interpolated Kneser-Ney of three tokens with its discounts for one, two and three times (Kneser and Ney 1995; Chen and
Goodman 1999, equation 27). Networks that learn for minutes have not yet seen what counting sees at once, so that both
together foresee held-out texts far better than either (Mikolov et al. 2011 mix them so); how much the counts have to
say, the held-out texts of the fit decide. What grows with the texts is one number for each three tokens that occur.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import torch
from jaxtyping import Float, Float64, Int, Int64
from torch import Tensor

from genloop.core.protocols import Weights
from genloop.core.texts import Texts
from genloop.nn.writing import Writer

NAMES = ("counts.grams", "counts.times")
MOST = 2_000_000  # tokens that are counted
_BITS = 21  # of a token in a gram
LOW = (1 << _BITS) - 1  # the last token of a gram
BEFORE = LOW  # stands before a text begins
_ROUNDS = 30  # of the search for the share


@dataclass(frozen=True, eq=False)
class Level:
    """Grams of one length: what each has of the chance behind its context, and what contexts leave to shorter ones."""

    grams: Int64[np.ndarray, " grams"]
    own: Float64[np.ndarray, " grams"]
    contexts: Int64[np.ndarray, " contexts"]
    starts: Int64[np.ndarray, " contexts_and_one"]
    rest: Float64[np.ndarray, " contexts"]

    @classmethod
    def of(cls, grams: Int64[np.ndarray, " grams"], times: Int64[np.ndarray, " grams"]) -> "Level":
        """The level of these sorted grams, each of which counts so many times."""
        ones = [max(int((times == many).sum()), 1) for many in (1, 2, 3, 4)]
        ratio = ones[0] / (ones[0] + 2 * ones[1])
        off = np.clip([0.0, *(many - (many + 1) * ratio * ones[many] / ones[many - 1] for many in (1, 2, 3))], 0, None)
        contexts, first = np.unique(grams >> _BITS, return_index=True)
        starts = np.append(first, len(grams))
        total = np.add.reduceat(times, first)
        own = np.maximum(times - off[np.minimum(times, 3)], 0.0) / np.repeat(total, np.diff(starts))
        return cls(grams, own, contexts, starts, 1 - np.add.reduceat(own, first))

    def place(self, contexts: Int64[np.ndarray, " asked"]) -> Int64[np.ndarray, " asked"]:
        """Where these contexts stand; -1 where they never occurred."""
        at = np.minimum(np.searchsorted(self.contexts, contexts), len(self.contexts) - 1)
        return np.where(self.contexts[at] == contexts, at, -1)


@dataclass(frozen=True, eq=False)
class Counts:
    """The chances of `vocabulary` tokens from the counts of all grams of three tokens, and their `share` beside the
    network's."""

    grams: Int64[np.ndarray, " grams"]
    times: Int[np.ndarray, " grams"]
    vocabulary: int
    share: float = 0.0

    @classmethod
    def count(cls, texts: Texts, vocabulary: int) -> "Counts":
        """The counts of whole texts, of the first of them where they have more than two million tokens."""
        kept = texts.take(slice(0, max(1, int(np.searchsorted(texts.starts, MOST, side="right")) - 1)))
        place = np.arange(len(kept.tokens)) - np.repeat(kept.starts[:-1], kept.lengths)
        one, two = (_earlier(kept.tokens, place, by) for by in (1, 2))
        grams, times = np.unique((two << 2 * _BITS) | (one << _BITS) | kept.tokens, return_counts=True)
        return cls(grams, times.astype(np.int32), vocabulary)

    @cached_property
    def levels(self) -> tuple[Level, Level, Level]:
        """From single tokens to three: shorter grams count how many different ones they end."""
        found = [Level.of(self.grams, self.times.astype(np.int64))]
        for length in (2, 1):
            grams, times = np.unique(found[0].grams & ((1 << length * _BITS) - 1), return_counts=True)
            found.insert(0, Level.of(grams, times))
        return found[0], found[1], found[2]

    def chances(
        self, before: Int64[np.ndarray, "places two"], tokens: Int64[np.ndarray, " places"]
    ) -> Float64[np.ndarray, " places"]:
        """The chance of each token behind the two before it, the nearer one last."""
        found = np.full(len(tokens), 1 / self.vocabulary)
        for context, level in zip(_contexts(before), self.levels, strict=True):
            gram = (context << _BITS) | tokens
            at = np.minimum(np.searchsorted(level.grams, gram), len(level.grams) - 1)
            where = level.place(context)
            mixed = np.where(level.grams[at] == gram, level.own[at], 0) + level.rest[where] * found
            found = np.where(where >= 0, mixed, found)
        return found

    def after(self, before: Int64[np.ndarray, "rows two"]) -> Float[Tensor, "rows tokens"]:
        """The chances of all tokens behind the two before."""
        found = self._single.expand(len(before), -1)
        for context, level in zip(_contexts(before)[1:], self.levels[1:], strict=True):
            where = level.place(context)
            rest = torch.from_numpy(np.where(where >= 0, level.rest[where], 1.0).astype(np.float32))
            found = found * rest[:, None]
            first, last = level.starts[where], level.starts[where + 1]
            sizes = np.where(where >= 0, last - first, 0)
            row = np.repeat(np.arange(len(before)), sizes)
            at = np.arange(sizes.sum()) - np.repeat(np.cumsum(sizes) - sizes, sizes) + np.repeat(first, sizes)
            flat = torch.from_numpy(row * self.vocabulary + (level.grams[at] & LOW))
            found.view(-1).index_add_(0, flat, torch.from_numpy(level.own[at].astype(np.float32)))
        return found

    @cached_property
    def _single(self) -> Float[Tensor, "1 tokens"]:
        level = self.levels[0]
        found = np.full(self.vocabulary, level.rest[0] / self.vocabulary)
        found[level.grams] += level.own
        return torch.from_numpy(found.astype(np.float32))[None]

    def mixed(
        self, logits: Float[Tensor, "rows tokens"], before: Int64[np.ndarray, "rows two"]
    ) -> Float[Tensor, "rows tokens"]:
        """Logs of the chances of both, each with its share."""
        own = torch.softmax(logits, 1).mul_(1 - self.share)
        return own.add_(self.after(before), alpha=self.share).log_()

    def arrays(self) -> dict[str, np.ndarray]:
        """What is stored beside the network's arrays; the share stands in the head."""
        return dict(zip(NAMES, (self.grams, self.times), strict=True))

    def beside(self, network: Float64[np.ndarray, " places"], own: Float64[np.ndarray, " places"]) -> "Counts":
        """The counts with the share that makes texts likeliest which neither learnt (EM; Jelinek and Mercer 1980).

        `network` and `own` are the chances that both give to each of their tokens.
        """
        share = 0.5
        for _ in range(_ROUNDS):
            mine = share * own
            share = float(np.mean(mine / (mine + (1 - share) * network)))
        return replace(self, share=share)

    @classmethod
    def read(cls, head: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> "Counts | None":
        """The counts that were stored; None where there are none."""
        share = head.get("counted", 0.0)
        if not share or NAMES[0] not in arrays:
            return None
        return cls(arrays[NAMES[0]], arrays[NAMES[1]], int(head["settings"]["vocabulary"]), share)


class Trail:
    """Rows being written: the last two tokens of each, and what is counted behind them."""

    def __init__(self, counts: Counts) -> None:
        self.counts = counts
        self.before = np.zeros((0, 2), np.int64)

    def start(self, rows: Sequence[np.ndarray]) -> None:
        """Begin anew with these marked rows."""
        self.before = np.array([before(row[-2:], np.arange(len(row[-2:])), self.counts.vocabulary)[-1] for row in rows])

    def go(self, tokens: Int[Tensor, " rows"]) -> None:
        """Every row goes on by one token."""
        self.before = np.stack([self.before[:, 1], tokens.numpy()], 1)

    def keep(self, places: Int[Tensor, " kept"]) -> None:
        """Only the rows at these places go on."""
        self.before = self.before[places.numpy()]

    def mixed(self, logits: Float[Tensor, "rows tokens"]) -> Float[Tensor, "rows tokens"]:
        """Logs of the chances of network and counts together."""
        return self.counts.mixed(logits, self.before)


class Counted:
    """A writer that draws from its network and from the counts, each with its share."""

    def __init__(self, writer: Writer, counts: Counts) -> None:
        self.writer, self.trail = writer, Trail(counts)
        self.vocabulary, self.context = writer.vocabulary, writer.context

    def read(self, rows: Sequence[np.ndarray], own: Int[np.ndarray, " rows"]) -> Float[Tensor, "r v"]:
        """Begin anew with these marked rows."""
        self.trail.start(rows)
        return self.trail.mixed(self.writer.read(rows, own))

    def more(self, tokens: Int[Tensor, " rows"]) -> Float[Tensor, "rows tokens"]:
        """Every row goes on by one token."""
        self.trail.go(tokens)
        return self.trail.mixed(self.writer.more(tokens))

    def keep(self, places: Int[Tensor, " kept"]) -> None:
        """Only the rows at these places go on."""
        self.trail.keep(places)
        self.writer.keep(places)


def of(weights: Weights) -> Counts | None:
    """The counts that stand beside the network's arrays, built once for each Weights object."""
    if weights not in _known:
        _known[weights] = Counts.read(weights.head, weights.arrays)
    return _known[weights]


_known: "WeakKeyDictionary[Weights, Counts | None]" = WeakKeyDictionary()


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


def _contexts(before: Int64[np.ndarray, "rows two"]) -> tuple[Int64[np.ndarray, " rows"], ...]:
    """What the grams of one, two and three tokens begin with."""
    two, one = before.T
    return np.zeros_like(one), one, (two << _BITS) | one
