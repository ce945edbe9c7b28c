"""What the thin matrices learn: the nats of each row's text under a header of which some lines are hidden.

The softmax runs over the corpus's own tokens and a fresh draw of the others, weighted so that its sum is right on
average (importance sampling after Jean et al. 2015, arXiv 1412.2007); held-out rows are measured over all tokens.
"""

import dataclasses
import time
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from genloop.core import config as settings_of
from genloop.core.errors import ConfigError, DataError
from genloop.core.protocols import Batch, Task, Weights
from genloop.core.records import Records
from genloop.core.seed import stream
from genloop.core.texts import Texts
from genloop.core.training import chosen
from genloop.generators.pretrained import base as bases
from genloop.generators.pretrained import beside, draw, network, rows
from genloop.generators.pretrained.attention import raise_precision
from genloop.generators.pretrained.config import Config
from genloop.generators.pretrained.network import Opened
from genloop.generators.pretrained.reading import nats, run, together
from genloop.generators.pretrained.rows import Marks
from genloop.nn.chance import near
from genloop.runtime import device

HELD_TOKENS, HELD_ROWS = 2048, 64
USED = 0.98  # of the time, where counts are to speak beside


def fit(task: Task) -> Weights:
    """Teach the base the texts of the task's raw rows, by the training loop that the task brings.

    Raises:
        ConfigError: a setting is unknown or out of range, or the task brings no training loop.
        DataError: there are no texts.
        SourceNotFound, ModelFileError, MissingExtra: the base cannot be opened.
    """
    began = time.monotonic()
    config = settings_of.read(Config, task.settings)
    records = _records(task, config)
    if task.trainer is None:
        raise ConfigError("open weights are taught by a training loop; pass Task(trainer=optimisation.train.train)")
    base = bases.find(config.base)
    with device.threads(task.threads):
        opened = network.load(base, config.precision, config.device)
    raise_precision(opened.model)
    marks = opened.marks(config.column)
    learnt = _adapted(opened, config, task)
    taught, held = _split(_encoded(opened, marks, records, config), config, task.seed)
    lesson = Lesson(opened, marks, learnt, taught, config)
    mean = len(taught.tokens) / len(taught)
    beside_it = bool(config.counts and config.holdout and len(held))
    fixed = {"reserve": USED} if beside_it else {}
    settings = chosen(config) | {"batch": max(1, round(config.tokens / mean)), "schedule": "flat"} | fixed
    left = None if task.max_seconds is None else max(1.0, task.max_seconds - (time.monotonic() - began))
    asked = dataclasses.replace(task, max_seconds=left, initial=None)
    trained = task.trainer(lesson, _batch(taught), _batch(held), asked, settings)
    head = head_of(base.head, config) | {
        "columns": [name for name in records.column_names if name != config.column],
        "missing": bool(records.column(config.column).null_count),
        "lora": {"rank": config.rank, "alpha": config.alpha},
        "training": trained.head,
    }
    arrays = {name.removeprefix("thin.").replace("/", "."): array for name, array in trained.arrays.items()}
    weights = Weights(head, arrays)
    if not beside_it:
        return weights
    network.fill(learnt, arrays)
    return beside.learn(weights, opened, marks, taught, held, config.counts)


def head_of(base: dict[str, Any], config: Config) -> dict[str, Any]:
    """What every model of this family keeps."""
    settings = {name: value for name, value in dataclasses.asdict(config).items() if name != "base"}
    return {"base": base, "column": config.column, "columns": [], "missing": False, "lora": None, "settings": settings}


def bare(base: bases.Base, config: Config) -> Weights:
    """A model that has learnt nothing: the base as it is. It is opened at once, so that what is wrong shows here."""
    weights = Weights(head_of(base.head, config), {})
    draw.load(weights)
    return weights


