import dataclasses

import numpy as np
import pytest

from genloop.judges.pictures import captions, features, gallery, score, sentences
from genloop.runtime import packs, wheels


def world(rows, rng, noise=0.3):
    """Vectors of pictures and of sentences that share four hidden directions."""
    hidden = rng.normal(size=(rows, 4))
    maps = np.random.default_rng(9).normal(size=(2, 4, 12))
    return tuple(hidden @ m + noise * rng.normal(size=(rows, 12)) for m in maps)


def test_own_sentences_are_found_among_a_hundred():
    rng = np.random.default_rng(0)
    towers = captions.fit(*world(600, rng))
    pictures, words = world(150, rng)
    found = captions.match(towers.agree(pictures, words), np.arange(150), rng)
    assert found.mean() > 0.6
    mixed = captions.match(towers.agree(pictures, words), rng.permutation(150), rng)
    assert mixed.mean() < 0.05


def test_ties_count_in_part_and_chance_is_one_in_all():
    rng = np.random.default_rng(1)
    assert captions.match(np.zeros((5, 20)), np.zeros(5, int), rng, among=10).tolist() == [0.1] * 5
    found = captions.match(rng.normal(size=(3000, 100)), rng.integers(0, 100, 3000), rng)
    assert found.mean() == pytest.approx(0.01, abs=0.007)
    assert captions.match(np.eye(3), np.arange(3), rng).tolist() == [1, 1, 1]


@pytest.mark.neural
def test_the_card_tells_whether_pictures_follow_their_captions(world_of_captions):
    good, mixed = (
        {found.name: found for found in score(world_of_captions(seed, mixed))} for seed, mixed in ((2, 0), (2, 1))
    )
    assert good["caption_match"].value > 0.7
    assert good["caption_match"].ceiling > 0.7
    assert mixed["caption_match"].value < 0.7 * good["caption_match"].value
    assert good["caption_match"].detail["among"] == 2


@pytest.mark.neural
def test_made_and_real_pictures_are_asked_among_as_many_sentences(world_of_captions, monkeypatch):
    evidence, asked = world_of_captions(2, 0), []
    words = ["ab c", "猫!", "ab 猫", "c 猫!"]
    held = evidence.holdout.set_column(1, "caption", [[words[row % 4] for row in range(evidence.holdout.num_rows)]])

    def match(agreement, own, rng, *, among=captions.AMONG):
        asked.append(min(among, agreement.shape[1]))
        return np.ones(len(own))

    monkeypatch.setattr(captions, "match", match)
    score(dataclasses.replace(evidence, holdout=held))
    assert set(asked) == {2}


@pytest.mark.neural
def test_without_the_pack_or_enough_pairs_nothing_is_said(world_of_captions, monkeypatch):
    evidence = world_of_captions(2, 0)
    found = gallery.read(evidence)
    seen = features.look(found, 3)
    monkeypatch.setattr(sentences, "_LEAST", 10_000)
    assert sentences.score(found, seen, 3) == []
    packs.remove("words")
    assert sentences.score(found, seen, 3) == []


@pytest.fixture
def world_of_captions(world, words_wheel, tmp_path, monkeypatch):
    """Bars whose captions say which way they lie; `mixed` hands half of the made ones the other caption."""
    monkeypatch.setenv(packs.HOME_VARIABLE, str(tmp_path / "home"))
    wheels.add(str(words_wheel()), accept=True)
    sentences._encoder.cache_clear()
    texts = {"up": "ab c", "across": "猫!"}

    def build(seed, mixed):
        parts = []
        for number, rows in ((0, 160), (1, 80), (seed, 80)):
            pixels, labels = world.bars(rows, seed=number)
            words = [texts[label] for label in labels]
            if mixed and number == seed:
                words[::2] = [texts["up" if word == texts["across"] else "across"] for word in words[::2]]
            parts.append(world.table(pixels, caption=words))
        return world.evidence(*parts)

    yield build
    sentences._encoder.cache_clear()


def test_captioned_pictures_are_drawn_from_all_classes():
    words = ("", *("cat",) * 500, *("dog",) * 500)
    pictures = gallery.Pictures(np.zeros((1001, 1, 1, 1), np.uint8), np.arange(1001), np.zeros(1001, np.int64), words)
    found = sentences._captioned(pictures, 100, 3)
    assert len(set(found)) == 100
    assert 0 not in found
    assert 30 < (found > 500).sum() < 70
    assert sentences._captioned(pictures, 2000, 3).tolist() == list(range(1, 1001))
    assert len(sentences._captioned(None, 100, 3)) == 0
