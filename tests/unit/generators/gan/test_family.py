"""Whole tiny runs of the adversarial family: what it learns, repeats, resumes and refuses."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from genloop.core.errors import ConfigError, DataError, ModelFileError  # noqa: E402
from genloop.core.families import PictureFamily  # noqa: E402
from genloop.core.protocols import Batch, Field, Task, Weights  # noqa: E402
from genloop.generators import gan  # noqa: E402
from genloop.generators.gan import loss  # noqa: E402
from genloop.nn.condition import Given, scale  # noqa: E402
from genloop.nn.convolution import pad  # noqa: E402
from genloop.optimisation.train import train  # noqa: E402

pytestmark = pytest.mark.neural

SMALL = {"width": 8, "batch": 16, "features": 16, "noise": 8, "condition": 8, "precision": "float32", "warmup": 5}
CLASS = Field("class", 2, False)


def _pictures(rows: int = 96, shape: tuple[int, int, int] = (12, 12, 1)) -> Batch:
    """Class 0 is bright on the left, class 1 on the right, at a brightness of its own each."""
    rng = np.random.default_rng(0)
    codes = (np.arange(rows) % 2).astype(np.uint16)[:, None]
    pixels = np.zeros((rows, *shape), np.uint8)
    half = shape[1] // 2
    for row in range(rows):
        pixels[row, :, half * codes[row, 0] : half * (codes[row, 0] + 1)] = rng.integers(120, 255)
    return Batch(codes, (CLASS,), pixels)


def _fit(batch: Batch | None = None, settings: dict[str, Any] | None = None, **task: Any) -> Weights:
    values = {"seed": 3, "steps": 12, "trainer": train, **task}
    return gan.fit(Task(_pictures() if batch is None else batch, settings={**SMALL, **(settings or {})}, **values))


def _given(rows: int, code: int) -> Batch:
    return Batch(np.full((rows, 1), code, np.uint16), (CLASS,))


def test_it_is_a_family_of_pictures() -> None:
    assert isinstance(gan, PictureFamily)
    assert gan.needs({}) is None
    with pytest.raises(ConfigError, match="unknown setting nonsense"):
        gan.needs({"nonsense": 1})


@pytest.mark.parametrize(
    ("settings", "rate"),
    [({"width": 16}, 2.5e-3), ({"width": 32}, 1.5e-3), ({"width": 32, "learning_rate": 4e-3}, 4e-3)],
)
def test_wider_networks_learn_at_a_lower_rate_unless_one_is_set(settings: dict[str, Any], rate: float) -> None:
    asked: list[float] = []

    def note(learner: Any, rows: Batch, held: Batch, task: Task, chosen: dict[str, Any]) -> Weights:
        asked.append(chosen["learning_rate"])
        return train(learner, rows, held, task, chosen)

    _fit(steps=1, trainer=note, settings=settings)
    assert asked == [pytest.approx(rate, rel=0.01)]


def test_a_tiny_run_learns_which_side_each_class_is_bright_on() -> None:
    weights = _fit(steps=80)
    for code in (0, 1):
        made = gan.sample(weights, _given(40, code), np.random.default_rng(1)).astype(float)
        sides = made[:, :, :6].mean(), made[:, :, 6:].mean()
        assert sides[code] > 100
        assert sides[1 - code] < 60
    assert weights.head["training"]["failed"] is None
    assert weights.head["training"]["reason"] == "finished"


def test_the_same_seed_and_steps_give_the_same_weights_and_another_seed_does_not() -> None:
    first, again, other = _fit(), _fit(), _fit(seed=4)
    for name, array in first.arrays.items():
        np.testing.assert_array_equal(array, again.arrays[name])
    assert any((array != other.arrays[name]).any() for name, array in first.arrays.items())


@pytest.mark.parametrize("preset", ["modern", "dcgan"])
def test_a_fit_broken_off_and_resumed_equals_one_that_was_not(tmp_path: Path, preset: str) -> None:
    asked = iter(range(1000))
    _fit(settings={"preset": preset}, checkpoint=str(tmp_path), stop=lambda: next(asked) >= 5)
    resumed, whole = _fit(settings={"preset": preset}, checkpoint=str(tmp_path)), _fit(settings={"preset": preset})
    for name, array in whole.arrays.items():
        np.testing.assert_array_equal(array, resumed.arrays[name])


@pytest.mark.parametrize(
    "settings",
    [
        {"preset": "dcgan"},
        {"preset": "r3gan"},
        {"preset": "wgan-gp"},
        {"spectral": "critic"},
        {"precision": "bfloat16"},
    ],
)
def test_every_preset_trains_and_makes_pictures_of_the_asked_shape(settings: dict[str, Any]) -> None:
    weights = _fit(settings=settings, steps=4)
    made = gan.sample(weights, _given(5, 1), np.random.default_rng(0))
    assert made.shape == (5, 12, 12, 1)
    assert made.dtype == np.uint8
    assert all(np.isfinite(array).all() for array in weights.arrays.values())


@pytest.mark.parametrize("shape", [(28, 28, 1), (16, 16, 3), (33, 20, 4), (64, 64, 4), (5, 7, 3)])
def test_any_size_and_number_of_channels_goes_through(shape: tuple[int, int, int]) -> None:
    weights = _fit(_pictures(32, shape), steps=1)
    assert gan.sample(weights, _given(3, 0), np.random.default_rng(0)).shape == (3, *shape)


def test_vectors_and_second_pictures_are_conditions_and_none_are_needed() -> None:
    plain, rng = _pictures(32), np.random.default_rng(0)
    vectors = rng.normal(size=(32, 6)).astype(np.float32)
    told = Batch(plain.codes, plain.fields, plain.pixels, vectors, plain.pixels)
    one, two = np.random.default_rng(0), np.random.default_rng(0)
    weights = _fit(told, steps=3)
    other = Batch(told.codes, told.fields, None, vectors[::-1].copy(), told.pictures)
    assert (gan.sample(weights, told, one) != gan.sample(weights, other, two)).any()
    alone = _fit(Batch(np.zeros((32, 0), np.uint16), (), plain.pixels), steps=2)
    assert gan.sample(alone, Batch(np.zeros((4, 0), np.uint16), ()), one).shape == (4, 12, 12, 1)


def test_sampling_repeats_with_the_generator_and_truncation_narrows_it() -> None:
    weights = _fit(steps=40)
    first, again = (gan.sample(weights, _given(64, 0), np.random.default_rng(5)) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    narrow = gan.sample(weights, _given(64, 0), np.random.default_rng(5), truncation=0.05)
    assert narrow.astype(float).std(0).mean() < 0.5 * first.astype(float).std(0).mean()


def test_the_critic_finds_real_pictures_more_real_than_noise() -> None:
    weights, batch = _fit(steps=60), _pictures()
    noise = np.random.default_rng(0).integers(0, 255, (96, 12, 12, 1), np.uint8)
    real = gan.score(weights, batch)
    assert real.shape == (96,)
    assert real.mean() > gan.score(weights, Batch(batch.codes, batch.fields, noise)).mean()
    assert gan.score(weights, batch.take(np.arange(0))).shape == (0,)


def test_learning_goes_on_from_weights_and_only_from_fitting_ones() -> None:
    before = _fit(steps=5)
    after = _fit(steps=1, initial=before, settings={"learning_rate": 1e-9})
    np.testing.assert_allclose(after.arrays["critic.answer.weight"], before.arrays["critic.answer.weight"], atol=1e-6)
    with pytest.raises(DataError, match=r"the model to continue from learnt .*; learn afresh, without --from"):
        _fit(settings={"width": 16}, initial=before)


def test_learning_goes_on_with_another_time_in_the_same_width(tmp_path: Path) -> None:
    before = _fit(settings={"width": 0}, steps=2, max_seconds=60.0)
    assert before.head["shape"]["width"] == 32
    assert _fit(settings={"width": 0}, steps=1, max_seconds=1.0, initial=before).head["shape"]["width"] == 32
    asked = iter(range(1000))
    broken = {"settings": {"width": 0}, "steps": 12, "checkpoint": str(tmp_path)}
    _fit(**broken, max_seconds=60.0, stop=lambda: next(asked) >= 5)
    resumed = _fit(**broken, max_seconds=10_000.0)
    assert resumed.head["shape"]["width"] == 32
    assert resumed.head["training"]["steps"] == 12


def test_few_pictures_seen_too_well_are_augmented() -> None:
    weights = _fit(_pictures(32), settings={"target": -1.0}, steps=30)
    assert weights.head["augmented"] == pytest.approx(30 * 16 / 100_000, abs=1e-4)
    assert _fit(settings={"augment": "none", "target": -1.0}).head["augmented"] == 0


def test_what_cannot_be_learnt_is_refused_with_what_to_do() -> None:
    with pytest.raises(DataError, match="nothing to learn: 0 pictures, at least 2 are needed"):
        _fit(_given(3, 0))
    with pytest.raises(DataError, match="nothing to learn: 1 pictures"):
        _fit(_pictures(1))
    with pytest.raises(ConfigError, match="needs a training loop"):
        _fit(trainer=None)


def test_arrays_that_do_not_fit_their_head_are_refused() -> None:
    weights = _fit(steps=1)
    arrays = {name: array for name, array in weights.arrays.items() if name != "generator.begin.weight"}
    with pytest.raises(ModelFileError, match="the arrays of this gan do not fit its head"):
        gan.sample(Weights(weights.head, arrays), _given(1, 0), np.random.default_rng(0))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"preset": "huge"}, "gan preset 'huge': expected one of modern, dcgan, r3gan, wgan-gp"),
        ({"loss": "best"}, "gan setting loss='best': expected one of hinge"),
        ({"penalty": -1.0}, r"gan setting penalty=-1.0: expected at least 0"),
        ({"batch": 1}, "gan setting batch=1: expected at least 2"),
        ({"critic_rate": 0.0}, "gan setting critic_rate=0.0: expected more than 0"),
    ],
)
def test_a_setting_out_of_range_is_refused(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        gan.resolve(settings)


def test_width_grows_slowly_with_the_time_for_each_pixel() -> None:
    batch, config = _pictures(2, (28, 28, 1)), gan.resolve({})
    widths = [gan.Shape.of(batch, config, seconds).width for seconds in (None, 60.0, 300.0, 1e7)]
    assert widths == [16, 16, 32, 96]


def test_odd_sizes_are_padded_inside() -> None:
    shape = gan.Shape.of(_pictures(2, (28, 28, 1)), gan.resolve({}), None)
    assert (shape.sizes.grid, shape.inner, shape.sizes.depths) == ((7, 7), (28, 28), (32, 16))
    odd = gan.Shape.of(_pictures(2, (33, 20, 3)), gan.resolve({}), None)
    assert (odd.sizes.grid, odd.inner) == ((5, 3), (40, 24))
    assert gan.Shape.from_head(odd.to_head()) == odd


def test_a_held_critic_answers_after_loading_as_when_it_had_learnt(monkeypatch: pytest.MonkeyPatch) -> None:
    games: list[Any] = []
    begin = loss.Game.__init__

    def note(self: Any, *values: Any) -> None:
        begin(self, *values)
        games.append(self)

    monkeypatch.setattr(loss.Game, "__init__", note)
    weights, batch = _fit(settings={"spectral": "critic"}, steps=60), _pictures()
    game = games[0].eval()
    with torch.no_grad():
        for name, value in game.critic.named_parameters():
            value.copy_(torch.from_numpy(weights.arrays[f"critic.{name}"]))
        game.critic.train()
        for _ in range(30):  # the estimate of the spectral norm settles
            game.critic(pad(scale(batch.pixels), *game.shape.inner), Given.of(batch))
        learnt = game.critic.eval()(pad(scale(batch.pixels), *game.shape.inner), Given.of(batch))[0].numpy()
    np.testing.assert_allclose(gan.score(weights, batch), learnt, rtol=0.02, atol=0.02 * learnt.std())
    arrays = {name: array for name, array in weights.arrays.items() if name != "critic.answer.bias"}
    with pytest.raises(ModelFileError, match="do not fit its head"):
        gan.score(Weights(weights.head, arrays), batch)
