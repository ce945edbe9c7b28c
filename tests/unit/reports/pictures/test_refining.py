"""What refining changed, read off a label and said in sentences."""

import base64
import json
from dataclasses import replace

import numpy as np
import pytest

from genloop.core.schema import Column, Schema
from genloop.files.pictures import marks
from genloop.files.pictures.sheet import WORDS
from genloop.reports.card import CardData, from_json, to_json
from genloop.reports.pictures import refining

RECORD = {
    "candidates": 4, "clean": True, "truncation": 1.5, "rows": 1000, "drawn": 4000, "replaced": 0.644,
    "judge_before": -0.21, "judge_after": -0.094, "compared": 200, "judge_plain": -0.3, "cleaned": 508, "refused": 264,
    "dirty": 772, "judge_before_cleaning": -0.085, "judge_after_cleaning": -0.08,
}  # fmt: skip


@pytest.fixture
def card():
    return CardData("bars", (), Schema((Column("image", "image", shape=(4, 4, 1)),)))


def test_a_label_without_a_record_shows_nothing(card):
    for label in ({}, {"refining": ""}, {"refining": "no json"}, {"refining": "[1]"}):
        assert refining.read(label) == {}
    assert refining.write_refining(card) is None


def test_every_figure_of_the_record_is_said(card):
    found = refining.read({"refining": json.dumps(RECORD)})
    page = refining.write_refining(replace(card, refining=found))
    for words in ("What refining changed", "精修改变了什么", "4,000 candidates", "25 %", "64.4 %".replace(".4", ""),
                  "−0.21", "1.5 deviations", "200 pictures of whole noise", "508 of 1,000", "264 more"):  # fmt: skip
        assert words in page
    assert "<img" not in page
    kept = from_json(to_json(replace(card, refining=found))).refining
    assert kept == found


def test_pictures_before_and_after_come_along_where_they_are_at_hand_and_small(card):
    few = np.zeros((3, 4, 4, 1), np.uint8)
    found = refining.read({"refining": json.dumps({"clean": True, "rows": 3, "cleaned": 3, "refused": 0})}, (few, few))
    page = refining.write_refining(replace(card, refining=found))
    assert page.count("data:image/png;base64,") == 2
    assert WORDS in page
    assert marks.is_made(base64.b64decode(found["after"].partition(",")[2]))
    large = np.random.default_rng(0).integers(0, 256, (12, 128, 128, 3), np.uint8)
    assert "before" not in refining.read({"refining": json.dumps(RECORD)}, (large, large))
