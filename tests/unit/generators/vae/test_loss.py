"""The bound against closed forms."""

import math

import numpy as np
import pytest
import torch

from genloop.core.errors import ConfigError, DataError
from genloop.core.protocols import Task
from genloop.generators import vae
from genloop.generators.vae.config import Shape, resolve
from genloop.generators.vae.network import Network
from genloop.generators.vae.normal import divergence, draw
from genloop.generators.vae.objective import Objective, likelihood


def test_the_divergence_is_that_of_two_normal_distributions():
    mean, log_variance = torch.tensor([[0.0, 1.5, -2.0]]), torch.tensor([[0.0, -1.0, 0.7]])
    posterior = torch.distributions.Normal(mean, (log_variance / 2).exp())
    closed = torch.distributions.kl_divergence(posterior, torch.distributions.Normal(0.0, 1.0))
    assert torch.allclose(divergence(mean, log_variance), closed, atol=1e-6)


def test_draws_have_the_posteriors_mean_and_spread():
    mean, log_variance = torch.full((20_000, 1), 2.0), torch.full((20_000, 1), math.log(0.25))
    drawn = draw(mean, log_variance, torch.Generator().manual_seed(1))
    assert drawn.mean().item() == pytest.approx(2, abs=0.02) and drawn.std().item() == pytest.approx(0.5, abs=0.01)


def test_likelihoods_are_those_of_the_named_distributions():
    values, x = torch.randn(2, 3, 4, 4), torch.rand(2, 3, 4, 4) * 2 - 1
    log_variance = torch.tensor([-1.0, 0.0, 0.5])
    normal = torch.distributions.Normal(torch.tanh(values / 2), (log_variance / 2).exp()[:, None, None])
    assert torch.allclose(likelihood(values, x, log_variance, "gaussian"), normal.log_prob(x).sum((1, 2, 3)), atol=1e-4)
    coin, black_or_white = torch.distributions.Bernoulli(logits=values), (x > 0).float()
    found = likelihood(values, black_or_white * 2 - 1, log_variance, "bernoulli")
    assert torch.allclose(found, coin.log_prob(black_or_white).sum((1, 2, 3)), atol=1e-4)


def test_the_bound_of_a_linear_gaussian_model_is_its_evidence_at_the_true_posterior():
    """x = w z + noise: with q the exact posterior, E log p(x | z) - KL equals log N(x; 0, w w' + variance I)."""
    rng = torch.Generator().manual_seed(5)
    w, variance = torch.randn(4, 1, generator=rng, dtype=torch.float64), 0.3
    x = torch.randn(4, generator=rng, dtype=torch.float64)
    spread = 1 / (1 + (w.T @ w).item() / variance)
    mean = spread * (w.T @ x).item() / variance
    z = draw(torch.full((400_000, 1), mean), torch.full((400_000, 1), math.log(spread)), rng).double()
    values = 2 * torch.atanh((z @ w.T / 20).clamp(-0.99, 0.99))[:, :, None, None]
    log_variance = torch.full((4,), math.log(variance / 400), dtype=torch.float64)
    same = (x / 20)[None, :, None, None].expand_as(values)
    seen = likelihood(values, same, log_variance, "gaussian").mean()
    bound = seen - divergence(torch.tensor([[mean]]), torch.tensor([[math.log(spread)]])).sum()
    evidence = torch.distributions.MultivariateNormal(
        torch.zeros(4, dtype=torch.float64), w @ w.T + variance * torch.eye(4, dtype=torch.float64)
    ).log_prob(x)
    assert bound.item() - 4 * math.log(20) == pytest.approx(evidence.item(), abs=0.01)


def test_the_objective_is_the_weighted_bound_and_free_bits_cost_nothing(task):
    rows = task().train
    costs = {}
    for beta, free in ((0.0, 0.0), (1.0, 0.0), (2.0, 0.0), (1.0, 50.0)):
        config = resolve({"wide": 16, "beta": beta, "free_bits": free, "precision": "float32"})
        network = Network(Shape.of(rows, config), torch.Generator().manual_seed(1))
        costs[beta, free] = Objective(network, config, torch.float32).loss(rows, None).item() * 256
    assert costs[2.0, 0.0] - costs[1.0, 0.0] == pytest.approx(costs[1.0, 0.0] - costs[0.0, 0.0], rel=1e-3)
    assert costs[1.0, 50.0] - costs[0.0, 0.0] == pytest.approx(50 * 16, rel=1e-3)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"preset": "giant"}, "vae preset 'giant': expected one of gaussian, beta, latent, vq"),
        ({"beta": -1}, "beta=-1: expected at least 0"),
        ({"levels": [8, 1]}, "expected numbers of at least 2"),
        ({"holdout": 1.0}, "holdout=1.0: expected a share"),
        ({"precision": "int8"}, "expected one of auto, float32, bfloat16"),
        ({"colour": "red"}, "unknown setting colour"),
    ],
)
def test_a_setting_out_of_range_is_refused(settings, message):
    with pytest.raises(ConfigError, match=message):
        vae.needs(settings)


def test_a_fit_without_pictures_or_loop_says_what_is_missing(task):
    job = task()
    with pytest.raises(ConfigError, match="needs a training loop"):
        vae.fit(Task(train=job.train, seed=0))
    empty = job.train.take(np.zeros(0, np.int64))
    with pytest.raises(DataError, match="the rows hold no pictures"):
        vae.fit(Task(train=empty, seed=0, trainer=job.trainer))
    with pytest.raises(ConfigError, match="a plan of two stages"):
        vae.fit(task(prior="flow"))
