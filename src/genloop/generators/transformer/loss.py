"""The likelihood of rows under random orders of their fields, and the fit that maximises it.

Loss of one row: the sum over fields of -log p(field | fields before it in the row's order), after Uria, Murray and
Larochelle 2014 (arXiv 1310.1757). Half of the rows follow the default order in which rows are drawn later, the
others see a random subset first or a wholly random order, so that any subset can be given.
"""

import dataclasses

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor
from torch.nn import functional

from genloop.core import config as settings
from genloop.core.errors import DataError
from genloop.core.protocols import Task, Weights
from genloop.core.seed import stream
from genloop.core.training import chosen, loop
from genloop.generators.transformer.conditional import load
from genloop.generators.transformer.config import Config, Shape
from genloop.generators.transformer.network import Network
from genloop.generators.transformer.order import order
from genloop.runtime import device, precision

HELD_ROWS = 2000
VISIBLE = 64_000_000


class Objective(torch.nn.Module):
    """What the training loop sees: a loss on rows, and how each array decays."""

    rank: Tensor

    def __init__(self, network: Network, config: Config) -> None:
        super().__init__()
        self.network, self.config = network, config
        rank = torch.empty(network.fields, dtype=torch.long)
        rank[torch.tensor(network.shape.order)] = torch.arange(network.fields)
        self.register_buffer("rank", rank, persistent=False)

    def loss(self, rows: Int[Tensor, "rows fields"], rng: torch.Generator | None) -> Float[Tensor, ""]:
        """Nats per row under random orders; under the same ones each time when `rng` is None."""
        held = rng is None
        rng = torch.Generator(rows.device).manual_seed(0) if rng is None else rng
        seen = orders(len(rows), self.rank, rng, self.config)
        if self.config.dropout and not held:
            seen &= torch.rand(seen.shape, generator=rng, device=rows.device) >= self.config.dropout
        return nll(self.network, rows, seen).sum(1).mean()

    def decay(self, name: str) -> float:
        """The array's multiple of the weight decay."""
        return self.network.decay(name.removeprefix("network."))


def nll(
    network: Network, codes: Int[Tensor, "rows fields"], seen: Bool[Tensor, "targets rows fields"]
) -> Float[Tensor, "rows fields"]:
    """-log p(token of each field | the tokens its mask lets it see), in nats."""
    head, state = network.head, network(codes, seen)
    blocks = (codes // head.sides).T
    loss = _cross_entropy(head.blocks_of(state), blocks)
    if head.two:
        places = (codes % head.sides).T[head.wide]
        inside = _cross_entropy(head.places_of(state[head.wide], blocks[head.wide]), places)
        loss = loss.index_add(0, head.wide, inside)
    return loss.T


def orders(
    rows: int, rank: Int[Tensor, " fields"], rng: torch.Generator, config: Config
) -> Bool[Tensor, "targets rows fields"]:
    """Per row a random order, as masks: target j sees field i where i comes before j."""
    fields = len(rank)
    base = rank.expand(rows, fields).float()
    subset = torch.rand(rows, fields, generator=rng, device=rank.device) < torch.rand(
        rows, 1, generator=rng, device=rank.device
    )
    ahead = torch.where(subset, base - fields, base)
    free = torch.rand(rows, fields, generator=rng, device=rank.device)
    which = torch.rand(rows, 1, generator=rng, device=rank.device)
    place = torch.where(which < config.chain, base, torch.where(which < config.chain + config.subset, ahead, free))
    return place[None, :, :] < place.T[:, :, None]


def fit(task: Task) -> Weights:
    """Learn the joint distribution of the task's fields by the training loop that the task brings.

    Raises:
        ConfigError: a setting is unknown or out of range, or the task brings no training loop.
        DataError: there is nothing to learn, or `initial` was learnt on other fields.
    """
    config = settings.read(Config, task.settings)
    trainer = loop(task, "transformer")
    codes = task.train.codes
    if not codes.size:
        raise DataError(f"nothing to learn: {codes.shape[0]} rows of {codes.shape[1]} fields")
    kind = precision.choose(config.precision, device.choose(config.device))
    network, held = _begin(task, config, kind), stream(task.seed, "transformer", "holdout").permutation(len(codes))
    batch = min(config.batch, max(16, VISIBLE // (network.fields**2 * network.shape.width)))
    aside = min(HELD_ROWS, int(len(codes) * config.holdout))
    trained = trainer(
        Objective(network, config),
        codes[held[aside:]],
        codes[held[:aside]] if aside else codes,
        task,
        chosen(config) | {"batch": batch},
    )
    head = {"shape": dataclasses.asdict(network.shape), "precision": str(kind).removeprefix("torch.")}
    arrays = {name.removeprefix("network."): array for name, array in trained.arrays.items()}
    return Weights({**head, "training": trained.head}, arrays)


def _begin(task: Task, config: Config, kind: torch.dtype) -> Network:
    """A fresh network at the data's own frequencies, or the one that `initial` holds."""
    rng = torch.Generator().manual_seed(int(stream(task.seed, "transformer", "weights").integers(2**62)))
    if task.initial is None:
        shape = Shape.of(task.train.fields, order(task.train), config)
        network = Network(shape, rng, kind)
        network.head.start(task.train.codes, shape.sizes)
        return network
    network = load(Weights({**task.initial.head, "precision": str(kind).removeprefix("torch.")}, task.initial.arrays))
    sizes = tuple(field.size for field in task.train.fields)
    if network.shape.sizes != sizes:
        raise DataError(
            f"the model to continue from was learnt on fields of {network.shape.sizes} tokens, "
            f"these data have {sizes}; learn afresh, without --from"
        )
    return network


def _cross_entropy(
    logits: Float[Tensor, "fields rows choices"], wanted: Int[Tensor, "fields rows"]
) -> Float[Tensor, "fields rows"]:
    flat = functional.cross_entropy(logits.flatten(0, 1), wanted.reshape(-1), reduction="none")
    return flat.view(wanted.shape)
