"""A model trained on made rows against one trained on real rows."""

import dataclasses

import numpy as np
import pyarrow as pa
import pytest

from genloop.core.protocols import Evidence
from genloop.core.schema import Column, Schema
from genloop.judges import usefulness


def test_fresh_rows_are_as_useful_as_real_ones(scored, world):
    score = scored(usefulness, world("fresh"))["usefulness"]
    assert score.interval[0] <= 1 <= score.interval[1]
    assert score.value == pytest.approx(1, abs=0.03)
    assert score.detail["target"] == "good"
    assert not score.detail["picked"]
    assert score.detail["real"] > 0.8


def test_rows_without_dependence_are_useless(scored, world):
    score = scored(usefulness, world("shuffled"))["usefulness"]
    assert score.interval[1] < 0.9
    assert score.detail["made"] == pytest.approx(0.5, abs=0.15)


def test_a_number_is_measured_by_the_variance_explained(scored, world):
    score = scored(usefulness, world("fresh", target="income"))["usefulness"]
    assert score.detail["measure"] == "R2"
    assert 0.2 < score.detail["real"] < 1
    assert score.interval[0] <= 1 <= score.interval[1]


def test_a_category_of_several_values_is_measured_by_the_mean_area(scored, world):
    score = scored(usefulness, world("fresh", target="city"))["usefulness"]
    assert score.detail["measure"] == "AUC"
    assert 0.4 < score.detail["real"] < 0.6  # the city depends on nothing


def test_a_number_that_nothing_predicts_is_judged_by_its_side_of_the_median(scored, world):
    score = scored(usefulness, world("fresh", target="joined"))["usefulness"]
    assert score.detail["measure"] == "AUC above the median"
    assert score.interval[0] <= 1 <= score.interval[1]


def test_the_last_category_of_few_values_is_picked_where_no_target_is_named(scored, world):
    score = scored(usefulness, world("fresh", target=None))["usefulness"]
    assert score.detail["target"] == "good"
    assert score.detail["picked"]


def test_without_a_category_the_last_number_is_picked(scored, world):
    evidence = world("fresh", target=None)
    numbers = Schema(evidence.schema.columns[:2])
    assert scored(usefulness, dataclasses.replace(evidence, schema=numbers))["usefulness"].detail["target"] == "age"


def test_a_value_that_made_rows_lost_counts_as_a_coin_toss(scored):
    rng = np.random.default_rng(0)

    def table(rows, classes):
        label = rng.integers(0, classes, rows)
        return pa.table({"x": label + rng.normal(0, 0.1, rows), "y": np.array(["a", "b", "c"])[label]})

    schema = Schema((Column("x", "number"), Column("y", "category")))
    evidence = Evidence(schema, table(300, 3), table(300, 3), table(300, 2), "y")
    score = scored(usefulness, evidence)["usefulness"]
    assert score.detail["real"] == pytest.approx(1, abs=0.01)
    assert score.detail["made"] < 0.85


def test_rows_without_the_target_are_dropped(scored, world):
    evidence = world()
    gaps = pa.array(np.where(np.arange(800) % 2 == 0, "yes", None), pa.string())
    made = evidence.made.set_column(5, "good", gaps)
    score = scored(usefulness, world(made))["usefulness"]
    assert score.detail["made"] == pytest.approx(0.5)  # one value is left: a constant answer


@pytest.mark.parametrize("changes", [{"train": None}, {"holdout": None}, {"target": "nobody"}, {"target": "id"}])
def test_what_cannot_be_measured_is_left_out(scored, world, changes):
    assert scored(usefulness, world("fresh", **changes)) == {}


def test_a_target_of_one_value_or_of_too_few_rows_is_left_out(scored, world):
    evidence = world()
    one = evidence.train.set_column(5, "good", pa.array(["yes"] * 800))
    assert scored(usefulness, world(train=one)) == {}
    assert scored(usefulness, world(evidence.made.slice(0, 5))) == {}


def test_a_single_column_predicts_nothing(scored, world):
    evidence = world()
    alone = Schema((evidence.schema["good"],))
    assert scored(usefulness, dataclasses.replace(evidence, schema=alone)) == {}


def test_each_value_counts_the_same_and_a_lost_one_a_half():
    truth = np.array([0.0, 0.0, 1.0, 1.0, 2.0, 2.0])
    task = usefulness.Task("y", "AUC", usefulness.trees.Objective("multiclass", 3), truth, truth, truth)
    perfect = np.eye(3)[truth.astype(int)]
    assert usefulness._measure(task, truth, perfect, np.array([0.0, 1.0, 2.0]))[0] == 1
    assert usefulness._measure(task, truth, perfect, np.array([0.0, 1.0]))[0] == pytest.approx(2.5 / 3)
