import numpy as np
import pytest

from genloop.judges.texts import spans


def _longest(text, learnt):
    """By trying every span."""
    return max(
        (j - i for i in range(len(text)) for j in range(i + 1, len(text) + 1) if any(text[i:j] in t for t in learnt)),
        default=0,
    )


@pytest.mark.parametrize("seed", range(25))
def test_the_longest_copied_span_is_what_trying_every_span_finds(seed):
    rng = np.random.default_rng(seed)
    asked, learnt = (
        ["".join(rng.choice(list("ab文😀")[: 2 + seed % 3], rng.integers(0, 14))) for _ in range(count)]
        for count in (12, 9)
    )
    found = spans.find(asked, learnt)
    assert found.length.tolist() == [_longest(text, learnt) for text in asked]
    for text, size, stop in zip(asked, found.length, found.stop, strict=True):
        assert size == 0 or any(text[stop - size : stop] in other for other in learnt)


def test_no_span_crosses_from_one_learnt_text_into_the_next():
    assert spans.find(["abcdef"], ["abc", "def"]).length.tolist() == [3]


def test_learnt_texts_may_come_in_many_strides(monkeypatch):
    monkeypatch.setattr(spans, "_STRIDE", 3)
    assert spans.find(["xxabcdyy", "zz"], ["ab", "abcd", "q", ""]).length.tolist() == [4, 0]


def test_nothing_learnt_and_nothing_asked_give_nothing():
    assert spans.find(["abc", ""], []).length.tolist() == [0, 0]
    assert spans.find([], ["abc"]).length.tolist() == []
