"""Rows of tokens of different lengths."""

import numpy as np
import pytest

from genloop.core.protocols import Batch
from genloop.core.texts import Texts, spoken


def test_rows_come_back_as_they_were_laid_down():
    rows = [[5, 6, 0], [], [7, 0], [0]]
    texts = Texts.of(rows)
    assert [list(texts[place]) for place in range(len(texts))] == rows
    assert list(texts.lengths) == [3, 0, 2, 1]


def test_rows_can_be_taken_in_any_order_and_twice():
    texts = Texts.of([[5, 6, 0], [], [7, 0]])
    taken = texts.take(np.array([2, 0, 0, 1]))
    assert [list(taken[place]) for place in range(4)] == [[7, 0], [5, 6, 0], [5, 6, 0], []]
    assert [list(part) for part in (texts.take(slice(1, None))[0], texts.take(slice(1, None))[1])] == [[], [7, 0]]


def test_no_rows_are_texts_too():
    assert len(Texts.of([])) == 0 and len(Texts.of([[1]]).take(np.zeros(0, np.int64))) == 0


def test_a_batch_takes_its_texts_along():
    batch = Batch(np.arange(3, dtype=np.uint16)[:, None], (), texts=Texts.of([[3, 0], [4, 4, 0], [5, 0]]))
    taken = batch.take(np.array([1]))
    assert taken.codes[0, 0] == 1 and list(taken.texts[0]) == [4, 4, 0]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        ("<think>hm</think>\n\nA day.", "A day."),
        ("\n<thinking>hm</thinking> A day.", "A day."),
        ("First, the day.\n</think>\n\nA day.", "A day."),
        ("<think>never closed", ""),
        ("Models think between <think> and </think>.", "Models think between <think> and </think>."),
        ("A day.", "A day."),
    ],
)
def test_thoughts_before_an_answer_are_no_part_of_it(answer, text):
    assert spoken(answer) == text
