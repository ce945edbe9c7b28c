"""What families can be told of the training loop."""

import dataclasses
from importlib import import_module

import numpy as np
import pytest

from genloop.core.errors import ConfigError
from genloop.core.protocols import Batch, Task
from genloop.core.training import LOOP, Training, Writing, begun, chosen, loop, steps
from genloop.optimisation.train import train
from genloop.optimisation.train.config import Config as Loop

FAMILIES = {
    "autoencoder": {},
    "flow": {},
    "gan": {"learning_rate": 1e-3},  # 0, which it comes with, follows from the width
    "gan.tables": {},
    "pretrained": {"base": "tiny"},
    "recurrent": {"vocabulary": 9},
    "transformer": {},
    "transformer.pictures": {},
    "transformer.texts": {"vocabulary": 9, "weight_decay": 0.1},
    "vae": {},
    "vae.tables": {},
    "vae.texts": {"vocabulary": 9},
}


def test_what_is_handed_on_is_what_the_loop_knows_and_means_the_same_there():
    assert set(LOOP) < {field.name for field in dataclasses.fields(Loop)}


@pytest.mark.parametrize("family", FAMILIES)
def test_the_loop_takes_what_each_family_chooses(family):
    settings = import_module(f"genloop.generators.{family}.config").Config(**FAMILIES[family])
    told = chosen(settings)
    assert {"learning_rate", "average", "most_steps", "device"} <= set(told)
    assert "holdout" not in told and "precision" not in told
    loop = Loop(**told)
    assert all(getattr(loop, name) == getattr(settings, name) for name in told)


def test_a_task_without_a_loop_is_refused_in_the_familys_name():
    task = Task(train=Batch(np.zeros((1, 0), np.uint16), ()), seed=0)
    with pytest.raises(ConfigError, match=r"the toy family needs a training loop; pass Task\(trainer="):
        loop(task, "toy")
    assert loop(dataclasses.replace(task, trainer=train), "toy") is train


def test_the_steps_of_a_run_that_was_cut_off_are_those_it_made():
    made = {"planned_steps": 90, "steps": 40}
    assert steps({**made, "reason": "finished"}) == 90
    assert steps({**made, "reason": "stalled"}) == 90
    assert steps({**made, "reason": "interrupted"}) == 40


@dataclasses.dataclass(frozen=True)
class Toy(Training):
    """A family of its own name and rate."""

    FAMILY = "toy"

    learning_rate: float = 0.5


@dataclasses.dataclass(frozen=True)
class Writer(Writing):
    """A family that writes."""

    FAMILY = "writer"

    vocabulary: int = 9


@pytest.mark.parametrize(
    ("settings", "wrong", "message"),
    [
        (Toy, {"learning_rate": 0.0}, "toy setting learning_rate=0.0: expected more than 0"),
        (Toy, {"patience": 0}, "toy setting patience=0: expected more than 0"),
        (Toy, {"weight_decay": -1.0}, "toy setting weight_decay=-1.0: expected at least 0"),
        (Toy, {"average": 1.0}, "toy setting average=1.0: expected a share from 0 to below 1"),
        (Toy, {"holdout": -0.5}, "toy setting holdout=-0.5: expected a share from 0 to below 1"),
        (Writer, {"vocabulary": 1}, "writer setting vocabulary=1: expected the codec's number of tokens"),
        (Writer, {"epochs": 0}, "writer setting epochs=0: expected more than 0"),
        (Writer, {"schedule": "odd"}, "writer setting schedule='odd': expected one of cosine, flat"),
        (Writer, {"looks": 0}, "writer setting looks=0: expected more than 0"),
        (Writer, {"backwards": 1.0}, "writer setting backwards=1.0: expected a share from 0 to below 1"),
    ],
)
def test_what_is_out_of_range_is_refused_in_the_familys_name(settings, wrong, message):
    settings()
    with pytest.raises(ConfigError) as caught:
        settings(**wrong)
    assert str(caught.value) == message


def test_a_resumed_run_keeps_the_sizes_that_it_began_with(tmp_path):
    rows = Batch(np.zeros((2, 0), np.uint16), ())
    first, bare = Task(rows, 0, {}, checkpoint=str(tmp_path)), Task(rows, 0, {})
    assert [begun(first, "width", size) for size in (32, 16)] == [32, 32]
    assert begun(first, "depth", 4) == 4
    assert begun(first, "width", 16) == 32
    assert [begun(bare, "width", size) for size in (32, 16)] == [32, 16]
