"""Pictures from words: by captions, by a class that is named, by the class that means most nearly the same."""

import csv

import numpy as np
import pytest

from genloop import engine
from genloop.applications.create import create
from genloop.core import pixels as tensors
from genloop.core.errors import ConditionError, MissingExtra
from genloop.core.protocols import UNKNOWN


@pytest.fixture
def captioned(painters, folder, pack):
    """A model of the same pictures, each with a sentence of its own."""
    with (folder / "metadata.csv").open("w", newline="", encoding="utf-8") as file:
        lines = csv.writer(file)
        lines.writerow(["file_name", "caption"])
        for number, path in enumerate(sorted(folder.rglob("*.png"))):
            words = f"picture number {number} of a {path.parent.name} on a table in the room of {chr(97 + number % 26)}"
            lines.writerow([path.relative_to(folder).as_posix(), words])
    return engine.fit(folder, family="gan", kinds={"caption": "text"}, holdout=0.0)


def test_a_class_that_is_named_is_made_and_said(learn):
    done = create(learn(), "two circles, please", n=3)
    assert (done.wish.how, done.wish.column, done.wish.value) == ("named", "class", "circle")
    assert done.made.to_arrow().column("class").to_pylist() == ["circle"] * 3
    assert "circle" in done.wish.tell("two circles").en and "circle" in done.wish.tell("two circles").zh
    assert done.made.label["words"] == "two circles, please"


def test_a_name_is_a_whole_word_and_underscores_are_spaces(learn, no_pack):
    assert create(learn(), "a RED square", n=1).wish.value == "red_square"
    with pytest.raises(MissingExtra):
        create(learn(), "encircled", n=1)


def test_words_that_name_several_classes_are_refused(learn):
    with pytest.raises(ConditionError, match="several of class: red_square, circle; name one"):
        create(learn(), "a circle or a red square")


def test_words_beside_a_class_that_is_given_are_told_so(learn):
    with pytest.raises(ConditionError, match="class is asked for already"):
        create(learn(), "a circle", given="class=circle")


def test_without_the_pack_the_command_that_adds_it_is_named(learn, no_pack):
    with pytest.raises(MissingExtra, match="genloop models add words, or name a class: circle, red_square"):
        create(learn(), "a wheel")


def test_the_class_nearest_in_meaning_is_taken_and_the_cosine_told(learn, pack):
    wish = create(learn(), "dare squares", n=1).wish
    assert (wish.how, wish.value) == ("nearest", "red_square")
    assert 0.5 < wish.near < 1 and f"{wish.near:.2f}" in wish.tell("dare squares").en


def test_a_class_that_is_far_is_called_a_guess(learn, pack):
    assert "guess" in create(learn(), "WWWW", n=1).wish.tell("WWWW").en


@pytest.mark.parametrize("words", ["", "  ", "?!"])
def test_words_that_say_nothing_are_refused(learn, pack, words):
    with pytest.raises(ConditionError, match="say nothing"):
        create(learn(), words)


def test_a_script_that_the_pack_does_not_read_is_refused(learn, pack):
    with pytest.raises(ConditionError, match="16 languages"):
        create(learn(), "καλημερα")


def test_captions_reach_the_painter_and_classes_that_were_not_asked_for_do_not(captioned, painters):
    painters.clear()
    done = create(captioned, "a red square", n=2, candidates=1)
    (given,) = painters
    assert done.wish.how == "captions"
    assert given.vectors.shape == (2, 512) and np.allclose(np.linalg.norm(given.vectors, axis=1), 1, atol=1e-5)
    assert (given.codes == UNKNOWN).all()
    assert done.made.to_arrow().column_names == ["image", "caption"]
    assert done.made.to_arrow().column("caption").to_pylist() == ["a red square"] * 2


def test_a_class_that_is_asked_for_beside_the_words_is_given(captioned, painters):
    painters.clear()
    done = create(captioned, "something round", n=2, given=["class=circle"], candidates=1)
    assert (painters[0].codes != UNKNOWN).all()
    assert done.made.to_arrow().column("class").to_pylist() == ["circle"] * 2


def test_without_words_a_captioned_model_is_given_none(captioned, painters):
    painters.clear()
    captioned.sample(2).to_arrow()
    assert not painters[0].vectors.any() and (painters[0].codes != UNKNOWN).all()


def test_fitting_without_the_pack_leaves_captions_out(learn, no_pack):
    assert learn().learnt.painters[0].stage.words == ()


def test_a_critic_chooses_brighter_candidates_and_one_candidate_is_no_choice(learn):
    model = learn()

    def brightness(count):
        done = create(model, "circle", n=64, candidates=count, seed=1)
        assert done.chosen is (count > 1)
        return tensors.read(done.made.to_arrow().column("image")).mean()

    assert brightness(16) > brightness(1) + 40


def test_the_same_seed_gives_the_same_pictures(learn):
    model = learn()
    first, again, other = (create(model, "circle", n=4, seed=seed).made.to_arrow() for seed in (1, 1, 2))
    assert first.equals(again) and not first.equals(other)


def test_a_model_of_a_table_makes_no_pictures(family, table):
    with pytest.raises(ConditionError, match="makes no pictures"):
        create(engine.fit(table), "a circle")


def test_a_model_of_pictures_alone_cannot_be_told_words(painters, folder):
    for path in sorted((folder / "circle").iterdir()):
        path.rename(folder / path.name)
    model = engine.fit(folder, family="gan", holdout=0.0, drop=["class"])
    with pytest.raises(ConditionError, match="neither captions nor classes"):
        create(model, "a circle")


def test_created_pictures_stand_in_one_folder_with_their_words_beside_them(captioned, tmp_path):
    create(captioned, "a red square", n=2).made.save(f"{tmp_path / 'made'}/")
    lines = (tmp_path / "made" / "metadata.csv").read_text(encoding="utf-8").splitlines()
    assert lines == ["file_name,caption", "000001.png,a red square", "000002.png,a red square"]
