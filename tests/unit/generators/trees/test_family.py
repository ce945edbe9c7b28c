"""The chain: its order, conditions it serves and those it does not, threads, bounds, damaged weights."""

import numpy as np
import pytest

from genloop.core.errors import ConfigError, ModelFileError
from genloop.core.protocols import Batch, Field, Task, Weights
from genloop.generators import trees
from genloop.generators.trees import order
from genloop.generators.trees.config import Config

FIELDS = (Field("cause", 3, False), Field("effect", 3, False), Field("size", 400, True), Field("one", 1, False))
ROWS = 12_000


@pytest.fixture(scope="module")
def batch():
    rng = np.random.default_rng(0)
    cause = rng.choice(3, ROWS, p=[0.9, 0.08, 0.02])
    effect = np.where(rng.random(ROWS) < 0.95, cause, rng.integers(0, 3, ROWS))
    size = np.clip(130 * effect + rng.integers(0, 130, ROWS), 0, 399)
    return Batch(np.stack([cause, effect, size, np.zeros(ROWS, int)], 1).astype(np.uint16), FIELDS)


@pytest.fixture(scope="module")
def weights(batch):
    return trees.fit(Task(batch, seed=1))


def test_the_order_is_coarse_first_then_what_hangs_together():
    rng = np.random.default_rng(1)
    base = rng.integers(0, 500, 3000)
    alone = rng.integers(0, 500, 3000)
    near = np.clip(base + rng.integers(0, 9, 3000), 0, 499)
    codes = np.stack([base, alone, near, rng.integers(0, 5, 3000)], 1).astype(np.uint16)
    fields = (*(Field(n, 500, True) for n in ("base", "alone", "near")), Field("few", 5, False))
    found = order.read(codes, fields, fine=200, rng=rng)
    assert found[0] == 3 and set(found[1:3]) == {0, 2} and found[3] == 1


def test_two_threads_learn_what_one_learns(batch, weights):
    other = trees.fit(Task(batch, seed=1, threads=2))
    for name, array in weights.arrays.items():
        np.testing.assert_array_equal(array, other.arrays[name])


def test_a_condition_on_a_late_column_moves_the_early_ones(batch, weights):
    share = [None, None, np.where(np.arange(400) >= 300, 1.0, 0.0), None]
    made = trees.sample(weights, 3000, np.random.default_rng(2), share=share)
    real = batch.codes[batch.codes[:, 2] >= 300]
    assert (made[:, 2] >= 300).all()
    for value in range(3):
        assert abs((made[:, 0] == value).mean() - (real[:, 0] == value).mean()) < 0.07


def test_known_cells_stay_and_the_rest_follows_them(batch, weights):
    known = batch.codes[:2000].copy()
    mask = np.zeros(known.shape, bool)
    mask[:, 2] = True
    made = trees.sample(weights, 2000, np.random.default_rng(3), given=(known, mask))
    np.testing.assert_array_equal(made[:, 2], known[:, 2])
    assert (made[:, 1] == known[:, 1]).mean() > 0.85


def test_known_cells_and_shares_hold_together(batch, weights):
    known = batch.codes[:500].copy()
    mask = np.zeros(known.shape, bool)
    mask[:, 0] = True
    made = trees.sample(
        weights, 500, np.random.default_rng(4), share=[None, np.array([1.0, 1.0, 0.0]), None, None], given=(known, mask)
    )
    np.testing.assert_array_equal(made[:, 0], known[:, 0])
    assert made[:, 1].max() <= 1


def test_a_stopped_fit_learns_every_column_alone(batch):
    weights = trees.fit(Task(batch, seed=1, stop=lambda: True))
    made = trees.sample(weights, 4000, np.random.default_rng(5))
    assert abs((made[:, 0] == 0).mean() - (batch.codes[:, 0] == 0).mean()) < 0.03
    assert abs(np.corrcoef(made[:, 0], made[:, 1])[0, 1]) < 0.1


def test_more_rows_than_a_tree_may_see_are_thinned(batch):
    weights = trees.fit(Task(batch, seed=1, settings={"max_rows": 1000, "trees": 2}))
    assert weights.arrays["2.tokens"].size == 2 * (1000 + int(0.06 * ROWS))


@pytest.mark.parametrize("setting", [{"trees": 0}, {"bag": 0.0}, {"aside": 1.5}, {"depth": 3}])
def test_a_setting_out_of_range_or_unknown_is_refused(batch, setting):
    with pytest.raises(ConfigError, match=next(iter(setting))):
        trees.fit(Task(batch, seed=1, settings=setting))


@pytest.mark.parametrize("name", ["2.left", "2.tokens", "2.rank", "2.mass"])
def test_damaged_weights_are_refused(weights, name):
    arrays = {**weights.arrays, name: weights.arrays[name][:-3] if name != "2.left" else weights.arrays[name] * 0}
    with pytest.raises(ModelFileError, match="fit again"):
        trees.sample(Weights(weights.head, arrays), 5, np.random.default_rng(0))


def test_tiny_tables_can_be_learnt():
    codes = np.array([[0, 1], [1, 0], [1, 1]], np.uint16)
    weights = trees.fit(Task(Batch(codes, (Field("a", 2, False), Field("b", 2, True))), seed=0))
    assert trees.sample(weights, 7, np.random.default_rng(0)).shape == (7, 2)


def test_the_defaults_are_within_their_bounds():
    assert Config().min_leaf >= 5
