"""Whole tiny runs of the vae family."""

import dataclasses
import json
import subprocess
import sys

import numpy as np
import pytest

from genloop.core.errors import ConfigError, DataError
from genloop.core.protocols import Weights
from genloop.generators import vae
from genloop.generators.vae.config import Shape


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


@pytest.mark.parametrize(("code", "layout"), [("fsq", "row"), ("vq", "row"), ("fsq", "grid"), ("vq", "grid")])
def test_the_quantised_preset_codes_pictures_as_whole_numbers(task, code, layout):
    job = task(preset="vq", code=code, layout=layout, adversary=0.0, steps=60)
    coder = vae.coder(vae.fit(job))
    codes = coder.encode(job.train.pixels)
    assert coder.levels == 128 and codes.dtype == np.int64 and codes.shape == (160, *coder.shape)
    assert coder.shape == ((1, 8) if layout == "row" else (4, 4))
    assert codes.min() >= 0 and codes.max() < 128 and len(np.unique(codes)) > 4
    back = coder.decode(codes)
    assert back.shape == job.train.pixels.shape
    apart = [np.square(some / 255 - job.train.pixels / 255).mean() for some in (back, back[::-1])]
    assert apart[0] < apart[1]


def test_fsq_draws_other_codes_that_mean_the_same_picture(task):
    job = task(preset="vq", levels=(8, 8, 4), adversary=0.0, steps=100)
    coder, pixels = vae.coder(vae.fit(job)), job.train.pixels
    drawn = coder.encode(pixels, np.random.default_rng(3))
    assert np.array_equal(drawn, coder.encode(pixels, np.random.default_rng(3)))
    assert 0.01 < (drawn != coder.encode(pixels)).mean() < 0.95 and coder.steps == (8, 8, 4)
    apart = [np.square(coder.decode(codes) / 255 - pixels / 255).mean() for codes in (drawn, drawn[::-1].copy())]
    assert apart[0] < apart[1]


def test_pictures_are_drawn_by_class_and_without_one(task, dots):
    job = task(preset="beta", steps=200, learning_rate=6e-3)
    weights = vae.fit(job)
    made = vae.sample(weights, job.train, np.random.default_rng(1))
    assert made.shape == job.train.pixels.shape and made.dtype == np.uint8
    assert np.array_equal(made, vae.sample(weights, job.train, np.random.default_rng(1)))
    quarters = made.reshape(-1, 2, 8, 2, 8).mean((2, 4)).reshape(-1, 4)
    assert (quarters.argmax(1) == job.train.codes[:, 0]).mean() > 0.5
    coder = vae.coder(weights)
    assert coder.decode(coder.encode(made)).shape == made.shape


def test_mid_tones_of_made_pictures_are_as_many_as_in_real_ones(task, dots):
    job = task(preset="latent", adversary=0.0, steps=100, learning_rate=6e-3)
    weights, fresh = vae.fit(job), dots(400, seed=8).pixels / 255
    coder = vae.coder(weights)
    back = coder.decode(coder.encode(dots(400, seed=8).pixels)) / 255
    plain = Weights({**weights.head, "sharpness": 1.0}, weights.arrays)
    soft = vae.coder(plain).decode(coder.encode(dots(400, seed=8).pixels)) / 255
    tones = [float((x * (1 - x)).mean()) for x in (fresh, back, soft)]
    assert abs(tones[1] - tones[0]) < abs(tones[2] - tones[0]) and weights.head["sharpness"] != 1


@pytest.mark.parametrize("preset", ["gaussian", "latent", "vq"])
@pytest.mark.parametrize("shape", [(16, 16, 1), (32, 32, 4), (64, 64, 3), (20, 28, 3)])
def test_other_sizes_and_channels_are_learnt(task, dots, preset, shape):
    batch = dots(16, shape=shape)
    kind = "gaussian" if preset == "gaussian" else "bernoulli"
    weights = vae.fit(task(preset=preset, likelihood=kind, steps=1, batch=batch))
    again = Weights(json.loads(json.dumps(weights.head["shape"])), {})
    assert Shape.from_head(again.head) == Shape.from_head(weights.head["shape"])
    coder = vae.coder(weights)
    codes = coder.encode(batch.pixels)
    assert codes.shape == (16, *coder.shape) and coder.decode(codes).shape == batch.pixels.shape


def test_the_quantised_preset_has_no_prior_of_its_own(task):
    job = task(preset="vq", steps=1)
    with pytest.raises(ConfigError, match="the family transformer learns and draws its codes"):
        vae.sample(vae.fit(job), job.train, np.random.default_rng(1))


def test_vectors_and_second_pictures_are_conditions_too(task, dots):
    plain, rng = dots(32), np.random.default_rng(4)
    both = dataclasses.replace(plain, vectors=rng.normal(size=(32, 5)).astype(np.float32), pictures=plain.pixels)
    weights = vae.fit(task(preset="beta", steps=2, batch=both))
    turned = both.take(np.arange(32)[::-1])
    first, second = (vae.sample(weights, rows, np.random.default_rng(1)) for rows in (both, turned))
    assert first.shape == plain.pixels.shape and not np.array_equal(first, second)


def test_a_fit_goes_on_from_earlier_weights_of_the_same_shape(task):
    earlier = vae.fit(task(preset="beta", steps=20))
    later = vae.fit(task(preset="beta", steps=2, initial=earlier))
    assert later.head["training"]["curve"][0][3] == pytest.approx(earlier.head["training"]["held_loss"], rel=0.1)
    with pytest.raises(DataError, match="learn afresh, without --from"):
        vae.fit(task(preset="beta", steps=2, length=8, initial=earlier))


def test_importing_the_families_imports_no_torch():
    code = "import sys, genloop.generators.vae, genloop.generators.autoencoder; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_without_torch_the_message_names_the_command_that_adds_it():
    code = (
        "import sys; sys.modules['torch'] = None\n"
        "from genloop.core.errors import MissingExtra\n"
        "from genloop.generators import autoencoder, vae\n"
        "for work in (lambda: vae.fit(None), lambda: autoencoder.fit(None)):\n"
        "    try: work()\n"
        "    except MissingExtra as error: assert 'genloop[neural]' in str(error)\n"
        "    else: sys.exit(1)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
