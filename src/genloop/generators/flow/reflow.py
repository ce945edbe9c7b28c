"""Straightening: a student learns the lines from noises to where the taught flow carries them, for very few steps.

Reflow (Liu, Gong and Liu 2022, arXiv 2209.03003, section 2.2). The teacher follows its condition by its guidance, which
the student learns with the lines (Meng et al. 2022, arXiv 2210.03142), so that drawing looks once a step, not twice.
"""

import dataclasses

import numpy as np
import torch

from genloop.core.protocols import Task, Weights
from genloop.core.seed import stream
from genloop.core.training import chosen
from genloop.generators.flow.config import Config
from genloop.generators.flow.draw import build, load
from genloop.generators.flow.objective import Objective
from genloop.nn.condition import Given

PAIRS, HELD, CHUNK = 16_000, 500, 1000
TEACHER = {"solver": "heun", "evaluations": 9, "bend": 1.7}
SLOWER = 0.5


def straighten(task: Task, weights: Weights, config: Config) -> Weights:
    """The weights of a student of these, learnt in the task's time from its own pairs of noise and picture."""
    assert task.trainer is not None
    flow = load(weights, {**TEACHER, "guidance": config.guidance})
    rng = stream(task.seed, "flow", "pairs")
    count = min(PAIRS, 2 * len(task.train) + HELD)
    batch = dataclasses.replace(task.train, pixels=None).take(rng.integers(len(task.train), size=count))
    noise = flow.noise(count, rng)
    ends = [
        flow.follow(
            noise[begin : begin + CHUNK],
            flow.path(),
            Given.of(batch.take(np.arange(begin, min(begin + CHUNK, count))), flow.device),
        )
        for begin in range(0, count, CHUNK)
    ]
    plain = dataclasses.replace(config, guidance=1.0, nothing=0.0)
    objective = Objective(
        build(weights), torch.cat(ends).clone()[None].cpu(), batch, plain, flow.frame, task.coder, noise.cpu()
    )
    settings = chosen(config) | {"learning_rate": config.learning_rate * SLOWER}
    places = np.arange(count)
    learnt = task.trainer(objective, places[HELD:], places[:HELD], task, settings)
    arrays = {name.removeprefix("network."): array for name, array in learnt.arrays.items()}
    frame = {name: array for name, array in weights.arrays.items() if name.startswith("frame_")}
    head = {**weights.head, "settings": dataclasses.asdict(plain), "reflow": learnt.head}
    return Weights(head, {**arrays, **frame})
