"""The critic finds a known density ratio, and its arrays answer as LightGBM does."""

import lightgbm as lgb
import numpy as np
import pytest

from genloop.core.errors import ModelFileError
from genloop.judges import contrast
from genloop.judges.ratio import Ratio


@pytest.fixture(scope="module")
def tables():
    rng = np.random.default_rng(0)
    real = np.stack([rng.choice(2, 8000, p=[0.7, 0.3]), rng.integers(0, 50, 8000)], 1).astype(np.uint16)
    made = np.stack([rng.choice(2, 8000, p=[0.4, 0.6]), rng.integers(0, 50, 8000)], 1).astype(np.uint16)
    return real, made


@pytest.fixture(scope="module")
def ratio(tables):
    return contrast.fit(*tables, seed=1)


def test_the_log_ratio_is_that_of_the_densities(ratio):
    probe = np.stack([np.repeat([0, 1], 50), np.tile(np.arange(50), 2)], 1).astype(np.uint16)
    told = ratio.score(probe)
    assert abs(told[:50].mean() - np.log(0.7 / 0.4)) < 0.12 and abs(told[50:].mean() - np.log(0.3 / 0.6)) < 0.12


def test_the_arrays_answer_as_the_library_does(tables):
    rows, label = np.concatenate(tables).astype(np.float32), np.repeat([1.0, 0.0], 8000)
    settings = contrast.SETTINGS | {"seed": 1, "num_threads": 1}
    data = lgb.Dataset(rows, label, params={"verbosity": -1})
    booster = lgb.train(settings, data, num_boost_round=contrast.ROUNDS)
    ours = contrast.fit(*tables, seed=1).score(tables[0])
    np.testing.assert_allclose(ours, booster.predict(tables[0].astype(np.float32), raw_score=True), atol=1e-6)


def test_the_arrays_survive_the_model_file(ratio, tables):
    again = Ratio.from_arrays(ratio.to_arrays(), 2)
    np.testing.assert_array_equal(again.score(tables[1]), ratio.score(tables[1]))


def test_a_damaged_critic_is_refused(ratio):
    for name, broken in (("left", ratio.left * 0), ("right", ratio.right + 10**6), ("feature", ratio.feature + 2)):
        with pytest.raises(ModelFileError, match="critic"):
            Ratio.from_arrays({**ratio.to_arrays(), name: broken}, 2)
