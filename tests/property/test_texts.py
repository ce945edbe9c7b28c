"""Any string at all goes through the codec of texts and back; shards merge; no piece is a row's own."""

import json

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from genloop.codecs import pieces, text
from genloop.core.schema import Column
from genloop.core.texts import END, MISSING, Texts

COLUMN = (Column("t", "text"),)
WILD = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
WORDS = st.lists(st.sampled_from(["good ", "bad ", "早餐", "好", "🎉", "\n", "1234", "e\u0301"]), max_size=8).map(
    "".join
)
ROWS = st.lists(st.none() | WILD | WORDS, max_size=30)


def _records(rows):
    return pa.table({"t": pa.array(rows, pa.string())})


@settings(max_examples=60, deadline=None)
@given(learnt=ROWS, rows=ROWS)
def test_decoding_what_was_encoded_gives_every_string_back(learnt, rows):
    frozen = text.freeze(COLUMN, text.fit(COLUMN, _records(learnt)), floor=2, tokens=10)
    frozen = json.loads(json.dumps(frozen))
    tokens = text.encode(frozen, _records(rows))
    assert len(tokens) == len(rows) and (tokens.tokens < frozen["vocabulary"]).all()
    assert text.decode(frozen, tokens, np.random.default_rng(0))["t"].to_pylist() == rows


@settings(max_examples=60, deadline=None)
@given(first=ROWS, second=ROWS, third=ROWS)
def test_shards_of_texts_merge_to_the_whole_in_any_grouping(first, second, third):
    a, b, c = (text.fit(COLUMN, _records(rows)) for rows in (first, second, third))
    whole = text.fit(COLUMN, _records(first + second + third))
    assert (
        text.merge(text.merge(a, b), c) == text.merge(a, text.merge(b, c)) == text.merge(c, text.merge(b, a)) == whole
    )


@settings(max_examples=40, deadline=None)
@given(rows=st.lists(WORDS, max_size=30), floor=st.integers(2, 6))
def test_no_piece_stands_in_fewer_rows_than_the_floor(rows, floor):
    frozen = text.freeze(COLUMN, text.fit(COLUMN, _records(rows)), floor=floor, tokens=10)
    for piece in pieces.spell(frozen["pairs"])[pieces.FIRST_PIECE :]:
        assert sum(piece in row.encode() for row in rows) >= floor


@settings(max_examples=60, deadline=None)
@given(tokens=st.lists(st.integers(0, pieces.FIRST_PIECE - 1), max_size=40))
def test_any_tokens_at_all_decode_to_a_text_or_none(tokens):
    frozen = {"columns": ["t"], "pairs": []}
    made = text.decode(frozen, Texts.of([tokens]), np.random.default_rng(0))["t"][0].as_py()
    own = tokens[: tokens.index(END)] if END in tokens else tokens
    expected = bytes(token - pieces.FIRST_BYTE for token in own if token >= pieces.FIRST_BYTE).decode("utf-8", "ignore")
    assert made == (None if own[:1] == [MISSING] else expected)
