"""The static site: labelled, escaped, read back, the same again, and never over what is not ours."""

import json
from html.parser import HTMLParser
from xml.etree import ElementTree

import pytest

from genloop.applications.write.publish.site import Site
from genloop.core.errors import OutputError
from genloop.trust import written


@pytest.fixture
def site_of(tmp_path):
    return lambda: Site(tmp_path / "site", "site", title="Harbour & co", url="https://example.org", language="en")


def test_a_page_shows_the_line_and_holds_the_record(site_of, piece_of, tmp_path):
    receipt = site_of().publish(piece_of())
    marks = written.read((tmp_path / "site" / "the-harbour-hotel.html").read_text("utf-8"))
    assert receipt.did == "created" and receipt.read_back
    assert marks.line == "Made by AI: a generative model wrote this text."
    (record,) = marks.records
    assert record["digitalSourceType"].endswith("/trainedAlgorithmicMedia") and record["inLanguage"] == "en"
    assert marks.metas["ai-generated"] == "true" and marks.metas["generator"] == "genloop 0.1.0"


def test_what_a_model_wrote_cannot_become_markup(site_of, piece_of, tmp_path):
    site_of().publish(piece_of(title="</title><script>alert(1)</script>", text="</script><img src=x onerror=alert(2)>"))
    for name in ("the-harbour-hotel.html", "index.html"):
        page = (tmp_path / "site" / name).read_text("utf-8")
        tags = []
        parser = HTMLParser()
        parser.handle_starttag = lambda tag, attrs, tags=tags: tags.append(tag)
        parser.feed(page)
        assert tags.count("script") == (name != "index.html") and "img" not in tags


def test_lists_and_stress_become_elements(site_of, piece_of, tmp_path):
    site_of().publish(piece_of())
    page = (tmp_path / "site" / "the-harbour-hotel.html").read_text("utf-8")
    assert "<li>one</li>" in page and "<strong>two</strong>" in page and "<h2>Rooms</h2>" in page


def test_every_social_post_carries_the_short_label_itself(site_of, piece_of, tmp_path):
    site_of().publish(piece_of(template="social"))
    page = (tmp_path / "site" / "the-harbour-hotel.html").read_text("utf-8")
    assert page.count("<p>Made by AI</p>") == 2


def test_the_feed_names_every_article_as_made_by_ai(site_of, piece_of, tmp_path):
    site_of().publish(piece_of())
    site_of().publish(piece_of(name="second", title="Zweitens"))
    root = ElementTree.parse(tmp_path / "site" / "feed.xml").getroot()
    items = root.findall("channel/item")
    assert {item.findtext("link") for item in items} == {
        "https://example.org/the-harbour-hotel.html", "https://example.org/second.html"
    }  # fmt: skip
    assert all(item.findtext("description").startswith("Made by AI") for item in items)
    assert all(item.findtext("category") == "ai-generated" for item in items)


def test_publishing_again_changes_nothing_and_a_new_text_updates(site_of, piece_of, tmp_path):
    site_of().publish(piece_of())
    files = {path.name: path.read_bytes() for path in (tmp_path / "site").iterdir()}
    assert site_of().publish(piece_of()).did == "unchanged"
    assert files == {path.name: path.read_bytes() for path in (tmp_path / "site").iterdir()}
    assert site_of().publish(piece_of(text="Another text.")).did == "updated"
    (entry,) = json.loads((tmp_path / "site" / "site.json").read_text("utf-8"))["entries"]
    assert entry["made_by_ai"] is True and entry["digest"] == piece_of(text="Another text.").digest


def test_chinese_articles_are_labelled_in_chinese(site_of, piece_of, tmp_path):
    site_of().publish(piece_of(language="zh", title="海港酒店"))
    page = (tmp_path / "site" / "the-harbour-hotel.html").read_text("utf-8")
    assert 'lang="zh-CN"' in page and written.read(page).line.startswith("AI 生成")


@pytest.mark.parametrize("name", ["the-harbour-hotel.html", "index.html"])
def test_a_file_that_is_not_ours_is_never_written_over(site_of, piece_of, tmp_path, name):
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / name).write_text("<html>mine</html>", encoding="utf-8")
    with pytest.raises(OutputError, match="was not made by genloop"):
        site_of().publish(piece_of())
    assert (tmp_path / "site" / name).read_text("utf-8") == "<html>mine</html>"


def test_a_damaged_list_is_refused_by_name(site_of, piece_of, tmp_path):
    site_of().publish(piece_of())
    (tmp_path / "site" / "site.json").write_text("{", encoding="utf-8")
    with pytest.raises(OutputError, match=r"site\.json is damaged"):
        site_of()


def test_a_page_without_its_label_is_noticed(piece_of):
    record = dict(piece_of().record)
    assert written.absent("<p>text</p>", record) == ["the visible line", "the machine-readable record"]
    shown = f'<p class="made-by-ai">{record["creditText"]}</p>'
    assert written.absent(shown, record) == ["the machine-readable record"]
    hidden = shown.replace('ai">', 'ai" style="display:none">')
    assert "the visible line" in written.absent(hidden, record)


def test_the_description_ends_with_a_sentence_where_there_is_room_for_one(piece_of):
    plain = "The rooms look over the water and are quiet at night. "
    assert piece_of(text=plain * 5).about == (plain * 2).strip()
    assert piece_of(text="渡轮每小时从码头开出一班。" * 20).about.endswith("开出一班。")
    assert piece_of(text="no end " * 40).about.endswith("…") and len(piece_of(text="no end " * 40).about) <= 160


def test_what_a_person_wrote_in_markdown_is_shown_so(site_of, piece_of, tmp_path):
    site_of().publish(
        piece_of(text="See [the map](https://example.org/map).\n\n| a | b |\n|---|---|\n| 1 | 2 |", human=True)
    )
    page = (tmp_path / "site" / "the-harbour-hotel.html").read_text("utf-8")
    assert '<a href="https://example.org/map">the map</a>' in page and "<td>2</td>" in page
    assert "<script>alert" not in page
    assert 'content="See the map. a' in page
