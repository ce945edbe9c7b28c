"""Pictures made from others: which are learnt, what their stage sees, what must be given and how it is refused."""

from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from pyarrow import parquet

import genloop
from genloop.core import pixels as tensors
from genloop.core import registry
from genloop.core.conditions import read
from genloop.core.errors import ConditionError, ConfigError, SourceNotFound
from genloop.core.protocols import Evidence, Weights
from genloop.engine import sight
from genloop.engine.explain import source
from genloop.engine.plan import Plan
from genloop.files.pictures import marks
from genloop.files.write import read_label

SIZES = {"person": (8, 12), "garment": (20, 16), "worn": (16, 16)}
ROWS = 24


@pytest.fixture
def lessons(monkeypatch, family):
    """What a family of pictures was taught, by the order of its stages; it makes the last three channels it sees."""
    taught = []

    def fit(task):
        taught.append(task.train)
        return Weights({"shape": list(task.train.pixels.shape[1:])}, {"side": np.zeros(1, np.float32)})

    def sample(weights, given, rng, *, coder=None):
        if given.pictures is None:
            return np.full((len(given), *weights.head["shape"]), 7, np.uint8)
        return np.ascontiguousarray(given.pictures[..., -3:])

    part = SimpleNamespace(
        NAME="gan", KINDS=frozenset({"image"}), FORM="pixels", needs=lambda settings: None, fit=fit, sample=sample
    )
    load = registry.load
    monkeypatch.setattr(registry, "load", lambda g, n: part if g == "generators.image" else load(g, n))
    return taught


@pytest.fixture
def pairs(tmp_path):
    """A table of three pictures a row, each of one shade and each column of another size."""
    rows = [",".join(SIZES)]
    for number in range(ROWS):
        names = [f"{column}{number}.png" for column in SIZES]
        for name, size, shade in zip(names, SIZES.values(), ("red", "blue", "blue"), strict=True):
            Image.new("RGB", size[::-1], shade).save(tmp_path / name)
        rows.append(",".join(names))
    (tmp_path / "pairs.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    Image.new("RGB", (40, 40), "lime").save(tmp_path / "new.png")
    return tmp_path


@pytest.fixture
def model(pairs, lessons):
    """A model that makes the third picture from the first two."""
    return genloop.fit(pairs / "pairs.csv", given=["person", "garment"], holdout=0)


def test_only_the_picture_that_is_not_given_is_learnt_from_the_others_at_its_size(model, lessons):
    (batch,) = lessons
    assert batch.pixels.shape == (ROWS, 16, 16, 3) and batch.pictures.shape == (ROWS, 16, 16, 6)
    np.testing.assert_array_equal(batch.pictures[3, 8, 8], [255, 0, 0, 0, 0, 255])
    assert [stage.seen for stage in model.learnt.plan.stages] == [("person", "garment")]
    assert model.schema.names == ["worn", "person", "garment"]
    assert "pictures of worn are made from those of person, garment, which are given and never made" in model.run.notes
    assert [column["made_by"] for column in model.describe()["columns"]] == ["gan", "given", "given"]


def test_without_a_word_each_picture_is_made_from_those_before_it(pairs, lessons):
    model = genloop.fit(pairs / "pairs.csv", holdout=0)
    assert [stage.seen for stage in model.learnt.plan.stages] == [(), ("person",), ("person", "garment")]
    assert [None if b.pictures is None else b.pictures.shape[3] for b in lessons] == [None, 3, 6]
    assert any(note.startswith("pictures are made one after the other") for note in model.run.notes)
    free = model.sample(2).to_arrow()
    assert (tensors.read(free["person"]) == 7).all() and (tensors.read(free["worn"]) == 7).all()
    made = model.sample(2, given={"person": pairs / "new.png"}).to_arrow()
    assert (tensors.read(made["person"])[:, 4, 4] == [0, 255, 0]).all()
    assert (tensors.read(made["garment"])[:, 8, 8] == [0, 255, 0]).all()
    with pytest.raises(ConditionError, match=r"garment is given and person is not: .*give person too"):
        model.sample(1, given={"garment": pairs / "new.png"})


def test_a_plan_with_given_pictures_survives_its_file(model, pairs):
    assert Plan.from_dict(model.learnt.plan.to_dict()) == model.learnt.plan
    model.save(pairs / "m.genloop")
    back = genloop.load(pairs / "m.genloop")
    assert back.learnt.plan == model.learnt.plan and back.identity == model.identity
    asked = [f"person={pairs}/new.png", f"garment={pairs}/garment0.png"]
    assert back.sample(2, given=asked).to_arrow().equals(model.sample(2, given=asked).to_arrow())


def test_what_is_given_is_seen_and_stands_beside_what_is_made_without_its_label(model, pairs):
    made = model.sample(3, given={"person": pairs / "person0.png", "garment": pairs / "new.png"})
    assert (tensors.read(made.to_arrow()["worn"])[:, 8, 8] == [0, 255, 0]).all()
    made.save(pairs / "made/")
    assert read_label(pairs / "made" / "000001.png")["given"] == '["person", "garment"]'
    assert read_label(pairs / "made" / "000001.garment.png") is None
    made.save(pairs / "made.parquet")
    first = parquet.read_table(pairs / "made.parquet").slice(0, 1).to_pylist()[0]
    assert [name for name, cell in first.items() if marks.is_made(cell)] == ["worn"]
    (pairs / "table").mkdir()
    made.save(pairs / "table" / "made.csv")
    labels = {path.name: read_label(path) is None for path in (pairs / "table").rglob("000001*.png")}
    assert labels == {"000001.png": False, "000001.person.png": True, "000001.garment.png": True}


def test_a_table_of_given_pictures_is_completed_row_by_row(model, pairs):
    table = "person,garment\nperson0.png,new.png\nnew.png,garment1.png\n"
    (pairs / "rows.csv").write_text(table, encoding="utf-8")
    made = model.sample(complete=pairs / "rows.csv").to_arrow()
    np.testing.assert_array_equal(tensors.read(made["worn"])[:, 8, 8], [[0, 255, 0], [0, 0, 255]])
    np.testing.assert_array_equal(tensors.read(made["person"])[:, 4, 4], [[255, 0, 0], [0, 255, 0]])
    (pairs / "half.csv").write_text("person,garment\nperson0.png,new.png\nnew.png,\n", encoding="utf-8")
    with pytest.raises(ConditionError, match="row 2 has no picture in 'garment', others have"):
        model.sample(complete=pairs / "half.csv")
    (pairs / "one.csv").write_text("person\nperson0.png\nnew.png\n", encoding="utf-8")
    with pytest.raises(ConditionError, match="and garment is not given; name a file"):
        model.sample(complete=pairs / "one.csv")


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (None, "made from those of person, garment, and person is not given; name a file: --given person=FILE"),
        (["person=new.png"], "and garment is not given"),
        (["person is missing"], "condition 'person is missing': expected one picture, as in person=FILE"),
        (["person in a.png|b.png"], "expected one picture, as in person=FILE"),
        (["person=new.png", "garment=new.png", "worn=new.png"], "column 'worn' is of pictures"),
    ],
)
def test_what_cannot_be_made_from_is_refused(model, pairs, monkeypatch, given, message):
    monkeypatch.chdir(pairs)
    with pytest.raises(ConditionError, match=message):
        model.sample(1, given=given)
    with pytest.raises(SourceNotFound, match=r"no picture absent\.png"):
        model.sample(1, given={"person": "absent.png"})


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (["hat"], "--given hat: no such column of pictures; the columns of pictures are: person, garment, worn"),
        (list(SIZES), "--given names every column of pictures"),
    ],
)
def test_a_fit_that_would_make_nothing_is_refused(pairs, lessons, given, message):
    with pytest.raises(ConfigError, match=message):
        genloop.fit(pairs / "pairs.csv", given=given, holdout=0)
    with pytest.raises(ConfigError, match=message):
        genloop.preview(pairs / "pairs.csv", given=given)


