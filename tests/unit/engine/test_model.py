"""A table becomes a model; the model makes rows, is saved, and judges what it made."""

import json

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import genloop
from genloop.core.errors import (
    ConditionError,
    ConfigError,
    DataError,
    Interrupted,
    ModelFileError,
    SourceNotFound,
)
from genloop.engine import draw
from genloop.runtime.budget import Budget


@pytest.fixture
def model(table):
    return genloop.fit(table, rules="off", seed=4)


def test_made_rows_have_the_columns_and_types_of_the_source(model, table):
    made = model.sample(50).to_arrow()
    assert made.schema.names == table.schema.names and made.num_rows == 50
    assert [str(field.type) for field in made.schema] == [str(field.type) for field in table.schema]


def test_the_learner_never_sees_a_held_out_row(table, family):
    model = genloop.fit(table, holdout=0.25, rules="off")
    assert family.tasks[0].train.codes.shape == (300, 5) and model.origin.split.holdout_rows == 100


def test_one_seed_gives_one_table_and_another_seed_another(model):
    one, again, other = (model.sample(30, seed=seed).to_arrow() for seed in (1, 1, 2))
    assert one.equals(again) and not one.equals(other)


def test_a_model_file_gives_the_same_model(model, tmp_path):
    model.save(tmp_path / "m.genloop")
    found = genloop.load(tmp_path / "m.genloop")
    assert found.identity == model.identity and found.run == model.run and found.origin == model.origin
    assert found.sample(40, seed=9).to_arrow().equals(model.sample(40, seed=9).to_arrow())


def test_a_model_file_that_lacks_a_part_is_refused(model, tmp_path):
    genloop.core.checkpoint.save(genloop.core.checkpoint.Checkpoint({"origin": {}}), tmp_path / "m.genloop")
    with pytest.raises(ModelFileError, match="lacks a part"):
        genloop.load(tmp_path / "m.genloop")


def test_conditions_hold_in_every_row(model):
    made = model.sample(200, given={"age": (30, 40), "code": ["a", "d"], "weight": None}).to_pandas()
    assert len(made) == 200 and made.age.between(30, 40).all() and made.weight.isna().all()
    assert set(made.code) == {"a", "d"}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"height": 1}, r"no column 'height'; the model has age, code"),
        ({"code": "z"}, r"a|b|c|d"),
        ({"age": (200, 300)}, "age"),
        (["age"], "is not understood"),
    ],
)
def test_a_condition_on_what_does_not_exist_is_refused_with_what_does(model, given, message):
    with pytest.raises(ConditionError, match=message):
        model.sample(5, given=given)


def test_balance_gives_every_value_equally_often(model, monkeypatch):
    monkeypatch.setattr(draw, "CHUNK_ROWS", 15)
    counts = model.sample(41, balance="code").to_pandas().code.value_counts()
    assert set(counts.index) == set("abcd") and counts.max() - counts.min() <= 1


def test_balance_counts_only_values_that_the_conditions_leave(model):
    made = model.sample(30, balance="code", given="code in a|b").to_pandas()
    assert made.code.value_counts().to_dict() == {"a": 15, "b": 15}


def test_balance_over_a_number_is_refused(model):
    with pytest.raises(ConditionError, match="--balance needs a category; 'age' is of the kind number"):
        model.sample(5, balance="age")


def test_partial_rows_keep_their_cells_and_lose_their_gaps(model):
    partial = pa.table({"sex": ["F", None, "M"], "weight": pa.array([None, 9.4, 1e6])})
    made = model.sample(complete=partial).to_pandas()
    assert made.sex.tolist()[0] == "F" and made.sex.tolist()[2] == "M" and made.sex.tolist()[1] in ("F", "M")
    assert made.weight.tolist()[1:] == [9.4, 1e6] and made.age.notna().all() and made.code.notna().all()


def test_partial_rows_meet_the_conditions_too(model):
    made = model.sample(complete=pa.table({"sex": ["F"] * 20}), given="age<30").to_pandas()
    assert (made.age < 30).all() and (made.sex == "F").all()


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"complete": {"height": [1]}}, "no column 'height'"),
        ({"complete": {"sex": ["F"]}, "n": 7}, "--complete has 1 rows"),
        ({"complete": {"sex": ["F"]}, "balance": "code"}, "exclude each other"),
        ({"complete": {"sex": ["F"]}, "given": "sex=M"}, "row 1 of --complete cannot be completed"),
    ],
)
def test_what_cannot_be_completed_is_refused(model, more, message):
    with pytest.raises(ConditionError, match=message):
        model.sample(**{**more, "complete": pa.table(more["complete"])})


