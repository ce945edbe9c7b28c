"""Rows turned round to learn the middle: what is read and asked for, and how tokens, marks and codes are numbered."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from genloop.core.protocols import Batch, Field  # noqa: E402
from genloop.core.texts import END, Texts  # noqa: E402
from genloop.nn.scripts import BEGIN, FILL, ON, Names, Script, pieces, turned  # noqa: E402

pytestmark = pytest.mark.neural
TOKENS = 20
FIELDS = (Field("class", 3, ordered=False),)


def _turned(rows: list[list[int]], at: float, chosen: bool = True) -> list[list[int]]:
    many = len(rows)
    found = turned(Texts.of(rows), np.full(many, chosen), np.full(many, at), TOKENS)
    return [found[row].tolist() for row in range(many)]


def test_a_turned_row_has_its_end_first_and_another_end_behind_what_comes_before_it() -> None:
    begin, fill = TOKENS + BEGIN, TOKENS + FILL
    assert _turned([[begin, 5, 6, 7, END]], 0.999) == [[fill, 7, END, begin, 5, 6, END]]
    assert _turned([[begin, 5, 6, 7, END]], 0.0) == [[fill, 6, 7, END, begin, 5, END]]
    assert _turned([[TOKENS + ON, 5, 6, END]], 1 - 2**-24) == [[fill, 6, END, TOKENS + ON, 5, END]]


def test_rows_that_were_not_chosen_or_do_not_end_or_have_no_two_parts_stay() -> None:
    begin = TOKENS + BEGIN
    rows = [[begin, 5, 6, 7, END], [begin, 5, 6, 7], [begin, 5, END], [begin, END]]
    assert _turned(rows[1:], 0.5) == rows[1:]
    assert _turned(rows, 0.5, chosen=False) == rows


def test_every_cut_comes_and_short_ends_come_more_often() -> None:
    row = [TOKENS + BEGIN, *range(2, 12), END]
    at = np.random.default_rng(0).random(20_000)
    found = turned(Texts.of([row] * len(at)), np.ones(len(at), bool), at, TOKENS)
    ends = np.array([found[i].tolist().index(END) - 1 for i in range(len(at))])
    shares = np.bincount(ends, minlength=10)[1:10] / len(at)
    wanted = (2 * np.arange(9, 0, -1) - 1) / 81  # the later of two uniform places among nine
    np.testing.assert_allclose(shares, wanted, atol=0.01)


def test_a_turned_row_asks_for_all_its_tokens_and_one_more_end_and_never_for_a_mark() -> None:
    row, cut = pieces(Texts.of([[5, 6, 7, 8, END], [4, 3, END]]), TOKENS, 24)
    texts = turned(cut, np.array([True, False]), np.array([0.5, 0.5]), TOKENS)
    batch = Batch(np.array([[1], [2]], np.uint16), FIELDS, texts=texts)
    names = Names.of(TOKENS, FIELDS, fill=True)
    script = Script.of(batch, names, np.array([False, True]), np.ones((2, 1), bool))
    assert row.tolist() == [0, 1] and script.rows.tolist() == [0, 1]
    assert script.inputs.tolist() == [23, 8, END, 20, 5, 6, 7, 20, 4, 3, END]
    assert script.wanted.tolist() == [8, END, 5, 6, 7, END, 4, 3, END]
    assert script.text.tolist() == [0, 1, 3, 4, 5, 6, 7, 8, 9]
    assert (script.behind.tolist(), script.codes.tolist()) == ([10], [2])


def test_codes_keep_their_numbers_where_filling_is_not_learnt_and_stand_behind_its_mark_where_it_is() -> None:
    plain, fill = Names.of(TOKENS, FIELDS), Names.of(TOKENS, FIELDS, fill=True)
    codes = np.array([[0], [2]], np.uint16)
    assert (plain.total, plain.told(codes).tolist()) == (26, [[23], [25]])
    assert (fill.total, fill.told(codes).tolist()) == (27, [[24], [26]])
