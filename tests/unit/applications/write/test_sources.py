"""Collecting and preparing: folders, tables, feeds, a server's sitemap, and the passages that a topic is about."""

import gzip
import re
import sqlite3
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from tests.unit.applications.write.conftest import DOCUMENTS

from genloop.applications.write import intake, material, sitemap, sources
from genloop.applications.write.brief import Place
from genloop.applications.write.desk import Desk
from genloop.applications.write.sources import Found
from genloop.core.errors import DataError, SourceNotFound

RSS = """<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>
<item><title>Ferry &amp; pier</title><link>http://a/1</link>
<description>&lt;p&gt;The ferry leaves every hour.&lt;/p&gt;&lt;script&gt;x()&lt;/script&gt;</description></item>
<item><title>empty</title></item></channel></rss>"""
ATOM = """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom"><title>News</title>
<entry><title>早餐</title><id>a</id><content type="html">&lt;p&gt;早餐七点开始。&lt;/p&gt;</content></entry></feed>"""


@pytest.fixture
def collect(brief_of, tmp_path):
    def run(content=None, name="source.csv", language="en", **place):
        if content is not None:
            (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
        return sources.collect(brief_of(language=language), Place(path=place.pop("path", name), **place))

    return run


def test_a_folder_gives_documents_with_where_they_come_from(collect):
    found, notes = collect(path="docs")
    assert {part.origin for part in found} == {"breakfast.txt", "ferry.txt", "noise.txt", "rooms.txt"}
    assert "4 documents" in notes[0]


def test_a_table_gives_its_longest_column_with_the_others_as_facts(collect):
    rows = "".join(f"{n},hotel {n},Guests of hotel number {n} praise the breakfast and the view\n" for n in range(4))
    found, _ = collect(f"id,name,review\n{rows}")
    assert found[1].text.startswith("Guests of hotel number 1") and found[1].facts == {"id": "1", "name": "hotel 1"}


@pytest.mark.parametrize(("language", "origin"), [("en", "source.csv, row 2"), ("zh", "source.csv，第 2 行")])
def test_a_row_is_named_in_the_language_of_the_brief(collect, language, origin):
    found, _ = collect("name,rooms\nHarbour hotel,42\nPier hotel,7\n", language=language, items=True)
    assert found[1].origin == origin


def test_items_of_a_table_are_articles_with_facts_and_without_texts(collect):
    found, _ = collect("name,rooms\nHarbour hotel,42\n,7\n", items=True)
    assert [(part.title, part.facts, part.item) for part in found] == [
        ("Harbour hotel", {"name": "Harbour hotel", "rooms": "42"}, True)
    ]


def test_tables_without_texts_and_columns_that_are_not_there_are_told(collect):
    with pytest.raises(DataError, match="no column of texts among a, b"):
        collect("a,b\n1,2\n")
    with pytest.raises(DataError, match="has no column 'body'; it has a, b"):
        collect("a,b\n1,2\n", text="body")


@pytest.fixture
def server(monkeypatch, tmp_path):
    """A brief's source on a server that asks for a password: a file answers in its place."""
    place = "postgresql://bot:hunter2@db.example/shop?table=rooms"
    with sqlite3.connect(tmp_path / "shop.db") as base:
        base.execute("create table rooms (about text)")
        base.executemany("insert into rooms values (?)", [(text,) for text in DOCUMENTS.values()])
    base.close()
    real = sources.open_source
    monkeypatch.setattr(
        sources, "open_source",
        lambda asked: real(f"sqlite:///{tmp_path}/shop.db?table=rooms") if asked == place else real(asked),
    )  # fmt: skip
    return place


def test_passwords_of_sources_stand_in_nothing_that_is_written(server, brief_of, tmp_path):
    desk, told = Desk(tmp_path / "run"), []
    desk.open()
    old = Found("old", "Breakfast opens at seven.", f"{server}, row 1").to_dict()
    desk.save_lines("documents.jsonl", [old])
    desk.save("collected.json", {"old": {"path": server}})
    notes = intake.collect(brief_of(sources=[server]), desk, lambda *at, **more: told.append(more))
    found = desk.lines("documents.jsonl")
    assert [row["origin"] for row in found] == [f"rooms, row {number}" for number in range(1, 5)]
    assert told == [{"note": "postgresql+psycopg://bot@db.example/shop?table=rooms"}]
    written = [path.read_text("utf-8") for path in desk.folder.rglob("*.json*")]
    assert len(written) == 2 and "hunter2" not in " ".join([*written, *notes])


def test_feeds_of_both_kinds_are_read_without_scripts(collect):
    pytest.importorskip("feedparser")
    (first,), _ = collect(RSS, "news.rss")
    assert (first.title, first.text, first.origin) == ("Ferry & pier", "The ferry leaves every hour.", "http://a/1")
    (entry,), _ = collect(ATOM, "news.atom")
    assert (entry.title, entry.text) == ("早餐", "早餐七点开始。")


def feed(*entries):
    items = "".join(f"<item>{head}<description>{text}</description></item>" for head, text in entries)
    return f'<?xml version="1.0"?><rss version="2.0"><channel><title>News</title>{items}</channel></rss>'


def test_entries_of_one_link_are_documents_each(collect):
    pytest.importorskip("feedparser")
    link = "<link>http://a/news</link>"
    entries = [
        (f"{link}<title>One</title><guid>1</guid>", "The ferry leaves."),
        (f"{link}<title>One</title><guid>2</guid>", "The pier opens."),
        (f"{link}<title>Two</title>", "The bread is warm."),
        (f"{link}<title>Three</title>", "The rooms are quiet."),
        (f"{link}<title>Three</title>", "The rooms are large."),
        ("", "The garden blooms."),
        ("", "The lobby shines."),
    ]
    found, _ = collect(feed(*entries), "news.rss")
    assert len({part.key for part in found}) == len(entries)
    again, _ = collect(feed((entries[0][0], "The ferry leaves at noon.")), "news.rss")
    assert again[0].key == found[0].key, "an entry that changed is the same entry"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("hello", "neither RSS nor Atom"),
        ('<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "c">]><rss version="2.0"><channel/></rss>', "declares entities"),
        ('<rss version="2.0"><channel><title>x</title></channel></rss>', "none of its 0 entries holds text"),
    ],
)
def test_bad_feeds_are_refused_by_name(collect, content, message):
    pytest.importorskip("feedparser")
    with pytest.raises(DataError, match=message):
        collect(content, "news.rss")