def test_a_row_that_cannot_be_completed_is_named_by_its_place_in_the_whole_table(model, monkeypatch):
    monkeypatch.setattr(draw, "CHUNK_ROWS", 4)
    partial = pa.table({"sex": [None] * 9 + ["F"]}, pa.schema({"sex": pa.string()}))
    with pytest.raises(ConditionError, match="row 10 of --complete cannot be completed"):
        model.sample(complete=partial, given="sex=M")


def test_many_rows_are_drawn_chunk_by_chunk_and_written_in_full(model, tmp_path, monkeypatch):
    monkeypatch.setattr(draw, "CHUNK_ROWS", 100)
    monkeypatch.setattr("genloop.engine.made.HELD_ROWS", 10)
    made, shares = model.sample(1234), []
    made.save(tmp_path / "made.parquet", report=shares.append)
    found = pq.read_table(tmp_path / "made.parquet")
    assert found.num_rows == 1234 and shares[-1] == 1.0 and len(shares) == 13
    assert found.replace_schema_metadata(None).equals(made.to_arrow().replace_schema_metadata(None))


def test_a_made_file_says_that_it_was_made(model, tmp_path):
    model.sample(10).save(tmp_path / "made.parquet")
    label = json.loads(pq.read_schema(tmp_path / "made.parquet").metadata[b"genloop"])
    assert label["made"] == "true" and label["model"] == model.identity and label["run"] == model.run.identity
    model.sample(10).save(tmp_path / "made.csv")
    assert json.loads((tmp_path / "made.csv.genloop.json").read_text())["made"] == "true"


def test_made_rows_come_as_pandas_polars_and_arrow(model):
    made = model.sample(12)
    assert len(made) == len(made.to_pandas()) == made.to_polars().height == made.to_arrow().num_rows == 12
    assert "12 rows" in repr(made)


def test_no_rows_are_no_error(model):
    assert model.sample(0).to_arrow().num_rows == 0
    with pytest.raises(ConditionError, match="must not be negative"):
        model.sample(-1)


def test_going_on_from_a_model_keeps_its_columns_and_hands_its_weights_on(model, table, family):
    newer = genloop.fit(table.slice(0, 100), initial=model)
    assert family.tasks[-1].initial is model.learnt.weights and newer.learnt.units is model.learnt.units
    assert len(family.tasks[-1].train.codes) == 360 + 90 == newer.run.rows
    assert newer.run.parent == model.run.identity
    with pytest.raises(ConfigError, match="--from keeps family, columns and rules"):
        genloop.fit(table, initial=model, family="trees")
    with pytest.raises(genloop.GenloopError, match="have no column sex"):
        genloop.fit(table.drop(["sex"]), initial=model)


def test_too_few_rows_are_refused(table):
    with pytest.raises(DataError, match="the table has 1 row; at least 10 are needed"):
        genloop.fit(table.slice(0, 1))


def test_the_time_budget_reaches_the_family(table, family):
    genloop.fit(table, minutes=1, rules="off", threads=1)
    assert 0 < family.tasks[0].max_seconds < 54 and family.tasks[0].threads == 1
    hurried = genloop.fit(table, minutes=1e-6, rules="off")
    assert family.tasks[1].stop() and any("ended with the time" in note for note in hurried.run.notes)
    genloop.fit(table, steps=7, rules="off")
    assert family.tasks[2].max_seconds is None and family.tasks[2].steps == 7


def test_progress_and_the_curve_are_kept(table):
    seen = []
    model = genloop.fit(table, rules="off", show=seen.append)
    assert [state.stage for state in seen if state.share == 1.0] == ["profile", "read", "codecs", "independent"]
    assert [score for _, _, score in model.run.curve] == [0.0, 1.0, 2.0, 3.0, 4.0]


def test_a_run_goes_on_only_with_the_same_data_and_settings(table, tmp_path, family):
    folder = tmp_path / "m.run"
    genloop.fit(table, rules="off", folder=folder)
    (folder / "checkpoint" / "state").write_text("half way")
    genloop.fit(table, rules="off", folder=folder, resume=True)
    assert family.tasks[-1].checkpoint == str(folder / "checkpoint") and (folder / "checkpoint" / "state").exists()
    with pytest.raises(ConfigError, match="begun with another settings; leave out --resume"):
        genloop.fit(table, rules="off", folder=folder, resume=True, seed=9)
    genloop.fit(table, rules="off", folder=folder)
    assert not (folder / "checkpoint" / "state").exists()
    with pytest.raises(ConfigError, match="nothing to resume"):
        genloop.fit(table, rules="off", folder=tmp_path / "other.run", resume=True)


