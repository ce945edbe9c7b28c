"""What a person's Markdown becomes: shown in full, and never more than text where it could run."""

from html.parser import HTMLParser

import pytest

from genloop.applications.write.publish import markup

TABLE = "| room | price |\n|---|--:|\n| sea | 80 |"


def _tags(page: str) -> list[tuple[str, dict[str, str | None]]]:
    found = []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, attrs: found.append((tag, dict(attrs)))
    parser.feed(page)
    return found


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("[shop](https://x.cn/a?b=1&c=2)", '<p><a href="https://x.cn/a?b=1&amp;c=2">shop</a></p>'),
        ("`a<b>` and *it*", "<p><code>a&lt;b&gt;</code> and <em>it</em></p>"),
        ("one\ntwo", "<p>one<br />\ntwo</p>"),
        ("```\nx < 1\n```", "<pre><code>x &lt; 1\n</code></pre>"),
        ("# A\n\n### B\n\n#### C", "<h3>A</h3>\n<h3>B</h3>\n<h4>C</h4>"),
        ("> said", "<blockquote>\n<p>said</p>\n</blockquote>"),
        ("- a\n- **b**", "<ul>\n<li>a</li>\n<li><strong>b</strong></li>\n</ul>"),
        ("~~80~~ 70", "<p><s>80</s> 70</p>"),
        ("早餐**很好。**房间", "<p>早餐<strong>很好。</strong>房间</p>"),
        ("3 ** 4 and 5 * 6", "<p>3 ** 4 and 5 * 6</p>"),
    ],
)
def test_marks_become_elements(text, page):
    assert markup.html(text).strip() == page


def test_a_table_becomes_a_table():
    tags = [tag for tag, _ in _tags(markup.html(TABLE))]
    assert tags.count("th") == 2 and tags.count("td") == 2


HOSTILE = [
    "<script>alert(1)</script>",
    "word <img src=x onerror=alert(1)> word",
    "<div\nonclick=alert(1)>\n\ntext\n</div>",
    "[x](javascript:alert(1))",
    "![x](data:text/html;base64,AAAA)",
    "[x][1]\n\n[1]: javascript:alert(1)",
    "<javascript:alert(1)>",
    "\\`<b onclick=x>\\`",
    "` unclosed\n<i onclick=x>",
    "`` <b onclick=x> `",
    "<!-- <b> -->\n<b onclick=x>",
    "- item\n  <b onclick=x>\n> <u onclick=x>",
    "|a|\n|---|\n|<b onclick=x>|",
]


@pytest.mark.parametrize("text", HOSTILE)
def test_what_could_run_is_text_on_the_page(text):
    safe = {"p", "br", "code", "ul", "li", "blockquote", "table", "thead", "tbody", "tr", "th", "td"}
    assert {tag for tag, _ in _tags(markup.html(text))} <= safe


@pytest.mark.parametrize("text", HOSTILE)
def test_what_could_run_is_text_in_the_file_too(text):
    package = pytest.importorskip("markdown_it")
    trusting = package.MarkdownIt("commonmark", {"html": True}).enable("table")
    trusting.validateLink = lambda url: True
    page = trusting.render(markup.inert(text))
    for tag, attributes in _tags(page):
        assert tag not in ("script", "img", "b", "i", "u", "div")
        assert not {"onclick", "onerror"} & set(attributes)
        assert not str(attributes.get("href") or "").startswith(("javascript", "data"))


@pytest.mark.parametrize("text", ["[shop](https://x.cn)", TABLE, "`a<b>`", "```\n<b>\n```", "<https://x.cn>", "1 < 2"])
def test_harmless_marks_stay_as_they_were_written(text):
    assert markup.inert(text) == text
