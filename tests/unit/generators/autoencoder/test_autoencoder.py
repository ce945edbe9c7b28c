"""Whole tiny runs of the autoencoders."""

import json
from dataclasses import replace

import numpy as np
import pytest
import torch

from genloop.core.errors import ConfigError, DataError
from genloop.core.protocols import UNKNOWN, Batch, Task
from genloop.generators import autoencoder


@pytest.fixture(scope="module")
def plain_runs():
    """Fitted weights by preset, learnt once."""
    return {}


@pytest.fixture
def denoising(plain_runs, task):
    """An autoencoder that was shown noisy dots."""
    if "denoising" not in plain_runs:
        plain_runs["denoising"] = autoencoder.fit(task(preset="denoising", steps=300, learning_rate=6e-3, noise=0.05))
    return plain_runs["denoising"]


@pytest.fixture
def mender(plain_runs, task):
    """A network that restores dots."""
    if "mender" not in plain_runs:
        plain_runs["mender"] = autoencoder.fit(task(preset="restoration", steps=240, learning_rate=4e-3))
    return plain_runs["mender"]


def error(first, second):
    return np.square(first / 255 - second / 255).mean()


def test_pictures_come_back_from_their_codes(denoising, dots):
    fresh = dots(40, seed=9).pixels
    coder = autoencoder.coder(denoising)
    codes = coder.encode(fresh)
    assert coder.levels is None and codes.shape == (40, *coder.shape) and codes.dtype == np.float32
    assert error(coder.decode(codes), fresh) < error(fresh.mean(0), fresh) / 2


def test_what_is_unlike_the_learnt_is_an_anomaly(denoising, dots):
    fresh, rng = dots(60, seed=9).pixels, np.random.default_rng(2)
    noise = rng.integers(0, 256, fresh.shape).astype(np.uint8)
    usual, odd = autoencoder.anomaly(denoising, fresh), autoencoder.anomaly(denoising, noise)
    assert ((usual.share >= 0) & (usual.share <= 1)).all() and 0.2 < usual.share.mean() < 0.95
    assert (odd.share == 1).all() and odd.error.min() > usual.error.max()


def test_an_anomaly_tells_the_error_in_levels_of_brightness_and_the_features(denoising, dots):
    fresh, coder = dots(20, seed=9).pixels, autoencoder.coder(denoising)
    found, codes = autoencoder.anomaly(denoising, fresh), coder.encode(fresh)
    with torch.inference_mode():
        rebuilt = coder.network.decode(torch.from_numpy(codes[:, 0, 0])).numpy()  # neither cut to the range nor rounded
    apart = (rebuilt + 1) * 127.5 - fresh.transpose(0, 3, 1, 2)
    np.testing.assert_allclose(found.error, np.sqrt(np.square(apart).mean((1, 2, 3))), rtol=1e-4)
    np.testing.assert_array_equal(found.code, codes[:, 0, 0])


def test_drawn_pictures_are_like_the_learnt_in_brightness(denoising, dots):
    batch = dots(200, seed=9)
    made = autoencoder.sample(denoising, batch, np.random.default_rng(3))
    again = autoencoder.sample(denoising, batch, np.random.default_rng(3))
    assert made.shape == batch.pixels.shape and made.dtype == np.uint8 and np.array_equal(made, again)
    assert made.mean() == pytest.approx(batch.pixels.mean(), rel=0.8) and made.std(0).mean() > 5


def told(made, batch):
    """The class whose mean of learnt pictures each made one is nearest to."""
    means = np.stack([batch.pixels[batch.codes[:, 0] == which].mean(0) for which in range(4)])
    return np.square(made[:, None] - means).mean((2, 3, 4)).argmin(1)


def test_what_is_asked_for_is_what_is_drawn(denoising, dots):
    batch, asked = dots(), np.repeat(np.arange(4), 50)
    given = Batch(asked[:, None].astype(np.uint16), batch.fields)
    made = autoencoder.sample(denoising, given, np.random.default_rng(3))
    assert (told(made, batch) == asked).mean() > 0.8
    assert made[:50].std(0).mean() > 5


