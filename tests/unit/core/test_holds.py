"""A rule means the same wherever it is asked: found, kept and judged."""

from datetime import datetime

import numpy as np
import pyarrow as pa
import pytest

from genloop.core.errors import RuleError
from genloop.core.holds import compute, holds, spell
from genloop.core.rules import Combination, Dependency, Formula, Order


def _masks(rule, **columns):
    applies, kept = holds(rule, pa.table(columns))
    assert applies.dtype == kept.dtype == np.bool_
    assert not (kept & ~applies).any()
    return applies.tolist(), kept.tolist()


def test_an_order_holds_where_low_is_at_most_high_and_skips_missing_cells():
    columns = {"a": [1, 2, 3, None, 5], "b": [1.0, 3.0, 2.0, 1.0, float("nan")]}
    assert _masks(Order("a", "b"), **columns) == ([True, True, True, False, False], [True, True, False, False, False])
    assert _masks(Order("a", "b", strict=True), **columns)[1] == [False, True, False, False, False]


def test_an_order_of_integers_is_exact_beyond_what_floats_resolve():
    assert _masks(Order("a", "b", strict=True), a=[2**60], b=[2**60 + 1])[1] == [True]


def test_an_order_of_times_compares_instants():
    start = pa.array([datetime(2024, 1, 1), datetime(2024, 1, 3), None], pa.timestamp("us"))
    end = pa.array([datetime(2024, 1, 2), datetime(2024, 1, 2), datetime(2024, 1, 2)], pa.timestamp("us"))
    assert _masks(Order("start", "end"), start=start, end=end) == ([True, True, False], [True, False, False])


def test_an_order_between_a_time_and_a_number_is_refused_with_both_types():
    with pytest.raises(RuleError, match=r"compares timestamp.* with int64"):
        holds(Order("a", "b"), pa.table({"a": pa.array([datetime(2024, 1, 1)]), "b": [1]}))


def test_a_formula_over_text_is_refused_by_the_column_s_name():
    with pytest.raises(RuleError, match="'b', which holds string, not numbers"):
        holds(Formula("a", "sum", ((1.0, "b"),)), pa.table({"a": [1], "b": ["x"]}))


def test_a_rule_on_an_absent_column_names_it_and_lists_the_table_s():
    with pytest.raises(RuleError, match="speaks of c; the table has a, b"):
        holds(Order("a", "c"), pa.table({"a": [1], "b": [2]}))


def test_a_sum_formula_adds_and_subtracts():
    rule = Formula("total", "sum", ((1.0, "net"), (1.0, "tax"), (-1.0, "rebate")), decimals=2)
    columns = {"net": [0.1, 10.0, 5.0], "tax": [0.2, 1.0, 1.0], "rebate": [0.0, 0.5, None]}
    assert _masks(rule, total=[0.3, 10.0, 6.0], **columns) == ([True, True, False], [True, False, False])


def test_a_ratio_of_sums_holds_within_its_tolerance_and_not_beyond():
    rule = Formula("depth", "sum", ((1.0, "z"),), ((1.0, "x"), (1.0, "y")), scale=200.0, decimals=1, tolerance=0.5)
    columns = {"x": [3.95, 3.95, 0.0], "y": [3.98, 3.98, 0.0], "z": [2.43, 2.43, 1.0]}
    assert _masks(rule, depth=[61.5, 62.0, 60.0], **columns) == ([True, True, False], [True, False, False])


def test_a_product_formula_divides_by_its_denominator():
    rule = Formula("price", "product", ((1.0, "units"), (1.0, "rate")), ((1.0, "pack"),), decimals=0)
    records = pa.table({"price": [6, 7], "units": [3, 3], "rate": [4, 4], "pack": [2, 2]})
    assert compute(rule, records).tolist() == [6, 6]
    assert holds(rule, records)[1].tolist() == [True, False]


