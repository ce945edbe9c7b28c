"""Rules kept in made rows."""

from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from genloop.core.errors import RuleError
from genloop.core.holds import holds
from genloop.core.records import Records
from genloop.core.rules import Combination, Dependency, Formula, Order, Rule
from genloop.core.schema import Column, Schema, Summary
from genloop.optimisation.refine.keep import Kept, keep

SCHEMA = Schema(
    (
        Column("city", "category"), Column("country", "category"), Column("size", "category"),
        Column("price", "number", decimals=2), Column("quantity", "number", decimals=0),
        Column("total", "number", decimals=2), Column("start", "time"), Column("end", "time"),
        Column("x", "number", decimals=2), Column("y", "number", decimals=2), Column("z", "number", decimals=2),
        Column("depth", "number", decimals=1), Column("age", "number", decimals=0), Column("band", "category"),
    )
)  # fmt: skip
CITY = Dependency(("city",), "country", ((("Rome",), "IT"), (("Pisa",), "IT"), (("Bonn",), "DE"), ((None,), None)))
TOTAL = Formula("total", "product", ((1.0, "price"), (1.0, "quantity")), decimals=2)
DEPTH = Formula("depth", "sum", ((1.0, "z"),), ((1.0, "x"), (1.0, "y")), 200.0, 1, 0.3, solved="z")


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(5)


def run(values: dict[str, Any], *rules: Rule, **options: Any) -> Kept:
    records = values if isinstance(values, pa.Table) else pa.table(values)
    options.setdefault("rng", np.random.default_rng(1))
    kept = keep(records, rules, options.pop("schema", SCHEMA), **options)
    for rule in rules:
        applies, held = holds(rule, kept.records)
        assert (held == applies).all()
    return kept


def test_a_dependency_computes_its_column_also_where_missing_determines() -> None:
    kept = run({"city": ["Bonn", "Pisa", None]}, CITY)
    assert kept.records["country"].to_pylist() == ["DE", "IT", None]


def test_what_is_there_is_corrected_and_counted() -> None:
    kept = run({"city": ["Bonn", "Pisa", "Rome"], "country": ["IT", "IT", None]}, CITY)
    assert kept.records["country"].to_pylist() == ["DE", "IT", "IT"] and kept.changed == {"city -> country": 1}


def test_an_unlisted_number_takes_the_value_of_the_nearest() -> None:
    rule = Dependency(("age",), "band", ((("10",), "child"), (("30",), "grown"), (("70",), "old")))
    kept = run({"age": pa.array([12, 45, 90, None])}, rule)
    assert kept.records["band"].to_pylist() == ["child", "grown", "old", None]


def test_an_unlisted_time_takes_the_value_of_the_nearest() -> None:
    rule = Dependency(("start",), "band", ((("2024-01-01 00:00:00",), "winter"), (("2024-07-01 00:00:00",), "summer")))
    kept = run({"start": [datetime(2024, 2, 1), datetime(2024, 6, 1)]}, rule)
    assert kept.records["band"].to_pylist() == ["winter", "summer"]


def test_no_order_and_no_formula_makes_a_time_beyond_the_calendar() -> None:
    never = datetime(9999, 12, 31)
    kept = run({"start": [never], "end": [never]}, Order("start", "end", strict=True))
    assert kept.records["start"].to_pylist() == [never] and kept.records["end"].to_pylist() == [None]
    due = Formula("end", "sum", ((1.0, "start"), (86_400.0, "age")))
    kept = run({"start": [datetime(2024, 1, 1)] * 2, "age": [3, 9_999_999]}, due)
    assert kept.records["end"].to_pylist() == [datetime(2024, 1, 4), None]


def test_an_unlisted_combination_takes_the_commonest_of_those_that_agree_most() -> None:
    mapping = ((("Rome", "S"), "1.5"), (("Rome", "M"), "2.5"), (("Rome", "L"), "2.5"), (("Bonn", "S"), "9"))
    rule = Dependency(("city", "size"), "price", mapping)
    kept = run({"city": ["Rome", "Rome"], "size": ["XL", "S"]}, rule)
    assert kept.records["price"].to_pylist() == [2.5, 1.5]


