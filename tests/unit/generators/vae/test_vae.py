"""Whole tiny runs of the vae family."""

import numpy as np
import pytest

from genloop.generators import vae


def test_the_latent_preset_codes_pictures_and_gives_them_back(task):
    job = task(preset="latent", steps=160, learning_rate=6e-3)
    coder = vae.coder(vae.fit(job))
    assert coder.levels is None and coder.shape == (1, 1, 16)
    codes = coder.encode(job.train.pixels)
    back = coder.decode(codes)
    assert codes.dtype == np.float32 and codes.shape == (160, 1, 1, 16)
    assert back.dtype == np.uint8 and back.shape == job.train.pixels.shape
    blank = np.square(job.train.pixels / 255 - job.train.pixels.mean(0) / 255).mean()
    assert np.square(back / 255 - job.train.pixels / 255).mean() < blank / 2


def test_codes_are_drawn_from_the_posterior_only_with_a_generator(task):
    job = task(preset="latent", steps=2)
    coder, pixels = vae.coder(vae.fit(job)), job.train.pixels
    assert np.array_equal(coder.encode(pixels), coder.encode(pixels))
    first, second = (coder.encode(pixels, np.random.default_rng(4)) for _ in range(2))
    assert np.array_equal(first, second) and not np.array_equal(first, coder.encode(pixels))


def test_the_same_seed_gives_the_same_weights(task):
    first, second = (vae.fit(task(preset="latent", steps=3)).arrays for _ in range(2))
    assert first.keys() == second.keys()
    assert all(np.array_equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize("code", ["fsq", "vq"])
def test_the_quantised_preset_codes_pictures_as_grids_of_numbers(task, code):
    job = task(preset="vq", code=code, steps=60)
    coder = vae.coder(vae.fit(job))
    codes = coder.encode(job.train.pixels)
    assert coder.levels == 384 and codes.dtype == np.int64 and codes.shape == (160, *coder.shape)
    assert codes.min() >= 0 and codes.max() < 384 and len(np.unique(codes)) > 4
    assert coder.decode(codes).shape == job.train.pixels.shape
