"""Regular expressions and schemas of users: read as the writer of texts reads them, and matched in bounded time."""

import json
import time

import pytest

from genloop.core import demand as demands
from genloop.core import expression, json_schema
from genloop.core.errors import ConditionError, MissingExtra
from genloop.core.lazy import kept_out

pytest.importorskip("regex")
pytest.importorskip("jsonschema")
LYING = "a" * 4_000 + "?"


def _bounded(seconds: float) -> bool:
    return seconds < 10 * expression.SECONDS


@pytest.mark.parametrize("pattern", ["(a|aa)+", "(a|a|aa)*", "((a+|aa)+)+"])
def test_repetitions_of_repetitions_end_in_words(pattern: str) -> None:
    begun = time.monotonic()
    with pytest.raises(ConditionError, match=r"a text of 4,001 characters keeps .* cannot be told in 2 s"):
        expression.kept(pattern, LYING)
    assert _bounded(time.monotonic() - begun)


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "string", "pattern": "^(a|aa)+$"},
        {"type": "object", "patternProperties": {"^(a|aa)+$": {"type": "integer"}}},
        {"type": "object", "patternProperties": {"^(a|aa)+$": True}, "additionalProperties": False},
    ],
)
def test_expressions_within_a_schema_end_too(schema: dict[str, object]) -> None:
    text = json.dumps(LYING if schema["type"] == "string" else {LYING: 1})
    begun = time.monotonic()
    with pytest.raises(ConditionError, match="cannot be told in 2 s"):
        json_schema.kept(schema, text)
    assert _bounded(time.monotonic() - begun)


@pytest.mark.parametrize(
    ("pattern", "kept", "broken"),
    [
        ("[[:alpha:]]+", "ab", "a:"),
        ("[a-z&&[^b]]+", "ac", "ab"),
        ("[^[]+", "a]", "a["),
        ("早餐{2}", "早餐餐", "早餐"),
        ("(?i)ab", "AB", "b"),
        (r"\d+", "٣4", "a"),
    ],
)
def test_classes_are_read_as_the_writer_reads_them(pattern: str, kept: str, broken: str) -> None:
    assert expression.kept(pattern, kept) and not expression.kept(pattern, broken)
    assert not expression.kept(pattern, f"[{kept}") and expression.found(pattern, f"[{kept}[")


def test_what_is_no_expression_is_refused_where_it_stands() -> None:
    with pytest.raises(ConditionError, match=r"'\(' is no regular expression: missing \)"):
        expression.check("(")
    for schema in ({"items": {"pattern": "("}}, {"anyOf": [{"pattern": "("}]}, {"patternProperties": {"(": {}}}):
        with pytest.raises(ConditionError, match=r"'\(' is no regular expression"):
            demands.form("schema", schema)
    assert json_schema.kept({"type": "string", "pattern": "^[[:alpha:]]$"}, '"a"')
    assert (
        demands.form("schema", {"properties": {"pattern": {"const": {"pattern": "("}}}}).kept('{"pattern": 1}') is False
    )


def test_properties_are_judged_as_jsonschema_judges_them() -> None:
    jsonschema = pytest.importorskip("jsonschema")
    schema = {
        "type": "object",
        "properties": {"a": {"type": "string", "pattern": "b"}},
        "patternProperties": {"^n": {"type": "integer"}, "x$": {"minimum": 2}},
        "additionalProperties": {"type": "boolean"},
    }
    known = jsonschema.Draft202012Validator(schema)
    closed = {**schema, "additionalProperties": False}
    told = []
    for value in ({"a": "abc"}, {"a": "c"}, {"n": 1}, {"n": "1"}, {"nx": 1}, {"nx": 3}, {"z": True}, {"z": 1}, [], "n"):
        text = json.dumps(value)
        assert json_schema.kept(schema, text) == known.is_valid(value)
        assert json_schema.kept(closed, text) == jsonschema.Draft202012Validator(closed).is_valid(value)
        told.append(json_schema.kept(schema, text))
    assert told == [True, False, True, False, False, True, True, False, False, False]


def test_deeply_nested_answers_are_no_json_under_a_schema() -> None:
    assert not json_schema.kept({"type": "array"}, "[" * 200_000)


def test_without_the_package_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    expression._compiled.cache_clear()
    monkeypatch.delitem(__import__("sys").modules, "regex")
    with kept_out("regex"), pytest.raises(MissingExtra, match=r"pip install 'genloop\[text\]'"):
        expression.kept("a", "a")
