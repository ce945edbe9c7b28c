"""Heaps: drawn values are round as often as the rows' values, and only where rows are."""

import numpy as np
import pyarrow as pa
import pytest

from genloop.codecs import heaps, number
from genloop.core.conditions import read
from genloop.core.schema import Column

COLUMN = [Column("pay", "number", decimals=0)]


def stated(rows, seed=0):
    """Pay as people state it: seven in ten round it to thousands, the others to units."""
    rng = np.random.default_rng(seed)
    exact = np.rint(rng.lognormal(13, 1.2, rows)).astype(np.int64)
    return np.where(rng.random(rows) < 0.7, (exact + 500) // 1000 * 1000, exact)


def made(values, conditions=()):
    records = pa.table({"pay": values})
    frozen = number.freeze(COLUMN, number.fit(COLUMN, records), floor=5, tokens=100)
    allowed = number.allow(frozen, conditions)
    codes = number.encode(frozen, records)
    return frozen, codes, number.decode(frozen, codes, np.random.default_rng(1), allowed=allowed)


def test_made_values_are_round_as_often_as_real_ones():
    values = stated(4000)
    frozen, codes, out = made(values)
    for power in (10, 100, 1000, 10_000):
        real, drawn = np.mean(values % power == 0), np.mean(out["pay"].to_numpy() % power == 0)
        assert drawn == pytest.approx(real, abs=0.1)
    assert np.array_equal(number.encode(frozen, out), codes)


def test_smooth_numbers_are_not_heaped():
    values = np.random.default_rng(0).integers(0, 10**6, 4000)
    frozen, _, _ = made(values)
    assert frozen["axis"]["heaps"] == []


def test_chances_are_those_of_the_excess_over_uniform_digits():
    values = np.r_[np.arange(1000) * 10, np.arange(1000) * 10 + 3]
    ((end, chances),) = heaps.fit(values, np.ones(2000, dtype=np.int64), np.zeros(0), 5)
    assert end == 1
    assert chances == pytest.approx([(0.5 - 0.1) / 0.9])


def test_rounding_keeps_conditions():
    _, _, out = made(stated(4000), [read("pay=400100..499900")])
    drawn = out["pay"].to_numpy()
    assert drawn.min() >= 400_100 and drawn.max() <= 499_900
