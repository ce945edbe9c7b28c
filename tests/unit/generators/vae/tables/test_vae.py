"""The autoencoder of tables: its bound against closed forms, one whole tiny run, conditions, and bad input."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from genloop.core.errors import ConfigError, DataError, ModelFileError  # noqa: E402
from genloop.core.protocols import Batch, Field, Task, Weights  # noqa: E402
from genloop.generators.vae import tables  # noqa: E402
from genloop.generators.vae.normal import density, divergence  # noqa: E402
from genloop.generators.vae.tables.config import Config, Shape  # noqa: E402
from genloop.generators.vae.tables.loss import elbo, subsets  # noqa: E402
from genloop.generators.vae.tables.network import Network  # noqa: E402
from genloop.optimisation.train import train  # noqa: E402

pytestmark = pytest.mark.neural

FIELDS = (Field("group", 4, ordered=False), Field("amount", 200, ordered=True, missing=True))
QUICK = {"hidden": 32, "latent": 4, "growing": 80, "learning_rate": 0.02, "precision": "float32"}


@pytest.fixture(scope="module")
def batch() -> Batch:
    """The amount is 10 in half of the rows, else 50 a group higher for each group; every tenth is missing."""
    rng = np.random.default_rng(0)
    group = rng.integers(0, 4, 2000)
    amount = np.where(rng.random(2000) < 0.5, 10, 11 + 45 * group + rng.integers(0, 40, 2000))
    amount[::10] = 0
    return Batch(np.stack([group, amount], 1).astype(np.uint16), FIELDS)


@pytest.fixture(scope="module")
def weights(batch: Batch) -> Weights:
    """A tiny fit."""
    return tables.fit(Task(train=batch, seed=0, settings=QUICK, steps=200, trainer=train))


def _network(batch: Batch) -> Network:
    network = Network(Shape.of(batch, Config(hidden=16, latent=3)), torch.Generator().manual_seed(0))
    network.heads.start(batch.codes)
    return network


def test_the_divergence_is_that_of_torch_s_own_normal_distributions() -> None:
    rng = torch.Generator().manual_seed(0)
    mean, log_variance = torch.randn(7, 5, generator=rng), torch.randn(7, 5, generator=rng)
    own = torch.distributions.Normal(mean, (log_variance / 2).exp())
    standard = torch.distributions.Normal(torch.zeros(7, 5), torch.ones(7, 5))
    wanted = torch.distributions.kl_divergence(own, standard).sum(1)
    torch.testing.assert_close(divergence(mean, log_variance).sum(1), wanted)
    z = torch.randn(7, 5, generator=rng)
    torch.testing.assert_close(density(z, mean, log_variance), own.log_prob(z).sum(1))


def test_the_bound_of_a_decoder_deaf_to_its_code_is_likelihood_less_divergence(batch: Batch) -> None:
    network = _network(batch)
    torch.nn.init.zeros_(network.heads.coarse.weight)
    codes = torch.from_numpy(batch.codes[:50].astype(np.int64))
    seen = torch.ones(50, 2, dtype=torch.bool)
    shares = [(np.bincount(batch.codes[:, f], minlength=s) + 0.05) for f, s in ((0, 4), (1, 200))]
    told = sum(np.log((share / share.sum())[batch.codes[:50, f]]) for f, share in enumerate(shares))
    with torch.no_grad():
        found = elbo(network, codes, seen, torch.Generator().manual_seed(1))
        apart = divergence(*network.encode(codes, seen)).sum(1).numpy()
    np.testing.assert_allclose(found.numpy(), told - apart, atol=1e-3)


def test_many_draws_of_a_deaf_decoder_leave_the_likelihood_itself(batch: Batch) -> None:
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = _network(batch)
    torch.nn.init.zeros_(network.heads.coarse.weight)
    codes = torch.from_numpy(batch.codes[:10].astype(np.int64))

    def bound(draws: int, times: int) -> np.ndarray:
        """Each row's bound, the mean of so many."""
        rows = codes.repeat(times, 1)
        found = elbo(network, rows, torch.ones(len(rows), 2, dtype=torch.bool), rng, draws=draws)
        return np.asarray(found.view(times, len(codes)).mean(0).numpy())

    rng = torch.Generator().manual_seed(1)
    shares = [(np.bincount(batch.codes[:, f], minlength=s) + 0.05) for f, s in ((0, 4), (1, 200))]
    told = sum(np.log((share / share.sum())[batch.codes[:10, f]]) for f, share in enumerate(shares))
    with torch.no_grad():
        one, some, many = bound(1, 4000), bound(8, 500), bound(100_000, 1)
    assert (one < some).all()
    assert (some < many).all()
    np.testing.assert_allclose(many, told, atol=0.1)


