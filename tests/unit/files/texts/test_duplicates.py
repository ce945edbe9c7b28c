"""Equal and near texts are found, different ones are not."""

import sys

import numpy as np
import pytest

from genloop.core.lazy import kept_out
from genloop.files.texts import duplicates

WORDS = [f"word{at}" for at in range(2_000)]


def _texts(rows=60, length=80):
    rng = np.random.default_rng(0)
    return [" ".join(rng.choice(WORDS, length)) for _ in range(rows)]


def _groups(texts):
    return duplicates.read([duplicates.fit(text) for text in texts])


def test_equal_and_near_texts_are_grouped_with_the_first_of_them():
    texts = _texts()
    near = texts[3].split()
    near[40] = "changed"
    found = _groups([*texts, texts[5].upper() + " !", " ".join(near), texts[5]])
    assert found.equal == [[5, 60, 62]] and found.near == [[3, 61]] and found.whole
    assert (found.extra, found.close) == (2, 1) and found.spare.tolist() == [60, 61, 62]


def test_different_texts_and_half_shared_ones_are_not_near():
    texts = _texts()
    half = " ".join(texts[0].split()[:40] + texts[1].split()[40:])
    assert _groups([*texts, half]).near == []


def test_chinese_texts_are_compared_by_characters():
    rng = np.random.default_rng(1)
    texts = ["".join(chr(0x4E00 + at) for at in rng.integers(0, 3_000, 120)) for _ in range(20)]
    found = _groups([*texts, texts[7][:60] + "好" + texts[7][61:]])
    assert found.near == [[7, 20]] and not found.equal


@pytest.mark.parametrize("shared", [0.5, 0.75, 0.9])
def test_similarity_is_that_of_the_sets_of_shingles(shared):
    first = [f"w{at}" for at in range(900)]
    second = first[: int(900 * shared)] + [f"v{at}" for at in range(900 - int(900 * shared))]
    one, other = ({tuple(part[at : at + 3]) for at in range(898)} for part in (first, second))
    expected = len(one & other) / len(one | other)
    assert duplicates.alike(*map(duplicates.fit, (" ".join(first), " ".join(second)))) == pytest.approx(
        expected, abs=0.06
    )


def test_texts_of_emoji_alone_are_equal_only_to_themselves():
    found = _groups(["🎉🎉", "🎉", "🎉🎉", "!!!"])
    assert found.equal == [[0, 2]] and found.near == []


def test_without_the_package_equal_texts_are_found_and_the_rest_is_said(monkeypatch):
    texts = _texts(3)
    monkeypatch.delitem(sys.modules, "datasketch", raising=False)
    with kept_out("datasketch"):
        found = _groups([*texts, texts[0]])
    assert found.equal == [[0, 3]] and not found.whole and "pip install 'genloop[text]'" in found.why


def test_beyond_the_bound_near_texts_are_looked_for_among_the_first(monkeypatch):
    monkeypatch.setattr(duplicates, "_MOST_TEXTS", 2)
    found = _groups(_texts(4))
    assert not found.whole and found.why == "near ones were looked for among the first 2 different texts"
