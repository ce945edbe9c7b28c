"""How a network of texts is taught: pieces of texts, each with its codes in front or behind, and what is measured."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

from genloop.core.errors import ConfigError, DataError
from genloop.core.protocols import Batch, Task, Weights
from genloop.core.seed import stream
from genloop.core.training import Writing, chosen
from genloop.nn.author import Author
from genloop.nn.blend import Blend
from genloop.nn.chance import near
from genloop.nn.condition import Given
from genloop.nn.counts import Counts
from genloop.nn.entropy import entropy, fewer, nats
from genloop.nn.lines import gather
from genloop.nn.reading import fill
from genloop.nn.scripts import Script, pieces, turned
from genloop.nn.template import describe

HELD_ROWS, HELD_PLACES = 300, 8192
HELD = 20_220_728  # the seed of which held-out texts are turned round, and where
USED = 0.98  # of the time
SUBSET = 0.5  # of the codes that a row is given although they come behind it, too


class Objective(torch.nn.Module):
    """What the training loop sees: rows are pieces of texts, each with its codes.

    A share `blind` of what a row is given is left out, and behind a share `backwards` of the texts their codes come;
    those weigh as if they came behind every text: the few rows speak for all. A share `middle` of the other texts is
    turned round, so that texts can be written towards how they end. So many `others` stand for all tokens that a step
    does not ask for (0: each for itself).
    """

    def __init__(
        self, network: Author, blind: float, backwards: float, middle: float = 0.0, *, others: int = 0
    ) -> None:
        super().__init__()
        self.network, self.blind, self.backwards, self.middle = network, blind, backwards, middle
        self.others = others

    def loss(self, rows: Batch, rng: torch.Generator | None) -> Float[Tensor, ""]:
        """Nats per token, and of codes where they come behind the text; held-out rows are given all they have.

        Of those, too, the share `middle` is turned round, always the same: when to stop depends on all that is learnt.
        """
        given = Given.of(rows)
        after = np.zeros(len(rows), bool)
        if rng is None:
            rows = self._turned(rows, ~after, torch.Generator().manual_seed(HELD)) if self.middle else rows
            return self._held(rows, given, after)
        own = near(rng)
        if self.blind:
            given = given.drop(self.blind, own)
        if self.backwards:
            behind = torch.rand(len(rows), generator=own) < self.backwards
            after = behind.numpy()
            hidden = behind[:, None] & (torch.rand(given.codes.shape, generator=own) >= SUBSET)
            given = dataclasses.replace(given, codes=torch.where(hidden, -1, given.codes))
        if self.middle:
            rows = self._turned(rows, ~after, own)
        return self._nats(rows, given, after, rng) / self._asked(rows)

    def told(self, rows: Batch, given: Given, rng: torch.Generator | None) -> tuple[Tensor, Tensor]:
        """What the network is told of each row, and what telling it costs in nats."""
        found = self.network.told(given)
        return found, found.new_zeros(())

    def shown(self, inputs: Int[Tensor, " total"], rng: torch.Generator | None) -> Int[Tensor, " total"]:
        """What the network reads."""
        return inputs

    def decay(self, name: str) -> float:
        """The array's multiple of the weight decay."""
        return self.network.decay(name.removeprefix("network."))

    def orthogonal(self, name: str) -> bool:
        """Whether the array is moved by orthogonal steps."""
        return self.network.orthogonal(name.removeprefix("network."))

    def _turned(self, rows: Batch, free: np.ndarray, rng: torch.Generator) -> Batch:
        assert rows.texts is not None
        chance, at = torch.rand(2, len(rows), generator=rng).double().numpy()
        texts = turned(rows.texts, free & (chance < self.middle), at, self.network.vocabulary)
        return dataclasses.replace(rows, texts=texts)

    def _asked(self, rows: Batch) -> int:
        return _asked(rows, self.network.vocabulary)

    def _nats(self, rows: Batch, given: Given, after: np.ndarray, rng: torch.Generator | None) -> Float[Tensor, ""]:
        device = self.network.table.device
        script = Script.of(rows, self.network.names, after, given.codes.numpy() < 0).to(device)
        told, cost = self.told(rows, given.to(device), rng)
        shown = self.shown(script.inputs, rng)
        state = self.network(shown, told[torch.from_numpy(script.rows).to(device)], script.lines, rng)
        asking = state if len(script.text) == len(state) else gather(state, script.text)
        seen, table, bias = self.network.tokens(asking)
        wanted = script.wanted
        if rng is not None:
            table, bias, wanted = fewer(table, bias, wanted, self.others, near(rng))
        total = entropy(seen, table, bias, wanted)
        if len(script.behind):
            starts = torch.from_numpy(self.network.names.starts[1:]).to(device)
            field = torch.searchsorted(starts, script.codes, right=True)
            logits = self.network.codes(gather(state, script.behind), field)
            behind = functional.cross_entropy(logits, script.codes, reduction="sum")
            total = total + behind / self.backwards
        return total + cost

    def _held(self, rows: Batch, given: Given, after: np.ndarray) -> Float[Tensor, ""]:
        """The measure, a few rows at a time."""
        assert rows.texts is not None
        total, first = torch.zeros(()), 0
        ends = np.cumsum(rows.texts.lengths)
        while first < len(rows):
            last = max(first + 1, int(np.searchsorted(ends, (ends[first - 1] if first else 0) + HELD_PLACES)))
            own = np.arange(first, last)
            part = Given(given.codes[own], None if given.vectors is None else given.vectors[own])
            total, first = total + self._nats(rows.take(own), part, after[own], None), last
        return total / self._asked(rows)


