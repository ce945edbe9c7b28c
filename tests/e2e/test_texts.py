"""A table with texts from end to end: fitted, sampled under conditions, saved, loaded, judged."""

from itertools import product

import pyarrow as pa
import pytest

import genloop
from genloop.core.errors import ConditionError, DataError

pytestmark = [pytest.mark.neural]


@pytest.fixture(scope="module")
def model():
    things, days = ("room", "bath", "lobby", "garden", "breakfast"), ("monday", "friday", "sunday", "easter", "winter")
    words = {"good": ("clean", "quiet", "warm", "lovely", "fresh"), "bad": ("cold", "dark", "loud", "dirty", "stale")}
    rows = [
        (
            label,
            f"on {day} our {thing} was {one} and also {two}, we will {'come' if label == 'good' else 'not come'} again",
        )
        for label, own in words.items()
        for day, thing, one, two in product(days, things, own, own)
    ][::2]
    table = pa.table({"label": [row[0] for row in rows], "text": [row[1] for row in rows]})
    small = {"width": 64, "layers": 2, "context": 64, "tokens": 512, "precision": "float32"}
    return genloop.fit(table, kinds={"text": "text", "label": "category"}, steps=40, settings=small, seed=1)


def test_texts_come_with_their_rows_and_the_same_seed_repeats_them(model) -> None:
    made = [model.sample(20, seed=3).to_arrow() for _ in range(2)]
    assert made[0].equals(made[1])
    assert set(made[0].column("label").to_pylist()) == {"good", "bad"}
    assert all(isinstance(text, str) for text in made[0].column("text").to_pylist())


def test_the_run_tells_how_many_steps_its_texts_were_learnt_in(model) -> None:
    assert model.run.steps == 40


def test_a_wanted_word_stands_in_every_text(model) -> None:
    made = model.sample(30, given=["text contains 早餐", "label=good"], seed=2).to_arrow()
    assert all("早餐" in text for text in made.column("text").to_pylist())
    assert set(made.column("label").to_pylist()) == {"good"}


def test_missing_texts_and_whole_ones_can_be_asked_for_and_sizes_cannot(model) -> None:
    assert model.sample(5, given=["text is missing"]).to_arrow().column("text").null_count == 5
    assert model.sample(5, given=["text is present"]).to_arrow().column("text").null_count == 0
    assert set(model.sample(5, given=["text=很好。"]).to_arrow().column("text").to_pylist()) == {"很好。"}
    with pytest.raises(ConditionError, match="expected one of: text contains W"):
        model.sample(5, given=["text>=5"])


def test_a_model_with_texts_is_saved_and_loaded(model, tmp_path) -> None:
    model.save(tmp_path / "a.genloop")
    again = type(model).load(tmp_path / "a.genloop")
    assert again.sample(5, seed=4).to_arrow().equals(model.sample(5, seed=4).to_arrow())


def test_made_texts_are_judged_beside_those_held_out(model) -> None:
    card = model.score(model.sample(40, seed=5))
    told = {"text_c2st", "text_distinct", "text_lengths", "text_copied"}
    assert told <= set(card.scores), sorted(card.scores)


def test_too_few_texts_alone_are_refused_and_beside_other_columns_left_empty() -> None:
    few = ["the same words every time"] * 40
    with pytest.raises(DataError, match="one text, repeated 40 times"):
        genloop.fit(pa.table({"text": few}), kinds={"text": "text"}, steps=1)
    beside = genloop.fit(pa.table({"label": ["a", "b"] * 20, "text": few}), kinds={"text": "text"})
    assert beside.sample(5).to_arrow().column("text").null_count == 5
