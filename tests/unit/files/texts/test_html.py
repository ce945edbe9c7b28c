"""Pages become what a reader came for; hostile pages cost no more than their bytes."""

import time

import pytest

from genloop.files.texts import html

PAGE = """<!DOCTYPE html><html><head><title>My &amp; page</title><style>p{color:red}</style>
<script>if (a < b) { document.write("<p>no</p>") }</script></head>
<body><nav><ul><li><a href=x>Home</a></li><li><nav>inner</nav></li></ul></nav>
<div class="cookie-banner"><div>We use cookies</div></div><p hidden>unseen</p>
<article><header><h1>Heading</h1></header><p>First <b>para</b> with <a href="y">a link</a>.</p><!-- note -->
<p>Second&nbsp;one: 1 < 2</p></article>
<ul><li><a href=1>One</a></li><li><a href=2>Two</a></li></ul>
<footer>(c) 2020</footer></body></html>"""


def test_the_article_is_kept_and_what_lies_around_it_is_not():
    text, title = html.read(PAGE)
    assert title == "My & page"
    assert text == "Heading\n\nFirst para with a link.\n\nSecond one: 1 < 2"


def test_the_name_of_a_place_in_the_text_takes_nothing_away():
    parts = (
        '<section id="comments"><h2>Comments</h2><p>A comment starts with a hash sign.</p></section>'
        '<h2 id="lunch-menu">Lunch menu</h2><p id="how-we-use-cookies">Bake cookies for twelve minutes.</p>'
    )
    kept = "Comments\n\nA comment starts with a hash sign.\n\nLunch menu\n\nBake cookies for twelve minutes."
    assert html.read(f"<main><article>{parts}</article></main>")[0] == kept
    assert html.read(parts.replace("<p id=", "<p data-id="))[0] == kept


def test_comments_and_menus_in_the_article_go_by_their_class():
    page = (
        '<article><p>The text.</p><div class="share">Post it</div><section class="comments">First!</section></article>'
    )
    assert html.read(page)[0] == "The text."


@pytest.mark.parametrize("name", ["site has-sidebar", "with-sidebar", "no-comments"])
def test_what_stands_beside_a_sidebar_is_none(name):
    text = "The town opened a library on Monday. " * 3
    page = f'<div class="{name}"><p>{text}</p></div><div class="left-sidebar">Old news</div><p>Powered by Foo</p>'
    assert html.read(page)[0] == f"{text.strip()}\n\nPowered by Foo"


def test_names_that_take_nearly_everything_are_not_believed():
    text = "The town opened a library on Monday. " * 3
    assert html.read(f'<div class="social"><p>{text}</p></div><p>End</p><nav>menu</nav>')[0] == f"{text.strip()}\n\nEnd"
    noted = f'<main><p>Closed.</p></main><div class="cookie-note">{text}</div>'
    assert html.read(noted)[0] == "Closed.", "the page itself says where its article is"


def test_a_page_of_menus_only_is_kept_whole():
    assert html.read("<nav><a href=a>Home</a> <a href=b>About</a></nav>")[0] == "Home About"


def test_an_element_that_never_ends_does_not_swallow_the_page():
    assert html.read("<p>before</p><nav><a>menu</a><p>the article</p>")[0] == "before\n\nmenu\n\nthe article"


def test_tables_lists_and_line_breaks_stand_on_lines_of_their_own():
    assert html.read("<table><tr><td>a<td>b</table>one<br>two<ol><li>x</ol>")[0].split() == [
        "a",
        "b",
        "one",
        "two",
        "x",
    ]


def test_lines_of_code_stay_lines():
    assert (
        html.read("<p>see\nthis</p><pre>if a &lt; b:\n    c()\n</pre><p>x\ny</p>")[0]
        == "see this\n\nif a < b:\n    c()\n\nx y"
    )


def test_the_encoding_that_a_page_names_is_found():
    assert html.charset(b'<meta http-equiv=Content-Type content="text/html; charset=Big5">') == "big5"
    assert html.charset(b"<meta charset='gb2312'>") == "gb2312" and html.charset(b"<p>") is None


@pytest.mark.parametrize(
    "bomb",
    [
        "<div>" * 20_000,
        "<a " * 30_000,
        '<a "' * 30_000,
        "<a href='" * 20_000,
        "<!--" * 50_000,
        "<!" * 30_000,
        "<" * 50_000,
        "&" * 50_000,
        "<script>" * 20_000,
        "<nav>" * 20_000,
        "<title>" * 20_000,
        "&#x41;" * 20_000,
    ],
)
def test_a_bomb_costs_no_more_than_its_bytes(bomb):
    text, _ = html.read(bomb)
    assert len(text) <= len(bomb)
    assert seconds(bomb) < 8 * seconds(bomb[: len(bomb) // 4]) + 0.5  # four times if linear, sixteen if quadratic


def seconds(page):
    """Core-seconds of reading the page: the least of two times."""
    found = []
    for _ in range(2):
        begun = time.process_time()
        html.read(page)
        found.append(time.process_time() - begun)
    return min(found)
