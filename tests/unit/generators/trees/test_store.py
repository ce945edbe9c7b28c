"""The any-order forests between commands: kept in the store that the engine hands in, and the same as learnt anew."""

import numpy as np
import pytest

from genloop.core.protocols import Batch, Field, Task, Weights
from genloop.generators import trees
from genloop.generators.trees import anyorder

FIELDS = (Field("cause", 3, False), Field("size", 300, True), Field("one", 1, False))
ROWS = 600


class Kept(dict):
    """A store in memory."""

    def load(self, name):
        return self.get(name)

    def save(self, name, weights):
        self[name] = weights


@pytest.fixture(autouse=True)
def few(monkeypatch):
    monkeypatch.setattr("genloop.generators.trees.family.REHEARSAL_ROWS", 500)


@pytest.fixture(scope="module")
def weights():
    rng = np.random.default_rng(0)
    cause = rng.integers(0, 3, ROWS)
    codes = np.stack([cause, np.clip(90 * cause + rng.integers(0, 120, ROWS), 0, 299), 0 * cause], 1)
    return trees.fit(Task(Batch(codes.astype(np.uint16), FIELDS), seed=1, settings={"trees": 2}))


def complete(weights):
    known = np.full((80, 3), 0, np.uint16)
    known[:, 1] = np.arange(80) * 3
    mask = np.zeros(known.shape, bool)
    mask[:, 1] = True
    return trees.sample(weights, 80, np.random.default_rng(3), given=(known, mask))


def again(weights, store, **head):
    """The same weights as another command would read them."""
    return Weights({**weights.head, **head}, dict(weights.arrays), store)


def test_kept_forests_make_the_same_rows_and_are_learnt_once(weights, monkeypatch):
    store = Kept()
    first = complete(again(weights, store))
    assert len(store) == 1
    np.testing.assert_array_equal(first, complete(again(weights, None)))
    monkeypatch.setattr(anyorder, "fit", lambda *args, **kwargs: pytest.fail("learnt again"))
    np.testing.assert_array_equal(first, complete(again(weights, store)))


def test_other_weights_have_another_name(weights):
    store = Kept()
    complete(again(weights, store))
    changed = {name: array.copy() for name, array in weights.arrays.items()}
    changed["1.tokens"][:2] = 7
    complete(Weights(weights.head, changed, store))
    assert len(store) == 2


def test_kept_forests_that_do_not_fit_together_are_learnt_anew(weights):
    store = Kept()
    first = complete(again(weights, store))
    (name,) = store
    store[name] = Weights(store[name].head, {**store[name].arrays, "0.tokens": np.zeros(3, np.uint16)})
    np.testing.assert_array_equal(first, complete(again(weights, store)))
    assert store[name].arrays["0.tokens"].size > 3
