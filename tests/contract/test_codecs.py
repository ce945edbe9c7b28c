"""Every registered codec keeps the same promises; found by its entry point, no opt-in."""

import json
import math

import numpy as np
import pyarrow as pa
import pytest

from genloop.core import pixels as tensors
from genloop.core import registry
from genloop.core.conditions import Condition
from genloop.core.protocols import Field
from genloop.core.schema import LEARNT_KINDS, Column
from genloop.core.texts import END

FLOOR = 5
TOKENS = 40
RNG = np.random.default_rng(0)


def _some_missing(values, share=0.1):
    gone = np.random.default_rng(1).random(len(values)) < share
    return [None if lost else value for value, lost in zip(values, gone, strict=True)]


def _number():
    spiked = np.r_[np.zeros(300), np.full(80, 19.99), np.round(RNG.lognormal(4, 1.5, 600), 2)]
    return {"x": pa.array(_some_missing(spiked.tolist()), pa.float64())}, [Column("x", "number", decimals=2)]


def _category():
    values = [f"v{min(int(i), 200)}" for i in RNG.geometric(0.02, 1500)]
    return {"x": pa.array(_some_missing(values), pa.string())}, [Column("x", "category")]


def _time():
    micros = 1_600_000_000_000_000 + RNG.integers(0, 900 * 1440, 1200) * 60_000_000
    return {"x": pa.array(_some_missing(micros.tolist()), pa.int64()).cast(pa.timestamp("us"))}, [Column("x", "time")]


def _place():
    spots = np.round(np.r_[np.tile([[40.6398, -73.7789]], (50, 1)), RNG.normal([31, 121], [0.1, 0.3], (800, 2))], 4)
    columns = {name: pa.array(_some_missing(spots[:, k].tolist())) for k, name in enumerate(("lat", "lon"))}
    sides = (("lat", "lon"), ("lon", "lat"))
    return columns, [Column(name, "place", decimals=4, partner=partner) for name, partner in sides]


def _key():
    return {"x": pa.array(_some_missing([f"ORD-{i:07d}" for i in RNG.permutation(900)]))}, [Column("x", "key")]


def _unlearnt(kind):
    return {"x": pa.array(_some_missing([f"the text of row {i}" for i in range(100)]))}, [Column("x", kind)]


def _image():
    pixels = RNG.integers(0, 256, (700, 3, 4, 1), dtype=np.uint8)
    return {"x": tensors.write(pixels, RNG.random(700) > 0.1)}, [Column("x", "image", shape=(3, 4, 1))]


MAKERS = {"image": _image, "number": _number, "category": _category, "time": _time, "place": _place, "key": _key}


PIXELS_OF = [kind for kind in registry.names("codecs") if "pixels" in registry.load("codecs", kind).FORMS]
WORDS_OF = [kind for kind in registry.names("codecs") if "words" in registry.load("codecs", kind).FORMS]
TOKENS_OF = sorted(set(registry.names("codecs")) - set(PIXELS_OF) - set(WORDS_OF))


def _case(kind):
    columns, schema = MAKERS.get(kind, lambda: _unlearnt(kind))()
    return registry.load("codecs", kind), schema, pa.table(columns)


@pytest.fixture(params=TOKENS_OF)
def case(request):
    """The codec, its columns and some records for each registered kind that is learnt as tokens, or not at all."""
    return _case(request.param)


@pytest.fixture(params=PIXELS_OF)
def pictured(request):
    """The same for each kind that is learnt as pixels."""
    return _case(request.param)


@pytest.fixture(params=WORDS_OF)
def written(request):
    """The same for each kind that is learnt as texts."""
    return _case(request.param)


@pytest.fixture(params=sorted(LEARNT_KINDS & set(registry.names("codecs"))))
def learnt(request):
    """The same for each kind that is learnt."""
    return _case(request.param)


@pytest.fixture(params=sorted(LEARNT_KINDS & set(registry.names("codecs")) - {"time"}))
def exact(request):
    """The same for each kind that promises to give common values back exactly."""
    return _case(request.param)


def frozen_of(case):
    codec, columns, records = case
    return codec.freeze(columns, codec.fit(columns, records), floor=FLOOR, tokens=TOKENS)


def test_it_says_what_it_is(case):
    codec, _, _ = case
    assert isinstance(codec.KIND, str) and "tokens" in codec.FORMS


