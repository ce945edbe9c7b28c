"""A card goes to JSON and back whole, strict JSON even where a figure is no finite number."""

import dataclasses
import json
import math

import numpy as np
import pytest

from genloop.core.errors import DataError
from genloop.core.score import Score
from genloop.reports.card import CardData, from_json, plain, to_json


def test_a_card_comes_back_as_it_was(card: CardData) -> None:
    back = from_json(to_json(card))
    assert back == card
    assert to_json(from_json(to_json(back))) == to_json(back)


def test_figures_that_are_no_finite_number_survive_strict_json(card: CardData) -> None:
    odd = Score("copies", math.inf, "originality", (0, math.inf), "lower", 1, (math.nan, math.inf))
    text = to_json(dataclasses.replace(card, scores=(odd,)))
    assert not any(word in text.replace('"Infinity"', "").replace('"NaN"', "") for word in ("NaN", "Infinity"))
    back = from_json(text).scores[0]
    assert back.interval is not None
    assert math.isnan(back.interval[0])
    assert (back.value, back.bounds, back.interval[1]) == (math.inf, (0, math.inf), math.inf)


def test_arrays_become_lists_and_other_things_their_text() -> None:
    found = plain({"a": np.arange(2), "b": np.float32(0.5), "c": {1: {2}}, "d": complex(1, 2), "e": -math.inf})
    assert found == {"a": [0, 1], "b": 0.5, "c": {"1": [2]}, "d": "(1+2j)", "e": "-Infinity"}
    json.dumps(found, allow_nan=False)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"genloop_card": 1}', '{"genloop_card": "x"}'])
def test_what_is_no_card_is_refused(text: str) -> None:
    with pytest.raises(DataError, match="expected the JSON of a genloop card"):
        from_json(text)


def test_a_newer_card_asks_for_an_update(card: CardData) -> None:
    raw = json.loads(to_json(card)) | {"genloop_card": 99}
    with pytest.raises(DataError, match="has version 99, this genloop reads up to 1; update"):
        from_json(json.dumps(raw))


def test_the_reason_of_a_missing_section_is_told_guessed_or_unknown(card: CardData) -> None:
    assert card.reason("privacy") == "not-measured"
    assert dataclasses.replace(card, rules=()).reason("rules") == "no-rules"
    assert dataclasses.replace(card, rows={"holdout": 0}).reason("privacy") == "no-holdout"
    assert dataclasses.replace(card, left_out={"privacy": "no-source"}).reason("privacy") == "no-source"


def test_a_score_that_was_not_measured_is_not_found(card: CardData) -> None:
    assert card.find("fid") is None
    assert card.of("safety") == []