def test_either_rounding_of_an_exact_half_satisfies_a_formula():
    rule = Formula("half", "product", ((1.0, "whole"),), scale=0.5)
    assert _masks(rule, half=[2, 3, 4, 2.4], whole=[5, 5, 5, 5])[1] == [True, True, False, False]


def test_differences_of_times_are_seconds():
    rule = Formula("wait", "sum", ((1.0, "end"), (-1.0, "start")), scale=1 / 60, decimals=0)
    records = pa.table(
        {"wait": [90], "start": pa.array([datetime(2024, 1, 1, 8)]), "end": pa.array([datetime(2024, 1, 1, 9, 30)])}
    )
    assert holds(rule, records)[1].tolist() == [True]


def test_a_combination_allows_only_what_it_lists():
    rule = Combination(("a", "b"), (("x", "1"), ("y", "2")))
    columns = {"a": ["x", "x", "y", None, "z"], "b": [1, 2, 2, 1, 3]}
    assert _masks(rule, **columns) == ([True, True, True, False, True], [True, False, True, False, False])


def test_a_missing_cell_is_a_value_where_the_combination_lists_it():
    rule = Combination(("a", "b"), (("x", None), ("y", "2")))
    assert _masks(rule, a=["x", "y", "y", None], b=[None, 2, None, 2]) == (
        [True, True, True, False],
        [True, True, False, False],
    )


def test_a_dependency_follows_its_mapping():
    rule = Dependency(("grade",), "years", ((("HS",), "9"), (("BA",), "13")))
    columns = {"grade": ["HS", "BA", "BA", None], "years": [9.0, 13.0, 12.0, 9.0]}
    assert _masks(rule, **columns) == ([True, True, True, False], [True, True, False, False])


def test_groups_outside_the_mapping_must_agree_among_themselves():
    rule = Dependency(("zip",), "city", ((("1",), "Rome"),))
    columns = {"zip": [1, 2, 2, 2, 3], "city": ["Rome", "Bonn", "Bonn", "Kiel", "Nice"]}
    assert _masks(rule, **columns)[1] == [True, True, True, False, True]


def test_a_dependency_without_a_mapping_asks_for_one_value_a_group():
    rule = Dependency(("a", "b"), "c")
    assert _masks(rule, a=[1, 1, 1], b=["u", "u", "v"], c=["p", "p", "q"])[1] == [True, True, True]
    assert sum(_masks(rule, a=[1, 1], b=["u", "u"], c=["p", "q"])[1]) == 1


def test_listed_times_are_read_as_times():
    rule = Combination(("day",), (("2024-01-01 00:00:00",),))
    assert _masks(rule, day=pa.array([datetime(2024, 1, 1), datetime(2024, 1, 2)]))[1] == [True, False]


def test_a_listed_text_that_is_no_number_matches_no_number():
    assert _masks(Combination(("a",), (("many",),)), a=[1])[1] == [False]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        (float("nan"), None),
        (5.0, "5"),
        (5, "5"),
        (0.1, "0.1"),
        ("x", "x"),
        (datetime(2024, 1, 1, 8, 30), "2024-01-01 08:30:00"),
    ],
)
def test_a_value_is_spelt_one_way(value, text):
    assert spell(value) == text


def test_what_is_spelt_is_found_again():
    days = pa.array([datetime(2024, 1, 1, 8, 30, 0, 5), datetime(1999, 12, 31)], pa.timestamp("us"))
    for column in (days, pa.array([0.1, -7.0]), pa.array([2**60 + 1, -3]), pa.array(["a|b", ""])):
        rule = Combination(("c",), tuple((spell(value),) for value in column.to_pylist()))
        assert _masks(rule, c=column)[1] == [True, True]


def test_no_rows_give_empty_masks():
    empty = pa.table({"a": pa.array([], pa.int64()), "b": pa.array([], pa.string())})
    for rule in (Order("a", "a"), Combination(("a", "b"), (("1", "x"),)), Dependency(("a",), "b")):
        assert [mask.size for mask in holds(rule, empty)] == [0, 0]
