"""Keys: fresh, unique, of the same pattern, never a training key; foreign keys keep their fan-out."""

import json
import re
import uuid

import numpy as np
import pyarrow as pa
import pytest

from genloop.codecs import key, patterns, supply
from genloop.core.conditions import read
from genloop.core.errors import ConditionError
from genloop.core.schema import Column

COLUMN = [Column("k", "key")]
RNG = np.random.default_rng(0)


def table(values):
    return pa.table({"k": pa.array(values, pa.string())})


def frozen_of(values, floor=5):
    return key.freeze(COLUMN, key.fit(COLUMN, table(values)), floor=floor, tokens=1000)


def made(frozen, rows, first_row=0, seed=0, allowed=None):
    codes = np.zeros((rows, 0), np.uint16)
    return key.decode(frozen, codes, np.random.default_rng(seed), first_row=first_row, allowed=allowed)["k"].to_pylist()


SOURCES = {
    "counting": ([str(i) for i in range(1, 3001)], r"\d+"),
    "shuffled": ([str(i) for i in RNG.permutation(3000)], r"\d+"),
    "scattered": ([str(i) for i in RNG.choice(9 * 10**7, 3000, replace=False) + 10**7], r"\d{8}"),
    "padded": ([f"ORD-{i:06d}" for i in range(3000)], r"ORD-\d{6}"),
    "codes": ([f"{a}{b}{i:04d}" for i, (a, b) in enumerate(RNG.choice(list("ABCDEF"), (3000, 2)))], r"[A-F]{2}\d{4}"),
    "chinese": ([f"订单{i:06d}" for i in range(3000)], r"订单\d{6}"),
    "uuid": (
        [str(uuid.UUID(int=int.from_bytes(RNG.bytes(16)), version=4)) for _ in range(3000)],
        r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
    ),
    "full": ([f"{i:02d}" for i in range(100)], r"\d{2,}"),
    "names": (["Ann", "Bob Lee", "王五"], r"key-\d+"),
}


@pytest.mark.parametrize(
    ("kind", "low", "high"),
    [
        ("int64", -(2**63), 2**63),
        ("int64", 9 * 10**18, 2**63),
        ("uint64", 2**63, 2**64),
        ("int32", 10**9, 2**31),
        ("int32", -(2**31), 2**31),
        ("int16", 32_000, 32_700),
    ],
)
def test_keys_that_are_stored_as_numbers_fit_their_type(kind, low, high):
    source = np.unique(np.random.default_rng(0).integers(low, high, 600, dtype=kind))
    columns = [Column("k", "key", kind)]
    state = key.fit(columns, pa.table({"k": pa.array(source).cast(pa.string())}))
    keys = made(key.freeze(columns, state, floor=5, tokens=1000), 2000)
    assert len(set(keys)) == 2000
    assert not np.isin(pa.array(keys).cast(kind).to_numpy(), source).any()


def test_keys_of_a_type_without_room_repeat_and_fit_it():
    columns = [Column("k", "key", "uint8")]
    state = key.fit(columns, table([str(i) for i in range(256)]))
    keys = made(key.freeze(columns, state, floor=5, tokens=1000), 1000)
    assert {int(one) for one in keys} == set(range(256))


@pytest.mark.parametrize("name", SOURCES)
def test_keys_are_fresh_unique_and_of_the_same_pattern(name):
    values, pattern = SOURCES[name]
    frozen = frozen_of(values)
    out = made(frozen, 3000) + made(frozen, 2000, first_row=3000, seed=1)
    assert len(set(out)) == 5000
    assert not set(out) & set(values)
    assert all(re.fullmatch(pattern, text) for text in out)


@pytest.mark.parametrize("name", SOURCES)
def test_no_key_is_stored(name):
    values, _ = SOURCES[name]
    frozen = frozen_of(values)
    assert json.loads(json.dumps(frozen)) == frozen
    for shape in frozen["shapes"]:
        shape.pop("keys")
    words = set(re.findall(r"[\w-]+", json.dumps(frozen, ensure_ascii=False)))
    assert not {value for value in values if len(value) > 3} & words


