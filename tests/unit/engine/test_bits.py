"""The bits that a model needs for held-out texts: all that it never learnt, each once, with an honest interval."""

import dataclasses
import math
from types import SimpleNamespace

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from genloop import engine
from genloop.core import registry
from genloop.core.errors import SourceNotFound
from genloop.core.protocols import Evidence, Weights
from genloop.core.schema import Column, Schema
from genloop.engine import bits, judging, writer
from genloop.engine.learnt import Learnt
from genloop.engine.plan import Plan, Stage
from genloop.judges.texts import spelling

THINGS, SAYS = ("room", "bed", "staff", "food", "view", "garden"), ("good", "poor", "clean", "cold", "quiet", "bright")
SETTINGS = {"width": 32, "layers": 1, "heads": 2, "tokens": 512, "context": 64}


def reviews(rows, seed=0):
    rng = np.random.default_rng(seed)
    return [
        f"Room {rng.integers(1000)}: " + " ".join(f"the {rng.choice(THINGS)} was {rng.choice(SAYS)}." for _ in range(3))
        for _ in range(rows)
    ]


@pytest.fixture
def double():
    """No stand-in for the families here."""


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    pytest.importorskip("torch")
    pytest.importorskip("tokenizers")
    path = tmp_path_factory.mktemp("bits") / "reviews.parquet"
    pq.write_table(pa.table({"label": ["a", "b"] * 400, "text": reviews(800)}), path)
    kinds = {"text": "text", "label": "category"}
    return engine.fit(path, kinds=kinds, steps=25, settings=SETTINGS, rules="off", threads=1)


SCHEMA = Schema((Column("label", "category"), Column("text", "text")))


def evidence(held, learnt=("The bed was cold.",) * 30):
    def rows(texts):
        return pa.table({"label": ["a"] * len(texts), "text": list(texts)})

    return Evidence(SCHEMA, rows(learnt), rows(held), rows(held), None)


@pytest.mark.neural
def test_the_model_needs_fewer_bits_for_texts_like_those_it_learnt(model):
    like = reviews(60, seed=1)
    odd = ["".join(np.random.default_rng(place).permutation(list(text))) for place, text in enumerate(like)]
    (good,), (bad,) = (bits.score(model.learnt, evidence(held)) for held in (like, odd))
    assert good.name == "text_bits" and good.unit == "bits per byte" and good.detail["rows"] == 60
    assert 0 < good.interval[0] < good.value < good.interval[1] < bad.interval[0]


@pytest.mark.neural
def test_the_card_of_made_texts_says_how_well_the_model_foresees(model):
    card = model.score(model.sample(40, seed=1))
    assert card["text_bits"].section == "fidelity"
    assert card["text_bits"].detail["compressor"] > 0


@pytest.fixture
def three(monkeypatch):
    """What was learnt by a writer of raw texts that needs three bits for each byte, and the rows it is asked about."""
    asked = []

    def score(weights, records):
        asked.append(records)
        return np.array([3 * math.log(2) * len(text.encode()) for text in records.column("text").to_pylist()])

    family = SimpleNamespace(FORM="raw", score=score)
    monkeypatch.setattr(registry, "load", lambda kind, name: family)
    monkeypatch.setattr(writer, "takes_raw", lambda name: True)
    maker = writer.Writer(Stage("three", ("text",), role="text"), Weights({"settings": {"context": 120}}, {}))
    learnt = Learnt(SCHEMA, Plan((maker.stage,)), (), (), (maker.weights,))
    monkeypatch.setattr(Learnt, "writers", (maker,))
    return SimpleNamespace(learnt=learnt, asked=asked, family=family)


def test_the_value_is_all_bits_over_all_bytes_and_texts_that_were_learnt_are_left_out(three):
    short = [f"Bett {place}: schön" for place in range(40)]
    held = [*short, "The  bed was cold.", None, "", short[0], "too long " * 20]
    (found,) = bits.score(three.learnt, evidence(held))
    assert found.value == pytest.approx(3) and found.interval == pytest.approx((3, 3))
    assert found.detail["bytes"] == sum(len(text.encode()) for text in short)
    assert three.asked[0].column("text").to_pylist() == short


def test_the_interval_covers_what_other_texts_of_the_kind_cost(three, monkeypatch):
    rng, values, inside = np.random.default_rng(0), [], 0

    def costly(weights, records):
        return rng.gamma(2.0, 10.0, records.num_rows)

    monkeypatch.setattr(three.family, "score", costly)
    for part in range(40):
        (found,) = bits.score(three.learnt, evidence([f"{part} bed {place:03}" for place in range(60)]))
        values.append(found)
    true = np.mean([found.value for found in values])
    inside = sum(found.interval[0] <= true <= found.interval[1] for found in values)
    assert 34 <= inside <= 40


def test_where_chances_are_not_to_be_had_nothing_is_said(three):
    assert bits.score(three.learnt, evidence(["a bed", "a room"])) == []
    given = evidence([f"bed {place}" for place in range(40)])
    assert bits.score(three.learnt, given)
    assert bits.score(three.learnt, dataclasses.replace(given, holdout=None)) == []

    def gone(weights, records):
        raise SourceNotFound("the base is gone")

    three.family.score = gone
    assert bits.score(three.learnt, given) == []
    del three.family.score
    assert bits.score(three.learnt, given) == []


def test_a_compressor_that_read_the_texts_before_needs_far_less():
    known, other = reviews(200, seed=4), reviews(200, seed=5)
    train = pa.table({"text": known})
    again, fresh = (bits.compressed(train, "text", texts) for texts in (known, other))
    assert again < 0.2 * fresh < fresh < 8
    assert bits.compressed(train, "text", []) is None


def test_that_english_spelling_was_not_measured_is_told_where_nobody_knows_it(monkeypatch):
    english, chinese = evidence(reviews(20)), evidence(["房间很好，床很干净。"] * 20)
    monkeypatch.setattr(spelling, "program", lambda: None)
    assert judging._unspelt(english) and not judging._unspelt(chinese)
    monkeypatch.setattr(spelling, "program", lambda: "hunspell")
    assert not judging._unspelt(english)
