"""Texts in a plan: which stage learns them, and what it is called by."""

import sys

import pyarrow as pa
import pytest

from genloop.core.errors import MissingExtra
from genloop.core.schema import Column, Schema
from genloop.engine import plan as plans
from genloop.engine import writer
from genloop.engine.plan import Stage
from genloop.files.profile import look
from genloop.files.read import read

TABLE = Schema((Column("label", "category"), Column("text", "text")))


def test_texts_get_a_stage_of_their_own_after_the_table() -> None:
    plan = plans.derive(TABLE, writes=("text",))
    assert [(s.role, s.family, s.columns) for s in plan.stages] == [
        ("table", "trees", ("label",)),
        ("text", "transformer", ("text",)),
    ]
    assert plan.written == ("text",) and plan.empty == ()


def test_where_texts_cannot_be_learnt_their_column_stays_empty() -> None:
    plan = plans.derive(TABLE, writes=())
    assert [stage.role for stage in plan.stages] == ["table"] and plan.empty == ("text",)


def test_a_named_family_goes_to_the_texts_where_it_writes_and_else_to_the_table() -> None:
    written = plans.derive(TABLE, family="recurrent", settings={"width": 64}, writes=("text",))
    assert written.stages[1].family == "recurrent" and dict(written.stages[1].settings) == {"width": 64}
    assert written.stages[0].family == "trees" and not written.stages[0].settings
    table = plans.derive(TABLE, family="independent", settings={"batch": 64}, writes=("text",))
    assert table.stages[0].family == "independent" and dict(table.stages[0].settings) == {"batch": 64}
    assert table.stages[1].family == "transformer" and not table.stages[1].settings


def test_captions_of_pictures_condition_them_and_are_not_written() -> None:
    schema = Schema((*TABLE.columns, Column("image", "image", shape=(8, 8, 1))))
    plan = plans.derive(schema, words=True, writes=("text",))
    assert [stage.role for stage in plan.stages] == ["table", "image"] and plan.written == ()


def test_a_long_text_is_learnt_once_and_a_short_one_as_often_as_it_is_said() -> None:
    long = "the room was clean and the staff were kind to all of us"
    texts = ["good", long, "good", f" {long.replace(' ', '  ')} ", None, None, long + "."]
    rows = pa.table({"label": list("abcdefg"), "text": texts})
    _, _, raw = writer.lesson((), rows, Stage("remote", ("text",), role="text"))
    assert raw is not None and raw.column("label").to_pylist() == ["a", "b", "c", "e", "f", "g"]


@pytest.mark.parametrize(
    ("family", "columns", "message"),
    [
        (None, ["text"], "learning texts needs PyTorch, which is not installed; run: pip install"),
        ("recurrent", ["text", "label"], "the recurrent family needs PyTorch"),
        (None, ["text", "label"], None),
        ("transformer", ["text", "label"], None),
    ],
)
def test_without_the_packages_texts_are_left_out_or_it_is_said_what_to_install(
    family, columns, message, monkeypatch
) -> None:
    rows = {"text": [f"the room {at} was clean and the staff {at} kind" for at in range(60)], "label": ["a", "b"] * 30}
    found = look(read(pa.table({name: rows[name] for name in columns})), kinds={"text": "text"})
    monkeypatch.setitem(sys.modules, "torch", None)  # as if it were not installed, also where it is loaded
    if message is None:
        assert writer.writable(found, family) == ()
    else:
        with pytest.raises(MissingExtra, match=message):
            writer.writable(found, family)
