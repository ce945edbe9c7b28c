"""The game of tables: penalties and distance against closed forms, packs, picking, a tiny run, conditions."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from genloop.core.errors import ConfigError, DataError, ModelFileError  # noqa: E402
from genloop.core.protocols import Batch, Field, Task, Weights  # noqa: E402
from genloop.generators.gan import tables  # noqa: E402
from genloop.generators.gan.tables.config import Config, Shape  # noqa: E402
from genloop.generators.gan.tables.game import Game, Picker  # noqa: E402
from genloop.generators.gan.tables.loss import discrepancy, one_centred, zero_centred  # noqa: E402
from genloop.generators.gan.tables.network import Critic, gumbel  # noqa: E402
from genloop.nn.modes import Modes  # noqa: E402
from genloop.optimisation.train import train  # noqa: E402

pytestmark = pytest.mark.neural

FIELDS = (Field("group", 4, ordered=False), Field("amount", 200, ordered=True, missing=True))
QUICK = {"hidden": 32, "noise": 8, "batch": 64, "average": 0.9, "precision": "float32"}


@pytest.fixture(scope="module")
def batch() -> Batch:
    """The amount is 10 in half of the rows, else 45 a group higher for each group; every tenth is missing."""
    rng = np.random.default_rng(0)
    group = rng.integers(0, 4, 2000)
    amount = np.where(rng.random(2000) < 0.5, 10, 11 + 45 * group + rng.integers(0, 40, 2000))
    amount[::10] = 0
    return Batch(np.stack([group, amount], 1).astype(np.uint16), FIELDS)


@pytest.fixture(scope="module")
def weights(batch: Batch) -> Weights:
    """A tiny fit."""
    return tables.fit(Task(train=batch, seed=0, settings=QUICK, steps=120, trainer=train))


def _game(batch: Batch, **changes: object) -> Game:
    config = Config(**{**QUICK, **changes})  # type: ignore[arg-type]
    shape = Shape.of(batch, config)
    picker = Picker(batch.codes, shape.modes)
    game = Game(shape, config, torch.float32, picker, torch.Generator().manual_seed(0))
    game.generator.heads.start(batch.codes)
    return game


def test_the_penalties_of_a_linear_critic_follow_from_its_slope() -> None:
    rng = torch.Generator().manual_seed(0)
    weight = torch.randn(2 * 3, generator=rng)
    real, made = torch.randn(8, 3, generator=rng), torch.randn(8, 3, generator=rng)

    def answer(rows: torch.Tensor) -> torch.Tensor:
        return rows.reshape(-1, 6) @ weight

    squared = float(weight.square().sum())
    assert float(zero_centred(answer, real)) == pytest.approx(squared / 2, rel=1e-5)
    assert float(one_centred(answer, real, made, 2, rng)) == pytest.approx((squared**0.5 - 1) ** 2, rel=1e-4)


def test_a_penalty_can_be_lowered_by_the_critic() -> None:
    weight = torch.ones(3, requires_grad=True)
    zero_centred(lambda rows: rows @ weight, torch.zeros(4, 3)).backward()
    torch.testing.assert_close(weight.grad, torch.ones(3))


def test_the_discrepancy_is_the_mean_over_pairs_of_different_rows() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.standard_normal((5, 3)), rng.standard_normal((7, 3))

    def mean(one: np.ndarray, other: np.ndarray, apart: bool) -> float:
        pairs = [(1 + a @ b) ** 2 for i, a in enumerate(one) for j, b in enumerate(other) if not apart or i != j]
        return float(np.mean(pairs))

    wanted = mean(first, first, True) + mean(second, second, True) - 2 * mean(first, second, False)
    found = discrepancy(torch.from_numpy(first).float(), torch.from_numpy(second).float())
    assert float(found) == pytest.approx(wanted, rel=1e-4)
    wanted += 2 * mean(first, second[:5], False) - 2 * mean(first, second[:5], True)
    wanted += mean(second[:5], second[:5], True) - mean(second, second, True)
    wanted += 2 * mean(first, second, False) - 2 * mean(first, second[:5], False)
    found = discrepancy(torch.from_numpy(first).float(), torch.from_numpy(second[:5]).float(), paired=True)
    assert float(found) == pytest.approx(wanted, rel=1e-4)


@pytest.mark.parametrize("pack", [1, 4])
def test_a_critic_answers_once_a_pack_and_a_pack_s_answer_depends_on_all_its_rows(batch: Batch, pack: int) -> None:
    shape = Shape.of(batch, Config(hidden=16))
    critic = Critic(shape, pack)
    width = sum(shape.modes.counts) + len(shape.modes.wide)
    rows, seen = torch.rand(8, width), torch.zeros(8, 2, dtype=torch.bool)
    before = critic(rows, seen)
    assert before.shape == (8 // pack,)
    rows[7] = 0
    changed = (critic(rows, seen) != before).tolist()
    assert changed == [False] * (8 // pack - 1) + [True]


def test_batches_become_whole_packs(batch: Batch) -> None:
    game, rng = _game(batch, pack=4, single=0.25, subset=0.25), torch.Generator().manual_seed(0)
    codes, seen = game._given(torch.from_numpy(batch.codes[:66].astype(np.int64)), rng)
    assert len(codes) == 64
    assert (seen[:16].sum(1) == 1).all()
    assert not bool(seen[32:].any())
    codes, seen = game._given(torch.from_numpy(batch.codes[:1].astype(np.int64)), rng)
    assert len(codes) == len(seen) == 64


def test_training_by_sampling_shows_modes_by_the_log_of_their_frequency() -> None:
    codes = np.repeat([[0, 0], [1, 0], [2, 0]], [900, 90, 10], axis=0).astype(np.uint16)
    fields = (Field("a", 3, ordered=False), Field("b", 1, ordered=False))
    rows, seen = Picker(codes, Modes.fit(codes, fields)).pick(6000, torch.Generator().manual_seed(0))
    assert (seen.sum(1) == 1).all()
    picked = rows[seen[:, 0], 0].numpy()
    wanted = np.log1p([900, 90, 10]) / np.log1p([900, 90, 10]).sum()
    np.testing.assert_allclose(np.bincount(picked) / len(picked), wanted, atol=0.03)


def test_a_choice_is_whole_drawn_by_its_chance_and_passes_a_gradient() -> None:
    logits = torch.log(torch.tensor([0.7, 0.2, 0.1])).expand(20_000, 3).clone().requires_grad_()
    made = gumbel(logits, 0.5, torch.Generator().manual_seed(0))
    assert set(made.detach().round(decimals=4).unique().tolist()) == {0.0, 1.0}
    torch.testing.assert_close(made.detach().mean(0), torch.tensor([0.7, 0.2, 0.1]), atol=0.015, rtol=0)
    made[:, 0].sum().backward()
    assert float(logits.grad.abs().sum()) > 0  # type: ignore[union-attr]


def test_what_is_given_reaches_the_critic_as_it_is(batch: Batch) -> None:
    game, rng = _game(batch), torch.Generator().manual_seed(0)
    codes = torch.from_numpy(batch.codes[:40].astype(np.int64))
    real, made = game._made(codes, torch.ones(40, 2, dtype=torch.bool), rng)
    torch.testing.assert_close(real.flat, made.flat)
    real, made = game._made(codes, torch.zeros(40, 2, dtype=torch.bool), rng)
    assert bool((real.flat != made.flat).any(1).any())


@pytest.mark.parametrize("loss", ["relativistic", "hinge", "wgan-gp"])
def test_each_player_has_a_loss_that_moves_it_in_every_game(batch: Batch, loss: str) -> None:
    game, rng = _game(batch, loss=loss, match=1.0, penalty=1.0), torch.Generator().manual_seed(0)
    rows = torch.from_numpy(batch.codes[:64].astype(np.int64))
    for player in game.players:
        game.zero_grad()
        game.loss(rows, rng, player).backward()
        moved = [p.grad for name, p in game.named_parameters() if name.startswith(player)]
        assert any(g is not None and bool(g.abs().sum() > 0) for g in moved)


def test_a_tiny_run_keeps_spikes_and_stores_no_critic(batch: Batch, weights: Weights) -> None:
    made = tables.sample(weights, 3000, np.random.default_rng(0))
    for token in (0, 10):
        real = (batch.codes[:, 1] == token).mean()
        assert (made[:, 1] == token).mean() == pytest.approx(real, abs=0.15)
    assert not any(name.startswith("critic") for name in weights.arrays)


def test_conditions_hold_in_every_row(weights: Weights) -> None:
    rng = np.random.default_rng(1)
    high = np.zeros(200)
    high[150:] = 1
    made = tables.sample(weights, 400, rng, share=[None, high])
    assert (made[:, 1] >= 150).all()
    codes, mask = np.full((400, 2), 2, np.uint16), np.zeros((400, 2), bool)
    mask[:, 0] = True
    both = tables.sample(weights, 400, rng, given=(codes, mask), share=[None, (np.arange(200) > 10).astype(float)])
    assert (both[:, 0] == 2).all()
    assert (both[:, 1] > 10).all()


@pytest.mark.parametrize("asked", ["given", "share"])
def test_what_many_free_rows_meet_follows_the_joint_even_of_a_generator_that_cannot_complete(
    weights: Weights, asked: str
) -> None:
    deaf = {name: array * (not name.startswith("reader.")) for name, array in weights.arrays.items()}
    deaf["heads.coarse.weight"] = 8 * deaf["heads.coarse.weight"]  # so that the fields depend on one another
    network = Weights(weights.head, deaf)
    free = tables.sample(network, 20_000, np.random.default_rng(0))
    codes, mask = np.full((2000, 2), 1, np.uint16), np.zeros((2000, 2), bool)
    mask[:, 0] = True
    one = np.array([0.0, 1.0, 0.0, 0.0])
    wish = {"given": (codes, mask)} if asked == "given" else {"share": [one, None]}
    made = tables.sample(network, 2000, np.random.default_rng(1), **wish)  # type: ignore[arg-type]
    assert (made[:, 0] == 1).all()
    wanted = [np.bincount(part[:, 1] // 20, minlength=10) / len(part) for part in (free[free[:, 0] == 1], made, free)]
    assert np.abs(wanted[0] - wanted[1]).sum() / 2 < 0.06
    assert np.abs(wanted[0] - wanted[2]).sum() / 2 > 0.12


def test_going_on_from_a_model_keeps_its_shape_and_refuses_other_fields(batch: Batch, weights: Weights) -> None:
    again = tables.fit(Task(train=batch, seed=1, settings=QUICK, steps=2, trainer=train, initial=weights))
    assert again.head["shape"] == weights.head["shape"]
    other = Batch(batch.codes[:, :1], FIELDS[:1])
    with pytest.raises(DataError, match="these data have"):
        tables.fit(Task(train=other, seed=1, settings=QUICK, steps=2, trainer=train, initial=weights))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"loss": "least"}, "loss='least': expected one of relativistic, hinge, wgan-gp"),
        ({"pack": 0}, "pack=0: expected at least 1"),
        ({"single": 2.0}, "single=2.0: expected a share"),
        ({"single": 0.6, "subset": 0.6}, "single . subset = 1.2"),
        ({"penalty": -1.0}, "penalty=-1.0: expected at least 0"),
        ({"temperature": 0.0}, "temperature=0.0: expected more than 0"),
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
