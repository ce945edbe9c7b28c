"""Each part of an explanation on a painter whose ways are known."""

from dataclasses import replace

import numpy as np
import pytest

from genloop.core.errors import ConditionError
from genloop.engine.explain import gaze
from genloop.engine.explain.conditions import try_all
from genloop.engine.explain.directions import direct
from genloop.engine.explain.gaze import look
from genloop.engine.explain.ground import Ground
from genloop.engine.explain.walks import walk

pytestmark = pytest.mark.neural


def of(part, block):
    return [strip for strip in part.strips if strip.block == block]


def test_a_walk_holds_its_class_and_a_row_of_values_shows_each(ground):
    part = walk(ground())
    rows = of(part, "latent")
    assert [strip.name.en for strip in rows] == ["class = lying", "class = standing"]
    for strip, axis in zip(rows, (2, 1), strict=True):
        assert (np.ptp(strip.pixels.astype(int), axis=axis) == 0).all()
    values = of(part, "values")
    assert len(values) == 3 and all(len(strip.pixels) == 2 for strip in values)
    assert np.array_equal(values[0].pixels[0], values[0].pixels[1].transpose(1, 0, 2))
    assert 1 / 9 <= part.figures["largest_step"] < 1


@pytest.mark.parametrize("name", ["transformer", "autoencoder"])
def test_where_there_is_no_noise_that_is_said(ground, name):
    found = ground(name)
    for part in (walk(found), direct(found)):
        assert part.reason is not None and name in part.reason.en and "无处可漫步" in part.reason.zh
        assert part.strips == ()


def test_brightness_is_found_in_the_number_that_makes_it(ground):
    part = direct(ground("gan"))
    found = part.figures["brightness"]
    assert found["found"] and found["correlation"] > 0.9
    assert found["change"] > 3 * found["by_chance"] > 0
    assert found["interval"][0] <= found["change"] <= found["interval"][1]
    assert "class=lying" not in part.figures
    assert "learnt no picture without its conditions" in part.remarks[0].en
    strip = next(strip for strip in part.strips if strip.name.en == "brightness")
    levels = strip.pixels.mean(axis=(1, 2, 3))
    assert levels[-1] > levels[0] + 10


def test_what_the_noise_does_not_decide_is_not_found(ground):
    part = direct(ground("gan"))
    assert not part.figures["slant"]["found"]
    assert "slant to the right" not in [strip.name.en for strip in part.strips]
    row = next(row for row in part.table.rows if row[0].en == "slant to the right")
    assert row[1].en == "not found"


def test_a_class_is_a_direction_where_nothing_need_be_asked_for(ground):
    part = direct(ground("flow"))
    found = part.figures["class=standing"]
    assert found["found"] and found["low"] < 0.3 < 0.7 < found["high"]
    other = part.figures["class=lying"]
    assert np.isclose(found["low"], 1 - other["high"], atol=0.1) and np.isclose(
        found["high"], 1 - other["low"], atol=0.1
    )
    assert "% of 100 others" in part.remarks[1].en


def test_a_critic_that_looks_at_what_is_drawn_is_told_so(ground):
    part = look(ground("gan"), None)
    found = part.figures["made"]
    assert found["drawn"] == 1.0 > found["area"] and abs(found["untaught"]) < 0.2
    picture, shown = of(part, "looked_made")
    assert shown.pixels.shape == (*picture.pixels.shape[:3], 3) and not (picture.real or shown.real)
    bright = shown.pixels.mean(axis=3) > 127
    assert (bright <= (picture.pixels[..., 0] > 25)).mean() > 0.8


def test_real_pictures_are_looked_at_beside_and_marked_as_real(ground):
    found = ground("gan")
    given = found.given(5, "x")
    part = look(found, replace(given, pixels=found.painter.sample(given, found.rng("x"))))
    assert set(part.figures) == {"made", "real"} and len(part.table.rows) == 2
    assert all(strip.real for strip in of(part, "looked_real"))


