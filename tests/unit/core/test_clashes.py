"""Contradictions between rules, and between rules and conditions, are refused with the pair that clashes."""

from typing import Any

import pytest

from genloop.core import conditions
from genloop.core.clashes import check, check_given
from genloop.core.errors import RuleError
from genloop.core.rules import Combination, Dependency, Formula, Order, Rule
from genloop.core.schema import Column, Schema

SCHEMA = Schema(
    (
        Column("start", "time"), Column("end", "time"), Column("close", "time"), Column("price", "number", decimals=2),
        Column("quantity", "number", decimals=0), Column("total", "number", decimals=2), Column("city", "category"),
        Column("country", "category"), Column("id", "key"),
    )
)  # fmt: skip
ORDERED = (Order("start", "end"), Order("end", "close"))
CITY = Dependency(("city",), "country", ((("Rome",), "IT"), (("Pisa",), "IT"), (("Bonn",), "DE")))
TOTAL = Formula("total", "product", ((1.0, "price"), (1.0, "quantity")), decimals=2)


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ((Order("a", "b", strict=True), Order("b", "a", strict=True)), "'a < b' and 'b < a' contradict"),
        ((Order("a", "b"), Order("b", "c"), Order("c", "a", strict=True)), "'c < a' and 'a <= b' and 'b <= c'"),
        ((Order("a", "a"),), "with itself"),
        ((TOTAL, Formula("total", "sum", ((1.0, "a"), (1.0, "b")))), "both determine 'total'"),
        ((Dependency(("a",), "b", ((("x",), "1"), (("x",), "2"))),), "maps x both to 1 and to 2"),
        ((Formula("a", "sum", ()),), "needs a numerator"),
        ((CITY, Combination(("country", "city"), (("FR", "Rome"),))), "nothing in common"),
    ],
)
def test_contradictory_rules_are_refused(rules: tuple[Rule, ...], message: str) -> None:
    with pytest.raises(RuleError, match=message):
        check(rules)


def test_rules_that_can_hold_together_pass() -> None:
    rules = (*ORDERED, CITY, TOTAL, Combination(("city", "country"), (("Rome", "IT"),)))
    assert check(rules, SCHEMA) is None  # a clash would raise
    assert check((Order("a", "b"), Order("b", "a"))) is None  # both hold when the two are equal


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (Order("start", "finish"), "speaks of finish; the table has start"),
        (Order("start", "price"), "compares a time with a number"),
        (Order("city", "price"), "'city' is a category"),
        (Formula("total", "sum", ((1.0, "city"),)), "'city' is a category"),
        (Formula("quantity", "sum", ((1.0, "price"),), decimals=2), "'quantity' holds whole numbers; round to 0"),
        (Dependency(("id",), "city"), "'id' is of the kind key"),
    ],
)
def test_rules_that_do_not_fit_the_table_are_refused(rule: Rule, message: str) -> None:
    with pytest.raises(RuleError, match=message):
        check((rule,), SCHEMA)


def _given(rules: tuple[Rule, ...], *texts: str, **more: Any) -> None:
    check_given(rules, (*conditions.read_all(texts), *conditions.read_all(more)), SCHEMA)


def test_bounds_against_an_order_are_refused_with_both_sides() -> None:
    with pytest.raises(RuleError, match=r"'start>2021 and end<2020' and the rule 'start <= end' exclude each other"):
        _given(ORDERED, "end<2020", "start>2021")


def test_bounds_are_carried_along_a_chain_of_orders() -> None:
    with pytest.raises(RuleError, match=r"start=2024-03 and close<2024-02-01"):
        _given(ORDERED, "start=2024-03", "close<2024-02-01")
    _given(ORDERED, "start=2024-03-01", "close=2024-03-01")
    _given(ORDERED, "start>=2024-03-01", "end is missing")


def test_a_strict_order_refuses_equal_bounds() -> None:
    with pytest.raises(RuleError, match="price < total"):
        _given((Order("price", "total", strict=True),), "price>=5", "total<=5")


def test_values_against_a_dependency_are_refused() -> None:
    with pytest.raises(RuleError, match=r"'city=Rome and country=DE' and the rule 'city -> country'"):
        _given((CITY,), "city=Rome", "country=DE")
    _given((CITY,), "city in Rome|Bonn", "country=DE")
    _given((CITY,), "city contains o", "country!=IT")
    with pytest.raises(RuleError, match="city contains P"):
        _given((CITY,), "city contains P", "country!=IT")


def test_a_value_that_a_combination_lacks_is_refused() -> None:
    with pytest.raises(RuleError, match="fixed combinations"):
        _given((Combination(("city", "country"), (("Rome", "IT"), (None, "DE"))),), "city is missing", "country=IT")
    _given((Combination(("city", "country"), (("Rome", "IT"), (None, "DE"))),), "city is missing", "country=DE")


def test_numbers_in_a_mapping_follow_ranges() -> None:
    rule = Dependency(("city",), "quantity", ((("Rome",), "3"), (("Bonn",), "7")))
    _given((rule,), "city=Rome", "quantity=1..3")
    _given((rule,), "city=Bonn", quantity=7)
    with pytest.raises(RuleError, match="city -> quantity"):
        _given((rule,), "city=Rome", "quantity>3")


def test_a_formula_out_of_reach_is_refused() -> None:
    with pytest.raises(RuleError, match="total = price"):
        _given((TOTAL,), "price=1..2", "quantity=1..10", "total>25")
    _given((TOTAL,), "price=1..2", "quantity=1..10", "total>15")
    _given((TOTAL,), "price=1..2", "total>25")


def test_a_ratio_of_sums_is_checked_by_intervals() -> None:
    share = Formula("price", "sum", ((1.0, "quantity"),), ((1.0, "quantity"), (1.0, "total")), 100.0, 2)
    with pytest.raises(RuleError, match="price = 100"):
        _given((share,), "quantity=1..2", "total=98..99", "price>50")
    _given((share,), "quantity=0..2", "total=-5..5", "price>50")
