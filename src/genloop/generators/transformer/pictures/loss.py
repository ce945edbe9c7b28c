"""The cross-entropy of codes and the fit that lowers it: -log p(codes | condition), the sum over places."""

import copy
import dataclasses

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor
from torch.nn import functional

from genloop.core import config as settings
from genloop.core.errors import DataError
from genloop.core.protocols import Batch, Coder, Pixels, Task, Weights
from genloop.core.seed import stream
from genloop.core.training import chosen, loop
from genloop.generators.transformer.pictures.config import Config
from genloop.generators.transformer.pictures.draw import wanted, write
from genloop.generators.transformer.pictures.network import Network, Shape
from genloop.nn.condition import Given
from genloop.nn.template import describe
from genloop.runtime import device, precision

HELD_ROWS = 2000
DRAWS, MOST_CODES = 8, 100_000_000


class Objective(torch.nn.Module):
    """What the training loop sees; it is handed places of pictures and holds their codes itself.

    `codes` are those of all pictures, once or, after the nearest, some drawn ones: each step takes any of them.
    """

    def __init__(self, network: Network, codes: Tensor, batch: Batch, config: Config, coder: Coder) -> None:
        super().__init__()
        self.network, self.config, self.batch, self.coder = network, config, batch, coder
        self.codes = codes

    def loss(self, places: Int[Tensor, " rows"], rng: torch.Generator | None) -> Float[Tensor, ""]:
        """Nats per code."""
        home = places.device
        given = Given.of(self.batch.take(places.cpu().numpy()), home)
        if rng is not None and self.config.nothing:
            given = given.drop(self.config.nothing, rng)
        which = torch.zeros_like(places)
        if rng is not None:
            which.random_(0, len(self.codes), generator=rng)
        codes = self.codes[which.cpu(), places.cpu()].long().to(home)
        return functional.cross_entropy(self.network(codes, given).flatten(0, 1), codes.flatten())

    def draw(self, given: Batch, rng: torch.Generator) -> Pixels:
        """A picture for each row, by a copy of the network as drawing has it."""
        network = copy.deepcopy(self.network).eval().requires_grad_(False).cast()
        codes = write(network, given, np.random.default_rng(rng.initial_seed()), self.config)
        return self.coder.decode(codes.cpu().numpy().reshape(-1, *self.coder.shape))

    def decay(self, name: str) -> float:
        """The array's multiple of the weight decay."""
        return self.network.decay(name.removeprefix("network."))


def fit(task: Task) -> Weights:
    """Learn the codes by the training loop that the task brings.

    Raises:
        ConfigError: a setting is unknown or out of range, or the task brings no training loop or no coder.
        DataError: there are no pictures.
    """
    config = settings.read(Config, task.settings)
    trainer = loop(task, "transformer")
    pixels = task.train.pixels
    if pixels is None or not len(task.train):
        raise DataError("nothing to learn: the task holds no pictures")
    coder, levels = wanted(task.coder)
    codes = encode(coder, pixels, task.seed)
    height, width = coder.shape
    shape = Shape(height, width, levels, config.width, config.layers, config.heads, getattr(coder, "steps", ()))
    kind = precision.choose(config.precision, device.choose(config.device))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(stream(task.seed, "pictures", "weights").integers(2**62)))
        network = Network(shape, task.train, kind, config.dropout)
    network.start(codes[0].long())
    places = stream(task.seed, "pictures", "holdout").permutation(len(task.train))
    aside = min(HELD_ROWS, int(len(places) * config.holdout))
    trained = trainer(
        Objective(network, codes, task.train, config, coder),
        places[aside:],
        places[:aside] if aside else places,
        task,
        chosen(config),
    )
    head = {
        "shape": dataclasses.asdict(shape),
        "precision": str(kind).removeprefix("torch."),
        "settings": dataclasses.asdict(config),
        "condition": describe(task.train),
        "training": trained.head,
    }
    return Weights(head, {name.removeprefix("network."): array for name, array in trained.arrays.items()})


def encode(coder: Coder, pixels: Pixels, seed: int) -> Int[Tensor, "draws rows places"]:
    """The pictures' codes; where the coder can draw others as near, these as well: more than a picture has to learn."""
    found = [coder.encode(pixels).reshape(len(pixels), -1).astype("int32")]
    while len(found) < min(DRAWS, MOST_CODES // found[0].size):
        drawn = coder.encode(pixels, stream(seed, "pictures", "codes", len(found)))
        found.append(drawn.reshape(len(pixels), -1).astype("int32"))
        if np.array_equal(found[0], found[-1]):
            return torch.from_numpy(found[0])[None]
    return torch.from_numpy(np.stack(found))