def test_what_nobody_asked_for_is_drawn_as_often_as_it_was_learnt(denoising, dots):
    batch = dots()
    free = Batch(np.full((400, 1), UNKNOWN, np.uint16), batch.fields)
    made = autoencoder.sample(denoising, free, np.random.default_rng(3))
    shares = np.bincount(told(made, batch), minlength=4) / 400
    assert np.abs(shares - np.bincount(batch.codes[:, 0], minlength=4) / len(batch)).max() < 0.15


def test_a_second_picture_and_a_vector_can_be_given_too(task, dots):
    rows, rng = dots(64), np.random.default_rng(4)
    sights = rng.integers(0, 256, (64, 8, 8, 3)).astype(np.uint8)
    batch = replace(rows, vectors=rng.standard_normal((64, 12)).astype(np.float32), pictures=sights)
    weights = autoencoder.fit(task(preset="plain", steps=8, batch=batch))
    made = autoencoder.sample(weights, replace(batch, pixels=None), np.random.default_rng(1))
    assert made.shape == rows.pixels.shape


def test_a_second_picture_alone_decides_what_is_drawn(task, dots):
    """A cloth of one of four colours stands for the class."""
    rows, asked = dots(), np.repeat(np.arange(4), 50)
    colours = np.array([(220, 40, 40), (40, 220, 40), (40, 40, 220), (200, 200, 200)], np.uint8)

    def cloth(kind):
        return colours[kind][:, None, None].repeat(16, 1).repeat(16, 2)

    told_by = Batch(np.zeros((160, 0), np.uint16), (), rows.pixels, pictures=cloth(rows.codes[:, 0]))
    weights = autoencoder.fit(task(preset="denoising", steps=300, learning_rate=6e-3, noise=0.05, batch=told_by))
    given = Batch(np.zeros((200, 0), np.uint16), (), pictures=cloth(asked))
    made = autoencoder.sample(weights, given, np.random.default_rng(3))
    assert (told(made, rows) == asked).mean() > 0.8


def test_noise_is_taken_away(mender, dots):
    clean, rng = dots(60, seed=9).pixels, np.random.default_rng(1)
    noisy = np.clip(clean + rng.normal(0, 0.2 * 255, clean.shape), 0, 255).astype(np.uint8)
    told = autoencoder.restore(mender, noisy, task="denoise", noise_level=0.2)
    guessed = autoencoder.restore(mender, noisy, task="denoise")
    assert error(told, clean) < error(noisy, clean) * 0.8 and error(guessed, clean) < error(noisy, clean) * 0.8


def test_small_pictures_are_enlarged_to_the_learnt_size(mender, dots):
    clean = dots(60, seed=9).pixels
    small = clean.reshape(60, 8, 2, 8, 2, 1).mean((2, 4)).round().astype(np.uint8)
    large = autoencoder.restore(mender, small, task="enlarge")
    assert large.shape == clean.shape and error(large, clean) < error(small.repeat(2, 1).repeat(2, 2), clean)


def test_holes_are_filled_and_the_rest_stays_bit_for_bit(mender, dots):
    clean = dots(60, seed=9).pixels
    mask = np.zeros(clean.shape[:3], bool)
    mask[:, 2:7, 2:7] = True
    harmed = np.where(mask[..., None], 128, clean).astype(np.uint8)
    mended = autoencoder.restore(mender, harmed, task="inpaint", mask=mask)
    assert np.array_equal(mended[~mask], clean[~mask])
    assert error(mended[mask], clean[mask]) < error(harmed[mask], clean[mask]) / 2


def test_what_lies_in_the_hole_is_not_looked_at(mender, dots):
    clean = dots(5, seed=9).pixels
    mask = np.zeros(clean.shape[:3], bool)
    mask[:, 4:9, 4:9] = True
    first, second = (
        autoencoder.restore(mender, np.where(mask[..., None], value, clean).astype(np.uint8), task="inpaint", mask=mask)
        for value in (0, 255)
    )
    assert np.array_equal(first, second)