def test_a_uuid_is_valid_with_the_version_of_the_source():
    out = made(frozen_of(SOURCES["uuid"][0]), 100)
    assert {uuid.UUID(text).version for text in out} == {4}
    assert {uuid.UUID(text).variant for text in out} == {uuid.RFC_4122}


def test_counting_keys_go_on_behind_a_rounded_end():
    assert made(frozen_of([str(i) for i in range(1, 336_777, 2)]), 3) == ["340000", "340001", "340002"]


def test_zeros_in_front_count_up():
    assert made(frozen_of([f"A{i:05d}" for i in range(95)]), 1000)[-1] == "A01099"


def test_keys_are_missing_as_often_as_in_the_source():
    values = [str(i) if i % 4 else None for i in range(4000)]
    out = made(frozen_of(values), 4000)
    assert sum(text is None for text in out) == pytest.approx(1000, abs=120)


@pytest.mark.parametrize("together", [True, False])
def test_a_foreign_key_keeps_its_fan_out_and_its_order(together):
    rng = np.random.default_rng(1)
    sizes = rng.choice([1, 2, 3, 10], 2000, p=[0.5, 0.2, 0.2, 0.1])
    members = np.repeat(np.arange(2000), sizes)
    members = members if together else rng.permutation(members)
    values = [f"C{i:05d}" for i in members]
    out = np.array(made(frozen_of(values), len(values)))
    _, counts = np.unique(out, return_counts=True)
    assert [np.mean(counts == size) for size in (1, 2, 3, 10)] == pytest.approx([0.5, 0.2, 0.2, 0.1], abs=0.05)
    assert not set(out) & set(values)
    adjacent = np.mean(out[1:] == out[:-1])
    assert adjacent > 0.3 if together else adjacent < 0.05


def test_one_repeated_key_is_not_taken_for_a_pattern():
    values = ["SECRET-KEY"] * 50 + [f"C{i:03d}" for i in range(50)]
    out = made(frozen_of(values), 100)
    assert "SECRET-KEY" not in out and "SECRET" not in json.dumps(frozen_of(values))


def test_shards_merge_to_the_state_of_the_whole():
    for values, _ in SOURCES.values():
        parts = [key.fit(COLUMN, table(part)) for part in (values[:50], values[50:], [])]
        assert key.merge(key.merge(parts[0], parts[2]), parts[1]) == key.fit(COLUMN, table(values))


def test_only_missing_or_present_can_be_asked_for():
    frozen = frozen_of(["1", None, "2", "3"])
    assert made(frozen, 3, allowed=key.allow(frozen, [read("k is missing")])) == [None] * 3
    assert None not in made(frozen, 30, allowed=key.allow(frozen, [read("k is present")]))
    with pytest.raises(ConditionError, match="keys are made fresh"):
        key.allow(frozen, [read("k=7")])
    with pytest.raises(ConditionError, match="no key is missing"):
        key.allow(frozen_of(["1", "2"]), [read("k is missing")])


def test_an_empty_column_still_makes_keys():
    assert made(frozen_of([]), 2) == ["key-1", "key-2"]


def test_free_ranges_hold_no_number_in_use_and_no_exact_end():
    used = np.unique(np.random.default_rng(0).integers(0, 10**6, 500))
    ranges, ordered = supply.free(used, 0, 10**6)
    assert ranges and not ordered
    for begin, end in ranges:
        assert not ((used >= begin) & (used < end)).any()
        assert begin - 1 not in used and end not in used


def test_numbers_in_use_follow_text_order():
    pattern = patterns.fit(["b2", "a1", "a9", "b0"])["xx"]
    letters = patterns.alphabets("xx", pattern)
    assert letters == ["abcdef", "0123456789"]
    assert patterns.number_in(letters, pattern.used).tolist() == [1, 9, 10, 12]
