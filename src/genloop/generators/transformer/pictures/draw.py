"""Drawing codes one place after another for many rows at once; keys and values of earlier places are kept."""

from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from genloop.core import config as settings
from genloop.core.errors import ConfigError
from genloop.core.protocols import Batch, Coder, Pixels, Weights
from genloop.generators.transformer.pictures.config import Config
from genloop.generators.transformer.pictures.network import Network, Shape
from genloop.nn.condition import Given
from genloop.nn.template import template
from genloop.runtime import device

CHUNK = 500
CHANGES = ("temperature", "least", "guidance")

_loaded: "WeakKeyDictionary[Weights, Network]" = WeakKeyDictionary()


def draw(
    weights: Weights, given: Batch, rng: np.random.Generator, *, coder: Coder | None = None, **changes: Any
) -> Pixels:
    """One picture for each row of `given`."""
    unknown = sorted(set(changes) - set(CHANGES))
    if unknown:
        raise ConfigError(f"sampling knows no {', '.join(unknown)}; known: {', '.join(CHANGES)}")
    coder, _ = wanted(coder)
    network, config = load(weights), settings.read(Config, {**weights.head["settings"], **changes})
    made = []
    for begin in range(0, max(1, len(given)), CHUNK):
        part = given.take(np.arange(begin, min(begin + CHUNK, len(given))))
        codes = write(network, part, rng, config)
        made.append(coder.decode(codes.cpu().numpy().reshape(-1, *coder.shape)))
    return np.concatenate(made)


@torch.inference_mode()
def write(network: Network, given: Batch, rng: np.random.Generator, config: Config) -> Int[Tensor, "rows places"]:
    """Codes drawn for each row."""
    rows, home = len(given), network.rows.device
    chances = torch.from_numpy(rng.random((network.shape.places, rows), dtype=np.float32)).to(home)
    parts = Given.of(given, home)
    told, twice = network.condition(parts), config.guidance != 1
    if twice:
        nothing = torch.zeros(rows, dtype=torch.bool, device=home)
        told = torch.cat([told, network.condition(parts, nothing)])
    caches = network.caches(len(told))
    codes = torch.zeros(rows, network.shape.places, dtype=torch.long, device=home)
    before = told
    for place in range(network.shape.places):
        logits = network.one(before, place, caches)
        if twice:
            led, free = logits.chunk(2)
            logits = free + config.guidance * (led - free)
        codes[:, place] = pick(logits / config.temperature, config.least, chances[place])
        after = network.embed(codes[:, place], place)
        before = told + (torch.cat([after, after]) if twice else after)
    return codes


def pick(logits: Float[Tensor, "rows levels"], least: float, chance: Float[Tensor, " rows"]) -> Int[Tensor, " rows"]:
    """A level for each row: where the running sum of the chances passes `chance` (from 0 to 1)."""
    shares = (logits - logits.amax(1, keepdim=True)).exp()
    if least:
        shares = torch.where(shares < least, 0.0, shares)
    total = shares.cumsum(1)
    aim = chance[:, None] * total[:, -1:]
    return (total <= aim).sum(1).clamp(max=logits.shape[1] - 1)


def wanted(coder: Coder | None) -> tuple[Coder, int]:
    """The coder and how many levels its codes have.

    Raises:
        ConfigError: there is none, or its codes are not whole numbers.
    """
    if coder is None or coder.levels is None:
        raise ConfigError(
            "the transformer family learns the whole numbers of a coder; pass coder=, the stage fitted before it "
            "(vae with the preset vq)"
        )
    return coder, coder.levels


def load(weights: Weights) -> Network:
    """The network of the weights, built once for each Weights object."""
    if weights not in _loaded:
        head = weights.head
        shape = Shape(**{**head["shape"], "steps": tuple(head["shape"]["steps"])})
        network = Network(shape, template(head["condition"]), getattr(torch, head["precision"]))
        network.load_state_dict({name: torch.from_numpy(array) for name, array in weights.arrays.items()})
        home = device.again(head["settings"]["device"])
        _loaded[weights] = network.eval().requires_grad_(False).to(home).cast()
    return _loaded[weights]
