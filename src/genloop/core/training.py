"""What every family that learns by the training loop can be told of it; each family says defaults of its own."""

import dataclasses
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from genloop.core import config
from genloop.core.errors import ConfigError
from genloop.core.protocols import Task, Trainer

LOOP = (
    "batch", "epochs", "most_epochs", "most_steps", "learning_rate", "muon", "weight_decay", "betas", "average",
    "patience", "looks", "clip", "warmup", "schedule", "anneal", "device",
)  # fmt: skip
SIZES = "sizes.json"
Number = TypeVar("Number", int, float)


def loop(task: Task, family: str) -> Trainer:
    """The training loop that the task brings.

    Raises:
        ConfigError: it brings none.
    """
    if task.trainer is None:
        raise ConfigError(f"the {family} family needs a training loop; pass Task(trainer=optimisation.train.train)")
    return task.trainer


def share(task: Task, part: float, name: str) -> Task:
    """The task with a part of its time or steps, and a place of its own for resuming and for its log."""
    seconds = None if task.max_seconds is None else task.max_seconds * part
    steps = None if task.steps is None else max(1, round(task.steps * part))
    place = None if task.checkpoint is None else Path(task.checkpoint) / name
    if place is not None:
        place.mkdir(parents=True, exist_ok=True)
    checkpoint = None if place is None else str(place)
    log = None if task.log is None else dataclasses.replace(task.log, folder=str(Path(task.log.folder) / name))
    return dataclasses.replace(task, max_seconds=seconds, steps=steps, checkpoint=checkpoint, log=log)


def begun(task: Task, name: str, size: Number) -> Number:
    """The size that a run began with where it is resumed, else this one, noted down for then.

    What follows from the time would be different when a run is resumed with more or less of it.
    """
    if task.checkpoint is None:
        return size
    place = Path(task.checkpoint) / SIZES
    found: dict[str, Number] = json.loads(place.read_text(encoding="utf-8")) if place.exists() else {}
    if name not in found:
        place.write_text(json.dumps({**found, name: size}), encoding="utf-8")
    return found.get(name, size)


def chosen(settings: Any) -> dict[str, Any]:
    """Those of a family's settings that are the loop's, to hand on to it."""
    return {f.name: getattr(settings, f.name) for f in dataclasses.fields(settings) if f.name in LOOP}


def steps(head: Mapping[str, Any]) -> int:
    """How many steps a run's weights stand for: those planned where it came to its end, else those that it made."""
    whole = head["reason"] in ("finished", "stalled")
    return int(head["planned_steps" if whole else "steps"])


@dataclass(frozen=True)
class Training:
    """How long and how fast a family learns.

    Without a time budget or a number of steps a fit lasts `epochs`, at most `most_steps`; with a budget it may take
    `most_epochs`. `average` is the decay of the weights' moving average. A share `holdout` of the rows is not learnt
    but judges the weights; after `patience` looks at it without gain a fit ends early.
    """

    FAMILY: ClassVar[str] = "training"

    epochs: float = 20.0
    most_epochs: float = 400.0
    most_steps: int = 20_000
    learning_rate: float = 2e-3
    weight_decay: float | None = 0.01
    average: float = 0.998
    holdout: float = 0.03
    patience: int = 4
    device: str = "auto"

    def __post_init__(self) -> None:
        config.check(
            self,
            self.FAMILY,
            least={"weight_decay": 0},
            above=("epochs", "most_epochs", "most_steps", "learning_rate", "patience"),
            shares=("average", "holdout"),
        )


@dataclass(frozen=True)
class Writing(Training):
    """How the families learn that write a codec's tokens.

    `vocabulary` counts these tokens; a step shows about `tokens` of them. A share `blind` of what a row is given is
    left out in learning, and a share `backwards` of the rows is followed by its codes, so that they can be drawn from a
    text. Of the tokens that a step does not ask for, `others` are drawn to stand for all (0: each for itself). The rate
    rises over `warmup` steps; on the `schedule` "flat" it stays until the last share `anneal`.
    """

    vocabulary: int = 0
    others: int = 1024
    tokens: int = 2048
    blind: float = 0.1
    backwards: float = 0.15
    epochs: float = 6.0
    most_epochs: float = 40.0
    most_steps: int = 3000
    average: float = 0.99
    looks: int = 12
    warmup: int = 25
    schedule: str = "flat"
    anneal: float = 0.4

    def __post_init__(self) -> None:
        if self.vocabulary < 2:
            raise ConfigError(
                f"{self.FAMILY} setting vocabulary={self.vocabulary}: expected the codec's number of tokens"
            )
        super().__post_init__()
        config.check(
            self,
            self.FAMILY,
            among={"schedule": ("cosine", "flat")},
            least={"others": 0},
            above=("looks",),
            shares=("blind", "backwards"),
        )


@dataclass(frozen=True)
class Coaching:
    """How a writer is coached: `rows` of conditions a step, each written for `group` times, on the `leash`.

    No text is drawn beyond `longest` tokens. The judge's mean on `held` conditions decides which moment is kept.
    """

    rows: int = 10
    group: int = 8
    leash: float = 0.05
    learning_rate: float = 3e-4
    longest: int = 160
    held: int = 96

    def __post_init__(self) -> None:
        config.check(self, "coaching", above=("rows", "learning_rate", "longest", "held"), least={"group": 2})
        if self.leash < 0:
            raise ConfigError(f"coaching setting leash={self.leash}: expected 0 or more")
