"""A small model of one's own as the writer: learnt from the material, kept, gone on from, given a row of facts."""

import signal
from dataclasses import replace
from itertools import product

import pytest

from genloop import engine
from genloop.applications.write import learning, material, pens, templates
from genloop.applications.write.desk import Desk
from genloop.applications.write.sources import Found
from genloop.core.errors import ConfigError, DataError

pytestmark = [pytest.mark.neural]
SMALL = {"width": 32, "layers": 1, "context": 64, "tokens": 400, "precision": "float32"}


@pytest.fixture
def work(work_of, tmp_path):
    """A run that learns from a table of notes about rooms, in eight steps."""
    pytest.importorskip("torch")
    pytest.importorskip("tokenizers")
    things, days, words = (
        ("room", "bath", "lobby", "garden"),
        ("monday", "friday", "easter"),
        ("clean", "quiet", "dark"),
    )
    lines = [
        f"{day},on {day} the {thing} was {one} and also {two} as guests of the hotel say"
        for thing, day, one, two in product(things, days, words, words)
    ]
    (tmp_path / "notes.csv").write_text("day,note\n" + "\n".join(lines) + "\n", encoding="utf-8")
    built = work_of(
        title="The room", topic="room hotel", sources=["notes.csv"], tries=1, candidates=1,
        model={"family": "transformer", "steps": 8, "settings": SMALL},
    )  # fmt: skip
    return replace(built, pen=None)


def show(state):
    pass


def test_a_model_is_learnt_kept_and_gone_on_from(work):
    (draft,) = work.run().drafts
    assert draft.by == "transformer" and draft.written and len(draft.label["model"]) == 64
    first = engine.load(work.desk.model)
    assert set(first.schema.names) == {"day", "text"}
    known = learning.learn(work.brief, work.desk, work.material, [], show, again=False)
    assert known.model.identity == first.identity
    edited = ["An edited text that a person wrote about the rooms."]
    again = learning.learn(work.brief, work.desk, work.material, edited, show, again=True)
    assert again.model.run.parent == first.run.identity and learning.can_learn_more(work.brief, again)
    assert engine.load(work.desk.model).identity == again.model.identity
    order = replace(work._order(draft), facts={"day": "friday"})
    assert again.pen.draw(order, "Room", 3, work._rng(draft, "x"))
    strange = replace(order, facts={"day": "never"})
    assert again.pen.draw(strange, "Room", 4, work._rng(draft, "x"))


def test_a_learning_that_was_asked_to_stop_is_no_model_and_the_next_run_ends_it(work):
    heard = []

    def stop(stage, share, **more):
        if not heard and "left_seconds" in more:
            heard.append(stage)
            signal.raise_signal(signal.SIGTERM)

    with pytest.raises(KeyboardInterrupt):
        replace(work, tell=stop).run()
    assert heard and not work.desk.model.exists()
    assert work.run().drafts and work.desk.model.exists()


def test_a_model_that_writes_no_texts_is_refused(brief_of, work_of, tmp_path, family):
    rows = "".join(f"{number},{number % 7}\n" for number in range(60))
    (tmp_path / "table.csv").write_text("a,b\n" + rows, encoding="utf-8")
    engine.fit(tmp_path / "table.csv", seed=1).save(tmp_path / "table.genloop")
    brief = brief_of(model={"path": "table.genloop"})
    work = work_of()
    work.run()
    with pytest.raises(ConfigError, match="the model writes no texts"):
        learning.learn(brief, Desk(tmp_path / "other"), work.material, [], show, again=False)


def test_facts_alone_teach_no_model(work_of, tmp_path):
    (tmp_path / "items.csv").write_text("name,rooms\nHarbour hotel,42\nPier hotel,7\n", encoding="utf-8")
    work = work_of(title="", source=[{"path": "items.csv", "items": True}], sources=[], template="product")
    work.run()
    with pytest.raises(DataError, match="the material has facts and no texts"):
        learning.lesson(work.material, [])


@pytest.mark.parametrize(("language", "asked"), [("en", " ferry "), ("zh", "Ferry")])
def test_a_word_is_asked_for_as_a_word_and_no_piece_of_another(language, asked):
    found = material.prepare([Found("a", "The ferry leaves at noon.", "a.txt")], language)
    order = pens.Order("Harbour", "harbour", language, templates.read("article"), found, found.passages)
    assert learning._word(order, 'Ferry"') == asked
