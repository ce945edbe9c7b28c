"""Long texts are cut where they end best, and nothing is lost."""

import pytest

from genloop.files.texts import passages


def test_a_single_document_falls_into_its_paragraphs_or_lines():
    assert passages.read("One.\nstill one\n\n \n\nTwo.") == ["One.\nstill one", "Two."]
    assert passages.read("a\nb\n\n") == ["a\nb"]
    assert passages.read("a\nb\n") == ["a", "b"]


@pytest.mark.parametrize(
    "text", ["我们去了那里。" * 5_000, "We went there. " * 3_000, "a" * 20_000, "第一段\n\n" * 4_999]
)
def test_a_long_line_is_cut_at_ends_of_sentences_and_nothing_is_lost(text):
    parts = passages.cut(text, 1_000)
    assert len(parts) > 10 and max(map(len, parts)) <= 1_000
    assert "".join("".join(parts).split()) == "".join(text.split())
    ends = {part[-1] for part in parts}
    assert ends <= ({"。"} if "。" in text else {"."} if "." in text else {"a", "段"})


def test_ten_megabytes_in_one_line_are_cut():
    parts = passages.read("早餐很好。" * 700_000)
    assert len(parts) == 3_500 and all(part.endswith("。") for part in parts)


def test_a_short_text_stays_whole():
    assert passages.cut("a. b. c.") == ["a. b. c."]
