"""Chosen tokens against the distributions that the settings define."""

import dataclasses

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from genloop.core.texts import Wish  # noqa: E402
from genloop.nn import choice  # noqa: E402
from genloop.nn.choice import choose  # noqa: E402

pytestmark = pytest.mark.neural
CHANCES = np.array([0.4, 0.25, 0.2, 0.1, 0.05])


def _shares(wish: Wish, **more: torch.Tensor) -> np.ndarray:
    """How often each token comes, over evenly laid chances."""
    rows = 20_000
    logits = torch.from_numpy(np.log(CHANCES)).float().expand(rows, 5).clone()
    chance = (torch.arange(rows) + 0.5) / rows
    return np.bincount(choose(logits, chance, wish, **more).numpy(), minlength=5) / rows


def test_tokens_come_as_often_as_their_chances_say() -> None:
    assert _shares(Wish()) == pytest.approx(CHANCES, abs=1e-3)


def test_temperature_sharpens_and_zero_takes_the_likeliest() -> None:
    expected = CHANCES**2 / (CHANCES**2).sum()
    assert _shares(Wish(temperature=0.5)) == pytest.approx(expected, abs=1e-3)
    assert _shares(Wish(temperature=0.0)) == pytest.approx([1, 0, 0, 0, 0])


@pytest.mark.parametrize(("top_p", "kept"), [(0.3, 1), (0.5, 2), (0.66, 3), (0.96, 5)])
@pytest.mark.parametrize("first", [2, 256])
def test_top_p_keeps_the_fewest_tokens_that_hold_the_mass(
    top_p: float, kept: int, first: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(choice, "FIRST", first)
    expected = np.where(np.arange(5) < kept, CHANCES, 0)
    assert _shares(Wish(top_p=top_p)) == pytest.approx(expected / expected.sum(), abs=1e-3)


def test_min_p_keeps_tokens_by_their_share_of_the_likeliest() -> None:
    expected = np.where(CHANCES >= 0.45 * 0.4, CHANCES, 0)
    assert _shares(Wish(min_p=0.45)) == pytest.approx(expected / expected.sum(), abs=1e-3)


def test_what_is_not_allowed_never_comes() -> None:
    allowed = torch.tensor([False, True, False, True, False]).expand(20_000, 5)
    expected = np.where([0, 1, 0, 1, 0], CHANCES, 0)
    assert _shares(Wish(), allowed=allowed) == pytest.approx(expected / expected.sum(), abs=1e-3)


@pytest.mark.parametrize(
    "wish",
    [Wish(), Wish(top_p=0.7), Wish(min_p=0.3), Wish(top_p=0.9, min_p=0.2), Wish(temperature=0.5), Wish(temperature=0)],
)
@pytest.mark.parametrize("some", [None, [1, 3, 4]])
def test_chances_draw_what_their_logs_draw(wish: Wish, some: list[int] | None) -> None:
    rng = torch.Generator().manual_seed(0)
    chances = torch.rand(5000, 5, generator=rng) ** 4
    chance, recent = torch.rand(5000, generator=rng), torch.randint(5, (5000, 2), generator=rng)
    allowed = None if some is None else torch.isin(torch.arange(5), torch.tensor(some)).expand(5000, 5)
    for own in (wish, dataclasses.replace(wish, repetition=1.5)):
        found = choose(chances.clone(), chance, own, recent=recent, allowed=allowed, weighed=True)
        expected = choose(chances.log(), chance, own, recent=recent, allowed=allowed)
        assert float((found == expected).double().mean()) > 0.999  # but for what rounding moves over an edge


def test_repetition_divides_what_recent_tokens_are_above_the_lowest_once_for_each_time() -> None:
    recent = torch.tensor([[-1, -1, 0, 2, 0]]).expand(20_000, 5)
    logits = np.log(CHANCES)
    above = logits - logits.min()
    expected = np.exp(logits.min() + above / np.array([1.5**2, 1, 1.5, 1, 1]))
    assert _shares(Wish(repetition=1.5), recent=recent) == pytest.approx(expected / expected.sum(), abs=1e-3)


def test_a_row_draws_the_same_whatever_stands_beside_it() -> None:
    logits, chance = torch.randn(8, 50), torch.rand(8)
    both = choose(logits.clone(), chance, Wish(top_p=0.9))
    assert torch.equal(both[3:5], choose(logits[3:5].clone(), chance[3:5], Wish(top_p=0.9)))


@pytest.mark.parametrize("chance", [0.0, 1.0])
def test_the_ends_of_chance_still_give_a_possible_token(chance: float) -> None:
    logits = torch.tensor([[-torch.inf, 0.0, -torch.inf, 0.0, -torch.inf]])
    allowed = torch.isfinite(logits)
    assert int(choose(logits.clone(), torch.tensor([chance]), Wish(), allowed=allowed)) in (1, 3)
