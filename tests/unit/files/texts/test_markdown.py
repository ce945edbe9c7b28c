"""Markdown becomes its words."""

import time

import pytest

from genloop.files.texts import markdown

SOURCE = """---
layout: post
title: "Spring menu"
---
# A *fresh* start

Some **bold** and _soft_ words, a [link](http://x.y "t"), `code` and snake_case_name. \\*kept\\*

![picture](a.png)

> quoted

```py
x = 1  # *as it is*
```

| dish | price |
|------|------:|
| soup | 3     |

- 1 * 2 * 3

[ref]: http://x.y
"""


def test_marks_go_and_words_stay():
    text, title = markdown.read(SOURCE)
    assert title == "Spring menu"
    lines = [line for line in text.split("\n") if line]
    assert lines == [
        "A fresh start",
        "Some bold and soft words, a link, code and snake_case_name. *kept*",
        "quoted",
        "x = 1  # *as it is*",
        "dish\tprice",
        "soup\t3",
        "- 1 * 2 * 3",
    ]


def test_the_first_heading_is_the_title_where_there_is_no_front_matter():
    assert markdown.read("\n# Hello **you**\n\ntext")[1] == "Hello you"
    assert markdown.read("text\n# later")[1] is None
    assert markdown.read('+++\ntitle = "Toml"\n+++\nx') == ("x", "Toml")


def test_underlined_headings_lose_their_line():
    assert markdown.read("Title\n=====\ntext")[0].split() == ["Title", "text"]


@pytest.mark.parametrize("bomb", ["*" * 20_000, "[" * 10_000, "_a" * 10_000, "![" * 10_000, "`" * 20_000, "<a" * 9_999])
def test_a_line_of_marks_costs_little(bomb):
    begun = time.process_time()
    markdown.read(bomb)
    assert time.process_time() - begun < 5


@pytest.mark.parametrize(
    "unit", ["[", "![", "**x ", "__x ", "**a ** ", "<!--", "<!-- ->", "<http://a", "[a](", "![a]("]
)
def test_a_mark_costs_no_more_where_many_stand(unit):
    bomb = unit * (200_000 // len(unit))
    assert seconds(bomb) < 8 * seconds(bomb[: len(bomb) // 4]) + 0.3  # four times if linear, sixteen if quadratic
    assert seconds(bomb) < 1, "no mark looks at the thousands of characters behind it"


def seconds(page):
    """Core-seconds of reading the page: the least of two times."""
    found = []
    for _ in range(2):
        begun = time.process_time()
        markdown.read(page)
        found.append(time.process_time() - begun)
    return min(found)


@pytest.mark.parametrize(
    ("marked", "plain"),
    [
        ("[Foo](https://a.example/Foo_(bar)", "Foo"),
        ('[a](http://b "see [1]") and [c][d]', "a and c"),
        ("[see [d](e)", "[see d"),
        ("a<!-- b <!-- c -->d<!-- e", "ad<!-- e"),
        ("**a *b* c** and **d**, __e f__", "a b c and d, e f"),
        ("a ** b and **c** d", "a ** b and c d"),
    ],
)
def test_marks_that_hold_one_another_are_read_as_before(marked, plain):
    assert markdown.read(f"x {marked}")[0] == f"x {plain}"
