"""Rules are counted exactly."""

import pyarrow as pa
import pytest

from genloop.core.protocols import Evidence
from genloop.core.rules import Combination, Dependency, Formula, Order
from genloop.core.rules import Evidence as Proof
from genloop.core.schema import Schema
from genloop.judges import rules


def _table(**columns):
    return pa.table(columns)


_REAL = _table(a=[1, 2, 3, 4], b=[2, 3, 4, 5], c=["x", "x", "y", "y"], d=[3, 5, 7, 9])
_MADE = _table(a=[1, 5, 3, None], b=[2, 3, 4, 5], c=["x", "z", "y", "y"], d=[3, 8, 8, 9])


def _evidence(*asked, made=_MADE, train=_REAL, holdout=_REAL):
    return Evidence(Schema(()), train, holdout, made, None, rules=asked)


def test_the_share_of_rows_times_rules_is_exact(scored):
    asked = (
        Order("a", "b", origin="declared"),  # 3 rows, 1 broken
        Formula("d", "sum", ((1, "a"), (1, "b"))),  # 3 rows, 1 broken
        Combination(("c",), (("x",), ("y",))),  # 4 rows, 1 broken
        Dependency(("c",), "c"),  # 4 rows
    )
    score = scored(rules, _evidence(*asked))["rules"]
    assert score.value == pytest.approx(11 / 14)
    assert score.ceiling == 1
    assert [(line["violations"], line["rows"]) for line in score.detail["rules"]] == [(1, 3), (1, 3), (1, 4), (0, 4)]
    assert [line["origin"] for line in score.detail["rules"]] == ["declared", "found", "found", "found"]
    assert score.detail["rules"][0]["text"] == "a <= b"
    assert score.detail["rows_broken"] == 2
    assert score.interval[0] < score.value < score.interval[1]


def test_stored_evidence_is_told_and_else_measured(scored):
    asked = (Order("a", "b", evidence=Proof(0.998, 0.999, 100)), Order("b", "a"))
    lines = scored(rules, _evidence(*asked))["rules"].detail["rules"]
    assert (lines[0]["train"], lines[0]["holdout"]) == (0.998, 0.999)
    assert (lines[1]["train"], lines[1]["holdout"]) == (0, 0)


def test_no_violations_leave_a_share_of_exactly_one(scored):
    score = scored(rules, _evidence(Order("a", "b"), made=_REAL))["rules"]
    assert score.value == 1
    assert score.interval[1] == 1


def test_without_real_tables_there_is_no_ceiling(scored):
    score = scored(rules, _evidence(Order("a", "b"), train=None, holdout=None))["rules"]
    assert score.ceiling is None
    assert score.detail["rules"][0]["train"] is None


def test_nothing_to_check_gives_no_score(scored):
    assert scored(rules, _evidence()) == {}
    assert scored(rules, _evidence(Order("a", "elsewhere"))) == {}
    assert scored(rules, _evidence(Order("a", "b"), made=_MADE.slice(0, 0))) == {}
    assert scored(rules, _evidence(Order("a", "b"), made=_MADE.slice(3))) == {}
