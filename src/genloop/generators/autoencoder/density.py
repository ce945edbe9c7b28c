"""Which codes there are, given the other columns: a rectified flow from normal noise to whitened codes.

An autoencoder does not say how likely a code is, so a density of its codes is fitted afterwards (Ghosh et al. 2020,
arXiv 1903.12436, who take a normal mixture). Here x_t = (1 - t) x_0 + t x_1 goes straight from noise x_0 to a code x_1,
and the network learns x_1 - x_0 (Liu, Gong and Liu 2022, arXiv 2209.03003, equation 1) of rows as they are given. It
begins as no motion at all, which is the normal distribution with the codes' mean and spread.
"""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn
from torch.nn import functional

from genloop.core.protocols import Batch, Task, Weights
from genloop.core.seed import stream
from genloop.core.training import chosen, loop
from genloop.generators.autoencoder.config import Config
from genloop.nn import solver
from genloop.nn.condition import Condition, Given
from genloop.nn.start import begin, still
from genloop.nn.template import describe, template

PREFIX = "density."
WAVES, WIDTH, LAYERS = 16, 192, 3
UNTOLD = 0.1  # of the rows learn without their condition, and without each part of it
EVALUATIONS, BEND = 15, 1.5
LOOP = {"batch": 256, "learning_rate": 5e-3, "weight_decay": 0.01, "epochs": 60.0, "most_epochs": 2000.0}


class Density(nn.Module):
    """The velocity of a whitened code on its way, given the time and the condition."""

    def __init__(self, length: int, batch: Batch, rng: torch.Generator) -> None:
        super().__init__()
        self.condition, self.time = Condition(batch, WIDTH), nn.Linear(2 * WAVES, WIDTH)
        self.enter, self.leave = nn.Linear(length, WIDTH), still(nn.Linear(WIDTH, length))
        self.up = nn.ModuleList(nn.Linear(2 * WIDTH, WIDTH) for _ in range(LAYERS))
        self.down = nn.ModuleList(still(nn.Linear(WIDTH, WIDTH)) for _ in range(LAYERS))
        begin(self, rng)
        with torch.no_grad():  # a class begins as loud as a code, so that a short fit obeys it too
            for part in self.condition.tokens:
                if isinstance(part, nn.Embedding):
                    part.weight.mul_(math.sqrt(WIDTH))

    def forward(
        self, x: Float[Tensor, "rows length"], time: Float[Tensor, " rows"], told: Float[Tensor, "rows width"]
    ) -> Float[Tensor, "rows length"]:
        """Where each code is heading."""
        turns = math.pi * torch.logspace(0, 6, WAVES, base=2.0, device=x.device)
        angles = time[:, None] * turns
        about = functional.silu(told + self.time(torch.cat([angles.sin(), angles.cos()], 1)))
        state = self.enter(x) + about
        for up, down in zip(self.up, self.down, strict=True):
            seen = torch.cat([functional.layer_norm(state, state.shape[1:]), about], 1)
            state = state + down(functional.silu(up(seen)))
        speed: Tensor = self.leave(functional.layer_norm(state, state.shape[1:]))
        return speed

    @torch.inference_mode()
    def follow(self, noise: Float[Tensor, "rows length"], given: Given) -> Float[Tensor, "rows length"]:
        """The whitened codes that the noise leads to, given that."""
        told = self.condition(given)
        path = solver.times(EVALUATIONS, "heun", bend=BEND)
        return solver.integrate(lambda x, time: self(x, x.new_full((len(x),), time), told), noise, path, "heun")


class Objective(nn.Module):
    """What the training loop sees: it is handed places of rows and holds their whitened codes."""

    def __init__(self, network: Density, codes: Float[Tensor, "rows length"], batch: Batch) -> None:
        super().__init__()
        self.network, self.codes, self.batch = network, codes, batch

    def loss(self, places: Int[Tensor, " rows"], rng: torch.Generator | None) -> Float[Tensor, ""]:
        """The mean squared error of the velocity, per number; at the same noise and times when `rng` is None."""
        home, own, held = places.device, places.cpu(), rng is None
        rng = torch.Generator(home).manual_seed(0) if rng is None else rng
        code = self.codes[own].to(home)
        noise = torch.randn(code.shape, generator=rng, device=home)
        time = torch.rand(len(code), generator=rng, device=home)
        given = Given.of(self.batch.take(own.numpy()), home)
        told = self.network.condition(given if held else given.drop(UNTOLD, rng))
        speed = self.network(torch.lerp(noise, code, time[:, None]), time, told)
        error: Tensor = (speed - (code - noise)).square().mean()
        return error

    def decay(self, name: str) -> float:
        """The array's multiple of the weight decay: matrices once, the rest not."""
        return float(name.endswith("weight"))


def fit(task: Task, codes: Float[np.ndarray, "rows length"], aside: np.ndarray, config: Config) -> Weights:
    """The density of these whitened codes given the task's rows, judged on the rows at the places `aside`."""
    batch = replace(task.train, pixels=None)
    network = _begin(task, codes.shape[1], batch)
    kept = np.setdiff1d(np.arange(len(codes)), aside)
    settings = {**chosen(config), **LOOP}
    trained = loop(task, "autoencoder")(
        Objective(network, torch.from_numpy(codes), batch),
        np.tile(kept, -(-32 * settings["batch"] // len(kept))),  # a batch is at most a 32nd of the rows: noise is new
        aside if len(aside) else kept,
        task,
        settings,
    )
    arrays = {PREFIX + name.removeprefix("network."): array for name, array in trained.arrays.items()}
    return Weights({"given": describe(batch), "training": trained.head}, arrays)


def load(weights: Weights) -> Density:
    """The density that the weights hold, ready to be asked."""
    head: dict[str, Any] = weights.head["density"]
    network = Density(int(weights.head["shape"]["length"]), template(head["given"]), torch.Generator())
    own = network.state_dict()
    network.load_state_dict({name: torch.from_numpy(weights.arrays[PREFIX + name]) for name in own})
    return network.eval().requires_grad_(False)


def _begin(task: Task, length: int, batch: Batch) -> Density:
    """A fresh density, or the one that `initial` holds where that was given the same."""
    if task.initial is not None and task.initial.head["density"]["given"] == describe(batch):
        return load(task.initial).requires_grad_(True).train()
    rng = torch.Generator().manual_seed(int(stream(task.seed, "autoencoder", "density").integers(2**62)))
    return Density(length, batch, rng)
