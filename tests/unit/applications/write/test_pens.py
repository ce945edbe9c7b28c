"""What pens quote are whole sentences."""

from genloop.applications.write import pens


def test_a_quoted_sentence_is_not_cut_behind_an_abbreviation():
    text = "Smith et al. (2019) let guests rest, e.g. in the lobby of\nthe inn. Dr. Li agreed with No. 3 of them."
    assert pens.sentences(text) == [
        "Smith et al. (2019) let guests rest, e.g. in the lobby of the inn.",
        "Dr. Li agreed with No. 3 of them.",
    ]
    assert all(map(pens.is_whole, pens.sentences(text)))
