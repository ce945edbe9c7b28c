"""Rules found in made-up tables whose rules are known."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from genloop.core.determination import determined
from genloop.core.rules import Combination, Dependency, Formula, Order, Rule, describe
from genloop.core.schema import Column, Kind, Schema
from genloop.files import rules

ROWS = 2000


def table(values: Mapping[str, Any]) -> tuple[pa.Table, Schema]:
    """A cleaned table with the schema that fits it."""
    records = pa.table({name: pa.array(column, from_pandas=True) for name, column in values.items()})
    return records, Schema(tuple(_column(name, records.column(name).type) for name in records.column_names))


def _column(name: str, kind: pa.DataType) -> Column:
    if pa.types.is_timestamp(kind):
        return Column(name, "time")
    chosen: Kind = "category" if pa.types.is_string(kind) else "number"
    return Column(name, chosen, decimals=0 if pa.types.is_integer(kind) else None)


def search(values: Mapping[str, Any], **options: Any) -> tuple[Rule, ...]:
    records, schema = table(values)
    split = int(records.num_rows * 0.8)
    return rules.find(records.slice(0, split), records.slice(split), schema, **options)


def texts(found: tuple[Rule, ...]) -> list[str]:
    return [describe(rule) for rule in found]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(3)


def test_a_dependency_is_found_with_its_mapping_and_evidence(rng: np.random.Generator) -> None:
    code = rng.integers(0, 5, ROWS)
    found = search({"city": np.array(list("abcde"))[code], "country": np.array(["x", "x", "y", "y", "z"])[code]})
    (rule,) = [rule for rule in found if isinstance(rule, Dependency)]
    assert describe(rule) == "city -> country"
    assert dict(rule.mapping) == {("a",): "x", ("b",): "x", ("c",): "y", ("d",): "y", ("e",): "z"}
    assert rule.evidence.train == 1.0 and rule.evidence.holdout == 1.0 and rule.evidence.rows == ROWS * 0.8


def test_of_two_columns_that_determine_each_other_the_number_is_computed(rng: np.random.Generator) -> None:
    code = rng.integers(0, 6, ROWS)
    assert texts(search({"grade": code + 10, "name": np.array(list("abcdef"))[code]})) == ["name -> grade"]


def test_two_columns_together_determine_a_third(rng: np.random.Generator) -> None:
    size, name = rng.integers(0, 4, ROWS), rng.integers(0, 5, ROWS)
    price = rng.permutation(20)[size * 5 + name] // 2 + 3
    values = {"size": np.array(list("SMLX"))[size], "name": np.array(list("abcde"))[name], "price": price * 1.25}
    assert "size + name -> price" in texts(search(values))


def test_a_near_unique_column_determines_nothing(rng: np.random.Generator) -> None:
    assert search({"id": rng.permutation(ROWS), "group": rng.choice(list("ab"), ROWS)}) == ()


def test_a_nearly_constant_column_is_not_determined(rng: np.random.Generator) -> None:
    rare = np.where(rng.random(ROWS) < 0.003, "yes", "no")
    assert search({"city": rng.choice(list("abcd"), ROWS), "rare": rare}) == ()


def test_a_dependency_survives_a_few_errors_and_a_weak_one_is_left_out(rng: np.random.Generator) -> None:
    code = rng.integers(0, 5, ROWS)
    for broken, expected in ((0.002, True), (0.02, False)):
        region = np.where(rng.random(ROWS) < broken, (code + 1) % 5, code)
        values = {"city": np.array(list("abcde"))[code], "region": np.array(list("vwxyz"))[region]}
        assert any(isinstance(rule, Dependency) for rule in search(values)) is expected


def test_the_mapping_lists_no_pair_that_fewer_rows_than_the_floor_carry(rng: np.random.Generator) -> None:
    code = np.concatenate([np.full(4, 9), rng.integers(0, 8, ROWS)])
    names, regions = np.array(list("abcdefghij")), np.array(list("uuvvwwxxyy"))
    records, schema = table({"city": names[code], "region": regions[code]})
    (rule,) = [rule for rule in rules.find(records, None, schema) if isinstance(rule, Dependency)]
    assert ("j",) not in dict(rule.mapping) and len(rule.mapping) == 8


def test_a_missing_value_is_a_value_that_determines(rng: np.random.Generator) -> None:
    code = rng.integers(0, 4, ROWS)
    status = np.array(["ok", "late", "lost", None], dtype=object)[code]
    found = search({"status": list(status), "closed": np.array(["no", "no", "yes", "open"])[code]})
    (rule,) = [rule for rule in found if isinstance(rule, Dependency)]
    assert dict(rule.mapping)[(None,)] == "open"


def test_what_the_holdout_does_not_confirm_is_not_a_rule(rng: np.random.Generator) -> None:
    code = rng.integers(0, 5, ROWS)
    true, _ = table({"city": np.array(list("abcde"))[code], "country": np.array(list("xxyyz"))[code]})
    false, schema = table({"city": np.array(list("abcde"))[code], "country": rng.choice(list("xyz"), ROWS)})
    assert any(isinstance(rule, Dependency) for rule in rules.find(true, true, schema))
    assert not rules.find(true, false, schema)


def test_an_order_between_times_is_found(rng: np.random.Generator) -> None:
    start = [datetime(2024, 1, 1) + timedelta(days=int(days)) for days in rng.integers(0, 300, ROWS)]
    end = [begin + timedelta(hours=int(hours)) for begin, hours in zip(start, rng.integers(0, 900, ROWS), strict=True)]
    (rule,) = search({"end": end, "start": start})
    assert isinstance(rule, Order) and describe(rule) == "start <= end"


def test_orders_that_follow_from_others_are_left_out(rng: np.random.Generator) -> None:
    low, middle, high = np.sort(rng.integers(0, 1000, (3, ROWS)), axis=0)
    assert sorted(texts(search({"low": low, "middle": middle, "high": high}))) == ["low <= middle", "middle <= high"]


def test_ranges_that_lie_apart_are_no_order(rng: np.random.Generator) -> None:
    assert search({"year": rng.integers(1990, 2024, ROWS), "amount": rng.integers(3000, 9000, ROWS)}) == ()


def test_two_quantities_that_differ_in_size_are_no_order(rng: np.random.Generator) -> None:
    hour = rng.normal(15, 3, ROWS)
    minutes = hour + np.maximum(rng.normal(13, 4.7, ROWS), -4)
    assert search({"hour": np.round(hour, 3), "minutes": np.round(minutes, 3)}) == ()


def test_fixed_combinations_are_found_where_no_column_determines_the_other(rng: np.random.Generator) -> None:
    group = rng.integers(0, 4, ROWS)
    first, second = group * 3 + rng.integers(0, 3, ROWS), group * 3 + rng.integers(0, 3, ROWS)
    names = np.array([f"n{i:02}" for i in range(12)])
    (rule,) = search({"brand": names[first], "model": names[second]})
    assert isinstance(rule, Combination) and len(rule.allowed) == 36
    assert all(int(a[1:]) // 3 == int(b[1:]) // 3 for a, b in rule.allowed if a and b)


def test_independent_columns_have_no_rules(rng: np.random.Generator) -> None:
    values: dict[str, Any] = {f"c{i}": rng.choice(list("abcdef"), ROWS) for i in range(6)}
    values |= {f"n{i}": np.round(rng.lognormal(3, 1, ROWS), 2) for i in range(6)}
    values |= {f"k{i}": rng.poisson(0.3, ROWS) for i in range(6)} | {
        f"f{i}": rng.integers(0, 2, ROWS) for i in range(4)
    }
    assert search(values) == ()


def _price(rng: np.random.Generator) -> np.ndarray:
    return np.round(rng.lognormal(3, 0.7, ROWS), 2)


def test_a_product_with_rounding_is_found(rng: np.random.Generator) -> None:
    price, quantity = _price(rng), rng.integers(1, 40, ROWS)
    (rule,) = search({"price": price, "quantity": quantity, "total": np.round(price * quantity, 2)})
    assert isinstance(rule, Formula) and describe(rule) in ("total = price * quantity", "total = quantity * price")
    assert rule.decimals == 2 and rule.tolerance < 0.01


def test_a_sum_is_found_as_a_total_and_only_once(rng: np.random.Generator) -> None:
    net, tax = _price(rng), _price(rng)
    (rule,) = search({"gross": np.round(net + tax, 2), "net": net, "tax": tax})
    assert describe(rule) in ("gross = (net + tax)", "gross = (tax + net)")


def test_a_sum_of_three_with_a_rare_term_keeps_the_rare_term(rng: np.random.Generator) -> None:
    base, interest = _price(rng), _price(rng)
    fee = np.where(rng.random(ROWS) < 0.03, 15.0, 0.0) + np.where(rng.random(ROWS) < 0.02, 7.5, 0.0)
    found = search({"paid": np.round(base + interest + fee, 2), "base": base, "interest": interest, "fee": fee})
    (rule,) = [rule for rule in found if isinstance(rule, Formula)]
    assert rule.column == "paid" and {name for _, name in rule.numerator} == {"base", "interest", "fee"}


def test_a_sum_of_many_columns_is_found(rng: np.random.Generator) -> None:
    parts = {f"part{i}": np.round(rng.lognormal(3, 0.7, ROWS), 2) for i in range(6)}
    total = np.round(sum(parts.values()), 2)
    total[5] += 400
    found = search({**parts, "other": _price(rng), "total": total})
    (rule,) = [rule for rule in found if isinstance(rule, Formula)]
    assert rule.column == "total" and {name for _, name in rule.numerator} == set(parts)


def test_factors_of_a_sum_are_found(rng: np.random.Generator) -> None:
    hour, minute = rng.integers(0, 24, ROWS), rng.integers(0, 60, ROWS)
    (rule,) = search({"clock": 100 * hour + minute, "hour": hour, "minute": minute})
    assert describe(rule) == "clock = (100 * hour + minute)"


def test_a_ratio_of_sums_with_a_scale_is_found_in_spite_of_damaged_rows(rng: np.random.Generator) -> None:
    x, y = rng.normal(6, 1, (2, ROWS)).clip(3, 10)
    z = (x + y) / 2 * rng.normal(0.617, 0.014, ROWS)
    depth = np.round(100 * z / ((x + y) / 2), 1)
    x[:4] = 0  # gross errors
    values = {"x": np.round(x, 2), "y": np.round(y, 2), "z": np.round(z, 2), "depth": depth}
    (rule,) = [rule for rule in search(values) if isinstance(rule, Formula)]
    assert rule.column == "depth" and rule.scale == 200 and rule.numerator == ((1.0, "z"),)
    assert {name for _, name in rule.denominator} == {"x", "y"} and 0.15 < rule.tolerance < 0.6
    assert rule.solved == "z", "z follows from depth to the last digit, depth from z does not"


def test_a_change_of_unit_and_a_share_are_found(rng: np.random.Generator) -> None:
    miles, other = rng.integers(10, 3000, (2, ROWS))
    values = {"miles": miles, "km": np.round(miles * 1.609, 1), "other": other}
    assert "km = 1.609 * miles" in texts(search(values))
    share = {"won": miles, "lost": other, "rate": np.round(miles / (miles + other), 4)}
    assert any(text.startswith("rate = won / (") for text in texts(search(share)))


def test_a_duration_between_two_times_is_found_in_its_unit(rng: np.random.Generator) -> None:
    start = [datetime(2024, 1, 1) + timedelta(minutes=int(minutes)) for minutes in rng.integers(0, 90000, ROWS)]
    hours = rng.integers(1, 500, ROWS)
    end = [begin + timedelta(hours=int(length)) for begin, length in zip(start, hours, strict=True)]
    (rule,) = [rule for rule in search({"start": start, "end": end, "hours": hours}) if isinstance(rule, Formula)]
    assert rule.column == "hours" and rule.scale == pytest.approx(1 / 3600) and rule.numerator[0] == (1.0, "end")


def test_of_a_round_total_and_fine_parts_a_part_is_computed(rng: np.random.Generator) -> None:
    loan = rng.integers(1, 60, ROWS) * 500
    paid = np.round(loan * rng.random(ROWS), 2)
    found = search({"loan": loan, "paid": paid, "owed": np.round(loan - paid, 2)})
    (rule,) = [rule for rule in found if isinstance(rule, Formula)]
    assert rule.column == "loan" and rule.solved in ("paid", "owed")


def test_found_rules_compute_no_column_twice_and_in_no_circle(rng: np.random.Generator) -> None:
    a, b = _price(rng), _price(rng)
    total = np.round(a + b, 2)
    values = {"a": a, "b": b, "total": total, "twice": np.round(2 * total, 2), "again": total}
    names = determined(search(values))
    assert len(names) == len(set(names)) == 3


def test_the_same_rows_give_the_same_rules(rng: np.random.Generator) -> None:
    values = {"price": _price(rng), "quantity": rng.integers(1, 9, ROWS)}
    values["total"] = np.round(values["price"] * values["quantity"], 2)
    assert search(values) == search(values)


def test_a_handful_of_rows_has_no_rules() -> None:
    assert search({"a": ["x", "y"] * 10, "b": ["u", "v"] * 10}) == ()


def test_declared_rules_learn_what_they_leave_open(rng: np.random.Generator) -> None:
    code = rng.integers(0, 3, ROWS)
    records, schema = table({"city": np.array(list("abc"))[code], "country": np.array(list("xyy"))[code]})
    declared = (
        Dependency(("city",), "country", origin="declared"),
        Combination(("city", "country"), origin="declared"),
    )
    dependency, combination = rules.learn(declared, records, schema)
    assert isinstance(dependency, Dependency) and isinstance(combination, Combination)
    assert dict(dependency.mapping) == {("a",): "x", ("b",): "y", ("c",): "y"} and dependency.origin == "declared"
    assert combination.allowed == (("a", "x"), ("b", "y"), ("c", "y")) and combination.evidence.train == 1.0


def test_declared_rules_go_before_found_ones() -> None:
    declared = (
        Formula("total", "sum", ((1.0, "a"), (1.0, "b")), origin="declared"),
        Order("a", "b", origin="declared"),
    )
    found = (Dependency(("a",), "total"), Order("b", "a"), Dependency(("a",), "c"), Order("c", "d"))
    assert rules.join(declared, found) == (*declared, found[2], found[3])


def test_combinations_that_follow_from_others_are_left_out(rng: np.random.Generator) -> None:
    """Six services, each "none" exactly for customers without internet: five more say nothing that a hub does not."""
    internet = rng.choice(["no", "dsl", "fibre"], ROWS)
    values = {"internet": internet}
    for index in range(5):
        values[f"service{index}"] = np.where(internet == "no", "none", rng.choice(["yes", "not"], ROWS))
    found = search(values)
    assert texts(found) == [f"fixed combinations of internet x service{index}" for index in range(5)]
