"""What every registered generator family must do, found by entry point; a family that joins runs this suite too."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from genloop.core import registry
from genloop.core.errors import ConfigError
from genloop.core.protocols import Batch, Field, Task, Weights
from genloop.core.schema import KINDS
from genloop.optimisation.train import train

ROWS = 1500
FIELDS = (
    Field("group", 3, ordered=False),
    Field("choice", 3, ordered=False),
    Field("amount", 12, ordered=True, missing=True),
)
QUICK: dict[str, dict[str, Any]] = {
    "transformer": {"hidden": 32, "width": 8, "batch": 64, "epochs": 20.0, "precision": "float32"},
    "gan": {"hidden": 64, "noise": 8, "epochs": 32.0, "batch": 512, "average": 0.95, "precision": "float32"},
    "vae": {
        "hidden": 64, "layers": 1, "latent": 2, "draws": 8, "growing": 80, "learning_rate": 0.01, "epochs": 40.0,
        "average": 0.98, "precision": "float32",
    },
}  # fmt: skip
NEURAL = ("gan", "transformer", "vae")


def _family(name: str) -> Iterator[Any]:
    if name in NEURAL:
        pytest.importorskip("torch")
    yield registry.load("generators", name)


@pytest.fixture(
    scope="module",
    params=[pytest.param(n, marks=pytest.mark.neural) if n in NEURAL else n for n in registry.names("generators")],
)
def family(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Each registered family."""
    yield from _family(request.param)


@pytest.fixture(scope="module")
def batch() -> Batch:
    """The choice repeats the group nine times in ten; the amount is 1 to 4, 5 to 8 or 8 to 11 by group, or missing."""
    rng = np.random.default_rng(0)
    group = rng.choice(3, ROWS, p=[0.6, 0.3, 0.1])
    choice = np.where(rng.random(ROWS) < 0.9, group, rng.integers(0, 3, ROWS))
    amount = np.where(rng.random(ROWS) < 0.1, 0, np.array([1, 5, 8])[group] + rng.integers(0, 4, ROWS))
    return Batch(np.stack([group, choice, amount], 1).astype(np.uint16), FIELDS)


def _task(family: Any, batch: Batch, **changes: Any) -> Task:
    return Task(**{"train": batch, "seed": 5, "settings": QUICK.get(family.NAME, {}), "trainer": train, **changes})


@pytest.fixture(scope="module")
def weights(family: Any, batch: Batch) -> Weights:
    """What the family learns from the batch."""
    learnt: Weights = family.fit(_task(family, batch))
    return learnt


def _draw(family: Any, weights: Weights, rows: int = 4000, seed: int = 1, **given: Any) -> np.ndarray:
    made: np.ndarray = family.sample(weights, rows, np.random.default_rng(seed), **given)
    return made


def _same(first: Weights, second: Weights) -> None:
    assert first.arrays.keys() == second.arrays.keys()
    for name, array in first.arrays.items():
        np.testing.assert_array_equal(array, second.arrays[name])


def test_a_family_says_its_name_kinds_and_form(family: Any) -> None:
    assert family.NAME in registry.names("generators")
    assert family.KINDS.issubset(KINDS)
    assert family.FORM == "tokens"


def test_made_rows_have_the_asked_shape_type_and_tokens(family: Any, weights: Weights) -> None:
    made = _draw(family, weights, rows=257)
    assert made.shape == (257, 3)
    assert made.dtype == np.uint16
    assert (made < [field.size for field in FIELDS]).all()


def test_no_rows_asked_gives_no_rows(family: Any, weights: Weights) -> None:
    assert _draw(family, weights, rows=0).shape == (0, 3)


def test_shares_of_every_field_and_the_dependence_between_two_are_learnt(
    family: Any, weights: Weights, batch: Batch
) -> None:
    made = _draw(family, weights)
    for field, size in enumerate(f.size for f in FIELDS):
        real = np.bincount(batch.codes[:, field], minlength=size) / ROWS
        drawn = np.bincount(made[:, field], minlength=size) / len(made)
        assert np.abs(real - drawn).sum() / 2 < 0.06
    agree = (batch.codes[:, 0] == batch.codes[:, 1]).mean()
    assert (made[:, 0] == made[:, 1]).mean() == pytest.approx(agree, abs=0.05)


def test_one_seed_gives_one_sample_and_another_seed_another(family: Any, weights: Weights) -> None:
    first = _draw(family, weights, rows=300)
    np.testing.assert_array_equal(first, _draw(family, weights, rows=300))
    assert (first != _draw(family, weights, rows=300, seed=2)).any()


def test_one_seed_gives_one_fit(family: Any, batch: Batch, weights: Weights) -> None:
    again = family.fit(_task(family, batch))
    assert again.arrays
    _same(again, weights)


def test_tokens_without_share_never_come(family: Any, weights: Weights) -> None:
    late = np.zeros(12)
    late[9:] = 1
    made = _draw(family, weights, share=[None, np.array([1.0, 0.0, 1.0]), late])
    assert set(made[:, 1].tolist()) <= {0, 2}
    assert set(made[:, 2].tolist()) <= {9, 10, 11}


