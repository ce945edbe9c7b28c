"""Harm done to pictures, and what is measured of mending it."""

import pytest
import torch

from genloop.generators.autoencoder.corruption import Harmed, add_noise, cut_holes, enlarge, make_small, tell
from genloop.generators.autoencoder.loss import relative_error
from genloop.generators.autoencoder.mending import guess_noise


def rng(seed=1):
    return torch.Generator().manual_seed(seed)


def grey(rows=8, side=16):
    return torch.zeros(rows, 1, side, side)


def test_noise_has_its_level_as_a_share_of_full_brightness():
    level = torch.tensor([0.02, 0.1])
    harmed = add_noise(grey(2, 200), level, rng())
    assert torch.allclose(harmed.seen.std((1, 2, 3)) / 2, level, rtol=0.03)
    assert harmed.told[:, 0].tolist() == [1, 1] and torch.equal(harmed.told[:, 3], level) and not harmed.hole.any()


def test_the_level_of_noise_is_guessed_from_the_picture():
    smooth = torch.linspace(-0.5, 0.5, 64).expand(2, 1, 64, 64)
    for level in (0.05, 0.1, 0.15):
        seen = add_noise(smooth, torch.full((2,), level), rng()).seen
        assert guess_noise(seen).tolist() == pytest.approx([level, level], rel=0.15)


def test_a_hole_shows_nothing_of_the_picture_and_keeps_to_its_bounds():
    x = torch.ones(200, 1, 16, 16)
    harmed = cut_holes(x, 0.5, rng())
    sides = harmed.hole.amax(3).sum((1, 2)), harmed.hole.amax(2).sum((1, 2))
    assert torch.equal(harmed.seen, 1 - harmed.hole)
    assert all(side.min() >= 1 and side.max() <= 9 for side in sides) and len(sides[0].unique()) > 4


def test_a_small_picture_of_one_tone_keeps_its_tone():
    harmed = make_small(torch.full((4, 3, 16, 16), 0.6), 2, rng())
    assert torch.allclose(harmed.seen, torch.tensor(0.6), atol=0.01) and harmed.told[0].tolist() == [0, 1, 0, 0.5]
    assert enlarge(torch.zeros(1, 1, 4, 5), (16, 20)).seen.shape == (1, 1, 16, 20)


def test_the_error_is_minus_the_psnr_of_each_harm_and_looks_into_holes_alone():
    x, mended, hole = grey(3), grey(3), torch.zeros(3, 1, 16, 16)
    mended[0] += 0.2
    mended[1, :, :4] += 0.02
    mended[1, :, 4:] += 1
    hole[1, :, :4] = 1
    mended[2] += 0.2
    level = torch.ones(1)
    told = torch.cat([tell("denoise", level), tell("inpaint", level), tell("denoise", level)])
    assert relative_error(mended, x, Harmed(x, hole, told)).item() == pytest.approx((-20 - 40) / 2, abs=0.3)
