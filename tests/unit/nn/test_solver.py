"""Solvers against paths with a closed form."""

import math

import pytest
import torch
from torch import Tensor

from genloop.nn.solver import integrate, times


def _turn(state: Tensor, time: float) -> Tensor:
    """dx/dt = x cos t: the path is x_0 exp(sin t)."""
    return state * math.cos(time)


def _error(method: str, steps: int) -> float:
    path = [2 * place / steps for place in range(steps + 1)]
    end = integrate(_turn, torch.ones(1, dtype=torch.float64), path, method)
    return abs(float(end) - math.exp(math.sin(2)))


@pytest.mark.parametrize(("method", "order"), [("euler", 1), ("midpoint", 2), ("heun", 2)])
def test_halving_the_step_divides_the_error_as_the_order_says(method: str, order: int) -> None:
    ratio = _error(method, 64) / _error(method, 128)
    assert 2**order * 0.8 < ratio < 2**order * 1.25


def test_a_straight_path_needs_one_euler_step() -> None:
    speed = torch.tensor([3.0, -1.0])
    end = integrate(lambda state, time: speed, torch.zeros(2), [0.0, 1.0], "euler")
    assert torch.equal(end, speed)


def test_heun_looks_once_less_than_twice_a_step() -> None:
    looks = []

    def velocity(state: Tensor, time: float) -> Tensor:
        looks.append(time)
        return state

    integrate(velocity, torch.ones(1), times(9, "heun"), "heun")
    assert len(looks) == 9 and looks[-1] < 1


@pytest.mark.parametrize(("method", "evaluations"), [("euler", 4), ("heun", 9), ("midpoint", 8), ("heun", 1)])
def test_times_run_from_the_beginning_to_the_end(method: str, evaluations: int) -> None:
    for begin, end in ((0.0, 1.0), (1.0, 0.25)):
        path = times(evaluations, method, bend=1.5, begin=begin, end=end)
        assert path[0] == begin and path[-1] == end
        assert path == sorted(path, reverse=begin > end)


def test_a_bend_above_one_crowds_the_steps_near_the_end() -> None:
    path = times(4, "euler", bend=2.0)
    assert path[1] - path[0] > path[-1] - path[-2]


def test_time_runs_backwards_to_where_it_began() -> None:
    path = times(64, "heun")
    there = integrate(_turn, torch.ones(3), path, "midpoint")
    assert torch.allclose(integrate(_turn, there, path[::-1], "midpoint"), torch.ones(3), atol=1e-3)


def test_a_path_backwards_is_the_forward_one_reversed() -> None:
    assert times(9, "heun", bend=1.7, begin=1.0, end=0.0) == times(9, "heun", bend=1.7)[::-1]


@pytest.mark.parametrize("spread", [0.3, 0.1])
def test_normal_data_go_back_to_normal_noise_and_return(spread: float) -> None:
    def velocity(state: Tensor, time: float) -> Tensor:
        """The exact field between N(0, 1) at time 0 and N(0.7, spread^2) at time 1, along straight lines."""
        variance = (1 - time) ** 2 + (time * spread) ** 2
        return 0.7 + (time * spread**2 - (1 - time)) / variance * (state - time * 0.7)

    data = 0.7 + spread * torch.randn(5000, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    noise = integrate(velocity, data, times(32, "heun", bend=1.7, begin=1.0, end=0.0))
    assert float(noise.std()) == pytest.approx(1, abs=0.05)
    again = integrate(velocity, noise, times(32, "heun", bend=1.7))
    assert float((again - data).square().mean().sqrt()) < 0.03 * spread
