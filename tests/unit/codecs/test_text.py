"""Texts come back exactly; no piece is learnt that few rows carry; what cannot be asked of a text is refused."""

import json
import sys
from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest

from genloop.codecs import pieces, text
from genloop.core.conditions import Condition, read, read_all
from genloop.core.demand import Demand
from genloop.core.errors import ConditionError, MissingExtra, SchemaError
from genloop.core.lazy import kept_out
from genloop.core.schema import Column
from genloop.core.texts import END, MISSING, Texts

COLUMN = (Column("note", "text"),)
ROWS = [f"The {word} was good, 早餐很好 🎉 number {i}" for i, word in enumerate(["room", "pool", "food", "view"] * 20)]


def _records(rows):
    return pa.table({"note": pa.array(rows, pa.string())})


def _frozen(rows, floor=5, **more):
    return text.freeze(COLUMN, text.fit(COLUMN, _records(rows)), floor=floor, tokens=10, **more)


def _back(frozen, rows):
    return text.decode(frozen, text.encode(frozen, _records(rows)), np.random.default_rng(0))["note"].to_pylist()


@pytest.mark.parametrize(
    "rows",
    [
        ["", None, " ", "\n", "\r\n\r", "a\x00b", "\ufeffx", "\u200d"],
        ["👩‍👩‍👧‍👦", "𠮷野家", "e\u0301é", "ﷺ", "\U0010ffff", "<|endoftext|>", "\0end", "\0missing"],
        ["好" * 50_000, "word " * 20_000, "a" * 100_000],
    ],
)
def test_every_string_comes_back_exactly_though_none_was_seen(rows):
    assert _back(_frozen(ROWS), rows) == rows


def test_rows_end_once_and_a_missing_one_says_so():
    frozen = _frozen([*ROWS, None])
    found = text.encode(frozen, _records(["good", None, ""]))
    assert [row[-1] for row in (found[0], found[1], found[2])] == [END] * 3
    assert found[1].tolist() == [MISSING, END] and found[2].tolist() == [END]
    assert (found[0][:-1] >= pieces.FIRST_BYTE).all()


def test_what_many_rows_carry_becomes_pieces_and_shortens_them():
    frozen = _frozen(ROWS)
    table = pieces.spell(frozen["pairs"])
    assert b" good" in table and " 早餐很好".encode() in table
    assert len(table) == frozen["vocabulary"]
    assert text.encode(frozen, _records(ROWS)).lengths.mean() < len(ROWS[0].encode()) / 3


def test_a_row_that_repeats_its_secret_teaches_no_piece_of_it():
    secret = "zqxjk-4417 "
    table = pieces.spell(_frozen([*ROWS, secret * 300])["pairs"])
    assert b"zq" not in b"\n".join(table) and b"4417" not in b"\n".join(table)
    assert any(
        b"zqxjk" in piece for piece in pieces.spell(_frozen([*ROWS, *[f"{secret}{i}" for i in range(5)]])["pairs"])
    )


def test_every_piece_is_carried_by_the_floor_of_rows():
    frozen = _frozen(ROWS, floor=11)
    for piece in pieces.spell(frozen["pairs"])[pieces.FIRST_PIECE :]:
        assert sum(piece in row.encode() for row in ROWS) >= 11


def test_equal_rows_count_as_often_as_they_came():
    assert len(pieces.spell(_frozen(["exactly this"] * 5)["pairs"])) > pieces.FIRST_PIECE
    assert _frozen(["exactly this"] * 4)["pairs"] == []


def test_the_vocabulary_is_as_large_as_asked_or_grows_with_the_corpus():
    assert _frozen(ROWS, vocabulary=280)["vocabulary"] <= 280
    assert _frozen(ROWS, vocabulary=258)["pairs"] == []
    assert _frozen([])["vocabulary"] == pieces.FIRST_PIECE


def test_shards_merge_to_the_whole_even_when_rows_exceed_the_budget(monkeypatch):
    monkeypatch.setattr(text, "BUDGET", 1_500)
    whole = text.fit(COLUMN, _records([*ROWS, None, "x" * 3_000]))
    rows = [*ROWS, None, "x" * 3_000]
    for cuts in ((0, 10, 50, 82), (0, 0, 82), (0, 81, 82), (0, 40, 41, 42, 82)):
        state = text.fit(COLUMN, _records([]))
        for start, end in pairwise(cuts):
            state = text.merge(state, text.fit(COLUMN, _records(rows[start:end])))
        assert state == whole
    assert 0 < sum(len(row.encode()) for _, row, _ in whole.sample) <= 1_500
    assert whole.rows == 82 and whole.missing == 1