def test_the_card_and_the_explanation_know_what_was_given(model):
    card = model._card(Evidence(model.schema, None, None, pa.table({"worn": []}), None), (), {}, (), None)
    assert card.plan["stages"] == [{"family": "gan", "columns": ["worn"], "given": ["person", "garment"]}]
    rows = source.read(model, None)
    assert rows.pixels.shape == (ROWS, 16, 16, 3) and rows.pictures.shape == (ROWS, 16, 16, 6)


def test_a_preview_says_what_is_made_from_what(pairs, lessons):
    found = genloop.preview(pairs / "pairs.csv", given=["garment", "person"])
    assert found.plan.given == ("garment", "person")
    assert found.notes[-1].startswith("pictures of worn are made from those of garment, person")


@pytest.mark.parametrize("path", ["../p.png", "../../p.png", "a/../p.png", "..\\p.png"])
def test_the_dots_of_a_path_are_no_range(path):
    assert read(f"person={path}").values == (path,)


def test_one_column_of_pictures_sees_nothing_and_says_nothing():
    plan = Plan.from_dict({"stages": [{"family": "gan", "columns": ["a"], "settings": {}, "role": "image"}]})
    assert sight.notes(plan) == [] and sight.check(plan, ()) == [] and sight.chain(plan) == ("a",)


def test_judged_pictures_of_another_size_are_named(model, pairs):
    columns = {name: [str(pairs / f"{name}{row}.png") for row in range(ROWS)] for name in SIZES}
    assert sight.resized(model.schema, pa.table(columns)) == ()
    columns["worn"][:1], columns["worn"][-1:] = [str(pairs / "new.png")], [None]
    (note,) = sight.resized(model.schema, pa.table(columns))
    assert note.startswith(f"1 of the first {ROWS - 1} judged pictures are not 16 x 16")
    given = [f"{name}={pairs / 'new.png'}" for name in ("person", "garment")]
    assert sight.resized(model.schema, model.sample(2, given=given).to_arrow()) == ()
