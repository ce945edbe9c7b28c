"""Drawing: noise follows the learnt velocity to a picture, by few steps of a chosen solver."""

import dataclasses
from collections.abc import Mapping
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np
import torch
from torch import Tensor

from genloop.core import config as settings
from genloop.core.errors import ConfigError
from genloop.core.protocols import Batch, Coder, Pixels, Weights
from genloop.generators.flow.config import Config
from genloop.generators.flow.frame import Frame
from genloop.generators.flow.network import Network, Shape
from genloop.nn import solver
from genloop.nn.condition import Given
from genloop.nn.template import template
from genloop.runtime import device

CHUNK = 500
CHANGES = ("solver", "evaluations", "bend", "guidance", "guided")

_loaded: "WeakKeyDictionary[Weights, Flow]" = WeakKeyDictionary()


@dataclasses.dataclass(frozen=True, eq=False)
class Flow:
    """A loaded flow: its network, its settings, and the frame of what it learnt."""

    network: Network
    config: Config
    frame: Frame
    device: torch.device

    def path(self, begin: float = 0.0, end: float = 1.0) -> list[float]:
        """The times of a whole path, or of the same density on a part of it."""
        config = self.config
        count = max(2, round(config.evaluations * abs(end - begin)))
        return solver.times(count, config.solver, bend=config.bend, begin=begin, end=end)  # type: ignore[arg-type]

    @torch.inference_mode()
    def follow(self, state: Tensor, path: list[float], given: Given) -> Tensor:
        """The state at the end of the path, from the one at its beginning, both whitened."""
        return solver.integrate(self._velocity(given), state, path, self.config.solver)  # type: ignore[arg-type]

    def _velocity(self, given: Given) -> solver.Velocity:
        network, guidance, begins = self.network, self.config.guidance, self.config.guided
        rows = len(given.codes)
        told = network.told(given)
        free = None
        if guidance != 1 and not network.condition.empty:
            free = network.told(given, torch.zeros(rows, dtype=torch.bool, device=self.device))

        def velocity(state: Tensor, time: float) -> Tensor:
            clock = network.clock(torch.full((1,), time, device=self.device))
            speed: Tensor = network(state, told, clock)
            if free is None or time < begins:
                return speed
            plain: Tensor = network(state, free, clock)
            return plain + guidance * (speed - plain)

        return velocity

    def noise(self, rows: int, rng: np.random.Generator) -> Tensor:
        """Where `rows` paths begin."""
        return self.shaped(rng.standard_normal((rows, *self._size), dtype=np.float32))

    def shaped(self, noise: np.ndarray) -> Tensor:
        """Rows of noise as where paths begin."""
        rows = np.ascontiguousarray(noise, np.float32).reshape(len(noise), *self._size)
        return torch.from_numpy(rows).to(self.device)

    @property
    def _size(self) -> tuple[int, int, int]:
        shape = self.network.shape
        return shape.channels, shape.height, shape.width


def draw(
    weights: Weights,
    given: Batch,
    rng: np.random.Generator,
    *,
    coder: Coder | None = None,
    begun: np.ndarray | None = None,
    **changes: Any,
) -> Pixels:
    """One picture for each row of `given`; from the noise `begun` where there is some."""
    flow = load(weights, changes)
    made = []
    for begin in range(0, max(1, len(given)), CHUNK):
        part = given.take(np.arange(begin, min(begin + CHUNK, len(given))))
        start = flow.noise(len(part), rng) if begun is None else flow.shaped(begun[begin : begin + CHUNK])
        state = flow.follow(start, flow.path(), Given.of(part, flow.device))
        made.append(flow.frame.back(state, coder))
    return np.concatenate(made)


def load(weights: Weights, changes: Mapping[str, Any] | None = None) -> Flow:
    """The flow of the weights, built once for each Weights object, with changed settings of sampling.

    Raises:
        ConfigError: a change is unknown or out of range.
    """
    if weights not in _loaded:
        _loaded[weights] = _build(weights)
    flow = _loaded[weights]
    if not changes:
        return flow
    unknown = sorted(set(changes) - set(CHANGES))
    if unknown:
        raise ConfigError(f"sampling knows no {', '.join(unknown)}; known: {', '.join(CHANGES)}")
    config = settings.read(Config, {**dataclasses.asdict(flow.config), **changes})
    return dataclasses.replace(flow, config=config)


def build(weights: Weights) -> Network:
    """A network of its own with these weights, in float32."""
    head = weights.head
    network = Network(Shape(**head["shape"]), template(head["condition"]), getattr(torch, head["precision"]))
    rest = {name: array for name, array in weights.arrays.items() if not name.startswith("frame_")}
    network.load_state_dict({name: torch.from_numpy(array) for name, array in rest.items()})
    return network


def _build(weights: Weights) -> Flow:
    config = settings.read(Config, weights.head["settings"])
    home = device.again(config.device)
    network = build(weights).eval().requires_grad_(False).cast().to(home)
    frame = {name: array for name, array in weights.arrays.items() if name.startswith("frame_")}
    return Flow(network, config, Frame(frame), home)
