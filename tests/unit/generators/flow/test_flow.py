"""Whole tiny fits of the flow family, and its edits."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

from genloop.core.errors import ConfigError, DataError
from genloop.core.families import PictureFamily
from genloop.core.protocols import Batch, Task, Weights
from genloop.generators import flow
from genloop.generators.flow.frame import Frame

pytestmark = pytest.mark.neural


@pytest.fixture(scope="module")
def weights(task: Task) -> Weights:
    return flow.fit(task)


def _given(batch: Batch, rows: int) -> Batch:
    return Batch((np.arange(rows) % 2).astype(np.uint16)[:, None], batch.fields)


def _halves(pixels: np.ndarray) -> np.ndarray:
    """How much lighter the lower half is."""
    half = pixels.shape[1] // 2
    return pixels[:, half:].mean((1, 2, 3)) - pixels[:, :half].mean((1, 2, 3))


def test_the_family_satisfies_its_protocol() -> None:
    assert isinstance(flow, PictureFamily)
    assert flow.needs({}) == ("vae", {"preset": "latent"})
    assert flow.needs({"space": "pixels"}) is None


def test_what_learnt_on_a_card_draws_without_one(task: Task, weights: Weights, coder: object) -> None:
    away = Weights(weights.head | {"settings": weights.head["settings"] | {"device": "cuda"}}, weights.arrays)
    given = _given(task.train, 4)
    made = [flow.sample(own, given, np.random.default_rng(0), coder=coder) for own in (weights, away)]
    assert (made[0] == made[1]).all()


def test_made_pictures_show_what_was_asked_for(task: Task, weights: Weights, coder: object) -> None:
    made = flow.sample(weights, _given(task.train, 200), np.random.default_rng(0), coder=coder, guidance=1.0)
    lighter = _halves(made)
    assert made.shape == (200, 8, 8, 1) and made.dtype == np.uint8
    assert (lighter[::2] > 0).mean() > 0.85 and (lighter[1::2] < 0).mean() > 0.85
    real = _halves(task.train.pixels[task.train.codes[:, 0] == 0])
    assert abs(float(np.median(lighter[::2])) - real.mean()) < 20


def test_guidance_begins_at_its_time_and_makes_classes_surer(task: Task, weights: Weights, coder: object) -> None:
    def made(**changes: float) -> np.ndarray:
        return flow.sample(weights, _given(task.train, 200), np.random.default_rng(0), coder=coder, **changes)

    assert np.array_equal(made(guidance=1.0), made(guidance=3.0, guided=0.99))
    plain, led = (_halves(made(guidance=by, guided=0.3)).astype(float) for by in (1.0, 2.0))
    assert (led[::2] - led[1::2]).mean() > (plain[::2] - plain[1::2]).mean()


def test_the_same_seed_and_steps_give_the_same_weights_and_pictures(
    task: Task, weights: Weights, coder: object
) -> None:
    short = dataclasses.replace(task, steps=12)
    first, second = flow.fit(short), flow.fit(short)
    assert all(np.array_equal(first.arrays[name], second.arrays[name]) for name in first.arrays)
    draws = [flow.sample(weights, _given(task.train, 9), np.random.default_rng(5), coder=coder) for _ in range(2)]
    assert np.array_equal(*draws)


def test_the_head_is_json_and_no_array_has_a_row_for_each_picture(weights: Weights) -> None:
    json.dumps(weights.head)
    assert all(512 not in array.shape for array in weights.arrays.values())


def test_nothing_asked_for_gives_an_empty_array(task: Task, weights: Weights, coder: object) -> None:
    assert flow.sample(weights, _given(task.train, 0), np.random.default_rng(0), coder=coder).shape == (0, 8, 8, 1)


def test_stronger_guidance_spreads_less(task: Task, weights: Weights, coder: object) -> None:
    given = Batch(np.zeros((300, 1), np.uint16), task.train.fields)
    spread = [
        _halves(flow.sample(weights, given, np.random.default_rng(0), coder=coder, guidance=strength)).mean()
        for strength in (0.0, 1.0)
    ]
    assert spread[0] < spread[1] - 30  # without guidance both classes come


def test_noise_of_a_picture_leads_back_to_it(task: Task, weights: Weights, coder: object) -> None:
    some = task.train.take(np.arange(20))
    noise = flow.invert(weights, some.pixels, some, coder=coder)
    assert 0.5 < noise.std() < 1.5
    back = flow.morph(weights, some.pixels, some.pixels, 0.0, some, coder=coder)
    assert np.abs(back.astype(int) - coder.decode(coder.encode(some.pixels))).mean() < 4


def test_a_stronger_variation_is_farther_away(task: Task, weights: Weights, coder: object) -> None:
    some = task.train.take(np.arange(50))
    same = flow.vary(weights, some.pixels, 0.0, some, np.random.default_rng(0), coder=coder)
    assert np.array_equal(same, some.pixels)
    base = coder.decode(coder.encode(some.pixels)).astype(int)
    away = [
        np.abs(flow.vary(weights, some.pixels, strength, some, np.random.default_rng(0), coder=coder) - base).mean()
        for strength in (0.1, 0.5, 1.0)
    ]
    assert away[0] < away[1] < away[2]
    with pytest.raises(DataError, match=r"strength=1.5: expected from 0 .* to 1"):
        flow.vary(weights, some.pixels, 1.5, some, np.random.default_rng(0), coder=coder)


def test_a_hole_is_filled_and_the_rest_stays(task: Task, weights: Weights, coder: object) -> None:
    some = task.train.take(np.flatnonzero(task.train.codes[:, 0] == 0)[:30])
    mask = np.zeros((30, 8, 8), bool)
    mask[:, 4:, 2:6] = True
    made = flow.inpaint(weights, some.pixels, mask, some, np.random.default_rng(0), coder=coder)
    assert np.array_equal(made[~mask], some.pixels[~mask])
    assert abs(made[mask].mean() - some.pixels[mask].mean()) < 25
    with pytest.raises(DataError, match=r"mask of \(30, 4, 8\): expected \(30, 8, 8\)"):
        flow.inpaint(weights, some.pixels, mask[:, :4], some, np.random.default_rng(0), coder=coder)


def test_in_pixels_no_coder_is_needed(task: Task) -> None:
    settings = {"space": "pixels", "width": 64, "layers": 2, "batch": 64, "average": 0.97, "precision": "float32"}
    weights = flow.fit(dataclasses.replace(task, settings=settings, coder=None, steps=120))
    made = _halves(flow.sample(weights, _given(task.train, 100), np.random.default_rng(0)))
    assert (made[::2] > 0).mean() > 0.95 and (made[1::2] < 0).mean() > 0.95


def test_along_principal_axes_no_coder_is_needed_either(task: Task) -> None:
    settings = {"space": "axes", "axes": 6, "width": 64, "layers": 2, "batch": 64, "average": 0.97}
    weights = flow.fit(dataclasses.replace(task, settings=settings, coder=None, steps=120))
    made = _halves(flow.sample(weights, _given(task.train, 100), np.random.default_rng(0)))
    assert flow.needs({"space": "axes"}) is None
    assert weights.head["shape"]["channels"] == 6
    assert (made[::2] > 0).mean() > 0.95 and (made[1::2] < 0).mean() > 0.95


@pytest.mark.parametrize("rows", [40, 400])
def test_axes_hold_what_the_pictures_vary_in_and_large_ones_stay_larger(rows: int) -> None:
    rng = np.random.default_rng(0)
    patterns = rng.normal(size=(3, 8, 10, 3)) * np.array([30.0, 15.0, 8.0])[:, None, None, None]
    pixels = np.einsum("rk,khwc->rhwc", rng.normal(size=(rows, 3)), patterns) + 128
    pixels = pixels.round().clip(0, 255).astype(np.uint8)
    frame = Frame.along(pixels, 5)
    learnt = frame.into(pixels, None)
    spread = learnt.flatten(1).std(0)
    assert spread[:3].tolist() == sorted(spread[:3].tolist(), reverse=True)
    assert float(learnt.square().mean()) == pytest.approx(1.0, rel=0.1)
    assert np.abs(frame.back(learnt, None).astype(int) - pixels).mean() < 4
    assert learnt.shape == (rows, 5, 1, 1)


def test_axes_of_pictures_that_are_all_alike_are_refused() -> None:
    with pytest.raises(DataError, match=r"space='axes': 40 pictures that differ in too little; learn with space=codes"):
        Frame.along(np.full((40, 8, 8, 1), 7, np.uint8), 5)


def test_pictures_too_large_for_the_chain_go_through_the_small_u_net(task: Task) -> None:
    pixels = np.kron(task.train.pixels[:64], np.ones((1, 3, 3, 3), np.uint8))[:, :, :22]
    batch = Batch(task.train.codes[:64], task.train.fields, pixels)
    settings = {"space": "pixels", "channels": 8, "batch": 32}
    weights = flow.fit(Task(batch, 0, settings, steps=4, trainer=task.trainer))
    made = flow.sample(weights, _given(batch, 3), np.random.default_rng(0), evaluations=3)
    assert made.shape == (3, 24, 22, 3)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"axes": 600}, "axes=600: expected a number from 1 to 512"),
        ({"space": "air"}, "space='air': expected one of codes, pixels"),
        ({"layers": 0}, "layers=0: expected more than 0"),
        ({"nothing": 1.0}, "nothing=1.0: expected a share"),
        ({"guidance": -1.0}, "guidance=-1.0: expected 0 or more"),
        ({"guidance": 2.0, "nothing": 0.0}, "set nothing above 0"),
        ({"colour": 1}, "unknown setting colour; known: "),
    ],
)
def test_settings_out_of_range_are_refused_before_the_work(settings: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        flow.needs(settings)


def test_what_is_missing_is_named(task: Task, weights: Weights) -> None:
    with pytest.raises(ConfigError, match="needs a training loop"):
        flow.fit(dataclasses.replace(task, trainer=None))
    with pytest.raises(ConfigError, match="pass coder="):
        flow.fit(dataclasses.replace(task, coder=None))
    with pytest.raises(DataError, match="holds no pictures"):
        flow.fit(dataclasses.replace(task, train=_given(task.train, 5)))
    with pytest.raises(ConfigError, match="pass coder="):
        flow.sample(weights, _given(task.train, 1), np.random.default_rng(0))
    with pytest.raises(ConfigError, match="sampling knows no width; known: solver"):
        flow.sample(weights, _given(task.train, 1), np.random.default_rng(0), coder=task.coder, width=3)


def test_a_straightened_flow_needs_few_steps_and_keeps_the_condition(task: Task, coder: object, tmp_path: Path) -> None:
    settings = {**task.settings, "preset": "fast", "reflow": 0.4}
    few = dataclasses.replace(task, settings=settings, steps=200, checkpoint=str(tmp_path))
    weights = flow.fit(few)
    made = _halves(flow.sample(weights, _given(task.train, 100), np.random.default_rng(0), coder=coder, evaluations=2))
    assert (made[::2] > 0).mean() > 0.85 and (made[1::2] < 0).mean() > 0.85
    assert weights.head["training"]["steps"] == 120 and weights.head["reflow"]["steps"] == 80
    assert weights.head["settings"]["guidance"] == 1.0
    assert {place.name for place in tmp_path.iterdir()} == {"flow", "reflow"}
