"""The games and penalties against values worked out by hand."""

import math

import pytest

torch = pytest.importorskip("torch")

from torch import Tensor  # noqa: E402

from genloop.nn.games import (  # noqa: E402
    critic_loss,
    generator_loss,
    matching,
    moments_apart,
    one_centred,
    slope,
    zero_centred,
)

pytestmark = pytest.mark.neural

REAL, MADE = torch.tensor([2.0, 0.5]), torch.tensor([-3.0, 0.25])
PICTURES = torch.arange(24.0).view(2, 3, 2, 2) / 10


def _softplus(x: float) -> float:
    return math.log1p(math.exp(x))


@pytest.mark.parametrize(
    ("game", "critic", "generator"),
    [
        ("hinge", (0 + 0.5) / 2 + (0 + 1.25) / 2, (3.0 - 0.25) / 2),
        ("wgan-gp", (-3.0 + 0.25) / 2 - (2.0 + 0.5) / 2, (3.0 - 0.25) / 2),
        (
            "classic",
            (_softplus(-2.0) + _softplus(-0.5) + _softplus(-3.0) + _softplus(0.25)) / 2,
            (_softplus(3.0) + _softplus(-0.25)) / 2,
        ),
        ("relativistic", (_softplus(-5.0) + _softplus(-0.25)) / 2, (_softplus(5.0) + _softplus(0.25)) / 2),
    ],
)
def test_each_game_has_the_losses_worked_out_by_hand(game: str, critic: float, generator: float) -> None:
    assert float(critic_loss(game, REAL, MADE)) == pytest.approx(critic)
    assert float(generator_loss(game, REAL, MADE)) == pytest.approx(generator)


def _quadratic(x: Tensor) -> Tensor:
    """D(x) = |x|^2 / 2, whose slope at x is x."""
    return x.square().sum((1, 2, 3)) / 2


def test_the_slope_of_a_quadratic_critic_is_the_picture_itself() -> None:
    torch.testing.assert_close(slope(_quadratic, PICTURES), PICTURES.square().sum((1, 2, 3)))
    assert float(zero_centred(_quadratic, PICTURES).detach()) == pytest.approx(float(PICTURES.square().sum()) / 4)


def test_the_penalty_moves_the_critic_by_its_closed_form() -> None:
    weight = torch.tensor(3.0, requires_grad=True)
    zero_centred(lambda x: weight * _quadratic(x), PICTURES).backward()
    assert weight.grad is not None
    assert float(weight.grad) == pytest.approx(3.0 * float(PICTURES.square().sum(1).sum()) / 2, rel=1e-5)


def test_the_penalty_of_a_linear_critic_depends_only_on_its_length() -> None:
    direction = torch.ones(3, 2, 2) * 2 / math.sqrt(12)
    rng = torch.Generator().manual_seed(0)
    linear = one_centred(lambda x: (x * direction).sum((1, 2, 3)), PICTURES, -PICTURES, rng)
    assert float(linear.detach()) == pytest.approx((2.0 - 1.0) ** 2, rel=1e-5)
    unit = one_centred(lambda x: (x * direction / 2).sum((1, 2, 3)), PICTURES, PICTURES * 0, rng)
    assert float(unit.detach()) == pytest.approx(0.0, abs=1e-6)


def test_sentences_matched_with_pictures_by_their_closed_form() -> None:
    said, all_given = torch.eye(3), torch.ones(3, dtype=torch.bool)
    right = math.log(1 + 2 * math.exp(-10.0))
    assert float(matching(said, 5 * said, all_given)) == pytest.approx(right, rel=1e-3)
    assert float(matching(said, said[[1, 2, 0]], all_given)) == pytest.approx(10 + right, rel=1e-4)
    assert float(matching(said, torch.ones(3, 3), all_given)) == pytest.approx(math.log(3), rel=1e-4)


def test_rows_without_a_sentence_are_not_matched() -> None:
    said, given = torch.eye(3), torch.tensor([True, True, False])
    assert float(matching(said, said, given)) == pytest.approx(math.log(1 + math.exp(-10.0)), rel=1e-3)
    assert float(matching(said, said, torch.tensor([True, False, False]))) == 0


def test_matched_features_cost_the_shift_and_the_stretch_in_real_deviations() -> None:
    real = torch.randn(4096, 3, generator=torch.Generator().manual_seed(0)) * torch.tensor([1.0, 50.0, 7.0])
    assert float(moments_apart(real, real)) == 0
    moved = real + 2 * real.std(0)
    assert float(moments_apart(moved, real)) == pytest.approx(4, rel=0.02)
    wide = (real - real.mean(0)) * 3 + real.mean(0)
    assert float(moments_apart(wide, real)) == pytest.approx(math.log(3) ** 2, rel=0.02)


def test_features_that_never_change_do_not_break_matching() -> None:
    still = torch.ones(8, 3)
    assert float(moments_apart(still, still)) == 0
    assert math.isfinite(float(moments_apart(torch.randn(8, 3) * 100, still)))
