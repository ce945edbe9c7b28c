"""Numbers: exact points, drawn intervals, no row's value stored, conditions kept exactly."""

import json

import numpy as np
import pyarrow as pa
import pytest

from genloop.codecs import number
from genloop.core.conditions import Condition, read
from genloop.core.errors import ConditionError
from genloop.core.schema import Column

INTEGER = [Column("n", "number", decimals=0)]
CENTS = [Column("n", "number", decimals=2)]
REAL = [Column("n", "number", decimals=None)]


def table(values, kind=None):
    return pa.table({"n": pa.array(values, kind)})


def frozen_of(values, columns=INTEGER, floor=5, tokens=1000):
    return number.freeze(columns, number.fit(columns, table(values)), floor=floor, tokens=tokens)


def made(frozen, values, allowed=None, seed=0):
    codes = number.encode(frozen, table(values))
    return number.decode(frozen, codes, np.random.default_rng(seed), allowed=allowed)["n"]


def test_few_valued_integers_come_back_exactly():
    values = [v for v in range(90) for _ in range(6)] + [None] * 4
    assert made(frozen_of(values), values).to_pylist() == values


def test_decimals_are_kept_and_spikes_stay_exact():
    rng = np.random.default_rng(0)
    values = np.r_[np.zeros(500), np.full(200, 19.99), np.round(rng.lognormal(3, 1, 2000), 2)]
    out = made(frozen_of(values, CENTS), values).to_numpy()
    assert (out[:500] == 0).all() and (out[500:700] == 19.99).all()
    assert np.array_equal(np.round(out, 2), out)


def test_huge_integers_are_exact():
    base = 2**62
    values = [base + i for i in (1, 2, 3) for _ in range(5)]
    assert made(frozen_of(values), values).to_pylist() == values


def test_intervals_of_huge_integers_stay_in_range():
    rng = np.random.default_rng(0)
    values = rng.integers(-(2**63), 2**63 - 1, 3000)
    out = made(frozen_of(values), values).to_numpy()
    assert out.min() >= values.min() and out.max() <= values.max()
    assert abs(np.median(out.astype(float) - values)) < 2**58


def test_a_value_of_few_rows_is_not_stored_and_edges_are_averages():
    rng = np.random.default_rng(1)
    values = np.unique(rng.normal(0, 1, 5000))
    frozen = frozen_of(values, REAL)
    stored = set(frozen["axis"]["lows"]) | set(frozen["axis"]["highs"]) | set(frozen["axis"]["points"])
    assert not stored & set(values.tolist())
    assert min(frozen["axis"]["cell_rows"]) >= 5
    out = made(frozen, values).to_numpy()
    assert out.min() > values.min() and out.max() < values.max()


def test_made_values_follow_the_distribution():
    rng = np.random.default_rng(2)
    values, fresh = rng.lognormal(8, 1.5, (2, 20_000))
    out = np.sort(made(frozen_of(values, REAL), values).to_numpy())
    gap = np.abs(np.searchsorted(out, np.sort(fresh)) / len(out) - np.arange(len(fresh)) / len(fresh)).max()
    assert gap < 1.63 * np.sqrt(2 / 20_000)  # Kolmogorov-Smirnov, 1 % level


def test_decoded_values_encode_to_the_token_they_came_from():
    rng = np.random.default_rng(3)
    values = np.r_[rng.integers(0, 3000, 3000), np.repeat(np.arange(0, 3000, 50), 10)]
    frozen = frozen_of(values)
    codes = number.encode(frozen, table(values))
    out = number.decode(frozen, codes, rng)
    assert np.array_equal(number.encode(frozen, out), codes)


def test_nothing_is_drawn_in_a_wide_gap_between_values():
    rng = np.random.default_rng(3)
    values = np.r_[rng.normal(0, 1, 2000), rng.normal(1000, 1, 33)]
    out = made(frozen_of(values, REAL), np.tile(values, 5)).to_numpy()
    assert not ((out > 10) & (out < 990)).any()
    assert (out > 990).sum() == 33 * 5


def test_a_step_that_all_values_share_is_kept():
    values = np.random.default_rng(4).integers(1, 40_000, 3000) * 25 + 10
    out = made(frozen_of(values), values).to_numpy()
    assert (out % 25 == 10).all()


