"""Everything a running fit is, and its checkpoint: one safetensors file, replaced whole, read back bit for bit.

What is random in a step is seeded by the run's seed and the step's number, so no generator has to be stored.
"""

import json
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from genloop.core.errors import DataError

FILE = "training.safetensors"
Arrays = dict[str, Tensor]


@dataclass
class State:
    """Moving parts of a run: arrays by group ("weights", "buffers", "average", "best", ...) and plain numbers.

    `first` and `second` are Adam's moments. `curve` holds (step, seconds, train loss, held-out loss). A game's `looks`
    are (step, judge's value, spread, narrowest), its `remedies` (step, what was done, why), `slowed` what these left
    of the rate.
    """

    arrays: dict[str, Arrays]
    total: int
    step: int = 0
    seconds: float = 0.0
    running: float = 0.0
    best: float = float("inf")
    best_step: int = 0
    since: int = 0
    stalled: int | None = None
    curve: list[tuple[int, float, float, float]] = field(default_factory=list)
    slowed: float = 1.0
    looks: list[tuple[int, float, float, float]] = field(default_factory=list)
    remedies: list[tuple[int, str, str]] = field(default_factory=list)

    @property
    def plain(self) -> dict[str, Any]:
        """The numbers, JSON-able."""
        return {key: value for key, value in vars(self).items() if key != "arrays"}

    def record(self, reason: str, rows: int, batch: int) -> dict[str, Any]:
        """What the weights' head keeps of the run, JSON-able."""
        return {
            "reason": reason,
            "stalled_step": self.stalled,
            "steps": self.step,
            "planned_steps": self.total,
            "best_step": self.best_step,
            "held_loss": self.best if math.isfinite(self.best) else None,
            "rows": rows,
            "batch": batch,
            "seconds": round(self.seconds, 3),
            "curve": self.curve,
        }


def begin(weights: Arrays, buffers: Arrays, total: int) -> State:
    """The state before the first step of `total`."""
    fresh = {group: copies(weights) for group in ("average", "best", "first", "second")}
    for group in ("first", "second"):
        for array in fresh[group].values():
            array.zero_()
    return State({"weights": weights, "buffers": buffers, **fresh}, total)


def copies(arrays: Arrays) -> Arrays:
    """The same values in arrays of their own."""
    return {name: array.detach().clone() for name, array in arrays.items()}


def put(arrays: Arrays, values: Arrays) -> None:
    """Write the values into the arrays."""
    with torch.no_grad():
        for name, array in arrays.items():
            array.copy_(values[name])


@contextmanager
def averaged(learner: Any, state: State) -> Iterator[None]:
    """The averaged weights in the learner's place, as they are judged and shown."""
    own = copies(state.arrays["weights"])
    put(state.arrays["weights"], state.arrays["average"])
    learner.eval()
    yield
    learner.train()
    put(state.arrays["weights"], own)


def save(state: State, folder: str, owner: str) -> None:
    """Write the state; the file that stood there stays until the new one is whole."""
    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)
    flat = {f"{group}/{name}": a.contiguous() for group, arrays in state.arrays.items() for name, a in arrays.items()}
    fresh = place / (FILE + ".new")
    save_file(flat, fresh, metadata={"owner": owner, "state": json.dumps(state.plain)})
    fresh.replace(place / FILE)


def load(folder: str, owner: str, device: torch.device) -> State | None:
    """The state that `save` wrote, or None where there is none.

    Raises:
        DataError: the file is damaged, or belongs to other data, settings or seed.
    """
    place = Path(folder) / FILE
    if not place.exists():
        return None
    try:
        with safe_open(place, framework="pt", device=str(device)) as file:
            about = file.metadata() or {}
            arrays: dict[str, Arrays] = {}
            for key in file.keys():  # noqa: SIM118 - the handle is no mapping
                group, name = key.split("/", 1)
                arrays.setdefault(group, {})[name] = file.get_tensor(key)
        if about.get("owner") == owner:
            plain = json.loads(about["state"])
            for name in ("curve", "looks", "remedies"):
                plain[name] = [tuple(point) for point in plain[name]]
            return State(arrays, **plain)
    except Exception as error:
        raise DataError(f"{place}: the checkpoint cannot be read ({error}); remove it to start afresh") from error
    raise DataError(
        f"{place}: the checkpoint belongs to other data, settings or seed; "
        "resume with those, or remove it to start afresh"
    )
