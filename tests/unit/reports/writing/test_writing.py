"""The card of made texts: questions answered, words in both languages, and what is drawn behind the figures."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import pytest

from genloop.core.schema import Column, Schema
from genloop.core.score import Score
from genloop.reports import saying
from genloop.reports.card import CardData
from genloop.reports.html import render
from genloop.reports.sentence import join
from genloop.reports.verdict import TEXTS, judge

UNIT = (0.0, 1.0)
GOOD = {"text_c2st": 0.55, "text_self_bleu": 0.4, "text_copied": 0.01, "text_asked": 0.9, "text_form": 0.0}
SECTIONS = {"text_self_bleu": "diversity", "text_asked": "usefulness", "text_copied": "originality"}
DETAIL: Mapping[str, Mapping[str, Any]] = {
    "text_c2st": {"told_by": [{"run": "a\n b", "made": 0.3, "real": 0.1}], "column": "body", "columns": [1, 2]},
    "text_copied": {"limit": 18.0, "edges": [0, 5, 10], "holdout": [0.7, 0.3], "made": [0.6, 0.4]},
    "text_asked": {"classes": [{"class": "pos", "asked": 5, "right": 0.8, "real": 0.9, "taken_for": "neg"}]},
    "text_form": {"worst": "loops", "signs": {"loops": {"made": 0.2, "real": 0.0}}},
    "text_secrets": {"told": 7},
}
REAL = {
    "text_self_bleu": 0.41,
    "text_copied": 0.01,
    "text_asked": 0.92,
    "text_form": 0.0,
    "text_secrets": 0.0,
    "text_repeats": 0.0,
}


def _section(name: str) -> str:
    return "originality" if name in TEXTS["new"] else "diversity" if name in TEXTS["varied"] else "fidelity"


def card(**values: float) -> CardData:
    """A card of texts with these figures in place of good ones."""
    scores = tuple(
        Score(
            name,
            value,
            SECTIONS.get(name, _section(name)),  # type: ignore[arg-type]
            UNIT,
            "higher" if name == "text_asked" else "lower",
            {"text_asked": 1.0, "text_c2st": 0.5, "text_copied": 0.01}.get(name, 0.0),
            (max(value - 0.005, 0), min(value + 0.005, 1)),
            "share",
            REAL.get(name),
            DETAIL.get(name, {}),
        )
        for name, value in (GOOD | values).items()
    )
    schema = Schema((Column("body", "text"), Column("mood", "category")))
    return CardData("Letters", scores, schema, rows={"made": 50, "train": 400, "holdout": 100})


def told(found: CardData) -> str:
    return join(saying.clauses(found, judge(found)) + saying.besides(found, judge(found))).en


def test_good_texts_are_good_for_every_question():
    verdict = judge(card())
    assert verdict.uses == {"real": "good", "varied": "good", "asked": "good", "new": "good"}
    assert verdict.overall == "good"
    assert "a classifier picks the made one of two 55 times in 100" in told(card())
    assert "99 % of fresh real texts do (18 characters)" in told(card())


@pytest.mark.parametrize(
    ("change", "use", "words"),
    [
        ({"text_c2st": 0.99}, "real", "do not read like real ones"),
        ({"text_form": 0.2}, "real", "look at their form: loops, 20 % more often"),
        ({"text_form": 0.2}, "real", "do not read like real ones (Worst fault of form, in excess of real)"),
        ({"text_repeats": 0.3}, "varied", "they vary far less than real ones (Texts that repeat one another)"),
        ({"text_self_bleu": 0.8}, "varied", "say the same over and over"),
        ({"text_asked": 0.5}, "asked", "only 50 % are recognised"),
        ({"text_copied": 0.2}, "new", "learnt texts are copied"),
        ({"text_secrets": 0.1}, "new", "7 made texts give away numbers"),
    ],
)
def test_what_is_wrong_is_said(change: dict[str, float], use: str, words: str):
    found = card(**change)
    verdict = judge(found)
    assert verdict.uses[use] == "bad"  # type: ignore[index]
    assert verdict.overall == "bad"
    assert words in told(found)


def test_what_was_not_measured_is_never_good():
    found = dataclasses.replace(card(), scores=tuple(s for s in card().scores if s.name != "text_copied"))
    assert judge(found).overall == "fair"
    assert "whether they are new was not measured" in told(found)
    bare = dataclasses.replace(card(), scores=tuple(s for s in card().scores if s.name == "text_form"))
    assert "Whether the texts read like real ones was not measured" in told(bare)
    assert "their variety was not measured" in told(bare)


def test_texts_among_other_columns_are_judged_beside_the_rows():
    rows = (
        Score("c2st", 0.52, "fidelity", UNIT, "lower", 0.5, (0.51, 0.53), "area under the curve"),
        Score("shapes", 0.98, "fidelity", UNIT, "higher", 1.0, (0.97, 0.99), "share", 0.98),
    )
    found = dataclasses.replace(card(text_c2st=0.99), scores=(*rows, *card(text_c2st=0.99).scores))
    verdict = judge(found)
    assert verdict.uses["analysis"] == "good"
    assert verdict.uses["real"] == "bad"
    assert verdict.overall == "bad"
    assert "Good for analysis and testing" in told(found)
    assert "the texts do not read like real ones" in told(found)


def test_the_page_shows_what_lies_behind_the_figures_in_both_languages():
    page = render(card(text_form=0.2))
    for words in (
        "a↵␣b",
        "Told of the column body",
        "What gave made texts away",
        "什么暴露了生成的文本",
        "loops",
        "循环重复",
    ):
        assert words in page
    assert "Do the made texts read like real ones?" in page
    assert "Longest copied span of each text" in page
    assert "Class by class" in page


def test_made_texts_stand_on_the_card_escaped_with_what_is_held_against_them():
    entries = [
        {"text": "a <b>bold</b> room", "beside": {"label": "pos"}, "signs": ["loops", "odd"], "copied": 5},
        {"text": None, "beside": {}, "signs": [], "copied": 40},
        {"text": None, "beside": {}, "signs": [], "copied": None},
    ]
    shown = dataclasses.replace(
        card(**GOOD), writings={"columns": [{"column": "body", "limit": 18.0, "texts": entries}]}
    )
    page = render(shown, lang="zh")
    assert "<blockquote>a &lt;b&gt;bold&lt;/b&gt; room</blockquote>" in page and "label: pos" in page
    for words in ("loops", "循环重复", "longest copied span: 5 characters", "最长照抄 40 字", "Withheld: it copies"):
        assert words in page
    assert "Withheld: without learnt and held-out texts" in page
    assert 'id="texts"' not in render(card(**GOOD))
