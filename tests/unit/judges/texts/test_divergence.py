import numpy as np
import pytest

from genloop.judges.texts import divergence


def test_equal_shares_give_one_and_disjoint_ones_nearly_nothing():
    cell = np.repeat(np.arange(10), 500)
    assert divergence.area(cell, cell, 10) == pytest.approx(1)
    assert divergence.area(np.zeros(5000, int), np.ones(5000, int), 2) < 0.01


def test_the_area_is_that_of_the_frontier_by_fine_integration():
    first, second = np.repeat([0, 1], [700, 300]), np.repeat([0, 1], [400, 600])
    p, q = np.array([700.5, 300.5]) / 1001, np.array([400.5, 600.5]) / 1001
    weights = np.linspace(1, 0, 20_001)[1:-1, None]
    mixed = weights * p + (1 - weights) * q
    xs, ys = (np.exp(-5 * (part * np.log(part / mixed)).sum(axis=1)) for part in (q, p))
    fine = np.trapezoid([1, *ys, 0], [0, *xs, 1])
    assert divergence.area(first, second, 2) == pytest.approx(fine, abs=0.02)


def test_cells_part_what_lies_apart():
    rng = np.random.default_rng(0)
    points = np.concatenate([rng.normal(place, 0.1, (50, 3)) for place in (0, 5, 10)])
    cell = divergence.cells(points, 3, rng)
    assert [len(set(cell[start : start + 50])) for start in (0, 50, 100)] == [1, 1, 1]
    assert len(set(cell)) == 3
    assert set(divergence.cells(np.zeros((9, 2)), 4, rng)) <= set(range(4))
