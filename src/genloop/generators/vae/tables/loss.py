"""The evidence lower bound of rows, whole and in part, and the fit that maximises it.

ELBO = E_q[log p(x | z)] - KL(q(z | x) || p(z)) (Kingma and Welling 2014, arXiv 1312.6114), for tables as TVAE (Xu et
al. 2019, arXiv 1907.00503) with two changes: every field is a choice among tokens, a number too, in place of a normal
distribution around a mode; and some rows are seen in part, x_o for x, so that the encoder answers to any subset of
fields (Ma et al. 2019, arXiv 1809.11142). With several draws of z a row the bound is the tighter one of Burda et al.
(2016, arXiv 1509.00519): log of the mean over draws of p(x | z) p(z) / q(z | x).
"""

import math

import torch
from jaxtyping import Bool, Float, Int
from torch import Tensor

from genloop.core import config as settings
from genloop.core.errors import DataError
from genloop.core.protocols import Task, Weights
from genloop.core.seed import stream
from genloop.core.training import chosen, loop
from genloop.generators.vae.normal import density, divergence, draw
from genloop.generators.vae.tables.config import Config, Shape
from genloop.generators.vae.tables.draw import load
from genloop.generators.vae.tables.network import Network
from genloop.runtime import device, precision

HELD_ROWS = 2000


class Objective(torch.nn.Module):
    """What the training loop sees: a loss on rows, and how each array decays.

    The KL term grows to its weight over the first steps, or the decoder would learn to do without the code (Bowman et
    al. 2016, arXiv 1511.06349).
    """

    moved: Tensor

    def __init__(self, network: Network, config: Config, kind: torch.dtype = torch.float32) -> None:
        super().__init__()
        self.network, self.config, self.kind = network, config, kind
        self.register_buffer("moved", torch.zeros(()))

    def loss(self, rows: Int[Tensor, "rows fields"], rng: torch.Generator | None) -> Float[Tensor, ""]:
        """Negative ELBO in nats per row; of whole rows and always the same noise when `rng` is None."""
        held = rng is None
        rng = torch.Generator(rows.device).manual_seed(0) if rng is None else rng
        share, beta = (0.0, 1.0) if held else (self.config.subset, self.config.beta * self._grown())
        with torch.autocast(rows.device.type, self.kind, enabled=self.kind != torch.float32):
            bound = elbo(self.network, rows, subsets(rows, share, rng), rng, beta, self.config.draws)
        return -bound.mean()

    def _grown(self) -> float:
        """Which part of the KL term's weight is reached; counts the step."""
        self.moved += 1
        return min(1.0, float(self.moved) / max(self.config.growing, 1))

    def decay(self, name: str) -> float:
        """The array's multiple of the weight decay: matrices once, biases not."""
        return float(not name.endswith("bias"))


def elbo(
    network: Network,
    codes: Int[Tensor, "rows fields"],
    seen: Bool[Tensor, "rows fields"],
    rng: torch.Generator,
    beta: float = 1.0,
    draws: int = 1,
) -> Float[Tensor, " rows"]:
    """log p(seen tokens | z) less beta KL(q || p), at one draw of z a row; of several the log of their mean weight."""
    mean, log_variance = network.encode(codes, seen)
    if draws > 1:
        mean, log_variance, codes, seen = (x.repeat(draws, 1) for x in (mean, log_variance, codes, seen))
        z = draw(mean, log_variance, rng)
        told = -(network.heads.nll(network.decode(z), codes) * seen).sum(1)
        apart = density(z, torch.zeros_like(z), torch.zeros_like(z)) - density(z, mean, log_variance)
        return (told + beta * apart).view(draws, -1).logsumexp(0) - math.log(draws)
    z = draw(mean, log_variance, rng)
    told = -(network.heads.nll(network.decode(z), codes) * seen).sum(1)
    return told - beta * divergence(mean, log_variance).sum(-1)


def subsets(rows: Int[Tensor, "rows fields"], share: float, rng: torch.Generator) -> Bool[Tensor, "rows fields"]:
    """Which fields are seen: all, but in this share of rows a random subset of random size."""
    part = torch.rand(len(rows), 1, generator=rng, device=rows.device) < share
    size = torch.rand(len(rows), 1, generator=rng, device=rows.device)
    return ~part | (torch.rand(rows.shape, generator=rng, device=rows.device) < size)


def fit(task: Task) -> Weights:
    """Learn the joint distribution of the task's fields by the training loop that the task brings.

    Raises:
        ConfigError: a setting is unknown or out of range, or the task brings no training loop.
        DataError: there is nothing to learn, or `initial` was learnt on other fields.
    """
    config = settings.read(Config, task.settings)
    trainer = loop(task, "vae")
    codes = task.train.codes
    if not codes.size:
        raise DataError(f"nothing to learn: {codes.shape[0]} rows of {codes.shape[1]} fields")
    kind = precision.choose(config.precision, device.choose(config.device))
    network = _begin(task, config)
    held = stream(task.seed, "vae", "holdout").permutation(len(codes))
    aside = min(HELD_ROWS, int(len(codes) * config.holdout))
    trained = trainer(
        Objective(network, config, kind),
        codes[held[aside:]],
        codes[held[:aside]] if aside else codes,
        task,
        chosen(config),
    )
    arrays = {name.removeprefix("network."): array for name, array in trained.arrays.items()}
    return Weights({"shape": network.shape.to_head(), "training": trained.head}, arrays)


def _begin(task: Task, config: Config) -> Network:
    """A fresh network at the data's own frequencies, or the one that `initial` holds."""
    if task.initial is None:
        seed = int(stream(task.seed, "vae", "weights").integers(2**62))
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            network = Network(Shape.of(task.train, config), torch.Generator().manual_seed(seed))
        network.heads.start(task.train.codes)
        return network
    network = load(task.initial)
    sizes = tuple(field.size for field in task.train.fields)
    if network.shape.sizes != sizes:
        raise DataError(
            f"the model to continue from was learnt on fields of {network.shape.sizes} tokens, "
            f"these data have {sizes}; learn afresh, without --from"
        )
    return network