def test_shards_merge_to_the_state_of_the_whole_in_any_grouping(case):
    codec, columns, records = case
    whole = codec.fit(columns, records)
    a, b, c = (codec.fit(columns, records.slice(start, rows)) for start, rows in ((0, 31), (31, 300), (331, 10**6)))
    assert codec.merge(codec.merge(a, b), c) == whole
    assert codec.merge(a, codec.merge(b, c)) == whole


def test_an_empty_shard_changes_nothing(case):
    codec, columns, records = case
    whole, empty = codec.fit(columns, records), codec.fit(columns, records.slice(0, 0))
    assert codec.merge(whole, empty) == whole
    assert codec.merge(empty, whole) == whole


def test_states_of_other_data_differ(case):
    codec, columns, records = case
    assert codec.fit(columns, records) != codec.fit(columns, records.slice(7))


def test_the_frozen_state_survives_json(case):
    frozen = frozen_of(case)
    assert json.loads(json.dumps(frozen)) == frozen


def test_tokens_stay_within_their_fields(case):
    codec, _, records = case
    frozen = frozen_of(case)
    fields, codes = codec.fields(frozen), codec.encode(frozen, records)
    assert all(isinstance(field, Field) for field in fields)
    assert codes.dtype == np.uint16 and codes.shape == (records.num_rows, len(fields))
    assert all(codes[:, place].max() < field.size for place, field in enumerate(fields))
    assert all(field.size <= 2.5 * TOKENS + 2 for field in fields)


def test_decoded_records_have_the_units_columns_and_types(case):
    codec, columns, records = case
    frozen = frozen_of(case)
    made = codec.decode(frozen, codec.encode(frozen, records), np.random.default_rng(0))
    assert made.column_names == [column.name for column in columns]
    assert made.num_rows == records.num_rows
    assert made.schema.types == records.schema.types


def test_the_same_seed_decodes_the_same_records(case):
    codec, _, records = case
    frozen = frozen_of(case)
    codes = codec.encode(frozen, records)
    first, second = (codec.decode(frozen, codes, np.random.default_rng(9)) for _ in range(2))
    assert first.equals(second)


def test_learnt_values_come_back_exactly_where_enough_rows_carry_them(exact):
    codec, columns, records = exact
    frozen = codec.freeze(columns, codec.fit(columns, records), floor=FLOOR, tokens=10_000)
    made = codec.decode(frozen, codec.encode(frozen, records), np.random.default_rng(0))
    rows, back = (list(zip(*t.to_pydict().values(), strict=True)) for t in (records, made))
    common = [row for row in set(rows) if rows.count(row) >= FLOOR and None not in row]
    assert common
    assert all(new == old for old, new in zip(rows, back, strict=True) if old in common)


def test_what_is_decoded_encodes_to_the_tokens_it_came_from(case):
    codec, columns, records = case
    frozen = frozen_of(case)
    codes = codec.encode(frozen, records)
    back = codec.encode(frozen, codec.decode(frozen, codes, np.random.default_rng(0)))
    exact = 1.0 if columns[0].kind in ("number", "key") or not codes.size else 0.8  # rare, weekday and cell may move
    assert codes.size == 0 or np.mean(back == codes) >= exact


def test_missing_cells_stay_missing(learnt):
    codec, _, records = learnt
    frozen = frozen_of(learnt)
    assert codec.fields(frozen)[0].missing
    made = codec.decode(frozen, codec.encode(frozen, records), np.random.default_rng(0))
    gone = np.any([records[name].is_null().to_numpy() for name in records.column_names], axis=0)
    assert all(np.array_equal(made[name].is_null().to_numpy(), gone) for name in made.column_names)


def test_nothing_that_few_rows_carry_is_stored(case):
    _, columns, records = case
    frozen = frozen_of(case)
    stored = set(_leaves({k: v for k, v in frozen.items() if k not in ("columns", "notes")}))
    for column in columns:
        values, counts = np.unique(records[column.name].drop_null().to_numpy(zero_copy_only=False), return_counts=True)
        rare = {_plain(value) for value in values[counts < FLOOR].tolist()}
        assert not {value for value in rare if isinstance(value, str)} & stored
        if columns[0].kind == "number":
            assert not {round(value * 100) for value in rare} & {leaf for leaf in stored if _is_value(frozen, leaf)}


