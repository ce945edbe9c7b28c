"""Any string at all goes through the codec of texts and back; shards merge; no piece is a row's own."""

import json

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from genloop.codecs import pieces, text
from genloop.core.schema import Column
from genloop.core.texts import END, MISSING, Texts
from genloop.files.texts import boilerplate, document, html, language, markdown, passages

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


TAGS = "<p>|</p>|<nav>|</nav>|<|>|&amp;|<!--|-->|<a href='|'|\"|<script>|</script>|<pre>"
MARKS = f"{TAGS}|# |**|_|`|```\n|[x](y)|\n|words |---\n|好"
MARKUP = st.lists(st.sampled_from(MARKS.split("|")), max_size=40).map("".join)


@settings(max_examples=80, deadline=None)
@given(MARKUP)
def test_any_markup_is_read_without_an_error(source):
    for read, title in (html.read(source), markdown.read(source)):
        assert len(read) <= len(source) * 2 + 1 and (title is None or title.strip() == title != "")


@settings(max_examples=60, deadline=None)
@given(text=st.lists(WORDS | WILD, max_size=30).map("".join), most=st.integers(1, 50))
def test_parts_of_a_text_hold_all_of_it_and_none_is_longer_than_asked(text, most):
    parts = passages.cut(text, most)
    assert "".join("".join(parts).split()) == "".join(text.split())
    assert all(len(part) <= most for part in parts)


@settings(max_examples=60, deadline=None)
@given(text=WILD | WORDS, often=st.booleans())
def test_a_text_is_tidied_once_and_never_emptied_of_its_lines(text, often):
    tidy = document.tidy(text)
    assert document.tidy(tidy) == tidy
    known = frozenset(boilerplate.fit(tidy)) if often else frozenset()
    kept, gone = boilerplate.clean(tidy, known)
    assert bool(kept.strip()) == bool(tidy.strip()) and (gone or kept == tidy)
    assert language.read(text).code in ("zh", "en", "other", "none")
