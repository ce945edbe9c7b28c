"""The two players' own losses: what each pays for, and how strong the penalty is."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from genloop.core.protocols import Batch, Field  # noqa: E402
from genloop.generators.gan.config import Shape, resolve  # noqa: E402
from genloop.generators.gan.loss import PICTURES_TO_ONE, STRONGER, Game  # noqa: E402
from genloop.generators.gan.network import noise  # noqa: E402

pytestmark = pytest.mark.neural


def _rng() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def _batch(shape: tuple[int, int, int] = (8, 8, 1)) -> Batch:
    rng = np.random.default_rng(0)
    codes = rng.integers(0, 3, (16, 1)).astype(np.uint16)
    return Batch(codes, (Field("a", 3, False),), rng.integers(0, 256, (16, *shape), np.uint8))


def _game(shape: tuple[int, int, int] = (8, 8, 1), rows: int = 640, **settings: float | str) -> Game:
    config = resolve({"width": 8, "features": 8, **settings})
    return Game(Shape.of(_batch(shape), config, None), config, torch.float32, rows, _rng())


@pytest.mark.parametrize(("shape", "weight"), [((28, 28, 1), 0.5), ((56, 28, 1), 1.0), ((28, 28, 4), 2.0)])
def test_the_penalty_is_in_proportion_to_the_numbers_in_a_picture(shape: tuple[int, int, int], weight: float) -> None:
    assert _game(shape, penalty=0.5)._weight() == pytest.approx(weight)


def test_the_penalty_grows_with_passes_over_the_data_and_by_remedy() -> None:
    game = _game((28, 28, 1), rows=640, batch=64, penalty=0.5)
    game.moved += 300  # thirty passes
    assert game._weight() == pytest.approx(1.0)
    game.remedy("penalty")
    assert game._weight() == pytest.approx(STRONGER)


def test_a_remedy_of_augmentation_begins_it() -> None:
    game = _game()
    game.remedy("augmentation")
    assert float(game.chance) == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("rows", "real", "chance"),
    [(640, [2.0, 3.0], 3), (640, [0.5, -3.0], 0), (2_000, [2.0, 3.0], 0)],
    ids=["ahead of made ones", "behind them", "many pictures"],
)
def test_the_relativistic_game_augments_few_pictures_when_real_ones_are_ahead_of_made_ones(
    rows: int, real: list[float], chance: int
) -> None:
    game = _game(rows=rows, preset="r3gan", target=0.0)
    for _ in range(3):
        game._follow(torch.tensor(real), torch.tensor([1.0, 1.0]))
    assert float(game.chance) == pytest.approx(chance * 2 / PICTURES_TO_ONE)
    assert float(game.moved) == 3


@pytest.mark.parametrize("loss", ["hinge", "classic"])
def test_other_games_augment_by_the_sign_of_real_answers_however_many_pictures_there_are(loss: str) -> None:
    game = _game(rows=8_000, loss=loss, target=0.0)
    game._follow(torch.tensor([2.0, 3.0]), torch.tensor([9.0, 9.0]))
    assert float(game.chance) == pytest.approx(2 / PICTURES_TO_ONE)


def test_only_the_critic_pays_for_naming_and_only_for_real_pictures() -> None:
    batch = _batch()
    told, untold = _game(), _game(label=0.0)
    untold.load_state_dict(told.state_dict())
    paid = [float(game.loss(batch, _rng(), "critic").detach()) for game in (told, untold)]
    assert paid[0] > paid[1]
    untold.load_state_dict(told.state_dict())
    alike = [float(game.loss(batch, _rng(), "generator").detach()) for game in (told, untold)]
    assert alike[0] == alike[1]


def test_only_the_generator_is_averaged_and_nothing_decays() -> None:
    game = _game()
    averaged = {name.split(".")[0] for name, _ in game.named_parameters() if game.averaged(name)}
    assert averaged == {"generator"}
    assert {game.decay(name) for name, _ in game.named_parameters()} == {0.0}


def test_noise_has_one_length_and_when_cut_stays_within() -> None:
    whole, cut = noise(200, 16, _rng()), noise(2000, 16, _rng(), 0.7)
    torch.testing.assert_close(whole.norm(dim=1), torch.full((200,), 4.0))
    assert float(cut.abs().max()) <= 0.7
    # the variance of a normal number between -c and c is 1 - 2 c phi(c) / (2 Phi(c) - 1)
    assert float(cut.var()) == pytest.approx(1 - 2 * 0.7 * 0.31225393 / 0.51607270, abs=0.005)