def test_a_family_without_a_critic_says_so(ground):
    part = look(ground("flow"), None)
    assert "flow has no discriminator" in part.reason.en


def test_a_map_is_brightest_where_it_is_largest():
    maps = np.zeros((1, 9, 9), np.float32)
    maps[0, 3:6, 3:6] = 1
    shown = gaze.heat(maps)
    assert (shown[0, 4, 4] == 255).all() and (shown[0, 0, 0] == 0).all()


def test_pictures_on_glass_stand_on_white():
    glass = np.zeros((1, 4, 4, 4), np.uint8)
    assert (gaze.coloured(glass) == 255).all() and gaze.coloured(glass[..., :3]).shape == (1, 4, 4, 3)


@pytest.mark.parametrize(("name", "drops"), [("gan", False), ("flow", True), ("vae", True), ("transformer", True)])
def test_the_class_matters_and_leaving_it_out_is_tried_where_it_was_learnt(ground, name, drops):
    part = try_all(ground(name))
    found = part.figures["class"]
    assert found["pixels"]["share"] > 0.5
    assert found["pixels"]["interval"][0] <= found["pixels"]["share"] <= found["pixels"]["interval"][1]
    assert ("left_out" in found) == drops
    asked, other, noise = of(part, "tried")
    assert np.array_equal(asked.pixels, other.pixels.transpose(0, 2, 1, 3))
    assert not np.array_equal(asked.pixels, noise.pixels)


def test_a_condition_that_is_ignored_counts_nothing(ground, monkeypatch):
    found = ground("gan")
    family = found.painter.family

    def deaf(weights, given, rng, *, coder=None, noise=None):
        shades = rng.integers(0, 256, len(given)) if noise is None else np.clip(128 + 40 * noise[:, 0], 0, 255)
        return np.broadcast_to(shades[:, None, None, None], (len(given), 16, 16, 1)).astype(np.uint8)

    monkeypatch.setattr(family, "sample", deaf)
    assert try_all(found).figures["class"]["pixels"]["share"] == 0.0
    assert of(walk(found), "values") == []


def test_words_and_a_second_picture_are_conditions_too(ground, monkeypatch):
    found = ground("gan")
    rng = np.random.default_rng(0)
    words = rng.standard_normal((len(found.pool), 512)).astype(np.float32)
    second = rng.integers(1, 256, (len(found.pool), 8, 8, 1)).astype(np.uint8)
    pool = replace(found.pool, vectors=words, pictures=second)
    part = try_all(Ground(found.learnt, found.painter, 0, pool))
    assert set(part.figures) == {"class", "words", "second picture"}
    assert part.figures["words"]["pixels"]["share"] == 0.0 < part.figures["class"]["pixels"]["share"]


def test_a_second_picture_that_is_left_out_is_not_a_black_one(ground, monkeypatch):
    found = ground("flow")
    rng, shown = np.random.default_rng(0), []
    second = rng.integers(1, 256, (len(found.pool), 8, 8, 1)).astype(np.uint8)
    sample = found.painter.family.sample

    def watched(weights, given, rng, **more):
        shown.append(given.pictures)
        return sample(weights, given, rng, **more)

    monkeypatch.setattr(found.painter.family, "sample", watched)
    ground = Ground(found.learnt, found.painter, 0, replace(found.pool, pictures=second))
    assert "left_out" in try_all(ground).figures["second picture"]
    assert any(pictures is None for pictures in shown)
    assert all(pictures is None or pictures.any() for pictures in shown)
    assert ground.blank(ground.pool).pictures is None


def test_a_model_without_pictures_is_refused(model):
    table = model("gan").learnt
    with pytest.raises(ConditionError, match="makes no pictures"):
        Ground.of(replace(table, plan=replace(table.plan, stages=table.plan.stages[:1]), parts=table.parts[:1]), 0)