def test_rows_with_unlisted_determinants_are_redrawn_first() -> None:
    def redraw(count: int, rng: np.random.Generator) -> Records:
        return pa.table({"city": ["Bonn"] * count})

    kept = run({"city": ["Oslo", "Rome"]}, CITY, redraw=redraw)
    assert kept.records["city"].to_pylist() == ["Bonn", "Rome"]


def test_a_formula_is_computed_with_rounding_and_misses_what_it_lacks() -> None:
    kept = run({"price": [1.115, 2.0, None], "quantity": pa.array([3, 4, 5])}, TOTAL)
    assert kept.records["total"].to_pylist() == [3.35, 8.0, None] or kept.records["total"].to_pylist()[0] == 3.34
    assert kept.records.schema.field("total").type == pa.float64()


def test_a_division_by_zero_gives_a_missing_value() -> None:
    rule = Formula("price", "product", ((1.0, "total"),), ((1.0, "quantity"),), decimals=2)
    kept = run({"total": [6.0, 5.0], "quantity": pa.array([4, 0])}, rule)
    assert kept.records["price"].to_pylist() == [1.5, None]


def test_rules_compute_one_after_the_other() -> None:
    price = Dependency(("city",), "price", ((("Rome",), "2"), (("Bonn",), "3")))
    kept = run({"city": ["Rome", "Bonn"], "quantity": pa.array([5, 6])}, TOTAL, price)
    assert kept.records["total"].to_pylist() == [10.0, 18.0]


def test_a_time_is_computed_from_a_time_and_a_duration() -> None:
    rule = Formula("end", "sum", ((1.0, "start"), (3600.0, "quantity")))
    kept = run({"start": [datetime(2024, 1, 1, 22)], "quantity": pa.array([3])}, rule)
    assert kept.records["end"].to_pylist() == [datetime(2024, 1, 2, 1)]


def test_a_solved_formula_gives_the_input_and_keeps_the_learnt_column(rng: np.random.Generator) -> None:
    x, y = np.round(rng.normal(6, 1, (2, 500)).clip(3, 10), 2)
    depth = np.round(rng.normal(61.7, 1.4, 500), 1)
    kept = run({"x": x, "y": y, "depth": depth}, DEPTH)
    z, after = (kept.records[name].to_numpy() for name in ("z", "depth"))
    assert np.abs(after - depth).max() <= 0.2, "the column moves by what rounding of z explains, no more"
    assert np.abs(after - 200 * z / (x + y)).max() <= 0.0501
    assert (np.round(z, 2) == z).all()


def test_a_solved_column_that_was_drawn_within_the_tolerance_stays() -> None:
    kept = run({"x": [4.0, 4.0], "y": [4.0, 4.0], "z": [2.48, 2.9], "depth": [61.9, 61.9]}, DEPTH)
    assert kept.records["z"].to_pylist() == [2.48, 2.48] and kept.records["depth"].to_pylist() == [62.0, 62.0]
    assert kept.changed == {"depth = 200 * z / (x + y)": 1}


@pytest.mark.parametrize("name", ["a", "b", "c"])
def test_solving_a_ratio_of_sums_is_right_for_each_input(name: str, rng: np.random.Generator) -> None:
    schema = Schema(tuple(Column(other, "number", decimals=9) for other in ("a", "b", "c", "r")))
    numbers = {other: rng.uniform(1, 9, 50) for other in ("a", "b", "c")}
    ratio = 7 * (numbers["a"] - 2 * numbers["b"]) / (numbers["b"] + 3 * numbers["c"])
    rule = Formula("r", "sum", ((1.0, "a"), (-2.0, "b")), ((1.0, "b"), (3.0, "c")), 7.0, 9, 1e-6, solved=name)
    inputs = {other: values for other, values in numbers.items() if other != name}
    kept = run({**inputs, "r": ratio}, rule, schema=schema)
    np.testing.assert_allclose(kept.records[name].to_numpy(), numbers[name], atol=1e-6)


