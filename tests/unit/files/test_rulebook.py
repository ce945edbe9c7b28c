"""Declared rules read from text: every form, and a clear refusal of what is none."""

from pathlib import Path

import pytest

from genloop.core.errors import RuleError, SourceNotFound
from genloop.core.rules import Combination, Dependency, Formula, Order, Rule, to_json
from genloop.core.schema import Column, Schema
from genloop.files.rulebook import read

NAMES = ("start", "end", "price", "quantity", "total", "x", "y", "z", "unit price", "education-num", "价格")
SCHEMA = Schema(
    (*(Column(name, "number", decimals=2) for name in NAMES), Column("city", "category"), Column("country", "category"))
)


def one(line: str) -> Rule:
    (rule,) = read(line, SCHEMA)
    return rule


@pytest.mark.parametrize(
    ("line", "low", "high", "strict"),
    [
        ("start <= end", "start", "end", False), ("end >= start", "start", "end", False),
        ("start<end", "start", "end", True), ("end > start", "start", "end", True),
        ('"unit price" <= 价格', "unit price", "价格", False),
        ("education-num <= total", "education-num", "total", False),
        ("unit price <= `total`", "unit price", "total", False),
    ],
)  # fmt: skip
def test_orders_are_read(line: str, low: str, high: str, strict: bool) -> None:
    assert one(line) == Order(low, high, strict, origin="declared")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("total = round(price * quantity, 2)",
         Formula("total", "product", ((1.0, "price"), (1.0, "quantity")), decimals=2)),
        ("total = price*quantity", Formula("total", "product", ((1.0, "price"), (1.0, "quantity")), decimals=2)),
        ("total = x + y - z", Formula("total", "sum", ((1.0, "x"), (1.0, "y"), (-1.0, "z")), decimals=2)),
        ("total = -x + 2.5 * y", Formula("total", "sum", ((-1.0, "x"), (2.5, "y")), decimals=2)),
        ("total = round(200 * z / (x + y), 1)",
         Formula("total", "sum", ((1.0, "z"),), ((1.0, "x"), (1.0, "y")), 200.0, 1)),
        ("total = round(100 * (x - y) / y)",
         Formula("total", "sum", ((1.0, "x"), (-1.0, "y")), ((1.0, "y"),), 100.0, 0)),
        ("total = (x + y) / 2", Formula("total", "sum", ((1.0, "x"), (1.0, "y")), scale=0.5, decimals=2)),
        ("total = x / y / 4", Formula("total", "product", ((1.0, "x"),), ((1.0, "y"),), 0.25, 2)),
        ("total = x / (y / z)", Formula("total", "product", ((1.0, "x"), (1.0, "z")), ((1.0, "y"),), decimals=2)),
        ("total = 1.19 * 价格", Formula("total", "product", ((1.0, "价格"),), scale=1.19, decimals=2)),
        ("total = education-num - price",
         Formula("total", "sum", ((1.0, "education-num"), (-1.0, "price")), decimals=2)),
    ],
)  # fmt: skip
def test_formulas_are_read(line: str, expected: Formula) -> None:
    rule = one(line)
    assert isinstance(rule, Formula) and rule.origin == "declared"
    assert (rule.column, rule.form, rule.numerator, rule.denominator) == (
        expected.column, expected.form, expected.numerator, expected.denominator,
    )  # fmt: skip
    assert rule.scale == pytest.approx(expected.scale) and rule.decimals == expected.decimals


def test_dependencies_and_combinations_are_read() -> None:
    assert one("city -> country") == Dependency(("city",), "country", origin="declared")
    assert one("city, x -> country") == Dependency(("city", "x"), "country", origin="declared")
    assert one("combination(city, country)") == Combination(("city", "country"), origin="declared")


def test_a_file_with_remarks_and_empty_lines_is_read(tmp_path: Path) -> None:
    path = tmp_path / "rules.txt"
    path.write_text("# what we know\n\nstart <= end\ncity -> country\n", encoding="utf-8-sig")
    assert [type(rule) for rule in read(path, SCHEMA)] == [Order, Dependency]
    assert len(read(str(path), SCHEMA)) == 2


def test_rules_as_json_are_read() -> None:
    rules = (Order("start", "end"), Formula("total", "sum", ((1.0, "x"),), scale=2.0))
    assert [rule.origin for rule in read(to_json(rules), SCHEMA)] == ["declared", "declared"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("start <= finish", "line 1 of the rules, 'start <= finish': no column 'finish'; the table has start"),
        ("start ~ end", "'~' is not understood"),
        ("start end", "'end' where a sign should stand"),
        ("start <=", "expected a column, found 'the end'"),
        ("start <= end end", "left over"),
        ("start, end <= total", "one column stands on this side"),
        ("total = x *", "expected a column, a number"),
        ("total = (x + y", r"expected '\)'"),
        ("total = 5", "names no column"),
        ("total = x * y + z", "rules hold no products in sums"),
        ("total = (x + y) * (x + z)", "no products of sums"),
        ("total = x * y / (z + price)", "no products of sums"),
        ("total = x + x", "names each column once"),
        ("total = x / 0", "division by zero"),
        ("total = round(x, y)", "whole number from 0 to 12"),
        ("total = round(x, 2.5)", "whole number from 0 to 12"),
        ("combination(city)", "two or more columns"),
        ("total = " + "(" * 60 + "x" + ")" * 60, "parentheses"),
        ("total = __import__(x)", "no column '__import__'"),
        ("city <= total", "'city' is a category"),
        ("total = total + x", "from itself"),
        ("start < end\nend < start", "contradict each other"),
        ("total = x + y\ntotal = x * y", "both determine 'total'"),
        ('[{"rule": "wish"}]', "not understood"),
    ],
)
def test_what_is_no_rule_is_refused_with_its_line(line: str, message: str) -> None:
    with pytest.raises(RuleError, match=message):
        read(line + "\n", SCHEMA)


def test_a_missing_or_unreadable_rules_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SourceNotFound, match=r"nowhere\.txt does not exist"):
        read(tmp_path / "nowhere.txt", SCHEMA)
    (tmp_path / "odd.txt").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RuleError, match="cannot be read as UTF-8"):
        read(tmp_path / "odd.txt", SCHEMA)


@pytest.mark.parametrize(
    "entry",
    [
        '{"rule": "order", "low": 1, "high": 2}',
        '{"rule": "formula", "column": "total", "form": "sum", "numerator": [["price"]]}',
        '{"rule": "dependency", "by": 7, "column": "total"}',
    ],
)
def test_json_that_names_columns_otherwise_than_by_text_is_refused(tmp_path: Path, entry: str) -> None:
    (tmp_path / "rules.json").write_text(f"[{entry}]")
    with pytest.raises(RuleError, match="rule 1 of the file is not understood"):
        read(tmp_path / "rules.json", SCHEMA)
