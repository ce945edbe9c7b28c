"""The automaton of unwanted words: where it leads, how large it gets, and what it costs."""

from itertools import product
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from genloop.core.demand import Demand
from genloop.core.errors import ConditionError
from genloop.engine import guides
from genloop.engine.guides import Alphabet, Keeping, automaton

MANY = ["".join(word) for word in product("早餐酒店房间不好", repeat=4)][:1_000]
TABLE = (b"", b"", *(bytes([byte]) for byte in range(256)), "早餐".encode(), "酒店".encode(), "店".encode()[1:] + b"a")
letters = st.binary(min_size=1, max_size=5).map(lambda text: bytes(b"ab\xe5\xe6"[byte % 4] for byte in text))


def _brute(words: list[bytes], text: bytes) -> int:
    """After how many bytes the first word is complete; one more than there are where none is."""
    return next((at for at in range(1, len(text) + 1) if any(text[:at].endswith(w) for w in words)), len(text) + 1)


def _walked(table: Any, text: bytes) -> int:
    state = 0
    for at, byte in enumerate(text):
        state = int(table[state][byte])
        if state < 0:
            return at + 1
    return len(text) + 1


@given(words=st.lists(letters, max_size=6), text=st.lists(letters, max_size=5).map(b"".join))
def test_a_text_is_stopped_at_the_byte_that_completes_a_word(words: list[bytes], text: bytes) -> None:
    assert _walked(automaton(words), text) == _brute(words, text)


@given(words=st.lists(letters, max_size=6), pieces=st.lists(letters, max_size=5))
def test_no_token_completes_a_word_wherever_its_pieces_are_cut(words: list[bytes], pieces: list[bytes]) -> None:
    walk = Alphabet((b"", b"", *pieces)).walk(automaton(words))
    state = 0
    for token, piece in enumerate(pieces, 2):
        before = b"".join(pieces[: token - 2])
        state = int(walk[state][token])
        assert (state < 0) == (_brute(words, before + piece) <= len(before + piece))
        if state < 0:
            return


def test_the_automaton_of_a_thousand_words_is_read_letter_by_letter_once() -> None:
    """Three shared levels of few characters: far fewer states than letters, and none but those is ever looked at."""
    read = []

    class Word(bytes):
        def __iter__(self) -> Any:
            read.append(len(self))
            return super().__iter__()

        def endswith(self, *asked: Any) -> bool:
            raise AssertionError(f"{self!r} is compared with a text: {asked}")

    table = automaton([Word(word.encode()) for word in MANY])
    assert len(MANY) == 1_000 and sum(read) == sum(len(word.encode()) for word in MANY)
    prefixes = {word.encode()[:size] for word in MANY for size in range(13)}
    assert table.shape == (len(prefixes), 256) and table.dtype == np.int32


def test_rows_over_the_vocabulary_are_worked_out_for_the_states_that_texts_come_to_alone() -> None:
    keeping = Keeping(Alphabet(TABLE), Demand(lacks=tuple(MANY)), 1)
    assert keeping.near is not None
    for byte in "早餐酒店".encode()[:-1]:
        allowed = keeping.allowed(0)
        assert allowed is not None and allowed[2 + byte]
        keeping.follow(0, 2 + byte)
    allowed = keeping.allowed(0)
    assert allowed is not None and not allowed[2 + "店".encode()[-1]]
    assert len(keeping.near.known) == 12  # one for each byte so far, of over a thousand


def test_rows_that_are_remembered_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guides, "_KEPT", 4)
    walk = Alphabet(TABLE).walk(automaton([b"abcdefgh"]))
    ends = [[int(walk[state][2 + byte]) for state in range(8)] for byte in b"abz"]
    assert ends == [[1] * 8, [0, 2, *[0] * 6], [0] * 8] and len(walk.known) <= 4


def test_too_many_unwanted_words_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guides, "STATES", 500)
    with pytest.raises(ConditionError, match=r"the 1,000 unwanted words are too many .* over 500 states"):
        automaton([word.encode() for word in MANY])


def test_a_row_begun_anew_is_as_if_nothing_had_been_written() -> None:
    letters = Alphabet(tuple(bytes([byte]) for byte in range(256)))
    demand = Demand(holds=("ab",), lacks=("xyz",), begins="<", most=9)
    put = [("ab", [97, 98])]
    walked, fresh = (
        Keeping(letters, demand, 2, put=put, places=np.array([[1], [3]]), begun=[60], grammar=None) for _ in range(2)
    )
    for token in b"xab":
        walked.follow(0, token)
    assert walked.lines[0] != fresh.lines[0] and walked.lines[1] == fresh.lines[1]
    walked.begin(0)
    assert walked.lines == fresh.lines and walked.lines[0].spelt == b"<"
