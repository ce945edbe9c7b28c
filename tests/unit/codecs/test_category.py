"""Categories: rare values die on freezing, many values use two fields, conditions name what exists."""

import numpy as np
import pyarrow as pa
import pytest

from genloop.codecs import category
from genloop.core.conditions import Condition, read
from genloop.core.errors import ConditionError
from genloop.core.schema import Column

COLUMN = [Column("c", "category")]


def table(values):
    return pa.table({"c": pa.array(values, pa.string())})


def frozen_of(values, floor=5, tokens=1000):
    return category.freeze(COLUMN, category.fit(COLUMN, table(values)), floor=floor, tokens=tokens)


def made(frozen, values, allowed=None, seed=0):
    codes = category.encode(frozen, table(values))
    return category.decode(frozen, codes, np.random.default_rng(seed), allowed=allowed)["c"].to_pylist()


def test_kept_values_come_back_exactly_and_missing_stays_missing():
    values = ["a"] * 9 + ["b"] * 5 + [None] * 3
    assert made(frozen_of(values), values) == values


def test_a_rare_value_never_comes_out_and_its_rows_become_kept_values_in_proportion():
    values = ["a"] * 3000 + ["b"] * 1000 + [f"rare{i}" for i in range(4000)]
    frozen = frozen_of(values)
    drawn = made(frozen, values)[4000:]
    assert set(drawn) == {"a", "b"}
    assert np.mean([v == "a" for v in drawn]) == pytest.approx(0.75, abs=0.03)
    assert "rare" not in str(frozen["values"])


def test_a_column_where_every_value_is_rare_comes_out_missing():
    frozen = frozen_of(["a", "b", "c"])
    assert frozen["values"] == []
    assert made(frozen, ["a", "b", "z"]) == [None, None, None]


def test_tokens_fall_with_the_count():
    frozen = frozen_of(["x"] * 5 + ["y"] * 7)
    assert category.encode(frozen, table(["y", "x"])).ravel().tolist() == [0, 1]


def test_more_values_than_a_field_holds_use_two_fields_and_none_is_lost():
    values = [f"v{i:05d}" for i in range(10_000) for _ in range(5)] + ["top"] * 50
    frozen = frozen_of(values, tokens=100)
    first, second = category.fields(frozen)
    assert first.size <= 202 and second.size <= 101
    assert made(frozen, values) == values


def test_a_member_token_that_does_not_exist_becomes_a_value_of_its_group():
    values = [f"v{i:05d}" for i in range(1005) for _ in range(5)]
    frozen = frozen_of(values, tokens=100)
    codes = category.encode(frozen, table(values))
    codes[:, 1] = 0
    drawn = category.decode(frozen, codes, np.random.default_rng(0))["c"]
    assert category.encode(frozen, pa.table({"c": drawn}))[:, 0].tolist() == codes[:, 0].tolist()


@pytest.mark.parametrize("value", ["Chian", "France"])
def test_an_unseen_value_is_refused_with_the_values_that_exist(value):
    frozen = frozen_of(["China"] * 9 + ["Italy"] * 6 + ["Peru"])
    with pytest.raises(ConditionError, match=r"has no value .*its values are China, Italy"):
        category.allow(frozen, [read(f"c={value}")])


def test_a_near_miss_is_answered_with_the_value_meant():
    with pytest.raises(ConditionError, match="did you mean 'China'"):
        category.allow(frozen_of(["China"] * 9), [read("c=Chian")])


def test_an_error_lists_at_most_twenty_values():
    frozen = frozen_of([f"v{i}" for i in range(30) for _ in range(5)])
    with pytest.raises(ConditionError, match="and 10 more"):
        category.allow(frozen, [read("c=w")])


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ([read("c in red|blue")], {"red", "blue"}),
        ([read("c!=red")], {"blue", "dark red"}),
        ([read("c contains RED")], {"red", "dark red"}),
        ([read("c contains red"), read("c!=red")], {"dark red"}),
        ([read("c is missing")], {None}),
        ([read("c is present")], {"red", "blue", "dark red"}),
        ([Condition("c", "in", ("red", None))], {"red", None}),
        ([read("c=blue..dark red")], {"blue", "dark red"}),
    ],
)
def test_conditions_leave_exactly_what_they_say(conditions, expected):
    values = ["red"] * 30 + ["blue"] * 20 + ["dark red"] * 10 + ["odd"] + [None] * 10
    frozen = frozen_of(values)
    allowed = category.allow(frozen, conditions)
    assert set(made(frozen, values * 5, allowed)) == expected
    kept = np.flatnonzero(allowed.share[0])
    drawn = category.decode(frozen, kept.astype(np.uint16)[:, None], np.random.default_rng(0), allowed=allowed)
    assert set(drawn["c"].to_pylist()) <= expected


def test_conditions_that_contradict_each_other_are_refused_together():
    with pytest.raises(ConditionError, match="c=red and c=blue"):
        category.allow(frozen_of(["red"] * 9 + ["blue"] * 9), [read("c=red"), read("c=blue")])


def test_numbers_and_booleans_name_categories_too():
    frozen = frozen_of(["1"] * 9 + ["2"] * 9 + ["true"] * 9)
    for value, text in ((1, "1"), (2.0, "2"), (True, "true")):
        allowed = category.allow(frozen, [Condition("c", "in", (value,))])
        assert set(made(frozen, ["1"] * 9, allowed)) == {text}


def test_a_group_keeps_to_its_allowed_members():
    values = [f"v{i:04d}" for i in range(1000) for _ in range(5)]
    frozen = frozen_of(values, tokens=100)
    allowed = category.allow(frozen, [read("c in v0123|v0777|v0001")])
    assert set(made(frozen, values, allowed)) == {"v0123", "v0777", "v0001"}
    assert allowed.share[0].sum() == pytest.approx(0.01 * 3, abs=2)


def test_an_unseen_value_at_encode_takes_the_commonest_token():
    frozen = frozen_of(["a"] * 9 + ["b"] * 5)
    assert category.encode(frozen, table(["new", None])).ravel().tolist() == [0, 0]
