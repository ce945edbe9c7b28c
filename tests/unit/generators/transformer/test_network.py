"""The network and its likelihood against closed forms and against its own one-field path."""

import dataclasses

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from genloop.core.errors import ConfigError, DataError, ModelFileError  # noqa: E402
from genloop.core.protocols import Batch, Field, Task, Weights  # noqa: E402
from genloop.generators.transformer import fit  # noqa: E402
from genloop.generators.transformer.conditional import Conditionals, load  # noqa: E402
from genloop.generators.transformer.config import Config, Shape  # noqa: E402
from genloop.generators.transformer.loss import Objective, nll, orders  # noqa: E402
from genloop.generators.transformer.network import Network  # noqa: E402
from genloop.optimisation.train import train  # noqa: E402

pytestmark = pytest.mark.neural

FIELDS = (Field("a", 5, ordered=False), Field("b", 150, ordered=True, missing=True), Field("c", 90, ordered=False))
SMALL = Config(hidden=16, width=4, fine=8, precision="float32")


def _network(fields: tuple[Field, ...] = FIELDS, seed: int = 0) -> Network:
    shape = Shape.of(fields, tuple(range(len(fields))), SMALL)
    return Network(shape, torch.Generator().manual_seed(seed))


def _stirred(network: Network) -> Network:
    """The network with random arrays, so that no part of it is silent."""
    rng = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for weight in network.parameters():
            weight += torch.randn(weight.shape, generator=rng) * 0.3
    return network


def _weights(network: Network) -> Weights:
    arrays = {name: array.numpy() for name, array in network.state_dict().items()}
    return Weights({"shape": dataclasses.asdict(network.shape), "precision": "float32"}, arrays)


def _codes(rows: int, fields: tuple[Field, ...] = FIELDS) -> np.ndarray:
    rng = np.random.default_rng(0)
    return np.stack([rng.integers(0, field.size, rows) for field in fields], 1)


def test_an_untrained_network_gives_the_entropy_of_independent_fields() -> None:
    rng = np.random.default_rng(0)
    shares = [rng.dirichlet(np.ones(field.size) * 3) for field in FIELDS]
    codes = np.stack([rng.choice(len(share), 4000, p=share) for share in shares], 1)
    network = _network()
    network.head.start(codes.astype(np.uint16), network.shape.sizes)
    loss = Objective(network, SMALL).loss(torch.from_numpy(codes), None)
    counts = [np.bincount(column, minlength=field.size) / 4000 for column, field in zip(codes.T, FIELDS, strict=True)]
    entropy = -sum((c[c > 0] * np.log(c[c > 0])).sum() for c in counts)
    assert float(loss.detach()) == pytest.approx(entropy, abs=0.01)


def test_the_tokens_of_a_field_sum_to_one_and_the_padding_gets_nothing() -> None:
    network = _stirred(_network())
    network.head.start(_codes(500).astype(np.uint16), network.shape.sizes)
    codes = torch.zeros(150, 3, dtype=torch.long)
    codes[:, 0], codes[:, 1] = 3, torch.arange(150)
    seen = torch.ones(3, 150, 3, dtype=torch.bool)
    seen[1, :, 1] = False
    with torch.no_grad():
        assert float((-nll(network, codes, seen)[:, 1]).exp().sum()) == pytest.approx(1, abs=1e-4)


def test_a_field_does_not_see_what_its_mask_hides() -> None:
    network = _stirred(_network())
    one, two = torch.from_numpy(_codes(20)), torch.from_numpy(_codes(20))
    two[:, 1] = (two[:, 1] + 7) % 150
    seen = torch.zeros(3, 20, 3, dtype=torch.bool)
    seen[0, :, 2] = seen[2, :, 1] = True
    with torch.no_grad():
        first, second = nll(network, one, seen), nll(network, two, seen)
    torch.testing.assert_close(first[:, 0], second[:, 0])
    assert (first[:, 2] != second[:, 2]).any()


def test_one_field_drawn_alone_has_the_distribution_that_the_loss_has() -> None:
    network = _stirred(_network())
    network.head.start(_codes(800).astype(np.uint16), network.shape.sizes)
    conditionals = Conditionals(_weights(network))
    row = np.array([[2, 0, 40]])
    codes = torch.from_numpy(row.repeat(150, 0))
    codes[:, 1] = torch.arange(150)
    seen = torch.zeros(3, 150, 3, dtype=torch.bool)
    seen[1, :, 0] = seen[1, :, 2] = True
    with torch.no_grad():
        wanted = (-nll(network, codes, seen)[:, 1]).exp().numpy()
    drawn_rows = 20_000
    known = np.tile([True, False, True], (drawn_rows, 1))
    chance = np.random.default_rng(0).random((2, drawn_rows))
    tokens, mass = conditionals.draw(1, row.repeat(drawn_rows, 0), known, chance, None)
    assert (mass == 1).all()
    assert np.abs(np.bincount(tokens, minlength=150) / drawn_rows - wanted).sum() / 2 < 0.05
    share = np.zeros(150)
    share[30:60] = 0.5
    tokens, mass = conditionals.draw(1, row.repeat(500, 0), known[:500], chance[:, :500], share)
    assert mass == pytest.approx(wanted[30:60].sum() / 2, rel=1e-4)
    assert set(tokens.tolist()) <= set(range(30, 60))


