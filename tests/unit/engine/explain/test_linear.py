"""Ridge regression against its textbook form, and intervals against what they promise."""

import numpy as np
import pytest

from genloop.engine.explain import linear


@pytest.mark.parametrize("length", [5, 400])
def test_a_line_is_found_where_there_is_one(length):
    rng = np.random.default_rng(0)
    x = rng.standard_normal((300, length))
    slope = np.zeros(length)
    slope[:2] = (3.0, -4.0)
    (line,) = linear.fit(x, (7 + x @ slope + 0.1 * rng.standard_normal(300))[:, None])
    fresh = rng.standard_normal((200, length))
    assert linear.correlation(line.foretell(fresh), fresh @ slope)[0] > (0.99 if length == 5 else 0.5)
    if length == 5:
        assert np.allclose(line.direction[:2], (0.6, -0.8), atol=0.02)


def test_the_slope_is_that_of_the_normal_equations(monkeypatch):
    rng = np.random.default_rng(1)
    x, y = rng.standard_normal((40, 6)), rng.standard_normal((40, 1))
    monkeypatch.setattr(linear, "STRENGTHS", np.array([0.1]))
    (line,) = linear.fit(x, y)
    own = x - x.mean(0)
    wanted = np.linalg.solve(own.T @ own + 0.1 * 40 * np.eye(6), own.T @ (y[:, 0] - y.mean()))
    assert np.allclose(line.slope, wanted)


def test_noise_is_not_foretold():
    rng = np.random.default_rng(2)
    x, y = rng.standard_normal((300, 20)), rng.standard_normal(300)
    (line,) = linear.fit(x[:200], y[:200, None])
    value, (low, high) = linear.correlation(line.foretell(x[200:]), y[200:])
    assert low < 0.2 and low <= value <= high


def test_a_correlation_knows_fishers_interval():
    rng = np.random.default_rng(3)
    one = rng.standard_normal(103)
    other = one + rng.standard_normal(103)
    value, (low, high) = linear.correlation(one, other)
    assert np.isclose(value, np.corrcoef(one, other)[0, 1])
    assert np.isclose(np.arctanh(high) - np.arctanh(low), 2 * 1.96 / 10)
    assert linear.correlation(np.ones(9), one[:9]) == (0.0, (0.0, 0.0))


def test_a_bootstrap_of_a_mean_is_as_wide_as_its_error():
    values = np.random.default_rng(4).standard_normal(400)
    low, high = linear.interval(400, lambda rows: float(values[rows].mean()), np.random.default_rng(5))
    assert np.isclose(high - low, 2 * 1.96 * values.std() / 20, rtol=0.15)
