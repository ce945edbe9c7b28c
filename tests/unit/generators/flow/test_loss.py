"""The flow of a Gaussian against its closed form, and the frame of the codes."""

import numpy as np
import pytest
import torch
from torch import Tensor

from genloop.core.protocols import Batch
from genloop.generators.flow.frame import Frame
from genloop.generators.flow.network import EMBEDDED, Network, Shape, waves
from genloop.generators.flow.objective import matching
from genloop.nn.solver import integrate, times

pytestmark = pytest.mark.neural
MEAN, SPREAD = 2.0, 0.5


def _gaussian(state: Tensor, time: float) -> Tensor:
    """E[x_1 - x_0 | x_t] where x_0 ~ N(0, 1) and x_1 ~ N(MEAN, SPREAD^2)."""
    variance = (1 - time) ** 2 + time**2 * SPREAD**2
    slope = (time * SPREAD**2 - (1 - time)) / variance
    return MEAN + slope * (state - time * MEAN)


def test_following_the_gaussian_field_gives_the_gaussian() -> None:
    noise = torch.linspace(-3, 3, 101, dtype=torch.float64)
    end = integrate(_gaussian, noise, times(400, "heun"), "midpoint")
    assert torch.allclose(end, MEAN + SPREAD * noise, atol=1e-3)


def test_the_loss_is_least_at_the_gaussian_field() -> None:
    """The learnt line v = a x + b at one time against the closed form of that time."""
    rng = torch.Generator().manual_seed(0)
    rows, time = 200_000, 0.3
    noise = torch.randn(rows, 1, generator=rng)
    picture = MEAN + SPREAD * torch.randn(rows, 1, generator=rng)

    class Line(torch.nn.Module):
        def __init__(self, slope: float, base: float) -> None:
            super().__init__()
            self.slope, self.base = slope, base

        def clock(self, time: Tensor) -> Tensor:
            return time

        def forward(self, x: Tensor, told: Tensor, clock: Tensor) -> Tensor:
            return self.slope * x + self.base

    def value(slope: float, base: float) -> float:
        return float(matching.__wrapped__(Line(slope, base), noise, picture, torch.full((rows,), time), noise))

    slope = float(_gaussian(torch.ones(1), time) - _gaussian(torch.zeros(1), time))
    base = float(_gaussian(torch.zeros(1), time))
    least = value(slope, base)
    assert all(value(slope + a, base + b) > least for a, b in ((0.1, 0), (-0.1, 0), (0, 0.1), (0, -0.1)))
    variance = (1 - time) ** 2 + time**2 * SPREAD**2
    assert least == pytest.approx(1 + SPREAD**2 - (time * SPREAD**2 - (1 - time)) ** 2 / variance, rel=0.02)


@pytest.mark.parametrize("shape", [(1, 1, 6), (12, 12, 4)])
def test_a_frame_gives_unit_spread_and_leads_back(shape: tuple[int, ...]) -> None:
    rng = np.random.default_rng(0)
    codes = (rng.normal(size=(400, *shape)) * np.arange(1, shape[-1] + 1) + 3).astype(np.float32)
    frame = Frame.of(codes)
    learnt = frame.learnt(codes)
    assert learnt.shape == (400, shape[2], *shape[:2])
    assert abs(float(learnt.mean())) < 1e-3 and float(learnt.std()) == pytest.approx(1, abs=0.01)

    class Same:
        levels = None

        def __init__(self) -> None:
            self.shape = shape

        def encode(self, pixels: np.ndarray, rng: np.random.Generator | None = None) -> np.ndarray:
            return self.codes

        def decode(self, codes: np.ndarray) -> np.ndarray:
            self.codes = codes
            return np.zeros((len(codes), 1, 1, 1), np.uint8)

    coder = Same()
    frame.back(learnt, coder)
    assert np.allclose(coder.codes, codes, atol=1e-3)


def test_a_short_code_is_wholly_uncorrelated_and_a_constant_number_does_no_harm() -> None:
    rng = np.random.default_rng(0)
    base = rng.normal(size=(500, 1))
    codes = np.concatenate([base, base + 0.1 * rng.normal(size=(500, 1)), np.full((500, 1), 7.0)], 1)
    learnt = Frame.of(codes.astype(np.float32).reshape(500, 1, 1, 3)).learnt(codes.reshape(500, 1, 1, 3)).numpy()
    spread = np.cov(learnt.reshape(500, 3), rowvar=False)
    assert np.isfinite(learnt).all()
    assert np.allclose(np.sort(np.diag(spread)), [0, 1, 1], atol=0.02)


def test_one_time_for_all_rows_is_that_time_for_each() -> None:
    """What sampling works out once is what training works out for each row."""
    torch.manual_seed(0)
    network = Network(Shape(5, 1, 1, 16, 2), Batch(np.zeros((0, 0), np.uint16), ()))
    torch.nn.init.normal_(network.body.leave.weight)
    x, told = torch.randn(7, 5, 1, 1), torch.randn(7, EMBEDDED)
    once = network(x, told, network.clock(torch.tensor([0.4])))
    each = network(x, told, network.clock(torch.full((7,), 0.4)))
    assert torch.allclose(once, each, atol=1e-6)
    assert waves(torch.tensor([0.1, 0.9])).shape == (2, 64)
