import numpy as np
import pytest
from scipy import linalg

from genloop.judges.pictures.distance import Moments, discrepancy, frechet, kernel, spread


def test_the_distance_of_two_gaussians_is_the_closed_form():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 5, 5))
    first, second = Moments(rng.normal(size=5), a @ a.T), Moments(rng.normal(size=5), b @ b.T)
    root = linalg.sqrtm(first.cov @ second.cov).real
    expected = ((first.mean - second.mean) ** 2).sum() + np.trace(first.cov + second.cov - 2 * root)
    assert frechet(first, second) == pytest.approx(expected)


def test_commuting_covariances_leave_the_gap_between_their_roots():
    first, second = Moments(np.zeros(3), np.diag([1.0, 4, 9])), Moments(np.ones(3), np.diag([4.0, 4, 1]))
    assert frechet(first, second) == pytest.approx(3 + 1 + 0 + 4)
    assert frechet(first, first) == pytest.approx(0, abs=1e-9)


def test_moments_of_samples_are_numpy_s():
    points = np.random.default_rng(1).normal(size=(50, 4)).astype(np.float32)
    found = Moments.of(points)
    assert np.allclose(found.cov, np.cov(points, rowvar=False))


def test_the_bootstrap_tells_how_far_the_distance_varies_from_sample_to_sample():
    rng = np.random.default_rng(2)
    real = Moments(np.zeros(4), np.eye(4))
    samples = [rng.normal(0.5, 1, (300, 4)) for _ in range(40)]
    truth = np.std([frechet(Moments.of(part), real) for part in samples])
    assert 0.6 * truth < np.mean([spread(part, real, rng, times=15) for part in samples[:8]]) < 1.6 * truth


def test_the_kernel_distance_is_the_sum_over_pairs():
    rng = np.random.default_rng(3)
    one, other = rng.normal(size=(7, 3)), rng.normal(0.3, 1, (6, 3))
    k = lambda x, y: (x @ y / 3 + 1) ** 3  # noqa: E731
    own = np.mean([k(one[i], one[j]) for i in range(7) for j in range(7) if i != j])
    theirs = np.mean([k(other[i], other[j]) for i in range(6) for j in range(6) if i != j])
    between = np.mean([k(x, y) for x in one for y in other])
    assert discrepancy(one, other) == pytest.approx(own + theirs - 2 * between)


def test_the_kernel_distance_of_equal_distributions_is_nought_on_average():
    rng = np.random.default_rng(4)
    found = [kernel(rng.normal(size=(200, 6)), rng.normal(size=(200, 6)), rng, size=100)[0] for _ in range(30)]
    assert abs(np.mean(found)) < 3 * np.std(found) / np.sqrt(30)
    value, error = kernel(rng.normal(size=(400, 6)), rng.normal(0.5, 1, (400, 6)), rng)
    assert value > 5 * error > 0


@pytest.mark.parametrize("rows", [60, 300, 1200])
def test_the_error_of_the_kernel_distance_is_how_far_it_strays_from_sample_to_sample(rows):
    found = []
    for seed in range(24):
        rng = np.random.default_rng(seed)
        found.append(kernel(rng.normal(size=(rows, 8)), rng.normal(0.5, 1, (rows, 8)), rng))
    values, errors = np.array(found).T
    assert errors.min() > 0
    assert 0.5 < errors.mean() / values.std(ddof=1) < 2.0


def test_the_kernel_distance_of_very_few_vectors_has_an_error_too():
    rng = np.random.default_rng(5)
    assert all(np.isfinite(kernel(rng.normal(size=(n, 4)), rng.normal(size=(n, 4)), rng)).all() for n in (2, 3, 4, 5))
