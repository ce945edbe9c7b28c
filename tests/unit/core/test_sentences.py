"""Sentences end where a reader ends them, not at every full stop."""

import pytest

from genloop.core import sentences


@pytest.mark.parametrize(
    "text",
    [
        "Smith et al. (2019) found it, and Li et al. agreed.",
        "We serve hot drinks, e.g. tea, i.e. what Dr. Li and Mrs. J. R. Hill asked for.",
        "See Fig. 3 and pp. 4-9 of vol. 2, No. 7.",
        "The U.S. Senate met at 5 p.m. on a Friday.",
        "Lamps, chairs, etc. were sold by Hill & Co. in St. Ives vs. 20 others.",
        "It costs 3.5 yuan at www.shop.example.com today.",
        "Mt. Tai is 1,532.7 m high (approx. 5,000 ft.).",
    ],
)
def test_a_full_stop_of_an_abbreviation_ends_no_sentence(text):
    assert sentences.read(text) == [text]


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("He said no. then he left.", ["He said no.", "then he left."]),
        ("He took aim. we saw his arm.", ["He took aim.", "we saw his arm."]),
        ("Lamps, chairs, etc. The rest was lost.", ["Lamps, chairs, etc.", "The rest was lost."]),
        ("It was 5 p.m. We left.", ["It was 5 p.m.", "We left."]),
        ('He said "Go!" She went... Why?', ['He said "Go!"', "She went...", "Why?"]),
        ("nice place. would come back.", ["nice place.", "would come back."]),
        ("今天很好。“真的吗？”他问!好……", ["今天很好。", "“真的吗？”", "他问!", "好……"]),
        ("价格是3.5元。很便宜", ["价格是3.5元。", "很便宜"]),
        ("A heading\n  One line. Two", ["A heading", "One line.", "Two"]),
        ("I met Dr.", ["I met Dr."]),
        (" \n ", []),
    ],
)
def test_sentences_are_read(text, parts):
    assert sentences.read(text) == parts
    assert [text[begin:end] for begin, end in sentences.spans(text)] == parts


def test_pieces_between_ends_are_the_whole_text():
    text = "One. Two (e.g. this)!  Three"
    assert sentences.ends(text) == [4, 21, 28] and sentences.ends("One. ") == [4] and sentences.ends("") == [0]
