"""The critic beside the bound: who pays for what, and what of it a model keeps."""

import numpy as np
import pytest
import torch

from genloop.core.errors import ConfigError
from genloop.generators import vae
from genloop.generators.vae.config import Shape, resolve
from genloop.generators.vae.duel import STRONGER, Duel
from genloop.generators.vae.loss import _duel
from genloop.generators.vae.network import Network
from genloop.generators.vae.objective import Objective
from genloop.nn.condition import Given


def _rng():
    return torch.Generator().manual_seed(0)


@pytest.fixture
def duel(task):
    """A duel over dots before its first step, by settings."""

    def build(**settings) -> Duel:
        job = task(preset="latent", **settings)
        config = resolve(job.settings)
        network = Network(Shape.of(job.train, config), _rng())
        return _duel(Objective(network, config, torch.float32), job, len(job.train))

    return build


def test_the_network_pays_the_bound_and_for_the_critics_doubt(task, duel):
    rows, costs = task().train, {}
    for weight in (0.1, 0.2, 0.4):
        game = duel(adversary=weight)
        game.loss(rows, _rng(), "critic")
        costs[weight] = float(game.loss(rows, _rng(), "network").detach())
    assert costs[0.4] - costs[0.2] == pytest.approx(2 * (costs[0.2] - costs[0.1]), rel=1e-4)
    x, values, cost = game.own[0].parts(rows, _rng())
    bound = float(game.own[0].weighed(x, values, cost).detach())
    assert 2 * costs[0.1] - costs[0.2] == pytest.approx(bound, rel=1e-4)


def test_each_player_moves_its_own_arrays_only(task, duel):
    rows, game = task().train, duel()
    for player in game.players:
        loss = game.loss(rows, _rng(), player)
        own = [array for name, array in game.named_parameters() if name.startswith(player)]
        assert any(
            float(slope.abs().sum()) > 0
            for slope in torch.autograd.grad(loss, own, allow_unused=True)
            if slope is not None
        )
    assert {name.split(".")[0] for name, _ in game.named_parameters()} == set(game.players)
    assert {name.split(".")[0] for name, _ in game.named_parameters() if game.averaged(name)} == {"network"}


def test_the_alarm_makes_the_penalty_stronger(task, duel):
    rows, weak, strong = task().train, duel(), duel()
    strong.remedy("penalty")
    assert float(strong.strength) == STRONGER
    strong.load_state_dict({**weak.state_dict(), "strength": strong.strength})
    first, second = (float(game.loss(rows, _rng(), "critic").detach()) for game in (weak, strong))
    assert second > first


def test_a_model_keeps_no_critic_and_no_factor_of_sharpness(task):
    weights = vae.fit(task(preset="latent", steps=2))
    assert not [name for name in weights.arrays if name.startswith("critic")]
    assert "sharpness" not in weights.head and weights.head["shape"]["stack"]


def test_the_networks_turn_makes_its_decodings_look_more_real_to_the_critic(task, duel):
    rows, game = task().train, duel(adversary=1e3, named=0.0)

    def answer() -> float:
        with torch.no_grad():
            made = torch.tanh(game.own[0].parts(rows, _rng())[1] / 2)
            return float(game.critic(game._padded(made), Given.of(rows))[0].mean())

    before = answer()
    game.loss(rows, _rng(), "critic")
    game.loss(rows, _rng(), "network").backward()
    with torch.no_grad():
        for array in game.network.parameters():
            array -= 1e-7 * (0 if array.grad is None else array.grad)
    assert answer() > before


def test_a_grid_of_whole_numbers_takes_no_critic():
    with pytest.raises(ConfigError, match="layout='grid' takes none, set it to 0"):
        resolve({"preset": "vq", "layout": "grid"})


def test_drawn_rows_come_back_as_pictures_of_their_size(task, duel):
    rows = task().train.take(np.arange(5))
    made = duel().draw(rows, _rng())
    assert made.shape == rows.pixels.shape and made.dtype == np.uint8
