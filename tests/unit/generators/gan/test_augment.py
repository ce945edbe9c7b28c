"""Augmentation: how many pictures it touches, that it is differentiable, and that none is free."""

import pytest

torch = pytest.importorskip("torch")

from genloop.generators.gan.augment import augment  # noqa: E402

pytestmark = pytest.mark.neural

PICTURES = torch.rand(400, 3, 8, 8, generator=torch.Generator().manual_seed(0)) * 2 - 1


def _rng() -> torch.Generator:
    return torch.Generator().manual_seed(1)


def test_no_chance_changes_nothing_and_costs_nothing() -> None:
    assert augment(PICTURES, 0.0, _rng()) is PICTURES


@pytest.mark.parametrize("chance", [0.1, 0.5])
def test_the_share_of_changed_pictures_is_the_chance(chance: float) -> None:
    changed = (augment(PICTURES, chance, _rng()) != PICTURES).flatten(1).any(1).float().mean()
    assert float(changed) == pytest.approx(chance, abs=0.07)


def test_gradients_pass_through_to_every_picture() -> None:
    pictures = PICTURES.clone().requires_grad_()
    augment(pictures, 0.5, _rng()).square().sum().backward()
    assert pictures.grad is not None
    assert bool((pictures.grad.abs().sum((1, 2, 3)) > 0).all())
