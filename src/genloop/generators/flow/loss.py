"""The fit: pictures become what is learnt, the training loop lowers the loss, and a student may straighten the paths.

Codes are drawn several times from the coder's posterior, so that the network seldom sees one code twice.
"""

import dataclasses
import math

import numpy as np
import torch
from torch import Tensor

from genloop.core import config as settings
from genloop.core.errors import DataError
from genloop.core.protocols import Task, Weights
from genloop.core.seed import stream
from genloop.core.training import chosen, loop, share
from genloop.generators.flow.config import PRESETS, Config
from genloop.generators.flow.frame import Frame, wanted
from genloop.generators.flow.network import Network, Shape
from genloop.generators.flow.objective import Objective
from genloop.generators.flow.reflow import straighten
from genloop.nn.template import describe
from genloop.runtime import device, precision

HELD_ROWS = 2000
DRAWS, MOST_NUMBERS = 4, 32_000_000
WIDTH, CHANNELS = 384, 32
PART = 32  # of the rows: the largest batch of the training loop
STEADY = {"schedule": "flat", "anneal": 0.4}  # few pictures are learnt in detail, for which the full rate lasts longer


def fit(task: Task) -> Weights:
    """Learn the velocity field by the training loop that the task brings.

    Raises:
        ConfigError: a setting is unknown or out of range, or the task brings no training loop or no coder.
        DataError: there are no pictures.
    """
    config = settings.read(Config, {**PRESETS.get(str(task.settings.get("preset")), {}), **task.settings})
    trainer = loop(task, "flow")
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
    trained = trainer(
        Objective(network, codes, task.train, config, frame, task.coder),
        _repeated(places[aside:], config),
        places[:aside] if aside else places,
        share(task, 1 - config.reflow, "flow") if config.reflow else task,
        chosen(config) | (STEADY if config.space == "axes" else {}),
    )
    arrays = {name.removeprefix("network."): array for name, array in trained.arrays.items()}
    head = {
        "shape": dataclasses.asdict(shape),
        "precision": str(kind).removeprefix("torch."),
        "settings": dataclasses.asdict(config),
        "condition": describe(task.train),
        "training": trained.head,
    }
    weights = Weights(head, {**arrays, **frame.arrays})
    return straighten(share(task, config.reflow, "reflow"), weights, config) if config.reflow else weights


def _repeated(places: np.ndarray, config: Config) -> np.ndarray:
    """The places, along axes so often that a batch is as large as was asked for: noise and times are new each time."""
    if config.space != "axes":
        return places
    return np.tile(places, -(-PART * config.batch // max(1, len(places))))


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
        return torch.from_numpy(np.require(pixels.transpose(0, 3, 1, 2), requirements=["C", "W"]))[None], Frame({})
    if config.space == "axes":
        frame = Frame.along(pixels, config.axes)
        return frame.into(pixels, None)[None], frame
    coder, rng = wanted(task.coder), stream(task.seed, "flow", "codes")
    draws = max(1, min(DRAWS, MOST_NUMBERS // (len(pixels) * math.prod(coder.shape))))
    codes = [coder.encode(pixels, rng) for _ in range(draws)]
    frame = Frame.of(np.concatenate(codes))
    return torch.stack([frame.learnt(part) for part in codes]), frame
