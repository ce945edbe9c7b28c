"""Histograms against closed forms; what a broken marginal or a broken dependence does to each score."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from genloop.core.protocols import Evidence
from genloop.core.schema import Column, Schema
from genloop.judges import histogram, shapes
from genloop.judges.view import Axis


def _categories(real, made):
    schema = Schema((Column("c", "category"),))
    return Evidence(schema, pa.table({"c": real}), pa.table({"c": real}), pa.table({"c": made}), None)


def test_the_score_of_two_known_histograms_is_one_less_their_total_variation(scored):
    found = scored(shapes, _categories(["a"] * 50 + ["b"] * 30 + ["c"] * 20, ["a"] * 20 + ["b"] * 30 + ["c"] * 50))
    assert found["shapes"].value == pytest.approx(0.7)
    assert found["shapes"].ceiling == 1


def test_values_that_no_real_row_has_count_as_wrong(scored):
    assert scored(shapes, _categories(["a"] * 100, ["a"] * 60 + ["z"] * 40))["shapes"].value == pytest.approx(0.6)


def test_fresh_rows_reach_the_ceiling_within_the_interval(scored, world):
    for name, score in scored(shapes, world("fresh")).items():
        low, high = score.interval
        assert low < score.value < high
        assert abs(score.value - score.ceiling) < high - low, name  # the ceiling is a sample's too


def test_a_shifted_column_is_caught_by_shapes_and_named(scored, world):
    evidence = world()
    age = evidence.made.column("age")
    older = evidence.made.set_column(1, "age", pc.add(age, 9))
    score = scored(shapes, world(older))["shapes"]
    assert score.interval[1] < score.ceiling
    columns = {column["name"]: column["score"] for column in score.detail["columns"]}
    assert min(columns, key=columns.get) == "age"


def test_shuffled_columns_pass_shapes_and_fail_pairs_and_triples(scored, world, apart):
    evidence = world()
    found = scored(shapes, world(apart(evidence.made, "income")))
    assert found["shapes"].interval[1] > found["shapes"].ceiling
    for name in ("pairs", "triples"):
        assert found[name].interval[1] < found[name].ceiling


def test_the_matrix_points_at_the_broken_pair(scored, world, apart):
    detail = scored(shapes, world(apart(world().made, "good")))["pairs"].detail
    matrix = np.array(detail["matrix"])
    np.testing.assert_array_equal(matrix, matrix.T)
    np.fill_diagonal(matrix, 1)
    first, second = np.unravel_index(matrix.argmin(), matrix.shape)
    assert {detail["columns"][first], detail["columns"][second]} == {"income", "good"}


def test_missing_cells_are_part_of_the_shape(scored, world):
    evidence = world()
    filled = evidence.made.set_column(0, "income", pc.fill_null(evidence.made.column("income"), 3000.0))
    columns = {c["name"]: c for c in scored(shapes, world(filled))["shapes"].detail["columns"]}
    assert columns["income"]["missing_real"] == pytest.approx(0.1, abs=0.03)
    assert columns["income"]["missing_made"] == 0
    assert columns["income"]["score"] < 0.93


def test_without_a_holdout_the_ceiling_is_the_noise_that_two_samples_leave(scored, world):
    evidence = world(holdout=None)
    for name, score in scored(shapes, evidence).items():
        assert score.ceiling == pytest.approx(score.value, abs=0.02), name
        assert score.interval[0] <= score.ceiling <= score.interval[1]


def test_many_columns_are_judged_on_a_choice_of_triples(scored):
    rng = np.random.default_rng(0)
    tables = [pa.table({f"c{place}": rng.normal(size=60) for place in range(17)}) for _ in range(2)]
    schema = Schema(tuple(Column(name, "number") for name in tables[0].column_names))
    found = scored(shapes, Evidence(schema, tables[0], None, tables[1], None))
    assert found["triples"].detail["sets"] == 600


def test_no_cell_of_a_chart_stands_for_fewer_real_rows_than_the_floor():
    rng = np.random.default_rng(0)
    values = np.concatenate([rng.normal(0, 1, 500), rng.normal(40, 1, 3)])
    drawn = histogram.draw(Axis(Column("x", "number")), values, values, floor=5)
    real = np.array(drawn["real"])
    assert (real * 503 > 4.99).all()
    assert real.sum() == pytest.approx(1, abs=1e-4)
    assert len(drawn["edges"]) == len(real) + 1
    assert (np.diff(drawn["edges"]) > 0).all()


def test_edges_of_a_chart_are_round_and_no_values_of_rows():
    values = np.random.default_rng(1).normal(1234.5678, 100, 1000)
    edges = histogram.draw(Axis(Column("x", "number")), values, values, floor=5)["edges"]
    assert not set(edges) & set(values.tolist())
    assert all(edge == round(edge, 0) for edge in edges)


def test_edges_of_whole_numbers_are_whole_and_of_times_round_spans():
    ages = np.arange(10.0).repeat(10)
    assert histogram.draw(Axis(Column("x", "number", decimals=0)), ages, ages, floor=5)["edges"] == list(range(11))
    days = np.arange(300) * 86_400.0 + 5_000
    edges = histogram.draw(Axis(Column("t", "time")), days, days, floor=5)["edges"]
    assert set(np.mod(edges, 30 * 86_400)) == {0}


def test_rare_labels_are_drawn_together_and_never_named():
    axis = Axis(Column("c", "category"), ("big", "mid", "rare 1", "rare 2"))
    codes = np.array([0] * 50 + [1] * 20 + [2] * 3 + [3] * 2, float)
    drawn = histogram.draw(axis, codes, codes, floor=5)
    assert drawn["labels"] == ["big", "mid", histogram.REST]
    assert drawn["real"] == [round(50 / 75, 6), round(20 / 75, 6), round(5 / 75, 6)]


def test_a_rest_of_too_few_rows_takes_the_next_label_in():
    axis = Axis(Column("c", "category"), ("big", "mid", "rare"))
    codes = np.array([0] * 50 + [1] * 20 + [2] * 2, float)
    assert histogram.draw(axis, codes, codes, floor=5)["labels"] == ["big", histogram.REST]


def test_too_few_missing_real_cells_are_not_told():
    values = np.array([*np.arange(100.0), np.nan])
    assert histogram.draw(Axis(Column("x", "number")), values, values, floor=5)["missing_real"] == 0


def test_a_column_without_enough_present_rows_is_not_drawn():
    values = np.array([1.0, 2.0, np.nan])
    assert histogram.draw(Axis(Column("x", "number")), values, values, floor=5)["edges"] == []


@pytest.mark.parametrize("value", [0.0, 7.25, -1e12])
def test_a_constant_column_is_one_bar(value):
    values = np.full(20, value)
    drawn = histogram.draw(Axis(Column("x", "number")), values, values, floor=5)
    assert drawn["real"] == [1]
    assert drawn["edges"][0] <= value <= drawn["edges"][-1]