def test_constant_all_missing_and_too_few_values_make_fields_of_one_token():
    for values, expected in (([7] * 9, 7), ([None] * 9, None), ([1, 2, 3], None)):
        frozen = frozen_of(values)
        (field,) = number.fields(frozen)
        assert field.size == 1 and field.missing == (expected is None)
        assert set(made(frozen, values).to_pylist()) == {expected}


def test_infinities_count_as_missing():
    frozen = frozen_of([1.0] * 9 + [np.inf, -np.inf, np.nan], CENTS)
    assert made(frozen, [np.inf, 1.0], seed=1).to_pylist() == [None, 1.0]


def test_integers_of_few_rows_between_points_are_drawn_as_integers_that_are_no_points():
    values = np.r_[np.repeat(np.arange(0, 90), 20), np.arange(90, 100)]
    out = made(frozen_of(values), values)
    assert set(out.to_pylist()[1800:]) <= set(range(90, 100))


@pytest.mark.parametrize(
    ("conditions", "holds"),
    [
        (["n>=65"], lambda v: v >= 65),
        (["n<20"], lambda v: v < 20),
        (["n=30..40"], lambda v: (v >= 30) & (v <= 40)),
        (["n>30", "n<=31"], lambda v: v == 31),
        (["n in 17|5000|777777"], lambda v: np.isin(v, [17, 5000, 777_777])),
        (["n>=1234", "n<=400000", "n!=200000"], lambda v: (v >= 1234) & (v <= 400_000) & (v != 200_000)),
    ],
)
def test_conditions_are_kept_exactly(conditions, holds):
    rng = np.random.default_rng(5)
    values = np.r_[np.repeat(np.arange(90), 20), rng.integers(1000, 1_000_000, 500), [5000, 777_777]]
    frozen = frozen_of(values)
    allowed = number.allow(frozen, [read(text) for text in conditions])
    assert holds(made(frozen, values, allowed).to_numpy()).all()


def test_a_range_through_an_interval_takes_its_share():
    values = np.arange(10_000)
    frozen = frozen_of(values, tokens=10)
    allowed = number.allow(frozen, [read("n<2600")])
    rows = np.array(frozen["axis"]["cell_rows"]).sum() / number.fields(frozen)[0].size
    assert allowed.share[0].sum() * rows == pytest.approx(2600, rel=0.02)
    assert ((allowed.share[0] > 0) & (allowed.share[0] < 1)).sum() == 1


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        ("n>200", "no row can satisfy n>200; its values run from 0 to 99"),
        ("n=9..3", "no row can satisfy n=9..3"),
        ("n=3.5", "n has no value '3.5'; its values run from 0 to 99"),
        ("n=1e400", "n has no value '1e400'"),
        ("n>1e400", "no row can satisfy"),
        ("n=old", "expected a number, found 'old'"),
        ("n contains 3", "contains"),
        ("n is missing", "no row can satisfy n is missing"),
    ],
)
def test_what_cannot_be_is_refused_with_what_exists(condition, message):
    frozen = frozen_of(np.repeat(np.arange(100), 9))
    with pytest.raises(ConditionError, match=message):
        number.allow(frozen, [read(condition)])


def test_missing_and_present_choose_rows():
    values = [1] * 9 + [None] * 9
    frozen = frozen_of(values)
    for text, expected in (("n is missing", {None}), ("n is present", {1}), ("n>=1", {1})):
        assert set(made(frozen, values, number.allow(frozen, [read(text)])).to_pylist()) == expected
    both = number.allow(frozen, [Condition("n", "in", (1, None))])
    assert set(made(frozen, values, both).to_pylist()) == {1, None}


def test_the_state_survives_json():
    frozen = frozen_of([*np.random.default_rng(0).normal(0, 1, 500).tolist(), None], REAL)
    assert json.loads(json.dumps(frozen)) == frozen


def test_shards_with_and_without_exact_units_merge_to_floats():
    small, large = table([1.25] * 5), table([1e299] * 5)
    state = number.merge(number.fit(CENTS, small), number.fit(CENTS, large))
    frozen = number.freeze(CENTS, state, floor=5, tokens=10)
    assert made(frozen, [1.25, 1e299]).to_pylist() == [1.25, 1e299]
