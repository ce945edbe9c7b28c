"""Orthogonal steps against the definition: the polar factor of the momentum."""

import pytest

torch = pytest.importorskip("torch")

from genloop.optimisation.train.config import Config  # noqa: E402
from genloop.optimisation.train.muon import Muon, orthogonal  # noqa: E402
from genloop.optimisation.train.player import Player  # noqa: E402
from genloop.optimisation.train.state import begin  # noqa: E402

pytestmark = pytest.mark.neural


@pytest.mark.parametrize("shape", [(24, 16), (16, 24), (16, 16), (64, 16), (16, 64)])
def test_singular_values_come_near_one_and_directions_stay(shape: tuple[int, int]) -> None:
    matrices = torch.randn(3, *shape, generator=torch.Generator().manual_seed(0))
    for found, matrix in zip(orthogonal(matrices), matrices, strict=True):
        left, _, right = torch.linalg.svd(matrix, full_matrices=False)
        inside = left.T @ found @ right.T
        values = inside.diagonal()
        assert values.min() > 0.3
        assert values.max() < 1.25
        assert (inside - torch.diag(values)).abs().max() < 1e-3


@pytest.mark.parametrize("shape", [(64, 16), (16, 64), (24, 16)])
def test_long_matrices_take_the_same_steps_as_all(shape: tuple[int, int]) -> None:
    x = torch.randn(2, *shape, generator=torch.Generator().manual_seed(2), dtype=torch.float64)
    x = x * torch.logspace(0, -4, shape[1], dtype=torch.float64)  # directions that hardly count, too
    expected = x / x.flatten(1).norm(dim=1)[:, None, None]
    for _ in range(5):
        square = expected @ expected.mT
        expected = 3.4445 * expected - 4.7750 * square @ expected + 2.0315 * square @ square @ expected
    torch.testing.assert_close(orthogonal(x.float()).double(), expected, atol=2e-5, rtol=0)


def test_a_step_is_the_quintic_iteration_of_the_look_ahead_of_the_momentum() -> None:
    rng = torch.Generator().manual_seed(1)
    weight, slopes = torch.randn(6, 4, generator=rng).requires_grad_(), torch.randn(3, 6, 4, generator=rng)
    momentum, expected, kept = torch.zeros(6, 4), weight.detach().double().clone(), torch.zeros(6, 4).double()
    muon = Muon([(weight, momentum, 0.1)], torch.float32)
    for slope in slopes:
        weight.grad = slope.clone()
        muon.step(0.05)
        kept = 0.95 * kept + 0.05 * slope.double()
        x = (0.05 * slope.double() + 0.95 * kept).T
        x = x / x.norm()
        for _ in range(5):
            x = 3.4445 * x - 4.7750 * (x @ x.T) @ x + 2.0315 * (x @ x.T) @ (x @ x.T) @ x
        expected = expected * (1 - 0.05 * 0.1) - 0.05 * (6 / 4) ** 0.5 * x.T
    torch.testing.assert_close(weight.detach().double(), expected, atol=1e-5, rtol=1e-4)


class _Twice(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.matrix = torch.nn.Parameter(torch.randn(5, 5))
        self.bias = torch.nn.Parameter(torch.zeros(5))
        self.idle = torch.nn.Parameter(torch.ones(5, 5))

    def loss(self, rows: torch.Tensor, rng: torch.Generator | None) -> torch.Tensor:
        return (rows @ self.matrix + self.bias).square().mean()


def test_a_player_moves_named_matrices_by_orthogonal_steps_and_the_rest_by_adam() -> None:
    torch.manual_seed(0)
    learner, rows = _Twice(), torch.randn(32, 5)
    weights = dict(learner.named_parameters())
    before = {name: weight.detach().clone() for name, weight in weights.items()}
    config = Config(muon=0.1, learning_rate=1e-3, weight_decay=0.0)
    player = Player("", weights, lambda name: 0.0, begin(weights, {}, 10), config, lambda name: name != "bias")
    player.move(learner, rows, torch.Generator(), 0.5)
    move = (learner.matrix.detach() - before["matrix"]) / 0.05
    assert torch.linalg.svdvals(move).max() < 1.25
    assert torch.linalg.svdvals(move).max() > 0.6
    assert (learner.bias.detach().abs() > 1e-4).all()
    assert torch.equal(learner.idle, before["idle"])


def test_without_a_rate_no_matrix_moves_by_orthogonal_steps() -> None:
    learner = _Twice()
    weights = dict(learner.named_parameters())
    player = Player("", weights, lambda name: 0.0, begin(weights, {}, 10), Config(), lambda name: True)
    assert not player.muon.alike