def test_a_column_without_any_value_comes_out_missing(case):
    codec, columns, records = case
    nothing = pa.table({n: pa.nulls(20, t) for n, t in zip(records.column_names, records.schema.types, strict=True)})
    for rows in (nothing, nothing.slice(0, 0)):
        frozen = codec.freeze(columns, codec.fit(columns, rows), floor=FLOOR, tokens=TOKENS)
        assert all(field.size >= 1 for field in codec.fields(frozen))
        codes = codec.encode(frozen, nothing)
        made = codec.decode(frozen, codes, np.random.default_rng(0))
        if rows.num_rows or columns[0].kind != "key":
            assert all(made[name].null_count == 20 for name in made.column_names)


def test_no_rows_encode_and_decode_to_no_rows(case):
    codec, _, records = case
    frozen = frozen_of(case)
    codes = codec.encode(frozen, records.slice(0, 0))
    assert codec.decode(frozen, codes, np.random.default_rng(0)).num_rows == 0


def test_asking_for_missing_gives_only_missing(case):
    codec, columns, records = case
    frozen = frozen_of(case)
    allowed = codec.allow(frozen, [Condition(columns[0].name, "missing")])
    made = codec.decode(frozen, codec.encode(frozen, records), np.random.default_rng(0), allowed=allowed)
    assert all(made[name].null_count == records.num_rows for name in made.column_names)


def test_asking_for_present_gives_no_missing(learnt):
    codec, columns, records = learnt
    frozen = frozen_of(learnt)
    allowed = codec.allow(frozen, [Condition(columns[0].name, "present")])
    assert len(allowed.share) == len(codec.fields(frozen))
    made = codec.decode(frozen, codec.encode(frozen, records), np.random.default_rng(0), allowed=allowed)
    assert all(made[name].null_count == 0 for name in made.column_names)


def test_pixels_come_back_exactly_and_have_no_tokens(pictured):
    codec, columns, records = pictured
    frozen = frozen_of(pictured)
    assert codec.fields(frozen) == () and json.loads(json.dumps(frozen)) == frozen
    present = records.filter(records["x"].is_valid())
    pixels = codec.encode(frozen, present)
    assert pixels.dtype == np.uint8 and pixels.shape == (present.num_rows, *columns[0].shape)
    assert codec.decode(frozen, pixels, np.random.default_rng(0)).equals(present.combine_chunks())
    assert codec.encode(frozen, records)[records["x"].is_null().to_numpy()].max() == 0


def test_shards_of_pictures_merge_to_the_state_of_the_whole(pictured):
    codec, columns, records = pictured
    parts = [codec.fit(columns, records.slice(start, rows)) for start, rows in ((0, 31), (31, 0), (31, 10**6))]
    assert codec.merge(codec.merge(*parts[:2]), parts[2]) == codec.fit(columns, records)


def test_texts_come_back_exactly_and_have_no_fields(written):
    codec, _, records = written
    frozen = frozen_of(written)
    assert codec.fields(frozen) == () and json.loads(json.dumps(frozen)) == frozen
    texts = codec.encode(frozen, records)
    assert len(texts) == records.num_rows and 0 <= texts.tokens.min() <= texts.tokens.max() < frozen["vocabulary"]
    assert (texts.tokens[texts.starts[1:] - 1] == END).all() and (texts.tokens == END).sum() == len(texts)
    assert codec.decode(frozen, texts, np.random.default_rng(0)).equals(records)


def test_shards_of_texts_merge_to_the_state_of_the_whole(written):
    codec, columns, records = written
    parts = [codec.fit(columns, records.slice(start, rows)) for start, rows in ((0, 31), (31, 0), (31, 10**6))]
    assert codec.merge(codec.merge(*parts[:2]), parts[2]) == codec.fit(columns, records)
    assert parts[2] != codec.fit(columns, records)


def _leaves(node):
    if isinstance(node, dict):
        for value in node.values():
            yield from _leaves(value)
    elif isinstance(node, list):
        for value in node:
            yield from _leaves(value)
    else:
        yield node


def _plain(value):
    return value.item() if isinstance(value, np.generic) else value


def _is_value(frozen, leaf):
    """Whether a stored number stands for a value: a point or an edge, not a count of rows."""
    axis = frozen["axis"]
    return leaf in axis["points"] or (isinstance(leaf, float) and not math.isnan(leaf) and leaf in axis["lows"])
