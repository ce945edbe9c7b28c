"""Misspelt words and confused characters are found, rare right ones are not."""

import numpy as np
import pytest

from genloop.judges.texts import corpus, fluency, reading, spelling, vocabulary


def test_a_character_taken_for_another_is_found(world):
    texts, _ = world.rows(300, 1, zh=True)
    model = fluency.learn(texts)
    right = ["我觉得房间很好，因为服务热情。", "前台很好，价格也便宜。"]
    wrong = ["我觉的房间很好，因位服务热请。", "前台很好，介格也便宜。"]
    found, asked = spelling.confused([*right, *wrong], model)
    assert found[:2].tolist() == [0, 0] and found[2] >= 2 and (asked > 0).all()


def test_no_text_and_no_such_character_is_no_fault(world):
    model = fluency.learn(world.rows(50, 1, zh=True)[0])
    found, asked = spelling.confused(["", "abc 123"], model)
    assert found.tolist() == asked.tolist() == [0, 0]


def test_the_sets_name_each_character_once():
    assert all(len(set(group)) == len(group) > 1 for group in spelling.SETS)
    assert spelling._others()["再"] == "在"


def test_english_words_are_held_against_learnt_texts_and_the_dictionary(monkeypatch):
    monkeypatch.setattr(spelling, "program", lambda: "/usr/bin/hunspell")
    dictionary = {"garden", "view"}
    monkeypatch.setattr(
        spelling, "_run", lambda _program, words: "\n".join(w for w in words.split() if w not in dictionary)
    )
    found, asked = spelling.misspelt(["The gardn view", "Zorbi garden"], vocabulary.known(["the zorbi"], "en"), "en")
    assert found.tolist() == [1, 0] and asked.tolist() == [3, 2]


@pytest.mark.skipif(spelling.program() is None, reason="hunspell is not installed")
def test_the_real_program_knows_english():
    assert spelling._asked(["definitely", "definately"]) == ["definately"]


def test_without_the_program_nothing_is_said_of_english(world, monkeypatch):
    monkeypatch.setattr(spelling, "program", lambda: None)
    texts, _ = world.rows(60, 1)
    assert spelling.read(texts, texts, fluency.learn(texts), "en") is None


def test_made_texts_full_of_confusions_score_worse_than_fresh_ones(world):
    texts, labels = world.rows(120, 7, zh=True)
    swapped = [text.replace("为", "位").replace("得", "的") for text in texts]
    evidence = [world.evidence(world.table(part, labels), zh=True) for part in (texts, swapped)]
    scores = [next(s for one in reading_of(own) for s in one if s.name == "text_spelling").value for own in evidence]
    assert scores[1] > scores[0] + 0.05 and np.isfinite(scores).all()


def reading_of(evidence):
    return [reading.score(own, evidence.seed) for own in corpus.read(evidence)]
