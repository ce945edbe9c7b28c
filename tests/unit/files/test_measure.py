"""Mergeable counts: exact while they fit, near when they do not."""

import numpy as np
import pyarrow as pa
import pytest

from genloop.files import measure, shapes


def counted(values, parts=1, **options) -> measure.Measure:
    pieces = np.array_split(np.asarray(values, dtype=object), parts)
    total = None
    for piece in pieces:
        one = measure.fit(pa.array(piece.tolist()), 0, **options)
        total = one if total is None else measure.merge(total, one)
    return total


@pytest.mark.parametrize("values", [[1, 2, 2, None, 5], ["a", "b", "b", None, ""], [1.5, 0.0, -0.0, 1.5, None]])
def test_distinct_missing_and_repeats_are_counted(values) -> None:
    found = counted(values)
    present = [v for v in values if v is not None]
    distinct = measure.join(found.distinct)
    assert (found.missing, found.present, distinct.number) == (1, 4, len(set(present)))
    assert sorted(distinct.counts) == sorted(present.count(v) for v in set(present))


def test_shards_count_as_the_whole() -> None:
    values = np.random.default_rng(0).integers(0, 300, 5_000)
    whole, shards = counted(values), counted(values, parts=37)
    assert np.array_equal(measure.join(whole.distinct).hashes, measure.join(shards.distinct).hashes)
    assert np.array_equal(measure.join(whole.distinct).counts, measure.join(shards.distinct).counts)
    assert np.array_equal(whole.low, shards.low)
    assert np.array_equal(whole.high, shards.high)
    assert (whole.rows, whole.zeros) == (shards.rows, shards.zeros)


def test_more_values_than_are_kept_are_estimated(monkeypatch) -> None:
    monkeypatch.setattr(measure, "EXACT", 4_096)
    values = np.repeat(np.random.default_rng(0).permutation(30_000), 2)
    distinct = measure.join(counted(values, parts=20).distinct)
    assert distinct.full
    assert abs(distinct.number / 30_000 - 1) < 0.05
    assert len(distinct.hashes) == 4_096
    assert set(distinct.counts) == {2}


def test_the_ends_hold_each_value_as_often_as_it_came() -> None:
    found = counted([3, 1, 1, 2] * 3)
    assert found.low.tolist() == [1] * 6 + [2] * 3 + [3] * 3
    assert found.high.tolist() == found.low.tolist()


@pytest.mark.parametrize(
    ("values", "decimals"),
    [
        ([1.0, 2.0], 0),
        ([1.5], 1),
        ([1.25, 3.5], 2),
        ([0.1 + 0.2], 1),
        ([1 / 3], None),
        ([], 0),
        ([1e-7], 7),
        ([1e300], 0),
    ],
)
def test_decimals_are_counted(values, decimals) -> None:
    assert measure.count_decimals(np.array(values, float)) == decimals


def test_decimals_of_single_precision_do_not_count_its_noise() -> None:
    values = np.array([0.1, 2.7, 33.3], np.float32).astype(float)
    assert measure.count_decimals(values, precision=np.float32) == 1
    assert measure.count_decimals(values) is None


def test_equal_texts_have_equal_hashes_wherever_they_stand() -> None:
    texts = pa.array(["", "a", "ab", "ba", "a", "中文", "文中", "a" * 300])
    hashes = shapes.hashes(texts)
    assert hashes[1] == hashes[4]
    assert len(set(hashes.tolist())) == 7
    assert np.array_equal(shapes.hashes(texts.slice(3)), hashes[3:])


def test_long_texts_are_told_apart_by_their_ends_and_length() -> None:
    body = "长" * 500
    texts = [body, body + "a", "a" + body, body[:-1] + "b", "short", body]
    hashes = shapes.hashes(pa.array(texts))
    assert hashes[0] == hashes[5]
    assert len(set(hashes.tolist())) == 5
    assert shapes.hashes(pa.array(["short"]))[0] == hashes[4]


def test_hashes_spread_evenly() -> None:
    hashes = shapes.hashes(pa.array([str(i) for i in range(20_000)]))
    assert len(np.unique(hashes)) == 20_000
    assert abs(float((hashes / 2.0**64).mean()) - 0.5) < 0.01