class Lesson(nn.Module):
    """What the training loop sees: the thin matrices, and the nats of rows under them. The base stays out of sight."""

    def __init__(
        self, opened: Opened, marks: Marks, learnt: dict[str, nn.Parameter], texts: Texts, config: Config
    ) -> None:
        super().__init__()
        self.thin = nn.ParameterDict({name.replace(".", "/"): weight for name, weight in learnt.items()})
        self.opened, self.marks, self.config = opened, marks, config
        known = np.unique(texts.tokens[texts.tokens >= 0])
        rest = np.setdiff1d(np.arange(len(opened.table)), known)
        self.known, self.rest = torch.from_numpy(known.astype(np.int64)), torch.from_numpy(rest)
        self.short = opened.table[self.known.to(opened.device)]

    def loss(self, batch: Batch, rng: torch.Generator | None) -> Float[Tensor, ""]:
        """Mean nats of a text's tokens; with no generator over all tokens, with nothing hidden."""
        assert batch.texts is not None
        if rng is None:
            found = [rows.plain(batch.texts[row], self.marks) for row in range(len(batch))]
            values = nats(self.opened, found)[0]
            return torch.tensor(float(values.sum()) / max(len(values), 1))
        fresh = np.random.default_rng(int(torch.randint(2**62, (), generator=near(rng))))
        own, config = batch.texts, self.config
        found = [rows.show(own[row], self.marks, config.blind, config.hints, fresh) for row in range(len(batch))]
        table, tokens, push = self._candidates(rng)
        parts, count = [], 0
        for group in together(found):
            state, wanted, _ = run(self.opened, [found[place] for place in group])
            logits = self.opened.logits(state, table) + push
            parts.append(functional.cross_entropy(logits, torch.searchsorted(tokens, wanted), reduction="sum"))
            count += len(wanted)
        return torch.stack(parts).sum() / max(count, 1)

    def decay(self, name: str) -> float:
        """Every thin matrix takes the whole weight decay."""
        return 1.0

    def _candidates(self, rng: torch.Generator) -> tuple[Tensor, Int[Tensor, " known"], Float[Tensor, " candidates"]]:
        """The last layer's rows for this step, the corpus's tokens among them, and what is added to each logit."""
        some = min(self.config.others, len(self.rest))
        drawn = self.rest[torch.randperm(len(self.rest), generator=near(rng))[:some]].to(self.opened.device)
        push = torch.zeros(len(self.known) + some, device=self.opened.device)
        if some:
            push[len(self.known) :] = float(np.log(len(self.rest) / some))
        return torch.cat([self.short, self.opened.table[drawn]]), self.known.to(self.opened.device), push


def _records(task: Task, config: Config) -> Records:
    if task.raw is None or config.column not in task.raw.column_names:
        raise DataError(f"nothing to learn: the task holds no raw rows with the column {config.column!r}")
    if not any(task.raw.column(config.column).to_pylist()):
        raise DataError(f"nothing to learn: the column {config.column!r} holds no texts")
    return task.raw


def _adapted(opened: Opened, config: Config, task: Task) -> dict[str, nn.Parameter]:
    """The thin matrices as they begin: small numbers and zeros, or those of the model that the task goes on from."""
    learnt = network.adapt(opened, config.rank, config.alpha)
    rng = torch.Generator().manual_seed(int(stream(task.seed, "pretrained", "weights").integers(2**62)))
    with torch.no_grad():
        for name, weight in learnt.items():
            if "lora_A" in name:
                bound = weight.shape[1] ** -0.5
                weight.copy_((torch.rand(weight.shape, generator=rng) * 2 - 1) * bound)
            else:
                weight.zero_()
    if task.initial is not None and task.initial.arrays:
        network.fill(learnt, task.initial.arrays)
    return learnt


def _encoded(opened: Opened, marks: Marks, records: Records, config: Config) -> Texts:
    longest = min(config.context, opened.places)
    shown = rows.lines(records, config.column)
    texts = records.column(config.column).to_pylist()
    return Texts.of(
        [rows.row(opened.encode, marks, own, text, longest) for own, text in zip(shown, texts, strict=True)]
    )


def _split(texts: Texts, config: Config, seed: int) -> tuple[Texts, Texts]:
    """Most rows to learn, and a few to watch: as many as are measured in a few seconds."""
    order = stream(seed, "pretrained", "holdout").permutation(len(texts))
    aside = min(HELD_ROWS, int(np.ceil(len(texts) * config.holdout)), len(texts) - 1)
    aside = min(aside, max(1, int(np.searchsorted(np.cumsum(texts.lengths[order]), HELD_TOKENS))))
    if not aside or not config.holdout:
        return texts, texts.take(order[:HELD_ROWS])
    return texts.take(order[aside:]), texts.take(order[:aside])


def _batch(texts: Texts) -> Batch:
    return Batch(np.zeros((len(texts), 0), np.uint16), (), texts=texts)
