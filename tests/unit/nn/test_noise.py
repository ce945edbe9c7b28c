"""Normal noise, whole or cut, against the distribution it claims."""

import numpy as np
import pytest
from scipy import stats

from genloop.nn.noise import normal


def test_whole_noise_is_the_generators_own():
    assert np.array_equal(
        normal(3, 4, np.random.default_rng(0)), np.random.default_rng(0).standard_normal((3, 4), np.float32)
    )


@pytest.mark.parametrize("cut", [0.5, 1.5])
def test_cut_noise_is_a_truncated_normal(cut):
    drawn = normal(200, 50, np.random.default_rng(1), cut)
    assert np.abs(drawn).max() <= cut
    assert stats.kstest(drawn.ravel(), stats.truncnorm(-cut, cut).cdf).pvalue > 0.001


def test_a_cut_of_nothing_leaves_it_whole_and_a_tiny_one_ends():
    assert np.abs(normal(100, 100, np.random.default_rng(2), 0.0)).max() > 3
    assert np.abs(normal(20, 5, np.random.default_rng(2), 1e-9)).max() <= 0.05
