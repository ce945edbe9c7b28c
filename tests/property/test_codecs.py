"""Properties of every codec on whatever hypothesis finds."""

import json
from datetime import datetime

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from genloop.codecs import category, key, number, place, spans, tally, time
from genloop.core.conditions import Condition
from genloop.core.errors import ConditionError
from genloop.core.schema import Column

quick = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
missing = st.none()
repeated = st.integers(1, 8)

INTEGERS = st.integers(-(2**63), 2**63 - 1) | st.integers(-20, 20)
CENTS = st.integers(-(10**9), 10**9).map(lambda cents: cents / 100)
FLOATS = st.floats(-1e299, 1e299) | st.sampled_from([0.0, -1.5, 1e-300])
TIMES = st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1))
TEXTS = st.text(max_size=6) | st.sampled_from(["a", "b", "?"])
KEYS = st.text("0123456789abAB-订", min_size=1, max_size=8)


def columns_of(values):
    """Lists in which values come several times each, some missing."""
    return st.lists(st.tuples(values | missing, repeated), max_size=40).map(
        lambda pairs: [value for value, times in pairs for _ in range(times)]
    )


CASES = {
    "integer": (number, [Column("x", "number", decimals=0)], pa.int64(), INTEGERS),
    "cents": (number, [Column("x", "number", decimals=2)], pa.float64(), CENTS),
    "float": (number, [Column("x", "number", decimals=None)], pa.float64(), FLOATS),
    "category": (category, [Column("x", "category")], pa.string(), TEXTS),
    "time": (time, [Column("x", "time")], pa.timestamp("us"), TIMES),
    "key": (key, [Column("x", "key")], pa.string(), KEYS),
}
each = pytest.mark.parametrize("name", CASES)


def table(values, kind):
    return pa.table({"x": pa.array(values, kind)})


@each
@quick
@given(data=st.data())
def test_fit_and_merge_is_fit_of_the_whole(name, data):
    codec, columns, kind, values = CASES[name]
    first, second = data.draw(columns_of(values)), data.draw(columns_of(values))
    merged = codec.merge(codec.fit(columns, table(first, kind)), codec.fit(columns, table(second, kind)))
    assert merged == codec.fit(columns, table(first + second, kind))


@each
@quick
@given(data=st.data())
def test_frozen_states_survive_json_and_tokens_fit_their_fields(name, data):
    codec, columns, kind, values = CASES[name]
    records = table(data.draw(columns_of(values)), kind)
    frozen = codec.freeze(columns, codec.fit(columns, records), floor=3, tokens=data.draw(st.integers(2, 50)))
    assert json.loads(json.dumps(frozen)) == frozen
    codes = codec.encode(frozen, records)
    assert all(codes[:, k].max(initial=0) < field.size for k, field in enumerate(codec.fields(frozen)))
    assert codec.decode(frozen, codes, np.random.default_rng(0)).schema.types == [kind]


@pytest.mark.parametrize("name", ["integer", "cents", "float", "category", "time"])
@quick
@given(data=st.data())
def test_what_enough_rows_carry_comes_back_and_what_few_carry_does_not_come_out(name, data):
    codec, columns, kind, values = CASES[name]
    column = data.draw(columns_of(values))
    records = table(column, kind)
    frozen = codec.freeze(columns, codec.fit(columns, records), floor=3, tokens=1000)
    made = codec.decode(frozen, codec.encode(frozen, records), np.random.default_rng(0))["x"].to_pylist()
    counts = {value: column.count(value) for value in column}
    for old, new in zip(column, made, strict=True):
        if old is None or (counts[old] >= 3 and name != "time"):
            assert new == old
        if name == "category" and new is not None:
            assert counts[new] >= 3


@pytest.mark.parametrize("name", ["integer", "cents", "float"])
@quick
@given(data=st.data())
def test_any_tokens_decode_within_the_range_of_the_data(name, data):
    codec, columns, kind, values = CASES[name]
    column = [v for v in data.draw(columns_of(values)) if v is not None]
    records = table(column, kind)
    frozen = codec.freeze(columns, codec.fit(columns, records), floor=3, tokens=20)
    size = codec.fields(frozen)[0].size
    codes = np.arange(size, dtype=np.uint16).repeat(5)[:, None]
    made = codec.decode(frozen, codes, np.random.default_rng(0))["x"].drop_null().to_pylist()
    assert all(min(column) <= value <= max(column) for value in made)


@pytest.mark.parametrize("name", ["integer", "cents", "float", "time"])
@quick
@given(data=st.data())
def test_a_range_is_kept_by_whatever_tokens_come(name, data):
    codec, columns, kind, values = CASES[name]
    records = table(data.draw(columns_of(values)), kind)
    low, high = sorted(data.draw(st.tuples(values, values)))
    frozen = codec.freeze(columns, codec.fit(columns, records), floor=3, tokens=20)
    try:
        allowed = codec.allow(frozen, [Condition("x", "range", low=low, high=high)])
    except ConditionError:
        return
    sizes = [field.size for field in codec.fields(frozen)]
    codes = np.random.default_rng(0).integers(0, sizes, (50, len(sizes))).astype(np.uint16)
    made = codec.decode(frozen, codes, np.random.default_rng(0), allowed=allowed)["x"].to_pylist()
    assert all(low <= value <= high for value in made)


@quick
@given(st.lists(st.tuples(st.integers(-899, 899), st.integers(-1799, 1799)), max_size=60), st.integers(1, 40))
def test_places_merge_and_come_back_within_their_box(spots, tokens):
    columns = [Column("lat", "place", decimals=1, partner="lon"), Column("lon", "place", decimals=1, partner="lat")]
    degrees = np.array(spots, dtype=np.float64).reshape(-1, 2) / 10
    records = pa.table({"lat": degrees[:, 0], "lon": degrees[:, 1]})
    parts = [place.fit(columns, part) for part in (records.slice(0, 20), records.slice(20))]
    assert place.merge(*parts) == place.fit(columns, records)
    frozen = place.freeze(columns, place.merge(*parts), floor=3, tokens=tokens)
    assert json.loads(json.dumps(frozen)) == frozen
    made = place.decode(frozen, place.encode(frozen, records), np.random.default_rng(0))
    for side, name in enumerate(("lat", "lon")):
        out = made[name].drop_null().to_numpy()
        assert not len(out) or (out.min() >= degrees[:, side].min() and out.max() <= degrees[:, side].max())


@pytest.mark.parametrize("kind", [np.int64, np.float64, np.uint64])
@quick
@given(data=st.data())
def test_a_compacted_tally_does_not_depend_on_how_shards_are_cut(kind, data):
    values = np.array(data.draw(st.lists(st.integers(0, 10**7), min_size=1, max_size=200)), dtype=kind)
    cut = data.draw(st.integers(0, len(values)))
    whole = tally.fit(values, limit=80)
    assert tally.merge(tally.fit(values[:cut], limit=80), tally.fit(values[cut:], limit=80), limit=80) == whole
    assert len(whole.values) <= 80 and whole.rows == len(values)


@quick
@given(
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50))),
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50))),
)
def test_spans_are_sets_of_instants(first, second):
    instants = np.arange(-5, 60)
    a, b = spans.join(first), spans.join(second)
    in_a, in_b = spans.inside(instants, a), spans.inside(instants, b)
    assert in_a.tolist() == [any(low <= instant <= high for low, high in first) for instant in instants]
    assert np.array_equal(spans.inside(instants, spans.invert(a)), ~in_a)
    assert np.array_equal(spans.inside(instants, spans.intersect(a, b)), in_a & in_b)
