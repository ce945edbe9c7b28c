"""No text goes on after a string that it is to stop at, however tokens are cut, drawn at once or as a stream."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.unit.engine.test_drafts import Babbler, _author

from genloop.core.demand import Demand
from genloop.core.texts import END, stopped, until
from genloop.engine.drafts import Author
from genloop.engine.guides import Keeping, automaton
from genloop.engine.stops import Stop, Stopping
from genloop.interfaces.cli.writing import wish

STOPS = st.lists(st.text(st.sampled_from("e ao早餐🎉"), min_size=1, max_size=2), min_size=1, max_size=3).map(tuple)


def _stopping(stop: tuple[str, ...], seed: int = 0, rows: int = 4) -> tuple[Author, Babbler]:
    author, part = _author(seed, rows, pairs=True)
    part.end = 0.1
    asked = replace(author.wish, stop=stop, most=300)
    return replace(author, wish=asked, part=Stopping(part, author.letters, stop)), part


@settings(max_examples=8, deadline=None)
@example(stop=("🎉", "🎉o"), seed=3, begins="🎉")
@example(stop=("ee",), seed=2, begins="")
@example(stop=("t e", "餐 em"), seed=3, begins="早餐 e")
@given(stop=STOPS, seed=st.integers(0, 9), begins=st.sampled_from(["", "早餐 e", "🎉"]))
def test_no_text_goes_on_after_a_string_to_stop_at(stop: tuple[str, ...], seed: int, begins: str) -> None:
    author, part = _stopping(stop, seed)
    for demand in (Demand(begins=begins), Demand()):
        lines = author.kept(demand)
        assert all(line is None or line == stopped(line, stop, len(demand.begins)) for line in lines)
        assert all(line is None or line.startswith(demand.begins) for line in lines)
    text = "".join(author.stream(Demand(begins=begins)))
    assert text == stopped(text, stop, len(begins)) and text.startswith(begins)
    assert part.longest < 1_100


def test_nothing_is_drawn_behind_the_token_that_brings_the_string() -> None:
    """A token is spelt anew by one token or more, so a row as drawn is never longer than what is left of it."""
    author, part = _stopping(("e", "o", "a", " ", "早"), rows=12)
    part.end = 1e-9  # no row ends by itself
    texts = author.part.sample(author.weights, author.given, np.random.default_rng(0), author.wish)
    assert 1 < part.longest <= texts.lengths.max() < 300


def test_a_demand_is_asked_of_the_text_as_it_ends() -> None:
    author, _ = _stopping(("e",))
    for line in author.kept(Demand(holds=("good",), lacks=("早",))):
        assert line is not None and "good" in line and "早" not in line and "e" not in line[:-1]


def test_without_one_of_the_strings_texts_are_drawn_as_they_were() -> None:
    author, _ = _stopping(("never to be seen here",))
    plain, part = _author(0, 4, pairs=True)
    part.end = 0.1
    assert author.kept(Demand()) == replace(plain, wish=replace(author.wish, stop=())).kept(Demand())


@given(pieces=st.lists(st.text(st.sampled_from("abc"), max_size=3), max_size=6), stop=STOPS | st.just(("ab", "cc")),
       begun=st.integers(0, 3))  # fmt: skip
def test_pieces_end_where_the_whole_does(pieces: list[str], stop: tuple[str, ...], begun: int) -> None:
    assert "".join(until(pieces, stop, begun)) == stopped("".join(pieces), stop, begun)


@pytest.mark.parametrize(
    ("text", "stop", "begun", "whole"),
    [
        ("很好。下次", ("。",), 0, "很好。"),
        ("很好。下次", ("好。下", "。"), 0, "很好。"),
        ("。很好。下次", ("。",), 1, "。很好。"),
        ("ab", ("b",), 2, "ab"),
        ("xab", ("ab",), 2, "xab"),
        ("text", (), 0, "text"),
    ],
)
def test_a_text_ends_behind_the_first_string_after_its_beginning(
    text: str, stop: tuple[str, ...], begun: int, whole: str
) -> None:
    assert stopped(text, stop, begun) == whole


def test_strings_to_stop_at_are_named_on_the_command_line() -> None:
    assert wish(["stop=。", "temperature=0.5", r"stop=\n"]).stop == ("。", "\n")


def test_rows_of_tokens_keep_their_ends_and_the_rest_is_the_familys_own() -> None:
    author, _ = _stopping(("e",))
    texts = author.part.sample(author.weights, author.given, np.random.default_rng(0), author.wish)
    assert all(END not in texts[row][:-1] for row in range(len(texts)))
    assert author.part.NAME == "babbler" and author.part.score(author.weights, replace(author.given, texts=texts)).all()


def test_a_row_begun_anew_may_say_a_string_again() -> None:
    author, _ = _stopping(("e",))
    letters = author.letters
    letter = letters.table.index(b"e")
    inner = Keeping(letters, Demand(most=5), 1)
    guide = Stop(letters.walk(automaton([b"e"])), 1, inner)
    guide.follow(0, letter)
    only = guide.allowed(0)
    assert only is not None and only.sum() == 1 and only[END]
    guide.begin(0)
    again = guide.allowed(0)
    assert again is not None and again[letter] and inner.lines[0].length == 0
