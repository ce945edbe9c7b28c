"""Codes that stand for pictures of a variational autoencoder."""

import numpy as np
import pytest

pytest.importorskip("torch")

from genloop.core.errors import ConfigError
from genloop.generators import vae

pytestmark = pytest.mark.neural


def test_the_same_code_is_the_same_picture_and_what_sampling_would_draw(task):
    own = task(steps=4)
    weights = vae.fit(own)
    given = own.train.take(np.arange(5))
    noise = vae.noise(weights, 5, np.random.default_rng(1))
    made = vae.sample(weights, given, np.random.default_rng(9), noise=noise)
    assert np.array_equal(made, vae.sample(weights, given, np.random.default_rng(1)))
    assert np.abs(vae.noise(weights, 50, np.random.default_rng(1), truncation=0.5)).max() <= 0.5


def test_codes_of_whole_numbers_are_no_noise(task):
    weights = vae.fit(task(steps=2, preset="vq"))
    with pytest.raises(ConfigError, match="no prior to draw from"):
        vae.noise(weights, 1, np.random.default_rng(0))