@pytest.mark.parametrize("name", ["a", "b", "c"])
def test_solving_a_product_is_right_for_each_input(name: str, rng: np.random.Generator) -> None:
    schema = Schema(tuple(Column(other, "number", decimals=9) for other in ("a", "b", "c", "r")))
    numbers = {other: rng.uniform(1, 9, 50) for other in ("a", "b", "c")}
    rule = Formula("r", "product", ((1.0, "a"), (1.0, "b")), ((1.0, "c"),), 5.0, 9, 1e-6, solved=name)
    inputs = {other: values for other, values in numbers.items() if other != name}
    kept = run({**inputs, "r": 5 * numbers["a"] * numbers["b"] / numbers["c"]}, rule, schema=schema)
    np.testing.assert_allclose(kept.records[name].to_numpy(), numbers[name], atol=1e-6)


def test_computed_values_out_of_range_are_redrawn() -> None:
    schema = Schema(SCHEMA.columns, {"total": Summary(rows=9, missing=0, distinct=9, low=1.0, high=10.0)})

    def redraw(count: int, rng: np.random.Generator) -> Records:
        return pa.table({"price": rng.choice([1.0, 100.0], count), "quantity": pa.array([2] * count)})

    values = {"price": [9.0] * 20, "quantity": pa.array([9] * 20)}
    assert run(values, TOTAL, redraw=redraw, schema=schema).records["total"].to_pylist() == [2.0] * 20


def test_broken_rows_are_redrawn_and_sound_rows_stay(rng: np.random.Generator) -> None:
    price = rng.uniform(0, 50, 400)
    total = price + rng.uniform(-1, 9, 400)

    def redraw(count: int, rng: np.random.Generator) -> Records:
        return pa.table({"price": np.full(count, 1.0), "total": rng.uniform(0, 3, count)})

    kept = run({"price": price, "total": total}, Order("price", "total"), redraw=redraw)
    sound = total >= price
    assert (kept.records["price"].to_numpy()[sound] == price[sound]).all()
    assert (kept.records["price"].to_numpy()[~sound] == 1.0).all()
    assert kept.changed == {"price <= total": int((~sound).sum())}


def test_redrawing_ends_although_no_fresh_row_is_sound() -> None:
    calls = []

    def redraw(count: int, rng: np.random.Generator) -> Records:
        calls.append(count)
        return pa.table({"price": [5.0] * count, "total": [1.0] * count})

    kept = run({"price": [5.0, 1.0], "total": [1.0, 2.0]}, Order("price", "total"), redraw=redraw, rounds=3)
    assert calls == [1, 1, 1] and kept.records.num_rows == 2


def test_an_order_that_no_draw_keeps_is_mended_by_exchange() -> None:
    kept = run({"price": [5.0, 7.0], "total": [1.0, 2.0]}, Order("price", "total"))
    assert kept.records.to_pydict() == {"price": [1.0, 2.0], "total": [5.0, 7.0]}


def test_a_strict_order_is_mended_by_the_smallest_step() -> None:
    kept = run({"price": [5.0, 7.0], "total": [5.0, 7.0]}, Order("price", "total", strict=True))
    assert kept.records["total"].to_pylist() == [5.01, 7.01]
    day = datetime(2024, 5, 1)
    kept = run({"start": [day], "end": [day]}, Order("start", "end", strict=True))
    assert kept.records["end"].to_pylist() == [day + timedelta(days=1)]


def test_a_chain_of_orders_is_mended(rng: np.random.Generator) -> None:
    values = {name: rng.integers(0, 9, 50) * 1.0 for name in ("x", "y", "z")}
    kept = run(values, Order("x", "y", strict=True), Order("y", "z", strict=True), Order("x", "z"))
    x, y, z = (kept.records[name].to_numpy() for name in ("x", "y", "z"))
    assert ((x < y) & (y < z)).all()


def test_an_order_between_whole_and_broken_numbers_keeps_the_decimals() -> None:
    values = {"price": [2.5, 3.5], "quantity": pa.array([1, 2])}
    kept = run(values, Order("price", "quantity"))
    assert kept.records["quantity"].to_pylist() == [3, 4]


def test_a_combination_becomes_the_listed_one_that_agrees_most() -> None:
    rule = Combination(("city", "country", "size"), (("Rome", "IT", "S"), ("Bonn", "DE", "L")))
    kept = run({"city": ["Rome"], "country": ["DE"], "size": ["L"]}, rule)
    assert kept.records.to_pylist() == [{"city": "Bonn", "country": "DE", "size": "L"}]


