"""What can be asked of texts: the words in which it is said, and whether a text keeps it."""

from typing import Any

import pytest

from genloop.core import demand as demands
from genloop.core.conditions import Condition, read, read_all
from genloop.core.demand import Demand, Form, measure
from genloop.core.errors import ConditionError


@pytest.mark.parametrize(
    ("told", "operator", "values", "bounds"),
    [
        ("text lacks 不 好", "lacks", ("不 好",), (None, None)),
        ("text begins =a", "in", ("a",), (None, None)),
        ('text begins "=a "', "begins", ("=a ",), (None, None)),
        ("text ends 。", "ends", ("。",), (None, None)),
        ("text matches a=b|c", "matches", ("a=b|c",), (None, None)),
        ("text length 20..60", "length", (), (20, 60)),
        ("text length ..60", "length", (), (None, 60)),
        ("text words 20..", "words", (), (20, None)),
        ("text words 7", "words", (), (7, 7)),
    ],
)
def test_conditions_on_texts_are_read_and_said_again(told: str, operator: str, values: Any, bounds: Any) -> None:
    found = read(told)
    if operator == "in":  # a sign after the word: the column's name ends with it
        assert found.column == "text begins"
        return
    assert (found.operator, found.values, (found.low, found.high)) == (operator, values, bounds)
    assert str(found).startswith(f"text {operator}")


@pytest.mark.parametrize("told", ["sepal length>=5", "sepal length = 5", "week ends=3", "key words=a|b"])
def test_columns_whose_names_end_like_an_operator_stay_columns(told: str) -> None:
    assert len(read(told).column.split()) == 2


def test_a_mapping_asks_several_things_of_one_text() -> None:
    found = read_all({"t": {"contains": ["a", "b"], "length": (20, 60), "words": range(3, 6)}, "n": 3})
    assert [str(one) for one in found] == ["t contains a", "t contains b", "t length 20..60", "t words 3..5", "n=3"]
    assert read_all({"t": {"length": 5}}) == (Condition("t", "length", low=5, high=5),)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"likes": "a"}, "'likes' is not one of contains, lacks"),
        ({"length": "long"}, r"length takes a number or two, as in \(20, 60\), found 'long'"),
        ({"contains": ""}, "contains takes a text that is not empty, found ''"),
        ({"schema": "a.json"}, "a schema is a mapping, found str"),
    ],
)
def test_what_cannot_be_asked_of_a_text_is_named(asked: dict[str, Any], message: str) -> None:
    with pytest.raises(ConditionError, match=message):
        read_all({"t": asked})


def test_every_part_of_a_demand_is_looked_at() -> None:
    demand = Demand(holds=("b",), lacks=("x",), least=3, most=5, begins="a", ends="d", missing=False)
    assert demand.broken("abcd") == ""
    assert demand.broken("xx") == (
        "'b' is not in it; 'x' is in it; it has 2 characters; it does not begin with 'a'; it does not end with 'd'"
    )
    ends = Demand(begins="aba", ends="ab")
    assert ends.broken("abab") == "its beginning and its end overlap" and ends.kept("abaab") and ends.kept("aba ab")
    assert Demand(begins="aba").kept("aba") and Demand(ends="aba").kept("aba")
    assert demand.broken(None) == "there is no text" and demand.broken("") == "the text is empty"
    assert Demand(most=0).broken("a") == "it has 1 character" and Demand(most=0).kept("")
    assert Demand(missing=True).broken("a") == "there is a text" and Demand().kept(None)
    assert Demand(form=Form("regex", r"\d+")).broken("1a") == "it does not keep its regex"
    assert measure("早餐 isn't bad", "words") == 4


def test_json_is_judged_by_its_schema_and_nothing_is_fetched() -> None:
    pytest.importorskip("jsonschema")
    form = demands.form("schema", {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}}})
    assert form.kept('{"a": 1}') and not form.kept('{"a": "x"}') and not form.kept("{")
    with pytest.raises(ConditionError, match=r"points to 'http://x.y/z', which would have to be fetched"):
        demands.form("schema", {"anyOf": [{"$ref": "http://x.y/z"}]})
    with pytest.raises(ConditionError, match=r"this is no JSON schema: .* at \$.type"):
        demands.form("schema", {"type": "letter"})
    with pytest.raises(ConditionError, match="a schema is a JSON object, found bool"):
        demands.form("schema", False)
    with pytest.raises(ConditionError, match=r"'\(' is no regular expression"):
        demands.form("regex", "(")


NAMES = {"type": "array", "items": {"type": "string", "minLength": 50}, "minItems": 400}


@pytest.mark.parametrize(
    ("schema", "size"),
    [
        ({"type": "string", "minLength": 100_000}, 100_002),
        ({"type": "object", "properties": {"a": NAMES}, "required": ["a", "b"]}, 2 + 4 + (2 + 400 * 52 + 399) + 4 + 1),
        ({"anyOf": [{"type": "string", "minLength": 9}, {"const": "ab"}]}, 4),
        ({"allOf": [{"type": "string", "minLength": 9}, {"enum": ["ab", 7]}]}, 11),
        ({"type": ["string", "null"], "minLength": 9}, 0),
        ({"$ref": "#/$defs/a", "$defs": {"a": {"type": "string"}}}, 0),
        ({}, 0),
    ],
)
def test_the_least_length_under_a_schema_is_known_beforehand(schema: dict[str, Any], size: int) -> None:
    assert demands.shortest(Demand(form=Form("schema", schema))) == size
    assert bool(demands.clash(Demand(form=Form("schema", schema)))) == (size > demands.LONGEST)


def test_a_beginning_and_an_end_need_room_for_both() -> None:
    assert demands.clash(Demand(begins="ab", ends="bc", most=3)) == "'abbc' alone has 4 characters"
    assert not demands.clash(Demand(begins="ab", ends="bc", most=4))


def test_a_demand_beyond_the_longest_text_clashes() -> None:
    told = "the text would have at least {} characters, and at most 20,000 can be asked for"
    assert demands.clash(Demand(least=100_000)) == told.format("100,000")
    assert demands.clash(Demand(least=20_000, unit="words")) == told.format("39,999")
    assert not demands.clash(Demand(least=20_000))
