"""The order in which rules compute columns."""

import pytest

from genloop.core.determination import acyclic, determined, inputs, ordered, target, written
from genloop.core.errors import RuleError
from genloop.core.rules import Dependency, Formula, Order

TOTAL = Formula("total", "product", ((1.0, "price"), (1.0, "quantity")))
PRICE = Dependency(("item",), "price")
DEPTH = Formula("depth", "sum", ((1.0, "z"),), ((1.0, "x"), (1.0, "y")), 200.0, 1, 0.3, solved="z")


def test_a_rule_comes_after_those_that_compute_its_inputs() -> None:
    assert determined([TOTAL, Order("a", "b"), PRICE]) == ("price", "total")


def test_a_solved_formula_computes_its_input_and_rounds_its_column() -> None:
    assert target(DEPTH) == "z" and written(DEPTH) == ("z", "depth") and inputs(DEPTH) == ("x", "y", "depth")


def test_a_solved_column_is_learnt_with_the_others() -> None:
    assert determined([DEPTH, PRICE]) == ("price",)


def test_a_column_computed_twice_is_refused_with_the_pair() -> None:
    with pytest.raises(RuleError, match=r"'item -> price' and 'shop -> price' both determine 'price'"):
        ordered([PRICE, Dependency(("shop",), "price")])


def test_a_circle_is_refused_with_its_rules() -> None:
    back = Dependency(("total",), "item")
    with pytest.raises(RuleError, match="in a circle") as raised:
        ordered([Order("a", "b"), TOTAL, PRICE, back])
    assert all(text in str(raised.value) for text in ("total = price * quantity", "item -> price", "total -> item"))


def test_a_column_computed_from_itself_is_refused() -> None:
    with pytest.raises(RuleError, match="determines 'a' from itself"):
        ordered([Dependency(("a", "b"), "a")])


def test_the_better_of_two_clashing_candidates_stays() -> None:
    other = Dependency(("shop",), "price")
    assert acyclic([PRICE, other, TOTAL, Dependency(("total",), "item")]) == (PRICE, TOTAL)
    assert acyclic([PRICE, TOTAL], settled=[other]) == (TOTAL,)