def test_a_share_on_the_last_field_changes_the_first_as_the_joint_says(family: Any, weights: Weights) -> None:
    late = np.zeros(12)
    late[9:] = 1
    asked, free = _draw(family, weights, share=[None, None, late]), _draw(family, weights, rows=40_000)
    last = (asked[:, 0] == 2).mean()
    assert last > 0.9
    assert last == pytest.approx((free[free[:, 2] >= 9][:, 0] == 2).mean(), abs=0.05)


def test_a_rare_share_follows_the_joint_too(family: Any, weights: Weights) -> None:
    free = _draw(family, weights, rows=60_000)
    last = (free[:, 2] == 11) & (free[:, 1] == 2)
    shares = [None, np.array([0.0, 0.0, 1.0]), np.eye(12)[11]]
    made = _draw(family, weights, share=shares)
    assert 0.008 < last.mean() < 0.04
    assert (made[:, 0] == 2).mean() == pytest.approx((free[last, 0] == 2).mean(), abs=0.08)


def test_a_part_share_weighs_a_token_by_that_part(family: Any, weights: Weights, batch: Batch) -> None:
    made = _draw(family, weights, share=[np.array([0.25, 1.0, 0.0]), None, None])
    real = np.bincount(batch.codes[:, 0], minlength=3) * [0.25, 1.0, 0.0]
    assert (made[:, 0] == 0).mean() == pytest.approx(real[0] / real.sum(), abs=0.05)


def test_two_shares_together_follow_the_joint(family: Any, weights: Weights, batch: Batch) -> None:
    shares = [np.array([1.0, 1.0, 0.0]), np.array([0.0, 1.0, 1.0]), None]
    made = _draw(family, weights, share=shares)
    real = batch.codes[(batch.codes[:, 0] < 2) & (batch.codes[:, 1] > 0)]
    assert (made[:, 0] == 1).mean() == pytest.approx((real[:, 0] == 1).mean(), abs=0.08)


def test_what_is_given_stays_and_the_rest_follows_the_conditional(family: Any, weights: Weights, batch: Batch) -> None:
    codes, mask = np.zeros((4000, 3), np.uint16), np.zeros((4000, 3), bool)
    codes[:2000, 2], mask[:2000, 2] = 2, True
    codes[2000:, 1], mask[2000:, 1] = 1, True
    made = _draw(family, weights, given=(codes, mask))
    np.testing.assert_array_equal(made[mask], codes[mask])
    assert (made[:2000, 0] == 0).mean() > 0.9
    real = batch.codes[batch.codes[:, 1] == 1]
    assert (made[2000:, 0] == 1).mean() == pytest.approx((real[:, 0] == 1).mean(), abs=0.08)


def test_given_and_share_work_together(family: Any, weights: Weights) -> None:
    codes, mask = np.full((500, 3), 1, np.uint16), np.zeros((500, 3), bool)
    mask[::2, 0] = True
    made = _draw(family, weights, rows=500, given=(codes, mask), share=[None, np.array([0.0, 1.0, 1.0]), None])
    assert (made[::2, 0] == 1).all()
    assert (made[:, 1] > 0).all()


def test_weights_are_json_and_numbers_and_survive_the_trip(family: Any, weights: Weights) -> None:
    assert all(isinstance(array, np.ndarray) and array.dtype.kind in "biuf" for array in weights.arrays.values())
    head = json.loads(json.dumps(weights.head))
    again = Weights(head, {name: array.copy() for name, array in weights.arrays.items()})
    np.testing.assert_array_equal(_draw(family, weights, rows=200), _draw(family, again, rows=200))


def test_no_row_of_the_data_stands_in_the_weights(family: Any) -> None:
    rng = np.random.default_rng(3)
    codes = rng.integers(0, 60, (400, 8)).astype(np.uint16)
    fields = tuple(Field(f"f{i}", 60, ordered=True) for i in range(8))
    learnt = family.fit(_task(family, Batch(codes, fields)))
    rows = {tuple(row) for row in codes.tolist()}
    for array in learnt.arrays.values():
        for lines in (array.reshape(-1), array.T.reshape(-1)):
            if lines.size >= 8:
                windows = np.lib.stride_tricks.sliding_window_view(lines, 8)
                whole = windows[(windows == np.floor(windows)).all(1)]
                assert not rows & {tuple(int(v) for v in window) for window in whole.tolist()}


def test_a_stop_at_once_still_gives_a_model(family: Any, batch: Batch) -> None:
    learnt = family.fit(_task(family, batch, stop=lambda: True))
    assert _draw(family, learnt, rows=10).shape == (10, 3)


def test_progress_ends_at_one(family: Any, batch: Batch) -> None:
    seen: list[float] = []
    family.fit(_task(family, batch, report=lambda progress: seen.append(progress.share)))
    assert seen
    assert seen[-1] == pytest.approx(1.0)
    assert seen == sorted(seen)


def test_one_row_and_a_constant_field_are_learnt(family: Any) -> None:
    fields = (Field("same", 1, ordered=False), Field("size", 40, ordered=True))
    learnt = family.fit(_task(family, Batch(np.array([[0, 7]], np.uint16), fields)))
    assert _draw(family, learnt, rows=5).shape == (5, 2)


def test_an_unknown_setting_is_refused_by_name(family: Any, batch: Batch) -> None:
    with pytest.raises(ConfigError, match="unknown setting colour"):
        family.fit(_task(family, batch, settings={"colour": 1}))
