"""What is said again, and where."""

import pytest

from genloop.judges.drafts import loops
from genloop.judges.drafts.draft import Draft, Section
from genloop.judges.texts.corpus import Language


@pytest.mark.parametrize(
    ("text", "language", "words", "shown"),
    [
        ("He came home, he came home, and slept.", "en", 3, "he came home"),
        ("It rained. The dog ran off. The dog ran off. It rained.", "en", 4, "The dog ran off"),
        ("a very very old town", "en", 0, ""),
        ("天气很好，天气很好，大家出门。", "zh", 4, "天气很好"),
        ("一年又一年又一年", "zh", 0, ""),
        ("one two three four five one two three four five one", "en", 2, "one two three four five"),
    ],
)
def test_the_longest_piece_that_follows_itself(text: str, language: Language, words: int, shown: str) -> None:
    found = loops.circles(Draft((Section("", text),), language))
    assert found.value == words
    assert not words or found.shown == shown


def test_a_sentence_said_again_in_another_section() -> None:
    draft = Draft((Section("", "It rains. We stay at home."), Section("", "So it goes. We stay at home!")), "en")
    found = loops.repeats(draft)
    assert (found.value, found.shown, found.span and found.span.section) == (4, "We stay at home!", 1)