def test_a_very_long_row_is_learnt_from_by_its_beginning():
    state = text.fit(COLUMN, _records(["好" * 200_000]))
    assert [len(row) for _, row, _ in state.sample] == [1 << 16] and state.size == 600_000


def test_the_frozen_state_survives_json_and_says_whether_rows_are_missing():
    frozen = _frozen([*ROWS, None])
    assert json.loads(json.dumps(frozen)) == frozen and frozen["missing"] is False
    assert _frozen([*ROWS, *[None] * 5])["missing"] and _frozen([None])["missing"]
    assert _frozen([*ROWS, *[""] * 5])["empty"] and not _frozen([*ROWS, *[""] * 4])["empty"]


def test_a_text_cut_within_a_character_is_decoded_as_far_as_whole_ones_go():
    frozen = _frozen([])
    early = [pieces.FIRST_BYTE + byte for byte in "早餐".encode()]
    made = Texts.of([early[:-1], [*early, END, *early], [pieces.FIRST_BYTE + 0xFF, *early, END], [MISSING]])
    assert text.decode(frozen, made, np.random.default_rng(0))["note"].to_pylist() == ["早", "早餐", "早餐", None]


def test_rows_without_tokens_come_out_missing():
    made = text.decode(_frozen(ROWS), np.zeros((7, 0), np.uint16), np.random.default_rng(0))
    assert made["note"].null_count == made.num_rows == 7


def test_beginnings_have_no_end_and_halves_of_surrogate_pairs_are_replaced():
    frozen = _frozen(ROWS)
    begun = text.read(frozen, ["The room", "\ud83d x", "\ud83c\udf89"], end=False)
    assert END not in begun.tokens
    back = text.decode(frozen, begun, np.random.default_rng(0))["note"].to_pylist()
    assert back == ["The room", "\ufffd x", "🎉"]


def test_a_column_that_is_no_text_is_refused():
    with pytest.raises(SchemaError, match="column 'note': expected text, cleaned; found int64"):
        text.encode(_frozen(ROWS), pa.table({"note": [1]}))


def test_words_presence_and_absence_can_be_asked_for():
    frozen = _frozen(ROWS)
    given = [
        read("note contains 早餐"),
        read("note contains pool"),
        read("note contains pool"),
        read("note is present"),
    ]
    assert text.allow(frozen, given).detail == Demand(holds=("早餐", "pool"), missing=False)
    assert text.allow(frozen, []).detail == Demand()
    gone = text.allow(frozen, [read("note is missing")])
    made = text.decode(frozen, text.encode(frozen, _records(ROWS)), np.random.default_rng(0), allowed=gone)
    assert made["note"].null_count == len(ROWS)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ([read("note>=3")], "'note' is a column of texts; expected one of: note contains W"),
        ([Condition("note", "contains", ("",))], "expected one of: note contains W"),
        (
            [read("note is missing"), read("note contains a")],
            "'note is missing' and 'note contains a' cannot come true",
        ),
        ([read("note is present"), read("note is missing")], "cannot come true together: a missing text has no words"),
        ([read("note length 0..0")], "'note length 0' cannot come true: a text that is there has at least one char"),
        ([read("note begins ab"), read("note begins b")], "cannot come true together: a text begins in one way"),
        ([read("note ends ab"), read("note ends a")], "cannot come true together: a text ends in one way"),
        (
            [*read_all({"note": {"schema": {"type": "string", "minLength": 9}}}), read("note length ..5")],
            "cannot come true together: what keeps the schema has at least 11 characters",
        ),
    ],
)
def test_values_and_contradictions_are_refused(given, says):
    with pytest.raises(ConditionError, match=says):
        text.allow(_frozen(ROWS), given)


def test_beginnings_and_ends_that_hold_one_another_are_asked_for_together():
    asked = [read(f"note {one}") for one in ("begins ab", "begins abc", "begins a", "ends c", "ends bc")]
    found = text.allow(_frozen(ROWS), asked).detail
    assert (found.begins, found.ends) == ("abc", "bc")


def test_without_the_package_bytes_are_learnt_with_a_note_and_decoding_goes_on(monkeypatch):
    frozen = _frozen(ROWS)
    tokens = text.encode(frozen, _records(ROWS))
    monkeypatch.delitem(sys.modules, "tokenizers", raising=False)
    pieces._loaded.cache_clear()
    with kept_out("tokenizers"):
        assert text.decode(frozen, tokens, np.random.default_rng(0))["note"].to_pylist() == ROWS
        bare = _frozen(ROWS)
        assert bare["pairs"] == [] and "pip install 'genloop[text]'" in bare["notes"][0]
        assert _back(bare, ROWS) == ROWS
        with pytest.raises(MissingExtra, match="tokenizers, which is not installed"):
            text.encode(frozen, _records(ROWS))
