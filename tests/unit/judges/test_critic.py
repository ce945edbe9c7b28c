"""The classifier two-sample test sees what it should and nothing else."""

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from genloop.core.schema import Column
from genloop.judges import critic, trees
from genloop.judges.view import Axis
from genloop.reports.verdict import grade


def test_fresh_rows_cannot_be_told_from_the_holdout(scored, world):
    found = scored(critic, world("fresh"))
    assert found["c2st"].interval[0] <= 0.5 <= found["c2st"].interval[1]
    assert found["c2st"].detail["rows"] == 800
    assert found["c2st_gap"].interval[0] <= 0 <= found["c2st_gap"].interval[1]


def test_a_column_shuffled_apart_is_told_by_itself_or_its_cause(scored, world, apart):
    score = scored(critic, world(apart(world().made, "good")))["c2st"]
    assert score.interval[0] > 0.6
    assert {line["column"] for line in score.detail["told_by"][:2]} == {"good", "income"}
    assert sum(line["share"] for line in score.detail["told_by"]) == pytest.approx(1, abs=1e-4)


def test_a_shifted_column_gives_rows_away(scored, world):
    made = world().made
    score = scored(critic, world(made.set_column(1, "age", pc.add(made.column("age"), 8))))["c2st"]
    assert score.detail["told_by"][0]["column"] in ("age", "income")
    assert score.interval[0] > 0.55


def test_an_hour_that_never_occurs_is_seen_in_a_time(scored, world):
    made = world().made
    night = pc.add(made.column("joined"), np.timedelta64(6 * 3600, "s"))
    score = scored(critic, world(made.set_column(3, "joined", night)))["c2st"]
    assert score.value > 0.7
    assert score.detail["told_by"][0]["column"] == "joined"


def test_the_gap_is_the_difference_of_the_two_areas(scored, world):
    gap = scored(critic, world("copied"))["c2st_gap"]
    assert gap.value == pytest.approx(gap.detail["holdout"] - gap.detail["train"])
    assert gap.detail["by_chance"]["interval"][0] < 0 < gap.detail["by_chance"]["interval"][1]
    assert gap.ceiling == gap.detail["by_chance"]["interval"][1]


@pytest.mark.parametrize("seed", range(5))
def test_a_generator_that_remembers_rows_is_told_and_one_that_draws_fresh_rows_is_not(scored, world, population, seed):
    train, holdout, fresh = (population(800, 10 * seed + part) for part in (1, 2, 3))
    copied = train.take(np.random.default_rng(seed).integers(0, 800, 800))
    part = pa.concat_tables([copied.slice(0, 400), fresh.slice(400)])
    levels = [
        grade(scored(critic, world(made, train=train, holdout=holdout, seed=seed))["c2st_gap"])
        for made in (fresh, part, copied)
    ]
    assert levels[0] == "good"
    assert levels[1] in ("fair", "bad")
    assert levels[2] == "bad"


def test_scores_repeat_exactly_and_hardly_move_with_the_seed(scored, world):
    first, again, other = (scored(critic, world("shuffled", seed=seed))["c2st"].value for seed in (0, 0, 1))
    assert first == again
    assert first == pytest.approx(other, abs=0.02)


def test_absent_tables_leave_their_scores_out(scored, world):
    assert set(scored(critic, world(train=None))) == {"c2st"}
    assert scored(critic, world(holdout=None)) == {}
    assert scored(critic, world(train=None, holdout=None)) == {}


def test_too_few_rows_are_not_judged(scored, world):
    assert scored(critic, world(world().made.slice(0, 3))) == {}


def test_a_category_of_very_many_values_is_read_in_order_of_frequency():
    axes = (Axis(Column("c", "category"), tuple(map(str, range(300)))), Axis(Column("d", "category"), ("x", "y")))
    features = trees.look(axes, np.zeros((3, 2)))
    assert features.codes == (1,)
    assert trees.look(axes, np.zeros((3, 2)), without=1).values.shape == (3, 1)


def test_columns_without_variety_tell_nothing():
    features = trees.look((Axis(Column("x", "number")),), np.ones((40, 1)))
    booster = trees.fit(features, np.tile([0.0, 1.0], 20), trees.Objective("binary"), rounds=3, rate=0.1, seed=0)
    assert trees.told_by(booster, features, 1).tolist() == [[0.0]] * 40
