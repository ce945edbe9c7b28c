"""Markdown with front matter: the label in both forms, text that stays text, files of others left alone."""

import pytest

from genloop.applications.write.publish import markdown
from genloop.applications.write.publish.markdown import Markdown
from genloop.core.errors import OutputError


def test_front_matter_and_line_carry_the_label_and_are_read_back(piece_of, tmp_path):
    piece = piece_of(language="zh", title='海港: "酒店"')
    assert Markdown(tmp_path / "md", "md").publish(piece).did == "created"
    text = (tmp_path / "md" / "the-harbour-hotel.md").read_text("utf-8")
    head = markdown.front(text)
    assert head["made_by_ai"] is True and head["title"] == '海港: "酒店"' and head["genloop"] == dict(piece.record)
    assert f"> {piece.line}" in text
    assert Markdown(tmp_path / "md", "md").publish(piece).did == "unchanged"
    assert Markdown(tmp_path / "md", "md").publish(piece_of(text="Other.")).did == "updated"


def test_front_matter_is_yaml(piece_of):
    yaml = pytest.importorskip("yaml")
    piece = piece_of(title='a: "b" # c')
    head = yaml.safe_load(markdown.render(piece).split("---\n")[1])
    assert head["title"] == 'a: "b" # c' and head["genloop"]["digitalSourceType"].startswith("http://cv.iptc.org/")


@pytest.mark.parametrize(
    ("text", "escaped"),
    [("<b>x</b>", r"\<b\>x\</b\>"), ("1. one", r"1\. one"), ("# no", r"\# no"), ("--- x", r"\--- x"),
     ("a & b", "a &amp; b"), ("3.5 kg", r"3\.5 kg"), ("plain", "plain")],
)  # fmt: skip
def test_text_stays_text(text, escaped):
    assert markdown.escape(text) == escaped


def test_a_file_that_is_not_ours_is_never_written_over_or_taken_down(piece_of, tmp_path):
    path = tmp_path / "the-harbour-hotel.md"
    path.write_text("---\ntitle: mine\n---\n", encoding="utf-8")
    with pytest.raises(OutputError, match="was not made by genloop"):
        Markdown(tmp_path, "md").publish(piece_of())
    Markdown(tmp_path, "md").withdraw("the-harbour-hotel")
    assert path.read_text("utf-8") == "---\ntitle: mine\n---\n"


def test_a_persons_marks_reach_the_file(piece_of):
    text = markdown.render(piece_of(text="See [the map](https://example.org/map).\n\n- one\n    - two", human=True))
    assert "See [the map](https://example.org/map).\n\n- one\n    - two\n" in text
    assert '&lt;script>alert("x")&lt;/script>' in text
