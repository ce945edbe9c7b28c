"""Attacks that must succeed against a memoriser and fail against fresh rows."""

import dataclasses
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest

from genloop.core.schema import Schema
from genloop.judges import interval, privacy


def test_no_attack_beats_chance_on_fresh_rows(scored, world):
    for name, score in scored(privacy, world("fresh")).items():
        assert score.interval[0] <= 0 <= score.interval[1], name
        assert abs(score.value) < 0.15


def test_a_bootstrap_of_the_training_rows_is_caught_by_both(scored, world):
    found = scored(privacy, world("copied"))
    # 63 % of the members are in the bootstrap; the others look like outsiders
    assert found["membership"].value == pytest.approx(1 - np.exp(-1), abs=0.08)
    assert found["membership"].interval[0] > 0.5
    assert found["membership"].detail["true_at_1_percent_false"] > 0.5
    assert found["attribute"].interval[0] > 0.2


def test_shuffled_columns_hide_who_was_in_the_table(scored, world):
    found = scored(privacy, world("shuffled"))
    assert found["membership"].interval[0] <= 0
    assert found["attribute"].interval[0] <= 0


def test_a_few_copied_rows_show_at_one_percent_false_alarms(scored, world):
    evidence = world()
    made = pa.concat_tables([evidence.made, *[evidence.train.slice(0, 160)]])
    detail = scored(privacy, world(made))["membership"].detail
    assert detail["true_at_1_percent_false"] > 0.15
    assert detail["true_at_1_percent_false_interval"][0] > 0.1


def test_the_strongest_attack_counts_and_its_interval_allows_for_the_choice(scored, world):
    score = scored(privacy, world("copied"))["membership"]
    attacks = {attack["name"]: attack for attack in score.detail["attacks"]}
    assert len(attacks) == 3
    assert score.value == pytest.approx(max(attack["advantage"] for attack in attacks.values()), abs=1e-5)
    strongest = attacks[score.detail["attack"]]
    half = (strongest["interval"][1] - strongest["interval"][0]) / 2
    alone = half / interval.z_score(among=3) * interval.z_score()
    assert score.interval[1] - score.value >= alone


def test_the_curve_runs_from_nobody_to_everybody(scored, world):
    roc = scored(privacy, world("copied"))["membership"].detail["roc"]
    assert (roc[-1]["false"], roc[-1]["true"]) == (1, 1)
    assert all(a["true"] <= b["true"] for a, b in pairwise(roc))


def test_every_column_s_guess_is_compared_with_the_holdout_s(scored, world):
    detail = scored(privacy, world("copied"))["attribute"].detail
    columns = {column["name"]: column for column in detail["columns"]}
    assert set(columns) == {"income", "age", "city", "joined", "good"}
    assert columns["income"]["members"] > 0.5
    assert columns["income"]["non_members"] < 0.2
    assert detail["column"] == max(columns, key=lambda name: columns[name]["advantage"])


def test_a_table_of_one_column_has_no_attribute_to_guess(scored, world):
    alone = Schema((world().schema["income"],))
    assert set(scored(privacy, dataclasses.replace(world(), schema=alone))) == {"membership"}


@pytest.mark.parametrize("changes", [{"train": None}, {"holdout": None}])
def test_attacks_need_train_and_holdout(scored, world, changes):
    assert scored(privacy, world("fresh", **changes)) == {}


def test_too_few_rows_cannot_be_attacked(scored, world):
    assert scored(privacy, world(holdout=world().holdout.slice(0, 3))) == {}
