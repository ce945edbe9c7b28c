"""What a card holds of pictures: made ones always, real ones only on request, never more than its bound."""

import base64
import dataclasses
import io

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image
from rich.console import Console

from genloop.core import pixels as tensors
from genloop.core.protocols import Evidence
from genloop.core.schema import Column, Schema
from genloop.core.score import Score
from genloop.files.pictures import marks
from genloop.files.pictures.sheet import WORDS
from genloop.reports.card import CardData, from_json, to_json
from genloop.reports.html import render
from genloop.reports.making import notes
from genloop.reports.pictures import sheets
from genloop.reports.pictures.verdict import besides, clauses
from genloop.reports.terminal import render as tell
from genloop.reports.verdict import judge

UNIT = (0.0, 1.0)
SCHEMA = Schema((Column("image", "image", shape=(8, 8, 1)), Column("class", "category")))


def table(shade, rows=24, side=8, channels=1):
    """Pictures of one shade and two classes in turn."""
    pixels = np.full((rows, side, side, channels), shade, np.uint8)
    return pa.table({"image": tensors.write(pixels), "class": ["b", "a"] * (rows // 2)})


def pair(limit=0.5):
    pairs = [{"made": 3, "train": 5, "distance": 0.25}, {"made": 1, "train": 2, "distance": 0.75}]
    return {"limit": limit, "pairs": pairs, "edges": [0, 1, 2], "holdout": [5, 6], "made": [1, 9]}


CLASSES = [
    {"class": "a", "asked": 12, "right": 0.75, "real": 0.97, "taken_for": "b", "recognised": 9},
    {"class": "b", "asked": 12, "right": 1.0, "real": 0.99, "taken_for": None, "recognised": 15},
]
SIGNS = {"chequer": {"made": 0.2, "real": 0.1, "off": 1.5}, "contrast": {"made": 50.0, "real": 51.0, "off": 0.1}}
SCORES = (
    Score("blank", 0.0, "fidelity", UNIT, "lower", 0.0, (0.0, 0.005)),
    Score(
        "fid",
        9.0,
        "fidelity",
        (0.0, 1e6),
        "lower",
        0.0,
        (8.5, 9.5),
        "distance",
        5.0,
        {"features": "two small networks", "made": 24},
    ),
    Score("artefacts", 1.5, "fidelity", (0.0, 1e6), "lower", 0.0, (1.4, 1.6), "", 0.1, {"signs": SIGNS}),
    Score("recall", 0.9, "diversity", UNIT, "higher", 1.0, (0.88, 0.92), "share", 0.95),
    Score("picture_coverage", 0.93, "diversity", UNIT, "higher", 1.0, (0.91, 0.95), "share", 0.95),
    Score(
        "asked",
        0.95,
        "usefulness",
        UNIT,
        "higher",
        1.0,
        (0.94, 0.96),
        "share",
        0.98,
        {"column": "class", "classes": CLASSES},
    ),
    Score("near_features", 0.01, "originality", UNIT, "lower", 0.01, (0.005, 0.015), "share", 0.01, pair()),
)


def evidence(**changes):
    parts = {"schema": SCHEMA, "train": table(10), "holdout": table(20), "made": table(200), "target": None}
    return Evidence(**{**parts, **changes})


def card(**changes):
    found = sheets.read(
        evidence(), SCORES, [("gan", 1.0, 9.0), ("gan", 2.0, 4.0)], show_real=changes.pop("show_real", False)
    )
    return CardData("items", SCORES, SCHEMA, pictures=found, rows={"made": 24, "train": 24, "holdout": 24}, **changes)


def within(uri):
    """The bytes of a data: URI."""
    return base64.b64decode(uri.partition(",")[2])


def opened(uri):
    """The picture in a data: URI."""
    head, _, data = uri.partition(",")
    assert head in ("data:image/png;base64", "data:image/webp;base64")
    with Image.open(io.BytesIO(base64.b64decode(data))) as found:
        return np.asarray(found)


def change(name, **fields):
    scores = tuple(dataclasses.replace(s, **fields) if s.name == name else s for s in SCORES)
    return dataclasses.replace(card(), scores=scores)


def test_a_strip_a_class_holds_its_made_pictures_in_the_order_of_names():
    strips = card().pictures["strips"]
    assert [strip["name"] for strip in strips] == ["a", "b"]
    pixels = opened(strips[0]["made"])
    assert pixels.shape == (8, 12 * 9 - 1) and (pixels[:, :8] == 200).all() and (pixels[:, 8] == 255).all()


def test_no_real_picture_is_in_a_card_unless_it_was_asked_for():
    hidden, shown = card().pictures, card(show_real=True).pictures
    assert not any(entry["real"] for entry in (*hidden["strips"], *hidden["pairs"]))
    assert (opened(shown["strips"][1]["real"])[:, :8] == 20).all()
    assert (opened(shown["pairs"][0]["real"]) == 10).all() and (opened(shown["pairs"][0]["made"]) == 200).all()
    assert [entry["near"] for entry in shown["pairs"]] == [True, False]


@pytest.mark.parametrize(("side", "channels"), [(64, 3), (256, 3)])
def test_the_pictures_of_a_card_stay_within_their_bound(side, channels):
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (120, side, side, channels), np.uint8)
    made = pa.table({"image": tensors.write(noise), "class": [f"c{n % 20}" for n in range(120)]})
    schema = Schema((Column("image", "image", shape=(side, side, channels)), Column("class", "category")))
    found = sheets.read(evidence(schema=schema, made=made, train=None, holdout=None), SCORES, [])
    assert found["strips"] and (sheets.size(found) <= sheets.MOST_BYTES or len(found["strips"]) == 2)


def test_without_classes_a_few_strips_are_shown():
    made = table(200, rows=30).drop_columns(["class"])
    found = sheets.read(evidence(made=made, train=None), SCORES[:1], [])
    assert [strip["name"] for strip in found["strips"]] == [None] * 3 and found["pairs"] == []


def test_a_table_without_pictures_gives_nothing():
    schema = Schema((Column("class", "category"),))
    assert sheets.read(evidence(schema=schema, made=table(1).select(["class"])), (), []) == {}


def test_the_page_shows_sheets_classes_curve_and_pairs_in_both_languages():
    page = render(card())
    assert (
        page.count('class="pixels"') == 2 + 2
        and "No real picture is in this card" in page
        and "本卡不含真实图片" in page
    )
    assert "Recognised" in page and "chequered pattern" in page and "棋盘纹" in page
    assert '"@judged"' in page and "too near" in page and "24 made pictures" in page
    shown = render(card(show_real=True))
    assert shown.count('class="pixels"') == 4 + 4 and "because it was asked for" in shown


def test_the_card_comes_back_from_json_with_its_pictures():
    one = card(show_real=True)
    assert from_json(to_json(one)).pictures == one.pictures


def test_the_verdict_answers_real_varied_asked_and_new():
    verdict = judge(card())
    assert list(verdict.uses) == ["real", "varied", "asked", "new"]
    assert (verdict.uses["real"], verdict.uses["varied"], verdict.uses["new"]) == ("bad", "good", "good")
    told = " ".join(clause.en for clause in clauses(card(), verdict))
    assert "9.000" in told and "5.000" in told and "93 % of the real variety" in told and "they are new: 1 %" in told
    assert "chequered pattern" in besides(card(), verdict)[0].en and "棋盘纹" in besides(card(), verdict)[0].zh


@pytest.mark.parametrize(
    ("name", "fields", "use", "words"),
    [
        ("near_features", {"value": 0.2, "interval": (0.15, 0.25)}, "new", "are copied: 20 %"),
        ("picture_coverage", {"value": 0.3, "interval": (0.2, 0.4)}, "varied", "only 30 %"),
        ("asked", {"value": 0.5, "interval": (0.4, 0.6)}, "asked", "only 50 % show the class"),
        ("fid", {"value": 80.0, "interval": (79.0, 81.0)}, "real", "do not look like real ones"),
        ("blank", {"value": 0.5, "interval": (0.4, 0.6)}, "real", "50 % of them are blank"),
    ],
)
def test_a_bad_figure_makes_its_answer_bad_and_is_told(name, fields, use, words):
    worse = change(name, **fields)
    verdict = judge(worse)
    assert verdict.uses[use] == "bad" and verdict.overall == "bad"
    assert words in " ".join(clause.en for clause in clauses(worse, verdict) + besides(worse, verdict))


def test_what_was_not_measured_is_said_and_never_good():
    bare = dataclasses.replace(card(), scores=SCORES[:1])
    verdict = judge(bare)
    assert verdict.overall == "fair" and "asked" not in verdict.uses
    assert all("not measured" in clause.en for clause in clauses(bare, verdict))


def test_the_terminal_tells_the_same(capsys):
    Console(width=120).print(tell(card(), lang="zh"))
    assert "棋盘纹" in capsys.readouterr().out


def test_pictures_and_the_captions_told_to_them_are_not_called_unlearnt():
    schema = Schema((*SCHEMA.columns, Column("caption", "text"), Column("remark", "text")))
    plan = {"stages": [{"family": "gan", "columns": ["image"], "words": ["caption"]}]}
    told = [note.en for note in notes(dataclasses.replace(card(), schema=schema, plan=plan))]
    assert told[0].startswith("caption: its sentences were told") and told[1].startswith("remark: free text is not")
    assert len(told) == 2


@pytest.mark.parametrize("side", [8, 48])
def test_made_pictures_carry_the_label_and_the_words_and_real_ones_do_not(side):
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (24, side, side, 3), np.uint8)
    parts = {name: pa.table({"image": tensors.write(noise), "class": ["b", "a"] * 12}) for name in ("made", "holdout")}
    label = {"made": "true", "source_type": "trainedAlgorithmicMedia", "model": "abc"}
    found = sheets.read(evidence(**parts, train=None), (), [], label=label, show_real=True)
    for strip in found["strips"]:
        assert marks.is_made(within(strip["made"]))
        assert not marks.is_made(within(strip["real"]))
    shown = dataclasses.replace(card(), pictures=found, label=label)
    assert f"The made ones: {WORDS}" in render(shown)
    alone = sheets.read(evidence(**parts), SCORES, [], label=label)
    page = render(dataclasses.replace(shown, pictures=alone))
    assert page.count(f"<small>{WORDS}</small>") == 2  # below the sheets and below the nearest pairs
    assert all(marks.is_made(within(pair["made"])) for pair in alone["pairs"])


def test_pictures_that_somebody_gave_are_not_called_made():
    given = {"made": "true", "given": '["image"]'}
    for label in (given, {}, None):
        found = sheets.read(evidence(), SCORES, [], label=label)
        assert not marks.is_made(within(found["strips"][0]["made"]))
        assert WORDS not in render(dataclasses.replace(card(), pictures=found))
