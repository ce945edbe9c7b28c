"""A table with texts from end to end: fitted, sampled under conditions, saved, loaded, judged."""

import pyarrow as pa
import pytest

import genloop
from genloop.core.errors import ConditionError

pytestmark = [pytest.mark.neural]


@pytest.fixture(scope="module")
def model():
    rows = [("good", f"the room was clean and quiet, number {n % 7}") for n in range(250)]
    rows += [("bad", f"the bath was cold and dark, number {n % 7}") for n in range(250)]
    table = pa.table({"label": [row[0] for row in rows], "text": [row[1] for row in rows]})
    small = {"width": 64, "layers": 2, "context": 64, "tokens": 512, "precision": "float32"}
    return genloop.fit(table, kinds={"text": "text", "label": "category"}, steps=40, settings=small, seed=1)


def test_texts_come_with_their_rows_and_the_same_seed_repeats_them(model) -> None:
    made = [model.sample(20, seed=3).to_arrow() for _ in range(2)]
    assert made[0].equals(made[1])
    assert set(made[0].column("label").to_pylist()) == {"good", "bad"}
    assert all(isinstance(text, str) for text in made[0].column("text").to_pylist())


def test_a_wanted_word_stands_in_every_text(model) -> None:
    made = model.sample(30, given=["text contains 早餐", "label=good"], seed=2).to_arrow()
    assert all("早餐" in text for text in made.column("text").to_pylist())
    assert set(made.column("label").to_pylist()) == {"good"}


def test_missing_texts_can_be_asked_for_and_values_of_texts_cannot(model) -> None:
    assert model.sample(5, given=["text is missing"]).to_arrow().column("text").null_count == 5
    assert model.sample(5, given=["text is present"]).to_arrow().column("text").null_count == 0
    with pytest.raises(ConditionError, match="text contains WORD"):
        model.sample(5, given=["text=hello"])


def test_a_model_with_texts_is_saved_and_loaded(model, tmp_path) -> None:
    model.save(tmp_path / "a.genloop")
    again = type(model).load(tmp_path / "a.genloop")
    assert again.sample(5, seed=4).to_arrow().equals(model.sample(5, seed=4).to_arrow())


def test_made_texts_are_judged_beside_those_held_out(model) -> None:
    card = model.score(model.sample(40, seed=5))
    told = {"text_c2st", "text_distinct", "text_lengths", "text_copied"}
    assert told <= set(card.scores), sorted(card.scores)
