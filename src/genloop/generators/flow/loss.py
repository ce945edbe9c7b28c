"""The flow-matching loss and the fit that lowers it.

Rectified flow (Liu, Gong and Liu 2022, arXiv 2209.03003, eq. 1) and conditional flow matching (Lipman et al. 2022,
arXiv 2210.02747, eq. 23 with no noise left): x_t = (1 - t) x_0 + t x_1 for noise x_0 and a picture x_1, and the loss is
|v(x_t, t) - (x_1 - x_0)|^2. Times are logit-normal (Esser et al. 2024, arXiv 2403.03206). Codes are drawn several times
from the coder's posterior, so that the network seldom sees one code twice.
"""

import dataclasses
import math
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor

from genloop.core import config as settings
from genloop.core.errors import ConfigError, DataError
from genloop.core.protocols import Batch, Task, Weights
from genloop.core.seed import stream
from genloop.generators.flow.config import PRESETS, Config
from genloop.generators.flow.frame import Frame, wanted
from genloop.generators.flow.network import Network, Shape
from genloop.nn.condition import Given
from genloop.runtime import device, precision

TRAINING = (
    "batch", "epochs", "most_epochs", "most_steps", "learning_rate", "weight_decay", "average", "patience", "looks",
    "device",
)  # fmt: skip
HELD_ROWS = 2000
DRAWS, MOST_NUMBERS = 4, 32_000_000
WIDTH, CHANNELS = 384, 32


class Objective(torch.nn.Module):
    """What the training loop sees; it is handed places of pictures and holds their codes itself."""

    def __init__(self, network: Network, codes: Tensor, batch: Batch, config: Config) -> None:
        super().__init__()
        self.network, self.config, self.batch = network, config, batch
        self.codes = codes

    def loss(self, places: Int[Tensor, " rows"], rng: torch.Generator | None) -> Float[Tensor, ""]:
        """The mean squared error of the velocity, per number; at the same noise and times when `rng` is None."""
        held = rng is None
        home = places.device
        rng = torch.Generator(home).manual_seed(0) if rng is None else rng
        rows = len(places)
        which = torch.randint(len(self.codes), (rows,), generator=rng, device=home)
        picture = self.codes[which.cpu(), places.cpu()].to(home)
        noise = torch.randn(picture.shape, generator=rng, device=home)
        normal = torch.randn(rows, generator=rng, device=home)
        time = torch.sigmoid(self.config.time_mean + self.config.time_spread * normal)
        kept = None
        if not held and self.config.nothing:
            kept = torch.rand(rows, generator=rng, device=home) >= self.config.nothing
        given = Given.of(self.batch.take(places.cpu().numpy()), home)
        error: Tensor = matching(self.network, noise, picture, time, self.network.told(given, kept))
        return error

    def decay(self, name: str) -> float:
        """The array's multiple of the weight decay: matrices once, the rest not."""
        return float(name.endswith("weight"))


def matching(network: Network, noise: Tensor, picture: Tensor, time: Tensor, told: Tensor) -> Float[Tensor, ""]:
    """|v(x_t, t) - (x_1 - x_0)|^2, the mean over rows and numbers."""
    t = time.view(-1, *(1,) * (picture.dim() - 1))
    speed: Tensor = network((1 - t) * noise + t * picture, told, network.clock(time))
    error: Tensor = (speed - (picture - noise)).square().mean()
    return error


def fit(task: Task) -> Weights:
    """Learn the velocity field by the training loop that the task brings.

    Raises:
        ConfigError: a setting is unknown or out of range, or the task brings no training loop or no coder.
        DataError: there are no pictures.
    """
    config = settings.read(Config, {**PRESETS.get(str(task.settings.get("preset")), {}), **task.settings})
    if task.trainer is None:
        raise ConfigError("the flow family needs a training loop; pass Task(trainer=optimisation.train.train)")
    if task.train.pixels is None or not len(task.train):
        raise DataError("nothing to learn: the task holds no pictures")
    codes, frame = _learnt(task, config)
    shape = _shape(codes, config)
    kind = precision.choose(config.precision, device.choose(config.device))
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(stream(task.seed, "flow", "weights").integers(2**62)))
        network = Network(shape, task.train, kind)
    places = stream(task.seed, "flow", "holdout").permutation(len(task.train))
    aside = min(HELD_ROWS, int(len(places) * config.holdout))
    trained = task.trainer(
        Objective(network, codes, task.train, config),
        places[aside:],
        places[:aside] if aside else places,
        task,
        {name: getattr(config, name) for name in TRAINING},
    )
    arrays = {name.removeprefix("network."): array for name, array in trained.arrays.items()}
    head = {
        "shape": dataclasses.asdict(shape),
        "precision": str(kind).removeprefix("torch."),
        "settings": dataclasses.asdict(config),
        "condition": describe(task.train),
        "training": trained.head,
    }
    return Weights(head, {**arrays, **frame.arrays})


def describe(batch: Batch) -> dict[str, Any]:
    """What the pictures are given, as a head stores it."""
    return {
        "fields": [dataclasses.asdict(field) for field in batch.fields],
        "vectors": None if batch.vectors is None else batch.vectors.shape[1],
        "pictures": None if batch.pictures is None else list(batch.pictures.shape[1:]),
    }


def _shape(codes: Tensor, config: Config) -> Shape:
    """The network's sizes for these numbers: draws x rows x channels x height x width."""
    channels, height, width = codes.shape[2:]
    shape = Shape(channels, height, width, config.channels or CHANNELS, config.layers)
    return dataclasses.replace(shape, hidden=config.width or WIDTH) if shape.flat else shape


def _learnt(task: Task, config: Config) -> tuple[Tensor, Frame]:
    """What is learnt, draws x rows x channels x height x width, and its frame."""
    pixels = task.train.pixels
    assert pixels is not None  # `fit` has looked
    if config.space == "pixels":
        frame = Frame({})
        return frame.into(pixels, None)[None], frame
    coder, rng = wanted(task.coder), stream(task.seed, "flow", "codes")
    draws = max(1, min(DRAWS, MOST_NUMBERS // (len(pixels) * math.prod(coder.shape))))
    codes = [coder.encode(pixels, rng) for _ in range(draws)]
    frame = Frame.of(np.concatenate(codes))
    return torch.stack([frame.learnt(part) for part in codes]), frame