def test_extreme_chances_stay_on_tokens_with_a_share() -> None:
    network = _stirred(_network())
    network.head.start(_codes(50).astype(np.uint16), network.shape.sizes)
    conditionals = Conditionals(_weights(network))
    share = np.zeros(150)
    share[[3, 149]] = 1
    chance = np.array([[0.0, np.nextafter(1, 0)], [0.0, np.nextafter(1, 0)]])
    nothing = np.zeros((2, 3), np.int64), np.zeros((2, 3), bool)
    assert conditionals.draw(1, *nothing, chance, share)[0].tolist() == [3, 149]
    free = conditionals.draw(1, *nothing, chance, None)[0]
    assert (free >= 0).all()
    assert (free < 150).all()


def test_a_share_on_tokens_without_mass_still_gives_one_of_them() -> None:
    network = _network()
    network.head.start(np.zeros((50, 3), np.uint16), network.shape.sizes)
    with torch.no_grad():
        network.head.coarse_bias[1, 3:] = -1e9
    share = np.zeros(150)
    share[140] = 1
    nothing = np.zeros((4, 3), np.int64), np.zeros((4, 3), bool)
    tokens, mass = Conditionals(_weights(network)).draw(1, *nothing, np.full((2, 4), 0.5), share)
    assert tokens.tolist() == [140] * 4
    assert (mass > 0).all()
    assert (mass < 1e-20).all()


def test_orders_show_a_chain_a_subset_ahead_or_any_order() -> None:
    rank, rng = torch.tensor([2, 0, 1]), torch.Generator().manual_seed(0)
    chain = orders(50, rank, rng, Config(chain=1.0, subset=0.0))
    assert torch.equal(chain, (rank[None, None] < rank[:, None, None]).expand(3, 50, 3))
    for config, different in ((Config(chain=0.0, subset=1.0), 5), (Config(chain=0.0, subset=0.0), 6)):
        seen = orders(400, rank, rng, config)
        assert not seen.diagonal(dim1=0, dim2=2).any()
        assert torch.equal(seen.sum(0).sort(1).values, torch.arange(3).expand(400, 3))
        assert len(seen.permute(1, 0, 2).flatten(1).unique(dim=0)) == different


def test_arrays_that_do_not_fit_the_head_are_refused() -> None:
    weights = _weights(_network())
    arrays = {**weights.arrays, "smooth": weights.arrays["smooth"][:1]}
    with pytest.raises(ModelFileError, match="do not fit its head"):
        load(Weights(weights.head, arrays))


def _fit(codes: np.ndarray, fields: tuple[Field, ...], **changes: object) -> Weights:
    settings = {"hidden": 32, "width": 8, "batch": 64, "precision": "float32", "average": 0.98}
    task = {"train": Batch(codes.astype(np.uint16), fields), "seed": 0, "settings": settings, "trainer": train}
    return fit(Task(**{**task, **changes}))  # type: ignore[arg-type]


def test_exclusive_or_is_learnt_in_every_direction() -> None:
    rng = np.random.default_rng(0)
    bits = rng.integers(0, 2, (2000, 2))
    codes = np.stack([*bits.T, bits[:, 0] ^ bits[:, 1]], 1)
    fields = tuple(Field(name, 2, ordered=False) for name in "abc")
    settings = {"hidden": 16, "width": 4, "batch": 128, "precision": "float32", "chain": 0.0, "learning_rate": 1e-2}
    weights = _fit(codes, fields, steps=350, settings={**settings, "average": 0.98})
    conditionals = Conditionals(weights)
    for target in range(3):
        others = [i for i in range(3) if i != target]
        known = np.ones((4, 3), bool)
        known[:, target] = False
        rows = np.zeros((4, 3), np.int64)
        rows[:, others] = [[0, 0], [0, 1], [1, 0], [1, 1]]
        _, mass = conditionals.draw(target, rows, known, np.full((2, 4), 0.5), np.array([0.0, 1.0]))
        np.testing.assert_allclose(mass, [0, 1, 1, 0], atol=0.05)


def test_a_fit_can_continue_from_weights_and_only_on_the_same_fields() -> None:
    codes = _codes(300)
    first = _fit(codes, FIELDS, steps=60)
    second = _fit(codes, FIELDS, steps=1, initial=first)
    assert second.head["training"]["curve"][0][3] == pytest.approx(first.head["training"]["held_loss"], abs=1e-4)
    with pytest.raises(DataError, match="learnt on fields of"):
        _fit(codes[:, :2], FIELDS[:2], steps=1, initial=first)


def test_no_rows_and_no_training_loop_are_refused() -> None:
    with pytest.raises(DataError, match="nothing to learn: 0 rows of 3 fields"):
        _fit(np.zeros((0, 3)), FIELDS)
    with pytest.raises(ConfigError, match="needs a training loop"):
        _fit(_codes(50), FIELDS, trainer=None)
