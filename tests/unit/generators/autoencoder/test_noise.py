"""Noise that stands for pictures of an autoencoder."""

import numpy as np
import pytest

pytest.importorskip("torch")

from genloop.core.errors import ConfigError
from genloop.generators import autoencoder

pytestmark = pytest.mark.neural


def test_the_same_noise_is_the_same_picture_and_what_sampling_would_draw(task):
    own = task(steps=4)
    weights = autoencoder.fit(own)
    given = own.train.take(np.arange(5))
    noise = autoencoder.noise(weights, 5, np.random.default_rng(1))
    made = autoencoder.sample(weights, given, np.random.default_rng(9), noise=noise)
    assert np.array_equal(made, autoencoder.sample(weights, given, np.random.default_rng(1)))
    assert np.abs(autoencoder.noise(weights, 50, np.random.default_rng(1), truncation=0.5)).max() <= 0.5


def test_what_mends_pictures_has_no_noise(task):
    weights = autoencoder.fit(task(steps=2, preset="restoration"))
    with pytest.raises(ConfigError, match="mends pictures and has no codes"):
        autoencoder.noise(weights, 1, np.random.default_rng(0))
