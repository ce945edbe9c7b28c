"""Conditions meet rules: carried over, met by choosing among candidates, or refused with the pair that clashes."""

import numpy as np
import pandas as pd
import pytest

import genloop
from genloop.core import rules as core_rules
from genloop.core.errors import ConditionError, RuleError
from genloop.core.rules import Combination, Dependency, Formula, Order
from genloop.engine import draw


@pytest.fixture
def goods():
    """600 goods: code determines size; total = a + b; low <= high; colour and size in few combinations."""
    rng = np.random.default_rng(2)
    code = rng.integers(0, 4, 600)
    a, b = rng.integers(0, 20, 600), rng.integers(0, 50, 600)
    low = rng.integers(0, 50, 600)
    return pd.DataFrame(
        {
            "code": np.array(["a", "b", "c", "d"])[code],
            "size": np.array(["small", "small", "large", "huge"])[code],
            "a": a,
            "b": b,
            "total": a + b,
            "low": low,
            "high": low + rng.integers(0, 30, 600),
        }
    )


@pytest.fixture
def model(goods, tmp_path):
    """A model with declared rules."""
    declared = (
        Dependency(("code",), "size"),
        Formula("total", "sum", ((1.0, "a"), (1.0, "b"))),
        Order("low", "high"),
    )
    (tmp_path / "rules.json").write_text(core_rules.to_json(declared), encoding="utf-8")
    return genloop.fit(goods, rules=str(tmp_path / "rules.json"))


def holds(table):
    return (
        table["size"].eq(table.code.map({"a": "small", "b": "small", "c": "large", "d": "huge"})).all()
        and (table.a + table.b == table.total).all()
        and (table.low <= table.high).all()
    )


def test_declared_rules_hold_in_every_row_of_a_family_that_knows_none(model):
    assert model.learnt.plan.computed == ("size", "total")
    assert holds(model.sample(500).to_pandas())


def test_a_condition_on_a_computed_category_reaches_what_determines_it(model):
    made = model.sample(100, given="size=small").to_pandas()
    assert set(made.code) == {"a", "b"} and holds(made)
    counts = model.sample(30, balance="size").to_pandas()["size"].value_counts()
    assert counts.to_dict() == {"small": 10, "large": 10, "huge": 10}


def test_a_condition_on_a_computed_number_is_met_by_choosing_among_candidates(model):
    made = model.sample(60, given="total=30..35").to_pandas()
    assert made.total.between(30, 35).all() and holds(made)


def test_rows_too_rare_to_be_found_end_in_an_error_and_not_in_a_loop(model, monkeypatch):
    monkeypatch.setattr(draw, "SPARE_ROWS", 500)
    with pytest.raises(ConditionError, match=r"rows with a<=1 and b<=1 and total>=20 are too rare: 0 came out of"):
        model.sample(10, given=["a<=1", "b<=1", "total>=20"])


def test_conditions_that_an_order_forbids_are_refused_with_the_pair(model):
    with pytest.raises(
        ConditionError, match=r"'low>=30 and high<20' cannot come true: the declared rule 'low <= high'"
    ):
        model.sample(5, given=["low>=30", "high<20"])


def test_conditions_that_a_dependency_forbids_are_refused_with_the_pair(model):
    with pytest.raises(ConditionError, match=r"'code=a and size=huge' cannot come true.*'code -> size'"):
        model.sample(5, given=["code=a", "size=huge"])


def test_conditions_that_a_combination_forbids_are_refused_with_the_pair(goods, tmp_path):
    (tmp_path / "rules.json").write_text(core_rules.to_json([Combination(("code", "size"))]), encoding="utf-8")
    model = genloop.fit(goods, rules=str(tmp_path / "rules.json"))
    with pytest.raises(ConditionError, match="fixed combinations of code x size"):
        model.sample(5, given=["code=a", "size=huge"])
    made = model.sample(200, given="size=large").to_pandas()
    assert set(made.code) == {"c"}


def test_given_results_are_kept_and_their_inputs_follow(model):
    partial = pd.DataFrame({"size": ["huge", "small", None], "total": [33, None, 7], "low": [None, 40, 49]})
    made = model.sample(complete=partial).to_pandas()
    assert holds(made) and made["size"].tolist()[:2] == ["huge", "small"] and made.total.tolist()[::2] == [33, 7]
    assert made.low.tolist()[1:] == [40, 49]


def test_given_cells_that_contradict_a_declared_rule_are_refused(model):
    with pytest.raises(RuleError, match=r"'total = \(a \+ b\)' cannot be kept"):
        model.sample(complete=pd.DataFrame({"a": [1], "b": [1], "total": [9]}))


def test_declared_rules_that_contradict_each_other_are_refused_before_the_work(goods, tmp_path):
    rules = (Dependency(("code",), "size"), Dependency(("size",), "code"))
    (tmp_path / "rules.json").write_text(core_rules.to_json(rules), encoding="utf-8")
    with pytest.raises(RuleError, match="determine each other in a circle"):
        genloop.fit(goods, rules=str(tmp_path / "rules.json"))


def test_a_key_cannot_be_asked_for(goods):
    goods["id"] = [f"K{number:04d}" for number in range(len(goods))]
    model = genloop.fit(goods, rules="off", keys=["id"])
    with pytest.raises(ConditionError, match="column 'id' is a key: its values are made fresh"):
        model.sample(3, given="id=K0001")
    assert model.sample(100).to_pandas().id.is_unique


def test_keys_are_unique_across_chunks(goods, monkeypatch):
    goods["id"] = [f"K{number:04d}" for number in range(len(goods))]
    model = genloop.fit(goods, rules="off", keys=["id"])
    monkeypatch.setattr(draw, "CHUNK_ROWS", 40)
    made = model.sample(500).to_pandas()
    assert made.id.is_unique and not set(made.id) & set(goods.id)


def test_a_given_result_that_no_candidate_gives_sets_its_determinants(model, monkeypatch):
    monkeypatch.setattr("genloop.engine.completion.CANDIDATES", 1)
    partial = pd.DataFrame({"size": ["huge"] * 30 + ["small"] * 30, "code": [None] * 58 + ["a", "b"]})
    made = model.sample(complete=partial).to_pandas()
    assert holds(made) and made["size"].tolist() == partial["size"].tolist() and made.code.tolist()[58:] == ["a", "b"]
    assert set(made.code[30:]) == {"a", "b"}


def test_a_partial_table_without_rows_or_with_unreadable_cells_is_refused(model):
    with pytest.raises(ConditionError, match="no row to complete"):
        model.sample(complete=pd.DataFrame({"a": pd.Series([], dtype="int64")}))
    with pytest.raises(ConditionError, match=r"cells cannot be read in a \(1\)"):
        model.sample(complete=pd.DataFrame({"a": ["many", "3"]}))


def test_balance_has_a_bound_and_knows_its_values(model, monkeypatch):
    monkeypatch.setattr("genloop.engine.balance.MAX_VALUES", 3)
    with pytest.raises(ConditionError, match="4 values are more than the bound of 3"):
        model.sample(5, balance="code")
