"""Texts in a plan: which stage learns them, and what it is called by."""

from genloop.core.schema import Column, Schema
from genloop.engine import plan as plans

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