def test_broken_rows_among_mostly_sound_ones_become_copies_of_sound_ones() -> None:
    values = {"city": ["Rome", "Bonn", "Rome", "Bonn"], "country": ["IT", "DE", "IT", "IT"]}
    rule = Combination(("city", "country"), (("Rome", "IT"), ("Bonn", "DE")))
    last = run(values, rule).records.to_pylist()[3]
    assert last in ({"city": "Rome", "country": "IT"}, {"city": "Bonn", "country": "DE"})


def test_fixed_cells_stay_and_the_others_yield() -> None:
    mask = np.array([True, False])
    values = {"price": [5.0, 5.0], "total": [1.0, 1.0]}
    kept = run(values, Order("price", "total"), fixed={"total": mask})
    assert kept.records.to_pylist() == [{"price": 1.0, "total": 1.0}, {"price": 1.0, "total": 5.0}]


def test_fixed_cells_come_back_into_redrawn_rows() -> None:
    def redraw(count: int, rng: np.random.Generator) -> Records:
        return pa.table({"price": [0.5] * count, "total": [9.0] * count})

    fixed = {"total": np.array([True, True])}
    kept = run({"price": [5.0, 1.0], "total": [1.0, 2.0]}, Order("price", "total"), redraw=redraw, fixed=fixed)
    assert kept.records.to_pylist() == [{"price": 0.5, "total": 1.0}, {"price": 1.0, "total": 2.0}]


def test_a_given_result_of_a_solved_formula_is_not_moved() -> None:
    fixed = {"depth": np.array([True])}
    kept = run({"x": [4.0], "y": [4.01], "depth": [61.9]}, DEPTH, fixed=fixed)
    assert kept.records["depth"].to_pylist() == [61.9]


def test_fixed_cells_against_a_declared_rule_are_refused_with_the_row() -> None:
    rule = Order("price", "total", origin="declared")
    fixed = {"price": np.array([False, True]), "total": np.array([False, True])}
    message = r"declared rule 'price <= total' cannot be kept in 1 row\(s\), first row 2 \(price=5.0, total=1.0\)"
    with pytest.raises(RuleError, match=message):
        keep(
            pa.table({"price": [1.0, 5.0], "total": [1.0, 1.0]}), (rule,), SCHEMA,
            rng=np.random.default_rng(0), fixed=fixed,
        )  # fmt: skip


def test_fixed_cells_against_a_found_rule_stay_and_are_counted() -> None:
    fixed = {"price": np.array([True]), "total": np.array([True])}
    records = pa.table({"price": [5.0], "total": [1.0]})
    kept = keep(records, (Order("price", "total"),), SCHEMA, rng=np.random.default_rng(0), fixed=fixed)
    assert kept.broken == {"price <= total": 1} and kept.records == records


def test_where_nothing_else_helps_a_cell_is_emptied() -> None:
    """total = price * quantity and total < price cannot hold for whole positive quantities."""
    kept = run({"price": [2.0], "quantity": pa.array([3])}, TOTAL, Order("total", "price", strict=True))
    assert kept.records["total"].null_count + kept.records["price"].null_count >= 1


def test_contradictory_rules_are_refused_before_any_work() -> None:
    with pytest.raises(RuleError, match="contradict each other"):
        run({"price": [1.0], "total": [1.0]}, Order("price", "total", True), Order("total", "price", True))


def test_a_rule_whose_inputs_the_rows_lack_is_refused() -> None:
    with pytest.raises(RuleError, match="needs quantity, which the rows do not have"):
        run({"price": [1.0]}, TOTAL)


def test_no_rows_stay_no_rows() -> None:
    empty = pa.table({"city": pa.array([], pa.string())})
    assert run(empty, CITY).records.column_names == ["city", "country"]


def test_the_same_seed_keeps_the_same_rows(rng: np.random.Generator) -> None:
    values = {"city": rng.choice(["Rome", "Bonn"], 60), "country": rng.choice(["IT", "DE"], 60)}
    rule = Combination(("city", "country"), (("Rome", "IT"), ("Bonn", "DE")))
    first, second = (run(values, rule, rng=np.random.default_rng(7)).records for _ in range(2))
    assert first == second