def learn(
    task: Task,
    settings: Writing,
    begin: Callable[[torch.Generator], Author],
    longest: int,
    teach: Callable[[Any], Objective] | None = None,
    *,
    counts: int = 0,
) -> Weights:
    """The arrays of the network that `begin` makes, taught the task's texts in pieces of `longest` tokens at most.

    Where `teach` is given, the training loop sees what it makes of the network in place of the plain objective. Where
    `counts` is above 0, tokens that so many texts hold are counted, too, and the texts that are held out decide how
    much these and a text's own past have to say.

    Raises:
        ConfigError: the task brings no training loop, or the vocabulary lacks a token of the texts.
        DataError: there are no texts.
    """
    if task.trainer is None:
        raise ConfigError("texts are learnt by a training loop; pass Task(trainer=optimisation.train.train)")
    texts = task.train.texts
    if texts is None or not len(texts):
        raise DataError("nothing to learn: the task holds no texts")
    highest = int(texts.tokens.max(initial=0))
    if highest >= settings.vocabulary:
        raise ConfigError(f"setting vocabulary={settings.vocabulary}: expected more than the highest token, {highest}")
    network = begin(torch.Generator().manual_seed(int(stream(task.seed, "texts", "weights").integers(2**62))))
    network.start(task.train)
    order = stream(task.seed, "texts", "holdout").permutation(len(texts))
    aside = min(HELD_ROWS, int(len(texts) * settings.holdout))
    rows = _pieces(task.train.take(order[aside:]), network.vocabulary, longest)
    held = _pieces(task.train.take(order[:aside] if aside else order), network.vocabulary, longest)
    batch = max(1, round(settings.tokens / (_asked(rows, network.vocabulary) / len(rows))))
    plain = Objective(network, settings.blind, settings.backwards, others=settings.others)
    learner = plain if teach is None else teach(network)
    kind = str(network.kind).removeprefix("torch.")
    fixed = {"batch": batch, "precision": kind, "reserve": USED}
    trained = task.trainer(learner, rows, held, task, chosen(settings) | fixed)
    head = {
        "precision": kind,
        "settings": dataclasses.asdict(settings),
        "condition": describe(task.train),
        "training": trained.head,
    }
    weights = Weights(head, {name.removeprefix("network."): array for name, array in trained.arrays.items()})
    if not (counts and aside):
        return weights
    return _blended(weights, network, Counts.count(texts.take(order[aside:]), network.vocabulary, counts), held)


def _blended(weights: Weights, network: Author, counts: Counts, held: Batch) -> Weights:
    """The weights with what speaks beside the network, as much as the held-out texts find right."""
    assert held.texts is not None
    fill(network.to("cpu"), weights)
    some = held.take(np.arange(max(1, int(np.searchsorted(held.texts.starts, HELD_PLACES, side="right")) - 1)))
    script = Script.of(some, network.names, np.zeros(len(some), bool), np.zeros(some.codes.shape, bool))
    with torch.inference_mode():
        told = network.told(Given.of(some))[torch.from_numpy(script.rows)]
        state = network(script.inputs, told, script.lines)
        own = nats(*network.tokens(state[script.text]), script.wanted).double().neg().exp().numpy()
    return Blend.fit(counts, own, script).stored(weights)


def _pieces(batch: Batch, vocabulary: int, longest: int) -> Batch:
    """The batch with its texts in marked pieces, each a row of its own."""
    assert batch.texts is not None
    row, cut = pieces(batch.texts, vocabulary, longest)
    return dataclasses.replace(batch.take(row), texts=cut)


def _asked(rows: Batch, vocabulary: int) -> int:
    """How many tokens the rows ask for: all but the marks."""
    assert rows.texts is not None
    return int((rows.texts.tokens < vocabulary).sum())
