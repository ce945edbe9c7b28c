"""Modes and token heads: a lossless trip, spikes on their own, and the frequencies and masses they start with."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from genloop.core.protocols import Field  # noqa: E402
from genloop.nn.modes import ONE_STEP, Modes  # noqa: E402
from genloop.nn.tokens import Heads, Reader, pick  # noqa: E402

pytestmark = pytest.mark.neural

FIELDS = (
    Field("kind", 5, ordered=False),
    Field("gain", 900, ordered=True, missing=True),
    Field("few", 64, ordered=True),
)


@pytest.fixture(scope="module")
def codes() -> np.ndarray:
    """Nine gains in ten are token 300; one in fifty is missing."""
    rng = np.random.default_rng(0)
    gain = np.where(rng.random(5000) < 0.9, 300, rng.integers(1, 900, 5000))
    gain[::50] = 0
    return np.stack([rng.integers(0, 5, 5000), gain, rng.integers(0, 64, 5000)], 1).astype(np.uint16)


@pytest.fixture(scope="module")
def modes(codes: np.ndarray) -> Modes:
    """The modes of those rows."""
    return Modes.fit(codes, FIELDS)


def test_every_token_survives_the_trip_to_mode_and_place(modes: Modes) -> None:
    every = np.stack([np.arange(900) % size for size in modes.sizes], 1).astype(np.uint16)
    np.testing.assert_array_equal(modes.join(*modes.split(every)), every)


def test_a_spike_and_a_missing_value_stand_alone(modes: Modes) -> None:
    first = dict(zip(modes.starts[1], modes.lengths[1], strict=True))
    assert first[300] == 1
    assert first[0] == 1


def test_few_tokens_are_modes_of_their_own_and_many_become_few(modes: Modes) -> None:
    assert modes.counts[0] == 5
    assert modes.counts[2] == ONE_STEP
    assert modes.counts[1] < 70
    assert modes.wide == (1,)
    assert modes.sides[1] <= 60


def test_runs_without_spikes_carry_about_equal_mass() -> None:
    flat = np.repeat(np.arange(1024), 4)[:, None].astype(np.uint16)
    found = Modes.fit(flat, (Field("even", 1024, ordered=True),))
    assert set(found.lengths[0][:-1]) <= {31, 32, 33}


def _heads(modes: Modes, codes: np.ndarray) -> Heads:
    heads = Heads(modes, 12, 4, torch.Generator().manual_seed(0))
    heads.start(codes)
    return heads


def test_untrained_heads_deaf_to_their_state_give_the_data_s_own_frequencies(modes: Modes, codes: np.ndarray) -> None:
    heads = _heads(modes, codes)
    torch.nn.init.zeros_(heads.coarse.weight)
    state = torch.randn(2, 12, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        for field, size in enumerate(modes.sizes):
            shown = heads.mass(state, field, np.ones(size)).numpy()
            np.testing.assert_allclose(shown.sum(1), 1, atol=1e-5)
            np.testing.assert_allclose(
                shown[0], (np.bincount(codes[:, field], minlength=size) + 0.05) / (5000 + 0.05 * size), atol=1e-4
            )


def test_the_loss_is_the_log_of_the_mass_and_draws_follow_it(modes: Modes, codes: np.ndarray) -> None:
    heads = _heads(modes, codes)
    rng = torch.Generator().manual_seed(2)
    with torch.no_grad():
        for weight in heads.parameters():
            weight += torch.randn(weight.shape, generator=rng) * 0.1 * (weight > -1e3)
        state = torch.randn(1, 12, generator=rng)
        masses = [heads.mass(state, field, np.ones(size))[0].numpy() for field, size in enumerate(modes.sizes)]
        some = torch.from_numpy(codes[:40].astype(np.int64))
        loss = heads.nll(state.expand(40, -1), some).numpy()
        for field, mass in enumerate(masses):
            np.testing.assert_allclose(loss[:, field], -np.log(mass[codes[:40, field]]), rtol=1e-4, atol=1e-4)
        chance = torch.rand(2, 20_000, 3, generator=rng, dtype=torch.float64)
        drawn = heads.draw(state.expand(20_000, -1), chance).numpy()
    for field, mass in enumerate(masses):
        apart = np.abs(np.bincount(drawn[:, field], minlength=len(mass)) / 20_000 - mass).sum() / 2
        assert apart < 0.02 if len(mass) < 100 else apart < 0.1


def test_a_share_cuts_tokens_out_of_the_mass(modes: Modes, codes: np.ndarray) -> None:
    share = np.zeros(900)
    share[295:310] = 0.5
    with torch.no_grad():
        mass = _heads(modes, codes).mass(torch.zeros(1, 12), 1, share)[0].numpy()
    assert (mass[share == 0] == 0).all()
    assert mass.sum() == pytest.approx(0.5 * np.isin(codes[:, 1], np.arange(295, 310)).mean(), abs=0.01)


def test_what_is_not_seen_does_not_change_what_is_read(modes: Modes, codes: np.ndarray) -> None:
    reader = Reader(modes, 8, torch.Generator().manual_seed(0))
    first = torch.from_numpy(codes[:6].astype(np.int64))
    other = first.clone()
    other[:, 1] = (other[:, 1] + 7) % 900
    seen = torch.tensor([[True, False, True]]).expand(6, 3)
    torch.testing.assert_close(reader(first, seen), reader(other, seen))
    assert (reader(first) - reader(other)).abs().amax(1).min() > 1e-4


def test_a_pick_never_lands_on_what_has_no_mass() -> None:
    mass = torch.tensor([[0.0, 1.0, 0.0, 2.0, 0.0]]).expand(3, 5)
    assert pick(mass, torch.tensor([0.0, 0.999999999, 0.3])).tolist() == [1, 3, 1]