@pytest.mark.parametrize("shape", [(16, 16, 1), (32, 32, 4), (20, 28, 3)])
@pytest.mark.parametrize("preset", ["plain", "restoration"])
def test_other_sizes_and_channels_are_learnt(task, dots, shape, preset):
    job = task(preset=preset, steps=2, batch=dots(32, shape=shape))
    weights = autoencoder.fit(job)
    json.dumps(weights.head["shape"])
    if preset == "plain":
        back = autoencoder.coder(weights).decode(autoencoder.coder(weights).encode(job.train.pixels))
    else:
        back = autoencoder.restore(weights, job.train.pixels, task="denoise")
    assert back.shape == job.train.pixels.shape


@pytest.mark.parametrize("preset", ["plain", "restoration"])
def test_the_same_seed_gives_the_same_weights(task, preset):
    first, second = (autoencoder.fit(task(preset=preset, steps=2)).arrays for _ in range(2))
    assert all(np.array_equal(first[name], second[name]) for name in first)


def test_a_fit_goes_on_from_earlier_weights_of_the_same_shape(task):
    earlier = autoencoder.fit(task(preset="plain", steps=20))
    later = autoencoder.fit(task(preset="plain", steps=2, initial=earlier))
    assert later.head["training"]["curve"][0][3] == pytest.approx(earlier.head["training"]["held_loss"], rel=0.05)
    with pytest.raises(DataError, match="learn afresh, without --from"):
        autoencoder.fit(task(preset="plain", steps=2, length=8, initial=earlier))


def test_a_request_that_does_not_fit_is_refused_in_words(denoising, mender, dots):
    pixels = dots(4).pixels
    small = pixels[:, ::2, ::2]
    with pytest.raises(DataError, match="expected pictures of 16x16, found 8x8"):
        autoencoder.restore(mender, small, task="denoise")
    with pytest.raises(DataError, match="smaller than 16x16 to enlarge, found 16x16"):
        autoencoder.restore(mender, pixels, task="enlarge")
    with pytest.raises(DataError, match=r"a mask of 4x16x16 .* found none"):
        autoencoder.restore(mender, pixels, task="inpaint")
    with pytest.raises(DataError, match="found 4x8x8"):
        autoencoder.restore(mender, pixels, task="inpaint", mask=np.zeros((4, 8, 8), bool))
    with pytest.raises(DataError, match="expected pictures of 1 channels, found 3"):
        autoencoder.restore(mender, pixels.repeat(3, 3), task="denoise")
    with pytest.raises(ConfigError, match="fit it with preset=restoration"):
        autoencoder.restore(denoising, pixels, task="denoise")
    with pytest.raises(ConfigError, match="has no codes"):
        autoencoder.coder(mender)
    with pytest.raises(DataError, match="expected pictures of 16x16 with 1 channels"):
        autoencoder.anomaly(denoising, small)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"preset": "giant"}, "autoencoder preset 'giant': expected one of plain, denoising, restoration"),
        ({"wide": 4}, "wide=4: expected at least 8"),
        ({"hole": 1.0}, "hole=1.0: expected a share"),
        ({"drawing": 0.0}, "drawing=0.0: expected a share above 0"),
        ({"enlarge": [1]}, "expected factors of at least 2"),
        ({"holdout": -0.5}, "holdout=-0.5: expected a share"),
        ({"precision": "int8"}, "expected one of auto, float32, bfloat16"),
        ({"colour": "red"}, "unknown setting colour"),
    ],
)
def test_a_setting_out_of_range_is_refused(settings, message):
    with pytest.raises(ConfigError, match=message):
        autoencoder.needs(settings)


def test_a_fit_without_pictures_or_loop_says_what_is_missing(task):
    job = task()
    with pytest.raises(ConfigError, match="needs a training loop"):
        autoencoder.fit(Task(train=job.train, seed=0))
    with pytest.raises(DataError, match="the rows hold no pictures"):
        autoencoder.fit(Task(train=job.train.take(np.zeros(0, np.int64)), seed=0, trainer=job.trainer))
