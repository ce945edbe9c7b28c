"""The likelihood of texts and of codes behind texts, and the fit that maximises it."""

import dataclasses

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor
from torch.nn import functional

from genloop.core import config as settings
from genloop.core.errors import ConfigError, DataError
from genloop.core.protocols import Batch, Task, Weights
from genloop.core.seed import stream
from genloop.generators.transformer.texts.config import Config
from genloop.generators.transformer.texts.network import Network, Shape
from genloop.generators.transformer.texts.size import size
from genloop.nn.condition import Given
from genloop.nn.entropy import entropy
from genloop.nn.lines import gather
from genloop.nn.scripts import Script, pieces
from genloop.nn.template import describe
from genloop.runtime import device, precision

TRAINING = (
    "epochs", "most_epochs", "most_steps", "learning_rate", "muon", "weight_decay", "average", "patience", "looks",
    "schedule", "anneal", "device",
)  # fmt: skip
HELD_ROWS, HELD_PLACES = 500, 8192
SUBSET = 0.5  # of the codes that a row is given although they come behind it, too


class Objective(torch.nn.Module):
    """What the training loop sees: rows are pieces of texts, each with its codes.

    Codes behind a text weigh as if they came behind every text: those few rows speak for all.
    """

    def __init__(self, network: Network, config: Config) -> None:
        super().__init__()
        self.network, self.config = network, config

    def loss(self, rows: Batch, rng: torch.Generator | None) -> Float[Tensor, ""]:
        """Nats per token, and per code where codes come behind the text; held-out rows are given all they have."""
        given = Given.of(rows)
        after = np.zeros(len(rows), bool)
        if rng is None:
            return self._held(rows, given, after)
        if self.config.blind:
            given = given.drop(self.config.blind, rng)
        if self.config.backwards:
            behind = torch.rand(len(rows), generator=rng) < self.config.backwards
            after = behind.numpy()
            hidden = behind[:, None] & (torch.rand(given.codes.shape, generator=rng) >= SUBSET)
            given = dataclasses.replace(given, codes=torch.where(hidden, -1, given.codes))
        return self._nats(rows, given, after) / _asked(rows)

    def decay(self, name: str) -> float:
        """The array's multiple of the weight decay."""
        return self.network.decay(name.removeprefix("network."))

    def orthogonal(self, name: str) -> bool:
        """Whether the array is moved by orthogonal steps."""
        return self.network.orthogonal(name.removeprefix("network."))

    def _nats(self, rows: Batch, given: Given, after: np.ndarray) -> Float[Tensor, ""]:
        script = Script.of(rows, self.network.names, after, given.codes.numpy() < 0)
        told = self.network.told(given)[torch.from_numpy(script.rows)]
        state = self.network(script.inputs, told, script.lines)
        asking = state if len(script.text) == len(state) else gather(state, script.text)
        total = entropy(*self.network.tokens(asking), script.wanted)
        if len(script.behind):
            field = torch.searchsorted(torch.from_numpy(self.network.names.starts[1:]), script.codes, right=True)
            logits = self.network.codes(gather(state, script.behind), field)
            behind = functional.cross_entropy(logits, script.codes, reduction="sum")
            total = total + behind / self.config.backwards
        return total

    def _held(self, rows: Batch, given: Given, after: np.ndarray) -> Float[Tensor, ""]:
        """The measure, a few rows at a time."""
        assert rows.texts is not None
        total, first = torch.zeros(()), 0
        ends = np.cumsum(rows.texts.lengths)
        while first < len(rows):
            last = max(first + 1, int(np.searchsorted(ends, (ends[first - 1] if first else 0) + HELD_PLACES)))
            own = np.arange(first, last)
            part = Given(given.codes[own], None if given.vectors is None else given.vectors[own])
            total, first = total + self._nats(rows.take(own), part, after[own]), last
        return total / _asked(rows)


def fit(task: Task) -> Weights:
    """Learn the texts by the training loop that the task brings.

    Raises:
        ConfigError: a setting is unknown or out of range, or the task brings no training loop.
        DataError: there are no texts.
    """
    config = settings.read(Config, task.settings)
    if task.trainer is None:
        raise ConfigError("the transformer family needs a training loop; pass Task(trainer=optimisation.train.train)")
    texts = task.train.texts
    if texts is None or not len(texts):
        raise DataError("nothing to learn: the task holds no texts")
    config = size(config, len(texts.tokens), task.max_seconds)
    kind = precision.choose(config.precision, device.choose(config.device))
    shape = Shape(config.vocabulary, config.width, config.layers, config.heads, config.shared, config.context)
    rng = torch.Generator().manual_seed(int(stream(task.seed, "texts", "weights").integers(2**62)))
    network = Network(shape, task.train, rng, kind)
    network.start(texts.tokens, task.train)
    order = stream(task.seed, "texts", "holdout").permutation(len(texts))
    aside = min(HELD_ROWS, int(len(texts) * config.holdout))
    rows = _pieces(task.train.take(order[aside:]), config)
    held = _pieces(task.train.take(order[:aside] if aside else order), config)
    assert rows.texts is not None
    batch = max(1, round(config.tokens / float(rows.texts.lengths.mean())))
    chosen = {name: getattr(config, name) for name in TRAINING} | {"batch": batch, "precision": _name(kind)}
    trained = task.trainer(Objective(network, config), rows, held, task, chosen)
    head = {
        "shape": dataclasses.asdict(shape),
        "precision": _name(kind),
        "settings": dataclasses.asdict(config),
        "condition": describe(task.train),
        "training": trained.head,
    }
    return Weights(head, {name.removeprefix("network."): array for name, array in trained.arrays.items()})


def _pieces(batch: Batch, config: Config) -> Batch:
    """The batch with its texts in marked pieces, each a row of its own."""
    assert batch.texts is not None
    row, cut = pieces(batch.texts, config.vocabulary, config.context)
    return dataclasses.replace(batch.take(row), texts=cut)


def _asked(rows: Batch) -> int:
    """How many tokens the rows ask for: all but the marks."""
    assert rows.texts is not None
    return len(rows.texts.tokens) - len(rows)


def _name(kind: torch.dtype) -> str:
    return str(kind).removeprefix("torch.")
