"""Limits: how the values of conditions are read."""

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest

from genloop.codecs import limits
from genloop.core.conditions import Condition, read
from genloop.core.errors import ConditionError


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (3, 3),
        (True, 1),
        (np.int64(-7), -7),
        (0.1, Fraction(1, 10)),
        (np.float32(0.5), Fraction(1, 2)),
        (Decimal("2.50"), Fraction(5, 2)),
        ("9007199254740993", 2**53 + 1),
        ("1,234,567.5", Fraction(2469135, 2)),
        ("1,234", 1234),
        ("12,5", Fraction(25, 2)),
        ("1.234,50", Fraction(2469, 2)),
        ("$ 1,200", 1200),
        ("￥99.5", Fraction(199, 2)),
        ("15%", 15),
        ("-2e3", -2000),
    ],
)
def test_numbers_are_read_exactly(value, number):
    assert limits.number(value) == number


@pytest.mark.parametrize("value", ["ten", "", "1,23,4", float("inf"), "nan", "1..2", "1e99999999", "1e-99999999"])
def test_what_is_no_number_is_refused(value):
    with pytest.raises(ConditionError, match="expected a number, found"):
        limits.number(value)


def test_bounds_on_a_grid_are_whole_and_inclusive():
    for text, low, high in (
        ("x>3", 4, None),
        ("x>=3", 3, None),
        ("x<2.5", None, 2),
        ("x>2.5", 3, None),
        ("x<=9", None, 9),
    ):
        found = limits.read(read(text), limits.number, grid=True)
        assert (found.low, found.high) == (low, high)


@pytest.mark.parametrize("grid", [True, False])
@pytest.mark.parametrize("sign", [1, -1])
def test_bounds_beyond_every_number_bound_nothing_and_values_are_none(grid, sign):
    values = np.array([-(2**62), 0, 2**62]) if grid else np.array([-1e308, 0.0, 1e308])
    far = sign * 10**400
    for condition, kept in (
        (Condition("x", "range", high=far), sign > 0),
        (Condition("x", "range", low=far, low_open=True), sign < 0),
        (Condition("x", "in", (far,)), False),
        (Condition("x", "not in", (far,)), True),
    ):
        assert (limits.read(condition, limits.number, grid=grid).keep(values) == kept).all()


def test_open_bounds_of_a_continuous_axis_are_the_next_floats():
    condition = Condition("x", "range", low=1, high=2, low_open=True, high_open=True)
    found = limits.read(condition, limits.number, grid=False)
    assert found.low == np.nextafter(1, 2) and found.high == np.nextafter(2, 1)


def test_limits_meet():
    both = limits.Limits(1, 9, (2, 5, 11)) & limits.Limits(3, None, (5, 2), (5,))
    assert both == limits.Limits(3, 9, (2, 5), (5,))
    assert both.keep(np.array([2, 3, 5])).tolist() == [False, False, False]


def test_not_a_number_stands_for_missing():
    assert limits.takes_missing(Condition("x", "in", (1, float("nan"))))
    assert not limits.takes_missing(Condition("x", "not in", (1, None)))
