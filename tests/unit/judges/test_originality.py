"""Copies, near copies and handed-out values."""

import numpy as np
import pyarrow as pa
import pytest

from genloop.core.protocols import Evidence
from genloop.core.schema import Column, Schema
from genloop.judges import originality


def test_fresh_rows_are_as_original_as_the_holdout(scored, world):
    found = scored(originality, world("fresh"))
    assert set(found) == {"duplicates", "copies", "near1", "near5", "exact"}
    assert found["copies"].interval[0] <= 1 <= found["copies"].interval[1]
    for name, ideal in (("near1", 0.01), ("near5", 0.05), ("exact", 0.0)):
        assert found[name].ideal == ideal
        assert found[name].interval[0] <= ideal <= found[name].interval[1]


def test_copied_rows_are_caught_by_every_measure(scored, world):
    found = scored(originality, world("copied"))
    assert found["copies"].interval[0] > 10
    assert found["near1"].value == found["near5"].value == 1
    assert found["exact"].interval[0] > 0.2
    assert found["duplicates"].interval[0] > found["duplicates"].ideal


def test_nearly_copied_rows_are_no_copies_but_near(scored, world):
    train = world().train
    noisy = np.round(np.array(train.column("income").to_numpy(zero_copy_only=False)) * 1.001 + 0.5, 2)
    made = train.set_column(0, "income", pa.array(noisy, from_pandas=True))
    found = scored(originality, world(made))
    assert found["near5"].interval[0] > 0.5
    assert found["copies"].detail["made"] < 200


def test_coarse_rows_that_repeat_by_chance_are_no_copies(scored):
    rng = np.random.default_rng(0)

    def table():
        return pa.table({name: rng.choice(["x", "y", "z"], 900) for name in "abcd"})

    schema = Schema(tuple(Column(name, "category") for name in "abcd"))
    found = scored(originality, Evidence(schema, table(), table(), table(), None))
    assert found["copies"].value == pytest.approx(1, abs=0.05)
    assert found["near1"].value == pytest.approx(0.01, abs=0.002)  # every distance is zero: ties count in proportion
    assert found["duplicates"].value == pytest.approx(found["duplicates"].ideal, abs=0.05)
    assert "exact" not in found


def test_half_of_the_values_handed_out_shows_as_that_share(scored):
    rng = np.random.default_rng(0)
    schema = Schema((Column("x", "number"),))
    train, holdout, fresh = (rng.normal(size=1000) for _ in range(3))
    fresh[:500] = rng.choice(train, 500)
    score = scored(originality, Evidence(schema, *(pa.table({"x": part}) for part in (train, holdout, fresh)), None))
    assert score["exact"].value == pytest.approx(0.5)
    assert score["exact"].detail["columns"] == [{"name": "x", "made": 0.5, "holdout": 0.0}]


def test_lost_precision_shows_as_a_negative_share(scored):
    rng = np.random.default_rng(0)
    schema = Schema((Column("x", "number", decimals=2),))
    train, holdout = (np.round(rng.normal(size=4000), 2) for _ in range(2))
    made = np.round(rng.normal(size=4000), 2) + 0.005
    score = scored(originality, Evidence(schema, *(pa.table({"x": part}) for part in (train, holdout, made)), None))
    assert score["exact"].interval[1] < -0.5


def test_numbers_compare_at_their_column_s_precision(scored):
    schema = Schema((Column("x", "number", decimals=1),))
    train, made = pa.table({"x": np.arange(20) / 10}), pa.table({"x": np.arange(20) / 10 + 1e-12})
    holdout = pa.table({"x": np.arange(20) + 100.0})
    assert scored(originality, Evidence(schema, train, holdout, made, None))["copies"].detail["made"] == 20


def test_distances_are_drawn_for_both_and_disclaimed_as_privacy(scored, world):
    detail = scored(originality, world("fresh"))["near1"].detail
    assert len(detail["edges"]) == len(detail["made"]) + 1 == len(detail["holdout"]) + 1
    assert sum(detail["made"]) == pytest.approx(1, abs=1e-3)
    assert "says nothing about privacy" in detail["note"]


def test_only_duplicates_need_no_holdout(scored, world):
    assert set(scored(originality, world(holdout=None))) == {"duplicates"}
    alone = scored(originality, world(train=None, holdout=None))["duplicates"]
    assert alone.direction == "lower"
    assert alone.ceiling is None