@pytest.fixture
def host():
    """A small site: pages by path, a status, a redirect, and what was asked for."""
    pytest.importorskip("httpx")
    pages, asked = {}, []

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *args):
            pass

        def do_GET(self):
            asked.append(self.path)
            status, body = pages.get(self.path, (404, ""))
            self.send_response(status)
            if 300 <= status < 400:
                self.send_header("Location", body)
                body = ""
            data = body if isinstance(body, bytes) else body.encode()
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    pages["base"] = f"http://127.0.0.1:{server.server_port}"
    pages["asked"] = asked
    yield pages
    server.shutdown()
    server.server_close()


def listed(host, *paths):
    places = "".join(f"<url><loc>{path if '://' in path else host['base'] + path}</loc></url>" for path in paths)
    host["/sitemap.xml"] = (200, f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{places}</urlset>')


def page(text):
    return 200, f"<html><head><title>T</title></head><body><nav>menu</nav><main><p>{text}</p></main></body></html>"


def test_a_sitemap_gives_pages_of_its_own_host_that_robots_allow(host):
    listed(host, "/a", "/private/b", "http://example.org/c", "/gone", "/a")
    host["/robots.txt"] = (200, "User-agent: *\nDisallow: /private/\n")
    host["/a"] = page("The ferry leaves every hour.")
    found, notes = sitemap.read(host["base"] + "/sitemap.xml", pages=10)
    assert [(entry.title, entry.text) for entry in found] == [("T", "The ferry leaves every hour.")]
    assert [re.sub(r"\S+/", "", note) for note in notes] == [
        "b: robots.txt keeps it back", "c: on another host", "gone: answered 404"
    ]  # fmt: skip
    assert "/private/b" not in host["asked"]


def test_redirects_to_other_hosts_are_not_followed_and_own_ones_are(host):
    listed(host, "/out", "/moved")
    host["/out"], host["/moved"] = (302, "http://127.0.0.2:1/secret"), (301, "/a")
    host["/a"] = page("The ferry leaves every hour.")
    found, notes = sitemap.read(host["base"] + "/sitemap.xml", pages=10)
    assert len(found) == 1 and "a redirect to another host" in notes[0]


def test_counts_are_bounded_and_maps_of_maps_are_read_one_level_deep(host):
    listed(host, *(f"/{n}" for n in range(9)))
    host["/index.xml"] = (200, f"<sitemapindex><sitemap><loc>{host['base']}/sitemap.xml</loc></sitemap></sitemapindex>")
    host |= {f"/{n}": page(f"Page number {n} of the harbour.") for n in range(9)}
    found, notes = sitemap.read(host["base"] + "/index.xml", pages=3)
    assert len(found) == 3 and notes == ["6 pages beyond the limit are left out"]


def index(host, *names):
    places = "".join(f"<sitemap><loc>{host['base']}{name}</loc></sitemap>" for name in names)
    host["/index.xml"] = (200, f"<sitemapindex>{places}</sitemapindex>")


def test_a_map_that_cannot_be_read_holds_up_no_other(host):
    listed(host, "/a")
    index(host, "/gone.xml", "/bad.xml", "/sitemap.xml")
    host["/bad.xml"], host["/a"] = (200, "no map"), page("The ferry leaves every hour.")
    found, notes = sitemap.read(host["base"] + "/index.xml", pages=5)
    assert len(found) == 1 and "gone.xml: answered 404" in notes[0] and "bad.xml is no sitemap" in notes[1]


def test_packed_maps_are_read_within_the_bound(host, monkeypatch):
    listed(host, "/a")
    host["/small.xml.gz"] = (200, gzip.compress(host["/sitemap.xml"][1].encode()))
    host["/bomb.xml.gz"] = (200, gzip.compress(b" " * 99_999))
    host["/damaged.xml.gz"] = (200, b"\x1f\x8bno")
    host["/a"] = page("The ferry leaves every hour.")
    index(host, "/bomb.xml.gz", "/damaged.xml.gz", "/small.xml.gz")
    monkeypatch.setattr(sitemap, "MOST_MAP", 1 << 12)
    found, notes = sitemap.read(host["base"] + "/index.xml", pages=5)
    assert len(found) == 1 and "unpacks to more than" in notes[0] and "damaged.xml.gz is no sitemap" in notes[1]


@pytest.mark.parametrize("place", ["mailto:a@b.c", "http://[bad", "http://a:b:c/", "http://127.0.0.1:99999/"])
def test_a_redirect_to_no_address_leaves_the_page_out(host, place):
    listed(host, "/r", "/a")
    host["/r"], host["/a"] = (302, place), page("The ferry leaves every hour.")
    found, notes = sitemap.read(host["base"] + "/sitemap.xml", pages=5)
    assert len(found) == 1 and len(notes) == 1


def test_a_document_type_is_refused_in_every_encoding(host):
    kind = '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE u [<!ENTITY a "b">]>'
    bomb = f"{kind}<urlset><url><loc>&a;</loc></url></urlset>"
    host["/sitemap.xml"] = (200, bomb.encode("utf-16"))
    with pytest.raises(DataError, match="declares entities or a document type"):
        sitemap.read(host["base"] + "/sitemap.xml", pages=5)


def test_a_page_that_is_too_large_is_left_out(host, monkeypatch):
    monkeypatch.setattr(sitemap, "MOST_PAGE", 1 << 10)
    listed(host, "/large", "/a")
    host["/large"], host["/a"] = page("x " * 2_000), page("The ferry leaves every hour.")
    found, notes = sitemap.read(host["base"] + "/sitemap.xml", pages=5)
    assert len(found) == 1 and "larger than" in notes[0]


def test_robots_that_cannot_be_read_close_the_site(host):
    listed(host, "/a")
    host["/robots.txt"], host["/a"] = (503, ""), page("The ferry leaves.")
    with pytest.raises(DataError, match=r"robots\.txt keeps it back"):
        sitemap.read(host["base"] + "/sitemap.xml", pages=5)


def test_bad_sitemaps_are_told(host):
    with pytest.raises(SourceNotFound, match="answered 404"):
        sitemap.read(host["base"] + "/sitemap.xml", pages=5)
    host["/sitemap.xml"] = (200, "<!DOCTYPE a><urlset/>")
    with pytest.raises(DataError, match="declares entities or a document type"):
        sitemap.read(host["base"] + "/sitemap.xml", pages=5)
    host["/sitemap.xml"] = (200, "<urlset>")
    with pytest.raises(DataError, match="is no sitemap"):
        sitemap.read(host["base"] + "/sitemap.xml", pages=5)
    with pytest.raises(SourceNotFound, match="cannot be read"):
        sitemap.read("http://127.0.0.1:9/sitemap.xml", pages=5)


def documents(*texts):
    return [Found(str(at), text, f"{at}.txt") for at, text in enumerate(texts)]


def test_equal_documents_count_once_and_passages_about_the_topic_come_first():
    found = material.prepare(
        documents(
            "Plum cake with butter.", "The ferry leaves.", "The ferry leaves!", "Ferries and ferries and a pier."
        ),
        "en",
    )
    assert found.removed == 1 and len(found.documents) == 3
    assert [passage.origin for passage in found.about(["ferry"])] == ["3.txt", "1.txt"]


def test_chinese_topics_are_found_by_words_and_single_characters():
    found = material.prepare(documents("酒店的早餐很丰富。", "房间面向大海，很安静。", "茶"), "zh")
    assert [passage.origin for passage in found.about(["早餐"])] == ["0.txt"]
    assert [passage.origin for passage in found.about(["茶"])] == ["2.txt"]


def test_keywords_tell_the_passages_from_the_others():
    rest = [f"Plum cake number {n} with butter" for n in range(9)]
    found = material.prepare(documents("The ferry leaves the pier.", "A ferry and a pier.", *rest), "en")
    assert set(found.keywords(found.about(["ferry"]), 2)) == {"ferry", "pier"}


def test_nothing_to_write_from_is_told():
    with pytest.raises(DataError, match="the sources hold no text"):
        material.prepare(documents("", " \n"), "en")
