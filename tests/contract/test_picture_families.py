"""What every registered family of pictures must do, found by entry point; one that joins runs this suite too."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from genloop.core import registry
from genloop.core.errors import ConfigError, DataError
from genloop.core.families import PictureFamily
from genloop.core.protocols import Batch, Coder, Field, Task, Weights
from genloop.optimisation.train import train

pytestmark = pytest.mark.neural

ROWS, SIDE, STEPS = 107, 12, 12
QUICK: dict[str, dict[str, Any]] = {
    "gan": {"width": 8, "features": 16, "noise": 8, "condition": 8, "warmup": 5},
    "vae": {"wide": 8},
    "flow": {"width": 32, "layers": 2, "preset": "fast"},
    "transformer": {"width": 32, "layers": 2, "heads": 2},
}


def pictures(rows: int = ROWS) -> Batch:
    """Class 0 is bright on the left, class 1 on the right, at a brightness of its own each."""
    rng = np.random.default_rng(0)
    codes = (np.arange(rows) % 2).astype(np.uint16)[:, None]
    pixels = np.zeros((rows, SIDE, SIDE, 1), np.uint8)
    for row in range(rows):
        half = slice(SIDE // 2) if codes[row, 0] == 0 else slice(SIDE // 2, SIDE)
        pixels[row, :, half] = rng.integers(120, 255)
    return Batch(codes, (Field("class", 2, ordered=False),), pixels)


@pytest.fixture(scope="module", params=registry.names("generators.image"))
def family(request: pytest.FixtureRequest) -> Any:
    """Each registered family."""
    pytest.importorskip("torch")
    return registry.load("generators.image", request.param)


@pytest.fixture(scope="module")
def task(family: Any) -> Task:
    """A short fit, with the coder that the family asks for."""
    own = {"batch": 16, "precision": "float32", **QUICK.get(family.NAME, {})}
    about = Task(pictures(), 3, own, steps=STEPS, trainer=train)
    needed = family.needs(own)
    return about if needed is None else dataclasses.replace(about, coder=coder(about, *needed))


def coder(about: Task, name: str, settings: dict[str, Any]) -> Coder:
    """The named family's, after a few steps."""
    part = registry.load("generators.image", name)
    own = {"batch": 16, "precision": "float32", **QUICK.get(name, {}), **settings}
    found: Coder = part.coder(part.fit(dataclasses.replace(about, settings=own)))
    return found


@pytest.fixture(scope="module")
def weights(family: Any, task: Task) -> Weights:
    """What the family learns from the pictures."""
    learnt: Weights = family.fit(task)
    return learnt


def unlike(first: Weights, second: Weights) -> list[str]:
    """The names of arrays that only one has, or that differ in a bit."""
    names = first.arrays.keys() | second.arrays.keys()
    both = first.arrays.keys() & second.arrays.keys()
    return sorted(name for name in names if name not in both or not _equal(first.arrays[name], second.arrays[name]))


def _equal(first: np.ndarray, second: np.ndarray) -> bool:
    return first.dtype == second.dtype and first.shape == second.shape and first.tobytes() == second.tobytes()


def draw(family: Any, weights: Weights, task: Task, seed: int = 1) -> np.ndarray:
    asked = dataclasses.replace(pictures(6), pixels=None)
    made: np.ndarray = family.sample(weights, asked, np.random.default_rng(seed), coder=task.coder)
    return made


def test_a_family_satisfies_its_protocol_and_says_its_name(family: Any) -> None:
    assert isinstance(family, PictureFamily)
    assert family.NAME in registry.names("generators.image")
    assert {"image"} == family.KINDS and family.FORM == "pixels"


def test_made_pictures_have_the_learnt_shape_and_one_seed_gives_one_result(
    family: Any, weights: Weights, task: Task
) -> None:
    made = draw(family, weights, task)
    assert made.shape == (6, SIDE, SIDE, 1) and made.dtype == np.uint8
    np.testing.assert_array_equal(made, draw(family, weights, task))
    assert (made != draw(family, weights, task, seed=2)).any()


def test_one_seed_gives_one_fit(family: Any, task: Task, weights: Weights) -> None:
    assert unlike(weights, family.fit(task)) == []
    assert unlike(weights, family.fit(dataclasses.replace(task, seed=4)))


@pytest.mark.parametrize("looks", [1, 5, STEPS - 1])
def test_a_fit_broken_off_and_resumed_equals_one_that_was_not(
    family: Any, task: Task, weights: Weights, tmp_path: Path, looks: int
) -> None:
    asked = iter(range(10_000))
    kept = dataclasses.replace(task, checkpoint=str(tmp_path))
    family.fit(dataclasses.replace(kept, stop=lambda: next(asked) >= looks))
    assert next(asked) > looks  # it was broken off before its end
    assert any(tmp_path.iterdir())
    assert unlike(weights, family.fit(kept)) == []


def test_weights_are_json_and_numbers_and_survive_the_trip(family: Any, weights: Weights, task: Task) -> None:
    assert all(isinstance(array, np.ndarray) and array.dtype.kind in "biuf" for array in weights.arrays.values())
    head = json.loads(json.dumps(weights.head))
    again = Weights(head, {name: array.copy() for name, array in weights.arrays.items()})
    np.testing.assert_array_equal(draw(family, weights, task), draw(family, again, task))


def test_no_array_has_a_row_for_each_picture(family: Any, weights: Weights) -> None:
    assert not any(ROWS in array.shape for array in weights.arrays.values())


def test_a_stop_at_once_still_gives_a_model(family: Any, task: Task) -> None:
    learnt = family.fit(dataclasses.replace(task, stop=lambda: True))
    assert draw(family, learnt, task).shape == (6, SIDE, SIDE, 1)


def test_what_cannot_be_learnt_is_refused(family: Any, task: Task) -> None:
    with pytest.raises(ConfigError, match="unknown setting wurst"):
        family.needs({"wurst": 1})
    with pytest.raises(ConfigError, match="training loop"):
        family.fit(dataclasses.replace(task, trainer=None))
    with pytest.raises(DataError, match=r"(no|0) pictures"):
        family.fit(dataclasses.replace(task, train=dataclasses.replace(task.train, pixels=None)))
