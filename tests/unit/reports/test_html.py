"""The page holds everything, in both languages, and lets nothing from the data become markup or script."""

import base64
import dataclasses
import hashlib
import itertools
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest

from genloop.core.schema import Column, Schema
from genloop.core.score import Score
from genloop.reports.card import CardData
from genloop.reports.html import render
from genloop.reports.markup import Markup, tag, write
from genloop.reports.texts import Words

Change = Callable[..., CardData]
EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&<!--\u2028"


class Reader(HTMLParser):
    """Collects elements, attributes and the text inside scripts."""

    def __init__(self) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[tuple[dict[str, str | None], str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.elements and self.elements[-1][0] == "script":
            self.scripts.append((self.elements[-1][1], data))


def read(page: str) -> Reader:
    reader = Reader()
    reader.feed(page)
    return reader


def evil(card: CardData) -> CardData:
    """The card with hostile names and values wherever text from the data may stand."""
    columns: list[dict[str, Any]] = [
        {"name": EVIL, "kind": EVIL, "score": 0.9, "labels": [EVIL, None], "real": [0.5, 0.5], "made": [0.5, 0.5]},
        {"name": "t", "kind": "number", "score": 0.9, "edges": [EVIL, "b", "c"], "real": [1, 0], "made": [1, 0]},
    ]
    details: dict[str, dict[str, Any]] = {
        "shapes": {"columns": columns},
        "pairs": {"columns": [EVIL, "b"], "matrix": [[1, 0.5], [0.5, 1]]},
        "c2st": {"told_by": [{"column": EVIL, "share": 1.0}]},
        "coverage": {"groups": [{"columns": [EVIL], "values": [EVIL], "real": 0.1, "made": 0.0}]},
        "usefulness": {"target": EVIL, "measure": EVIL, "real": 1.0, "made": 0.9},
        "rules": {"rules": [{"text": EVIL, "origin": EVIL, "violations": 1, "rows": 2}]},
        "attribute": {"columns": [{"name": EVIL, "advantage": 0.1}]},
    }
    scores = [dataclasses.replace(s, detail=details.get(s.name, s.detail)) for s in card.scores]
    strange = Score(EVIL, 0.5, "safety", (0, 1), "higher", 1, unit=EVIL)
    return CardData(
        EVIL,
        (*scores, strange),
        Schema((Column(EVIL, "text", reason=EVIL, confidence=0.1, notes=(EVIL,)),)),
        plan={"stages": [{"family": EVIL, "columns": [EVIL], "given": [EVIL]}], EVIL: EVIL},
        seeds={EVIL: EVIL},
        versions={EVIL: EVIL},
        repairs={EVIL: 1},
        notes=(EVIL,),
        created=EVIL,
        label={EVIL: {EVIL: [EVIL]}},
        left_out={"privacy": EVIL},
    )


def test_nothing_from_the_data_becomes_markup(card: CardData) -> None:
    ours, theirs = read(render(card)), read(render(evil(card)))
    known = {element for element, _ in ours.elements} | {"details", "summary"}
    assert {element for element, _ in theirs.elements} <= known
    assert not [name for _, attrs in theirs.elements for name in attrs if name.startswith("on")]
    assert len(theirs.scripts) == len(ours.scripts) == 4


def test_the_data_inside_the_page_come_back_as_they_were(card: CardData) -> None:
    scripts = {attrs.get("id"): text for attrs, text in read(render(evil(card))).scripts}
    charts = json.loads(scripts["charts"])
    assert EVIL in json.dumps(charts, ensure_ascii=False).replace('\\"', '"')
    assert "<" not in scripts["charts"]
    assert {"en", "zh"} == set(json.loads(scripts["words"])["share"])


def test_the_policy_forbids_the_network_and_runs_only_our_scripts(card: CardData) -> None:
    page = read(render(card))
    policy = next(a["content"] or "" for e, a in page.elements if a.get("http-equiv") == "Content-Security-Policy")
    assert "default-src 'none'" in policy
    assert "unsafe-eval" not in policy
    allowed = re.findall(r"'sha256-([^']+)'", policy)
    run = [text for attrs, text in page.scripts if attrs.get("type") != "application/json"]
    assert [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in run] == allowed


def test_the_page_asks_for_no_other_file(card: CardData) -> None:
    page = read(render(card))
    named = [attrs[name] for _, attrs in page.elements for name in ("src", "href", "action") if name in attrs]
    assert named
    assert all((value or "").startswith("#") for value in named)


@pytest.mark.parametrize(("lang", "code"), [("en", "en"), ("zh", "zh-Hans")])
def test_both_languages_are_in_the_one_file_and_the_asked_one_is_shown(card: CardData, lang: Any, code: str) -> None:
    page = render(card, lang=lang)
    assert read(page).elements[0] == ("html", {"lang": code, "data-lang": lang})
    assert "not a guarantee of anonymity" in page
    assert "这并不保证匿名" in page


def test_headings_go_down_one_step_at_a_time(card: CardData) -> None:
    levels = [int(name[1]) for name, _ in read(render(card)).elements if re.fullmatch(r"h\d", name)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_every_score_is_drawn_and_every_chart_has_its_place(card: CardData) -> None:
    page = read(render(card))
    charts = json.loads(next(text for attrs, text in page.scripts if attrs.get("id") == "charts"))
    places = [attrs["data-chart"] for _, attrs in page.elements if "data-chart" in attrs]
    assert places == list(charts)
    assert len(charts) == 3 + 1 + 1 + 1 + 1 + 1 + 1  # columns, pairs, told by, outcomes, distances, roc, attributes


def test_columns_beyond_the_first_dozen_are_folded_away(change: Change) -> None:
    columns = [{"name": f"c{i}", "kind": "number", "score": i / 20} for i in range(20)]
    page = render(change("shapes", detail={"columns": columns}))
    assert "8 more columns" in page
    assert page.index("c0<") < page.index("c11<") < page.index("<details") < page.index("c12<")


def test_a_section_left_out_says_why(card: CardData) -> None:
    kept = tuple(s for s in card.scores if s.section != "privacy")
    page = render(dataclasses.replace(card, scores=kept, left_out={"privacy": "source-changed"}))
    assert "the source has changed since the model learnt from it" in page


def test_what_is_not_learnt_and_what_was_unsure_is_told(card: CardData) -> None:
    page = render(card)
    for words in (
        "remark: free text is not learnt, the made column is empty",
        "id: keys are never learnt, fresh ones of the same pattern were made",
        "age: 3 unreadable cells became missing",
        "unsure (60 % sure): few values",
        "learnt from a part of the rows",
        "two values are rare",
    ):
        assert words in page


def test_a_bare_card_is_still_a_page() -> None:
    page = render(CardData("bare", (), Schema(())))
    assert "Not judged: nothing was measured." in page
    assert "Nothing had to be repaired." in page


def test_scores_without_detail_are_figures_without_drawings(card: CardData) -> None:
    bare = tuple(dataclasses.replace(score, detail={}) for score in card.scores)
    assert "data-chart" not in render(dataclasses.replace(card, scores=bare)).split("<script")[0]


def test_plain_text_is_escaped_and_markup_is_not() -> None:
    assert tag("p", "<b>", Markup("<i>x</i>"), title='"', hidden=True, id=None) == (
        '<p title="&quot;" hidden>&lt;b&gt;<i>x</i></p>'
    )
    assert write(None, ["a", ("&",)]) == "a&amp;"
    assert tag("br") == "<br/>"


def test_words_stand_in_both_languages_unless_they_are_the_same() -> None:
    assert write(Words("a", "甲")) == '<span lang="en">a</span><span lang="zh-Hans">甲</span>'
    assert write(Words("x<", "x<")) == "x&lt;"
    assert tag("p", aria_label=Words("a", "甲")) == (
        '<p aria-label="a" data-aria-label-en="a" data-aria-label-zh="甲"></p>'
    )
