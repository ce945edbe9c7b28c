"""Whole tiny fits of the decoder over picture codes, and its cache against the whole computation."""

import dataclasses
import json

import numpy as np
import pytest
import torch

from genloop.core.errors import ConfigError, DataError
from genloop.core.families import PictureFamily
from genloop.core.protocols import Batch, Field, Task, Weights
from genloop.generators.transformer import pictures as family
from genloop.generators.transformer.pictures.config import Config
from genloop.generators.transformer.pictures.draw import load, pick, write
from genloop.generators.transformer.pictures.loss import DRAWS, encode
from genloop.generators.transformer.pictures.network import Network, Shape
from genloop.nn.condition import Given
from genloop.optimisation.train import train

pytestmark = pytest.mark.neural


class Steps:
    """A stand-in coder: the mean of each 2x2 places in eight steps."""

    shape = (3, 4)
    levels = 8

    def encode(self, pixels: np.ndarray, rng: np.random.Generator | None = None) -> np.ndarray:
        return (pixels.reshape(-1, 3, 2, 4, 2, 1).mean((2, 4, 5)) // 32).astype(np.int64)

    def decode(self, codes: np.ndarray) -> np.ndarray:
        return (codes * 32 + 16).astype(np.uint8).repeat(2, 1).repeat(2, 2)[..., None]


def _pictures(rows: int) -> Batch:
    """Every row of a picture is of one brightness; class 0 gets lighter downwards, class 1 darker."""
    rng = np.random.default_rng(0)
    kind = rng.integers(0, 2, rows)
    first = np.where(kind == 0, 0, 192) + rng.integers(0, 2, rows) * 32
    step = np.where(kind == 0, 64, -64)
    bands = first[:, None] + step[:, None] * np.arange(3)
    pixels = (bands + 16).astype(np.uint8).repeat(2, 1)[:, :, None].repeat(8, 2)[..., None]
    return Batch(kind[:, None].astype(np.uint16), (Field("class", 2, ordered=False),), pixels)


@pytest.fixture(scope="module")
def task() -> Task:
    settings = {"width": 32, "layers": 2, "heads": 2, "precision": "float32", "average": 0.97, "learning_rate": 0.01}
    return Task(_pictures(512), 1, settings, steps=120, trainer=train, coder=Steps())


@pytest.fixture(scope="module")
def weights(task: Task) -> Weights:
    return family.fit(task)


def _asked(kind: int, rows: int) -> Batch:
    return Batch(np.full((rows, 1), kind, np.uint16), (Field("class", 2, ordered=False),))


SHAPES = [Shape(3, 4, 8, 32, 2, 2), Shape(1, 12, 8, 32, 2, 2, (4, 2))]


def _network(task: Task, shape: Shape) -> Network:
    torch.manual_seed(0)
    network = Network(shape, task.train).eval()
    torch.nn.init.normal_(network.leave.own, std=0.3)
    return network


def test_the_family_satisfies_its_protocol() -> None:
    assert isinstance(family, PictureFamily)
    assert family.needs({}) == ("vae", {"preset": "vq"})


def test_made_pictures_follow_class_and_structure(task: Task, weights: Weights) -> None:
    for kind in (0, 1):
        made = family.sample(weights, _asked(kind, 200), np.random.default_rng(0), coder=task.coder)
        real = {tuple(picture) for picture in task.coder.encode(task.train.pixels).reshape(-1, 12)}
        made_codes = task.coder.encode(made).reshape(-1, 12)
        assert np.mean([tuple(codes) in real for codes in made_codes]) > 0.75
        assert np.mean((made_codes[:, 11] > made_codes[:, 0]) == (kind == 0)) > 0.95
        assert len({tuple(codes) for codes in made_codes} & real) >= 2


def test_a_second_picture_alone_decides_what_is_made(task: Task) -> None:
    """A red or a blue cloth stands for the class."""
    colours = np.array([(220, 40, 40), (40, 40, 220)], np.uint8)

    def told(kind: np.ndarray, pixels: np.ndarray | None = None) -> Batch:
        cloth = colours[kind][:, None, None].repeat(16, 1).repeat(16, 2)
        return Batch(np.zeros((len(kind), 0), np.uint16), (), pixels, pictures=cloth)

    learnt = family.fit(dataclasses.replace(task, train=told(task.train.codes[:, 0], task.train.pixels)))
    kind = np.arange(200) % 2
    made = family.sample(learnt, told(kind), np.random.default_rng(0), coder=task.coder)
    codes = task.coder.encode(made).reshape(-1, 12)
    assert np.mean((codes[:, 11] > codes[:, 0]) == (kind == 0)) > 0.95


@pytest.mark.parametrize("shape", SHAPES)
def test_drawing_with_the_cache_is_drawing_without(task: Task, shape: Shape) -> None:
    """The network is random, so that every place matters."""
    network = _network(task, shape)
    given, rng = _asked(1, 5), np.random.default_rng(7)
    with torch.no_grad():
        drawn = write(network, given, rng, Config(guidance=1.0))
        chances = torch.from_numpy(np.random.default_rng(7).random((12, 5), dtype=np.float32))
        codes = torch.zeros(5, 12, dtype=torch.long)
        for place in range(12):
            codes[:, place] = pick(network(codes, Given.of(given))[:, place], 0.0, chances[place])
    assert torch.equal(drawn, codes)
    assert len(drawn.unique()) > 4


@pytest.mark.parametrize("shape", SHAPES)
def test_no_place_sees_its_own_code_or_later_ones(task: Task, shape: Shape) -> None:
    network = _network(task, shape)
    codes = torch.randint(8, (2, 12))
    other = codes.clone()
    other[:, 6:] = (other[:, 6:] + 1) % 8
    with torch.no_grad():
        first, second = (network(rows, Given.of(_asked(0, 2))) for rows in (codes, other))
    assert torch.allclose(first[:, :7], second[:, :7], atol=1e-5)
    assert not torch.allclose(first[:, 7:], second[:, 7:], atol=1e-2)


def test_levels_are_picked_as_often_as_their_chances_say() -> None:
    logits = torch.tensor([0.5, 0.3, 0.15, 0.05]).log().expand(20_000, 4)
    chance = torch.from_numpy(np.random.default_rng(0).random(20_000, dtype=np.float32))
    share = torch.bincount(pick(logits, 0.0, chance), minlength=4) / 20_000
    assert torch.allclose(share, torch.tensor([0.5, 0.3, 0.15, 0.05]), atol=0.015)
    kept = torch.bincount(pick(logits, 0.2, chance), minlength=4) / 20_000
    assert torch.allclose(kept, torch.tensor([0.5, 0.3, 0.15, 0.0]) / 0.95, atol=0.015)


def test_levels_that_share_a_step_share_what_is_learnt_and_folding_changes_nothing(task: Task) -> None:
    network = _network(task, SHAPES[1])
    levels = network.leave
    assert levels.parts is not None
    with torch.no_grad():
        torch.nn.init.normal_(levels.parts)
        for level in range(8):
            shared = levels.parts[:, level % 4] + levels.parts[:, 4 + level // 4]
            assert torch.allclose(levels.whole()[:, level], levels.own[:, level] + shared)
        codes = torch.randint(8, (2, 12))
        before = network(codes, Given.of(_asked(0, 2)))
        assert torch.allclose(network.cast()(codes, Given.of(_asked(0, 2))), before, atol=1e-5)


class Row(Steps):
    """The same codes in a row, drawn with a generator: each picture's brightness is a level up or down."""

    shape = (1, 12)
    steps = (4, 2)

    def encode(self, pixels: np.ndarray, rng: np.random.Generator | None = None) -> np.ndarray:
        codes = super().encode(pixels).reshape(-1, 1, 12)
        return codes if rng is None else (codes + rng.integers(-1, 2, (len(codes), 1, 1))).clip(0, 7)

    def decode(self, codes: np.ndarray) -> np.ndarray:
        return super().decode(codes.reshape(-1, 3, 4))


def test_a_row_of_codes_is_learnt_from_draws_as_well(task: Task) -> None:
    assert len(encode(Steps(), task.train.pixels, 0)) == 1
    bank = encode(Row(), task.train.pixels, 0)
    assert bank.shape == (DRAWS, 512, 12) and torch.equal(bank, encode(Row(), task.train.pixels, 0))
    assert torch.equal(bank[0].view(-1, 1, 12), torch.from_numpy(Row().encode(task.train.pixels)).int())
    assert 0.4 < (bank[1:] != bank[0]).float().mean() < 0.9
    weights = family.fit(dataclasses.replace(task, coder=Row()))
    made = family.sample(weights, _asked(1, 200), np.random.default_rng(0), coder=Row())
    assert np.mean(made[:, 0].mean((1, 2)) > made[:, -1].mean((1, 2))) > 0.95
    assert np.mean(made[:, :2].std((1, 2, 3)) < 20) > 0.7


def test_an_untrained_network_draws_levels_as_often_as_they_occur(task: Task) -> None:
    weights = family.fit(dataclasses.replace(task, steps=1, settings={**task.settings, "learning_rate": 1e-9}))
    with torch.no_grad():
        logits = load(weights)(torch.zeros(1, 12, dtype=torch.long), Given.of(_asked(0, 1)))
    real = np.bincount(task.coder.encode(task.train.pixels).ravel(), minlength=8) / (512 * 12)
    assert np.allclose(logits.softmax(-1)[0, 5], real, atol=0.01)


def test_the_same_seed_and_steps_give_the_same_weights(task: Task) -> None:
    short = dataclasses.replace(task, steps=10)
    first, second = family.fit(short), family.fit(short)
    assert all(np.array_equal(first.arrays[name], second.arrays[name]) for name in first.arrays)


def test_guidance_and_low_temperature_prefer_what_is_likely(task: Task, weights: Weights) -> None:
    draws = {
        heat: family.sample(weights, _asked(0, 300), np.random.default_rng(0), coder=task.coder, **heat_of)
        for heat, heat_of in (("free", {"guidance": 0.0}), ("led", {"guidance": 1.5, "temperature": 0.7}))
    }
    right = {heat: np.mean(made[:, -1].mean((1, 2)) > made[:, 0].mean((1, 2))) for heat, made in draws.items()}
    assert right["free"] < 0.8 and right["led"] > 0.97


def test_the_head_is_json_and_no_array_has_a_row_for_each_picture(weights: Weights) -> None:
    json.dumps(weights.head)
    assert all(512 not in array.shape for array in weights.arrays.values())


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"preset": "big"}, "preset='big': expected one of codes"),
        ({"width": 30}, "width=30: expected a multiple of heads=4"),
        ({"temperature": 0.0}, "temperature=0.0: expected more than 0"),
        ({"dropout": 1.0}, "dropout=1.0: expected a share from 0 to below 1"),
        ({"guidance": 2.0, "nothing": 0.0}, "set nothing above 0"),
        ({"colour": 1}, "unknown setting colour; known: "),
    ],
)
def test_settings_out_of_range_are_refused_before_the_work(settings: dict, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        family.needs(settings)


def test_what_is_missing_is_named(task: Task, weights: Weights) -> None:
    with pytest.raises(ConfigError, match="needs a training loop"):
        family.fit(dataclasses.replace(task, trainer=None))
    with pytest.raises(ConfigError, match="vae with the preset vq"):
        family.fit(dataclasses.replace(task, coder=None))
    with pytest.raises(DataError, match="holds no pictures"):
        family.fit(dataclasses.replace(task, train=_asked(0, 3)))
    with pytest.raises(ConfigError, match="pass coder="):
        family.sample(weights, _asked(0, 1), np.random.default_rng(0))
    with pytest.raises(ConfigError, match="sampling knows no width; known: temperature"):
        family.sample(weights, _asked(0, 1), np.random.default_rng(0), coder=task.coder, width=3)