def test_what_a_model_holds_can_be_listed(model):
    found = model.describe()
    assert json.loads(json.dumps(found)) == found
    assert [c["name"] for c in found["columns"]] == model.schema.names and found["source"]["rows"] == 400


def test_the_card_judges_against_rows_read_again(model):
    card = model.score(model.sample(360))
    assert 0.4 < card["c2st"].value <= 1.0 and card.data.rows == {
        "train": 360,
        "compared": 360,
        "holdout": 40,
        "made": 360,
    }
    with pytest.raises(KeyError, match="no score 'beauty'; the card has"):
        card["beauty"]


def test_a_source_that_is_gone_is_named_with_the_way_out(table, tmp_path):
    pq.write_table(table, tmp_path / "t.parquet")
    genloop.fit(tmp_path / "t.parquet", rules="off").save(tmp_path / "m.genloop")
    model = genloop.load(tmp_path / "m.genloop")
    (tmp_path / "t.parquet").rename(tmp_path / "moved.parquet")
    made = model.sample(100)
    with pytest.raises(SourceNotFound, match=r"cannot be read again.*--data"):
        model.score(made)
    assert "membership" in model.score(made, data=tmp_path / "moved.parquet").scores


def test_a_source_that_has_changed_leaves_holdout_and_privacy_out(table, tmp_path):
    pq.write_table(table, tmp_path / "t.parquet")
    model = genloop.fit(tmp_path / "t.parquet", rules="off")
    pq.write_table(table.slice(3), tmp_path / "t.parquet")
    card = model.score(model.sample(300), data=tmp_path / "t.parquet")
    assert card.data.rows["holdout"] == 0 and card.data.left_out["privacy"] == "source-changed"
    assert "membership" not in card.scores and "shapes" in card.scores
    assert any("has changed since the fit" in note for note in card.data.notes)


def test_without_a_holdout_the_card_says_what_it_leaves_out(table):
    model = genloop.fit(table, rules="off", holdout=0)
    card = model.score(model.sample(200))
    assert card.data.left_out["privacy"] == "no-holdout" and "membership" not in card.scores


def test_a_made_table_without_a_column_or_a_row_is_refused(model, table):
    with pytest.raises(DataError, match="the made table has no column sex"):
        model.score(table.drop(["sex"]))
    with pytest.raises(DataError, match="no row"):
        model.score(table.slice(0, 0))
    with pytest.raises(DataError, match="no column 'height' to predict"):
        model.score(table, target="height")


def test_a_card_is_written_as_a_page_or_as_json(model, tmp_path):
    card = model.score(model.sample(100))
    card.save(tmp_path / "card.html", lang="zh")
    card.save(tmp_path / "card.json")
    assert "<html" in (tmp_path / "card.html").read_text(encoding="utf-8")
    assert genloop.Card.load(tmp_path / "card.json")["c2st"] == card["c2st"]
    with pytest.raises(ConfigError, match=r"as \.html or \.json, found 'card\.pdf'"):
        card.save(tmp_path / "card.pdf")
    with pytest.raises(OSError, match="cannot write"):
        card.save(tmp_path / "nowhere" / "card.json")
    with pytest.raises(SourceNotFound, match="no card"):
        genloop.Card.load(tmp_path / "other.json")


def test_a_plan_is_shown_before_the_work(table):
    found = genloop.preview(table, minutes=1)
    assert found.plan.stages[0].columns == tuple(table.column_names) and found.split.train_rows == 360
    assert found.seconds <= 60 and found.megabytes > 100
    assert json.loads(json.dumps(found.to_dict()))["rows"]["all"] == 400


def test_numpy_is_not_needed_to_read_a_seed(model):
    assert isinstance(model.sample(3, seed=int(np.int64(3))).label["seed"], str)


def test_an_interrupt_before_learning_says_that_nothing_was_learnt(table):
    budget = Budget()
    budget.interrupted = True
    with pytest.raises(Interrupted, match="stopped before anything was learnt"):
        genloop.fit(table, budget=budget)


def test_an_interrupt_while_learning_keeps_the_best_so_far(table, family, monkeypatch):
    budget, learn = Budget(), family.fit

    def interrupted(task):
        budget.interrupted = True
        assert task.stop()
        return learn(task)

    monkeypatch.setattr(family, "fit", interrupted)
    model = genloop.fit(table, rules="off", budget=budget)
    assert len(model.sample(5)) == 5 and any("stopped by the user" in note for note in model.run.notes)
