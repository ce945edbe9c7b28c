import pytest

from genloop.judges.texts import shingles

_LONG = "The room was clean and the staff were friendly, but breakfast was served far too late for us."


def _jaccard(one, other, size):
    first, second = ({text[i : i + size] for i in range(len(text) - size + 1)} for text in (one, other))
    return len(first & second) / len(first | second)


def test_the_nearest_text_shares_what_counting_runs_finds():
    near = _LONG.replace("friendly", "helpful")
    asked = shingles.read([near, _LONG, "Something else was said of it here."], "en")
    found = shingles.nearest(asked, shingles.read(["Nothing of the kind.", _LONG], "en"))
    assert found[0] == pytest.approx(_jaccard(near, _LONG, 6))
    assert found[1] == 1
    assert found[2] < 0.1


def test_a_text_is_no_copy_of_itself():
    texts = ["早餐很好，房间也干净。", "完全不同的一句话在这里。", "早餐很好，房间也干净。"]
    sketches = shingles.read(texts, "zh")
    assert shingles.nearest(sketches, sketches, own=True).tolist() == [1, 0, 1]


def test_texts_shorter_than_a_run_are_compared_whole():
    sketches = shingles.read(["好", "好", "坏", ""], "zh")
    assert shingles.nearest(sketches, sketches, own=True)[:3].tolist() == [1, 1, 0]