def test_a_row_seen_in_part_is_told_only_by_what_is_seen(batch: Batch) -> None:
    network = _network(batch)
    codes = torch.from_numpy(batch.codes[:20].astype(np.int64))
    nothing = torch.zeros(20, 2, dtype=torch.bool)
    with torch.no_grad():
        found = elbo(network, codes, nothing, torch.Generator().manual_seed(1))
        apart = divergence(*network.encode(codes, nothing)).sum(1)
    torch.testing.assert_close(found, -apart)


def test_the_asked_share_of_rows_is_seen_in_part() -> None:
    rows = torch.zeros(4000, 6, dtype=torch.long)
    seen = subsets(rows, 0.3, torch.Generator().manual_seed(0))
    assert 1 - float(seen.all(1).float().mean()) == pytest.approx(0.3 * 6 / 7, abs=0.03)
    assert bool(subsets(rows, 0.0, torch.Generator().manual_seed(0)).all())


def test_a_tiny_run_learns_spikes_and_dependence(batch: Batch, weights: Weights) -> None:
    made = tables.sample(weights, 3000, np.random.default_rng(0))
    for token in (0, 10):
        real = (batch.codes[:, 1] == token).mean()
        assert (made[:, 1] == token).mean() == pytest.approx(real, abs=0.05)
    plain = made[made[:, 1] > 10]
    assert ((plain[:, 1] - 11) // 45 == plain[:, 0]).mean() > 0.5
    assert weights.head["training"]["steps"] == 200


def test_conditions_hold_in_every_row_and_bring_the_rest_along(weights: Weights) -> None:
    rng = np.random.default_rng(1)
    high = np.zeros(200)
    high[150:] = 1
    made = tables.sample(weights, 400, rng, share=[None, high])
    assert (made[:, 1] >= 150).all()
    assert (made[:, 0] == 3).mean() > 0.5
    codes, mask = np.full((400, 2), 2, np.uint16), np.zeros((400, 2), bool)
    mask[:, 0] = True
    both = tables.sample(weights, 400, rng, given=(codes, mask), share=[None, (np.arange(200) > 10).astype(float)])
    assert (both[:, 0] == 2).all()
    assert ((both[:, 1] - 11) // 45 == 2).mean() > 0.5


def test_going_on_from_a_model_keeps_its_shape_and_refuses_other_fields(batch: Batch, weights: Weights) -> None:
    again = tables.fit(Task(train=batch, seed=1, settings=QUICK, steps=2, trainer=train, initial=weights))
    assert again.head["shape"] == weights.head["shape"]
    other = Batch(batch.codes[:, :1], FIELDS[:1])
    with pytest.raises(DataError, match="these data have"):
        tables.fit(Task(train=other, seed=1, settings=QUICK, steps=2, trainer=train, initial=weights))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"latent": 0}, "latent=0: expected at least 1"),
        ({"subset": 2.0}, "subset=2.0: expected a share"),
        ({"beta": -1.0}, "beta=-1.0"),
        ({"precision": "half"}, "precision='half': expected one of auto"),
    ],
)
def test_a_bad_setting_is_refused(batch: Batch, settings: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        tables.fit(Task(train=batch, seed=0, settings=settings, trainer=train))


def test_no_trainer_no_rows_and_broken_arrays_are_refused(batch: Batch, weights: Weights) -> None:
    with pytest.raises(ConfigError, match="needs a training loop"):
        tables.fit(Task(train=batch, seed=0))
    with pytest.raises(DataError, match="nothing to learn: 0 rows of 2 fields"):
        tables.fit(Task(train=Batch(batch.codes[:0], FIELDS), seed=0, trainer=train))
    with pytest.raises(ModelFileError, match="do not fit its head"):
        tables.sample(Weights(weights.head, {**weights.arrays, "first.bias": np.zeros(3)}), 2, np.random.default_rng(0))
