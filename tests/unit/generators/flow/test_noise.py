"""Noise that stands for pictures of a flow."""

import numpy as np
import pytest

pytest.importorskip("torch")

from genloop.generators import flow

pytestmark = pytest.mark.neural


def test_the_same_noise_is_the_same_picture_and_what_sampling_would_draw(task, coder):
    weights = flow.fit(task)
    given = task.train.take(np.arange(5))
    noise = flow.noise(weights, 5, np.random.default_rng(1))
    assert noise.shape == (5, 16)
    made = flow.sample(weights, given, np.random.default_rng(9), coder=coder, noise=noise)
    assert np.array_equal(made, flow.sample(weights, given, np.random.default_rng(1), coder=coder))
    assert np.abs(flow.noise(weights, 50, np.random.default_rng(1), truncation=0.5)).max() <= 0.5
