"""Briefs: what they say, what is guessed, and what is refused with the name of the setting."""

import pytest

from genloop.applications.write import brief
from genloop.core.errors import ConfigError, SourceNotFound

GOOD = """
title = "The harbour hotel"
titles = ["The ferry"]
sources = ["docs"]
channels = []

[[source]]
path = "rooms.csv"
text = "about"

[model]
family = "extracts"

[[publish]]
to = "wordpress"
url = "https://example.org"
user = "anna"
secret_env = "PASSWORD"
"""


@pytest.fixture
def brief_at(tmp_path):
    def write(text):
        (tmp_path / "brief.toml").write_text(text, encoding="utf-8")
        return brief.read(tmp_path / "brief.toml")

    return write


def test_a_brief_says_articles_sources_model_and_targets(brief_at, tmp_path):
    found = brief_at(GOOD)
    assert [article.id for article in found.articles] == ["the-harbour-hotel", "the-ferry"]
    assert [(place.kind, place.text) for place in found.sources] == [("folder", None), ("table", "about")]
    assert found.model.family == "extracts" and found.publish[0].key == "wordpress https://example.org"
    assert found.place("docs") == tmp_path / "docs"


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("docs", "folder"),
        ("a.txt", "folder"),
        ("news.xml", "feed"),
        ("a.CSV", "table"),
        ("http://a/sitemap.xml", "sitemap"),
        ("postgresql://db.example/shop", "table"),
    ],
)
def test_the_kind_of_a_source_is_seen_from_its_name(path, kind):
    assert brief.Place(path).kind == kind


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("docs/a.txt", "docs/a.txt"),
        ("postgresql://db.example/shop?table=t", "postgresql://db.example/shop?table=t"),
        ("postgresql://bot:hunter2@db.example/shop", "postgresql+psycopg://bot@db.example/shop"),
        ("mysql://bot@db.example/shop?password=hunter2", "mysql://bot@db.example/shop"),
        ("https://bot:hunter2@a.example/sitemap.xml", "https://bot@a.example/sitemap.xml"),
    ],
)
def test_a_source_is_shown_without_its_password(path, shown):
    assert brief.Place(path).shown == shown


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("titel = 1", "unknown setting titel; known: .*title"),
        ("sources = ['a']", "a brief needs title"),
        ("title = 'a'", "a brief needs sources"),
        ("title = 'a'\nsources = 'docs'", "brief setting sources: expected a list, found 'docs'"),
        ("title = 'a'\nsources = ['d']\nlanguage = 'fr'", "language='fr': expected one of en, zh"),
        ("title = 'a'\nsources = ['d']\ntemplate = 'poem'", "template='poem': expected one of .*article"),
        ("title = 'a'\nsources = ['d']\napprove = 'never'", "approve='never': expected one of person, auto"),
        ("title = 'a'\nsources = ['d']\nminutes = 0", "minutes=0: expected more than 0"),
        ("title = 'a'\nsources = ['d']\nquoted = 2", "quoted=2: expected a share"),
        ("title = 'a'\nsources = ['d']\ntries = 0", "tries=0: expected at least 1"),
        ("title = 'a'\nsources = ['d']\nchannels = ['x']", "template article: unknown channel x; it has no channels"),
        ("title = 'a'\nsources = ['d']\nroot = 'x'", "unknown setting root"),
        ("title = 'a'\n[[source]]\npath = 'docs'\nitems = true", "makes an article of every row of a table"),
        ("title = 'a'\nsources = ['d']\n[model]\npath = 'a'\nfamily = 'b'", "names path and family"),
        (
            "title = 'a'\nsources = ['d']\n[model]\nfamily = 'wurst'",
            "family = 'wurst': expected one of extracts, pretr",
        ),
        ("title = 'a'\nsources = ['d']\n[[publish]]\nto = 'ftp'", "to='ftp': expected one of site"),
        ("title = 'a'\nsources = ['d']\n[[publish]]\nto = 'site'", "needs folder"),
        ("title = 'a'\nsources = ['d']\n[[publish]]\nto = 'webhook'", "needs url"),
        ("title = 'a'\nsources = ['d']\n[[publish]]\nto = 'wordpress'\nurl = 'https://a'", "needs user"),
        ("title = 'a'\nsources = ['d']\n[[publish]]\nto = 'webhook'\nurl = 'https://u:p@a'", "no user or password"),
        ("title = ", "is no brief"),
        ("title = 'a'\nsources = [3]", "in another form than expected"),
    ],
)
def test_what_is_not_understood_is_refused_by_name(brief_at, text, message):
    with pytest.raises(ConfigError, match=message):
        brief_at(text)


def test_a_brief_that_is_not_there_is_told(tmp_path):
    with pytest.raises(SourceNotFound, match=r"no brief .*brief\.toml"):
        brief.read(tmp_path / "brief.toml")


@pytest.mark.parametrize(("title", "name"), [("The Harbour: Hotel!", "the-harbour-hotel"), ("../../etc", "etc")])
def test_names_of_articles_are_safe_as_files(title, name):
    assert brief.identify(title) == name


LONG = "A complete guide to choosing the right espresso machine for your"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("C++ for beginners", "C# for beginners"),
        ("-5 degrees", "5 degrees"),
        ("50% off", "50 off"),
        (f"{LONG} home", f"{LONG} office"),
    ],
)
def test_names_tell_titles_apart_that_differ_in_a_sign_or_at_the_end(one, other):
    assert brief.identify(one) != brief.identify(other)


@pytest.mark.parametrize("title", ["Index", "Feed!", "site"])
def test_no_article_takes_the_place_of_a_page_that_every_site_has(title):
    assert brief.identify(title) not in ("index", "feed", "site")


@pytest.mark.parametrize("title", ["Salt & pepper: a well-known pair", "Version 1.5 (final)"])
def test_names_of_ordinary_titles_are_their_letters(title):
    assert brief.identify(title) == brief.plain(title)


def test_names_tell_chinese_titles_apart():
    first, second = brief.identify("海港酒店"), brief.identify("海港饭店")
    assert first != second and first.startswith("article-") and first.isascii()
