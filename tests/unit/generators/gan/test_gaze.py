"""Noise that stands for pictures, and slopes of the critic's answer against differences taken by hand."""

import numpy as np
import pytest

pytest.importorskip("torch")

from genloop.core.protocols import Batch, Field, Task
from genloop.generators import gan
from genloop.generators.gan import gaze
from genloop.optimisation.train import train

pytestmark = pytest.mark.neural
SMALL = {"width": 8, "batch": 16, "features": 16, "noise": 8, "condition": 8, "precision": "float32", "warmup": 5}


@pytest.fixture(scope="module")
def pictures():
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 256, (48, 12, 10, 3), np.uint8)
    return Batch((np.arange(48) % 2).astype(np.uint16)[:, None], (Field("class", 2, False),), pixels)


@pytest.fixture(scope="module")
def weights(pictures):
    return gan.fit(Task(pictures, 3, SMALL, steps=6, trainer=train))


def test_the_same_noise_is_the_same_picture_and_the_condition_still_counts(weights, pictures):
    noise = gan.noise(weights, 6, np.random.default_rng(1))
    assert noise.shape == (6, 8)
    assert np.allclose(np.linalg.norm(noise, axis=1), np.sqrt(8), rtol=1e-4)
    given = pictures.take(np.arange(6))
    one, two = (gan.sample(weights, given, np.random.default_rng(seed), noise=noise) for seed in (1, 2))
    assert np.array_equal(one, two)
    other = Batch(1 - given.codes, given.fields)
    assert not np.array_equal(gan.sample(weights, other, np.random.default_rng(1), noise=noise), one)


def test_noise_is_cut_where_that_is_asked(weights):
    assert np.abs(gan.noise(weights, 50, np.random.default_rng(1), truncation=0.5)).max() <= 0.5


def test_a_slope_is_the_difference_that_one_pixel_makes(weights, pictures, monkeypatch):
    monkeypatch.setattr(gaze, "COPIES", 1)
    monkeypatch.setattr(gaze, "NOISE_LEVEL", 0.0)
    batch = pictures.take(np.arange(1))
    found = gan.slopes(weights, batch, np.random.default_rng(0))
    assert found.shape == (1, 12, 10)
    for y, x in ((0, 0), (6, 5), (11, 9)):
        sizes = []
        for channel in range(3):
            low, high = batch.pixels.copy(), batch.pixels.copy()
            middle = int(batch.pixels[0, y, x, channel])
            low[0, y, x, channel], high[0, y, x, channel] = max(middle - 4, 0), min(middle + 4, 255)
            apart = (int(high[0, y, x, channel]) - int(low[0, y, x, channel])) / 127.5
            answers = [gan.score(weights, Batch(batch.codes, batch.fields, pixels))[0] for pixels in (low, high)]
            sizes.append(abs(answers[1] - answers[0]) / apart)
        assert np.isclose(found[0, y, x], max(sizes), rtol=0.35, atol=0.15 * found.mean())


def test_a_critic_that_learnt_nothing_looks_elsewhere(weights, pictures):
    batch = pictures.take(np.arange(4))
    taught, untaught = (gan.slopes(weights, batch, np.random.default_rng(0), taught=side) for side in (True, False))
    assert np.isfinite(untaught).all() and (untaught > 0).any()
    assert np.corrcoef(taught.ravel(), untaught.ravel())[0, 1] < 0.9
    assert gan.slopes(weights, pictures.take(np.arange(0)), np.random.default_rng(0)).shape == (0, 12, 10)
