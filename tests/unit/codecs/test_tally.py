"""Tallies: exact counts that stay bounded, whatever the order of shards."""

import numpy as np
import pyarrow as pa
import pytest

from genloop.codecs import number, tally
from genloop.core.schema import Column


def test_counts_are_exact_below_the_limit():
    counted = tally.fit(np.array([3, 1, 3, 3]))
    assert counted.values.tolist() == [1, 3] and counted.counts.tolist() == [1, 3]
    assert counted.rows == 4 and counted.cut == 0
    assert counted == tally.fit(np.array([1, 3, 3, 3])) and counted != tally.fit(np.array([1, 3]))


def test_whole_units_lose_their_last_digits_and_round_spikes_stay_exact():
    values = np.r_[np.arange(123_000, 124_000), np.full(50, 100_000), -np.arange(50_000, 50_010)]
    counted = tally.fit(values, limit=100)
    assert counted.values.tolist() == [-50_000, 100_000, *range(123_000, 124_000, 100)]
    assert counted.counts.tolist() == [10, 50, *[100] * 10]
    assert counted.exact.tolist() == [1, 50, *[1] * 10]


def test_floats_lose_bits_and_keep_their_size():
    values = np.random.default_rng(0).lognormal(0, 3, 5000)
    counted = tally.fit(np.r_[values, np.zeros(9)], limit=500)
    assert len(counted.values) <= 500 and counted.rows == 5009
    assert counted.counts[0] == counted.exact[0] == 9
    middle = np.repeat(counted.values, counted.counts)[9:]
    assert (middle <= np.sort(values)).all() and (middle > 0.9 * np.sort(values)).all()


def test_interleaved_places_fall_into_larger_squares():
    counted = tally.fit(np.arange(64, dtype=np.uint64), limit=4)
    assert counted.values.tolist() == [0, 16, 32, 48] and counted.counts.tolist() == [16] * 4


@pytest.mark.parametrize("kind", [np.int64, np.float64, np.uint64])
def test_cutting_does_not_depend_on_the_order_of_shards(kind):
    values = np.random.default_rng(0).integers(0, 10**9, 3000).astype(kind)
    whole = tally.fit(values, limit=200)
    parts = [tally.fit(part, limit=200) for part in np.array_split(values, 7)]
    merged = parts[3]
    for part in parts[:3] + parts[4:]:
        merged = tally.merge(part, merged, limit=200)
    assert merged == whole and 0 < len(whole.values) <= 200


def test_the_coarsest_cut_ends_even_above_the_limit():
    assert len(tally.fit(np.arange(1, 10), limit=3).values) == 9


def test_a_step_is_the_largest_that_all_values_share():
    assert tally.step(tally.fit(np.array([10, 40, 100]))) == (30, 10)
    assert tally.step(tally.fit(np.array([10, 40]))) == (1, 0)
    assert tally.step(tally.fit(np.array([0.5, 1.0, 2.0]))) == (1, 0)


def test_cut_values_never_become_points_on_the_count_of_their_neighbours():
    column = [Column("n", "number", decimals=0)]
    values = np.r_[np.arange(10**6, 10**6 + 5000), np.full(40, 10**6)]
    records = pa.table({"n": values})
    counted = tally.fit(values, limit=100)
    state = number.State(0, counted, 0, True)
    frozen = number.freeze(column, state, floor=5, tokens=1000)
    assert frozen["axis"]["points"] == [10**6] and frozen["axis"]["point_rows"] == [41]
    out = number.decode(frozen, number.encode(frozen, records), np.random.default_rng(0))["n"].to_numpy()
    assert (out[-40:] == 10**6).all()
    assert len(set(out[:5000].tolist())) > 1000
