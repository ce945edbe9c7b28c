"""One text changed through a model's latent: what comes back, what is said of it, what is refused."""

import json
from itertools import product

import pyarrow as pa
import pytest
from typer.testing import CliRunner

pytest.importorskip("torch")
pytest.importorskip("tokenizers")

from genloop import engine
from genloop.applications.rewrite import Rewriter
from genloop.core import registry
from genloop.core.errors import ConditionError, ConfigError, DataError, SourceNotFound
from genloop.core.protocols import Weights
from genloop.files.write import read_label
from genloop.interfaces.cli import app

pytestmark = pytest.mark.neural
SMALL = {"width": 32, "latent": 4, "tokens": 512}


def reviews() -> pa.Table:
    """Two sorts of short reviews."""
    words = {"good": ("clean", "quiet", "warm", "lovely", "fresh"), "bad": ("cold", "dark", "loud", "dirty", "stale")}
    rows = [
        (label, f"our {thing} was {one} and also {two} on {day}")
        for label, own in words.items()
        for day, thing, one, two in product(("monday", "friday"), ("room", "bath", "lobby"), own, own)
    ]
    return pa.table({"label": [row[0] for row in rows], "text": [row[1] for row in rows]})


def learnt(family: str, **settings: object) -> engine.Model:
    kinds = {"text": "text", "label": "category"}
    return engine.fit(reviews(), kinds=kinds, family=family, steps=30, settings={**SMALL, **settings}, seed=1)


@pytest.fixture(scope="module")
def model():
    return learnt("vae")


@pytest.fixture
def note(tmp_path):
    """A text written to a file: write(name, text) -> path."""

    def write(name, text):
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return tmp_path / name

    return write


ONE, OTHER = "our room was clean and also quiet on monday", "our bath was cold and also dirty on friday"


def test_a_varied_text_is_one_text_and_said_to_be_invented(model, note):
    done = Rewriter(model, note("a.txt", ONE), seed=1).vary(0.3)
    assert len(done.texts) == 1
    assert "30 % of the way" in done.remarks[0].en and "虚构" in done.remarks[0].zh
    assert done.label["edited"] == "vary" and "generative model" in done.label["notice"]


def test_the_seed_decides_a_new_text_and_nothing_of_the_nearest(model, note):
    path = note("a.txt", ONE)
    for strength, alike in ((0.0, True), (1.0, False)):
        first, second = (Rewriter(model, path, seed=seed).vary(strength).texts for seed in (1, 2))
        assert (first == second) is alike
    again = [Rewriter(model, path, seed=1, given=["label=bad"]).vary(1.0).texts for _ in range(2)]
    assert again[0] == again[1]


def test_the_way_has_as_many_texts_as_steps_between_the_nearest_of_the_two(model, note):
    first, last = note("a.txt", ONE), note("b.txt", OTHER.encode("utf-16"))
    way = Rewriter(model, first, seed=1).morph(last, 4)
    ends = [Rewriter(model, path, seed=5).vary(0.0).texts[0] for path in (first, last)]
    assert len(way.texts) == 4
    assert [way.texts[0], way.texts[-1]] == ends
    assert "4 texts" in way.remarks[0].en


def test_the_command_shows_the_texts_and_writes_them_with_their_label(model, note, tmp_path):
    model.save(tmp_path / "m.genloop")
    first, last, out = note("a.txt", ONE), note("b.txt", OTHER), tmp_path / "way.jsonl"

    def call(*words):
        return CliRunner().invoke(app, ["edit", str(first), "--model", str(tmp_path / "m.genloop"), *map(str, words)])

    done = call("--morph", last, "--steps", "3", "-o", out)
    assert done.exit_code == 0, (done.stdout, done.exception)
    rows = [json.loads(line)["text"] for line in out.read_text("utf-8").splitlines()]
    assert len(rows) == 3 and rows[0] in done.stdout and "all are invented" in done.stdout
    assert (read_label(out) or {})["edited"] == "morph"
    assert "虚构" in call("--vary", "0.5", "--lang", "zh").stdout
    refused = call("--inpaint", last)
    assert refused.exit_code == 1
    assert "--inpaint changes pictures; this model makes texts (--vary, --morph)" in " ".join(refused.stderr.split())


def test_what_is_no_text_or_out_of_range_is_refused(model, note, tmp_path):
    path = note("a.txt", ONE)
    for wrong, error, message in (
        (note("empty.txt", "  \n"), DataError, "empty.txt is empty"),
        (note("b.txt", bytes(range(256)) * 8), DataError, "b.txt: binary"),
        (note("c.txt", b"a" * (1 << 20) + b"b"), DataError, "at most 1,048,576"),
        (tmp_path / "none.txt", SourceNotFound, "no file .*none.txt"),
    ):
        with pytest.raises(error, match=message):
            Rewriter(model, wrong).vary(0.3)
    with pytest.raises(ConfigError, match=r"--vary is from 0 .* found 1.5"):
        Rewriter(model, path).vary(1.5)
    with pytest.raises(ConfigError, match="--steps is from 3 to 64, found 2"):
        Rewriter(model, path).morph(path, 2)
    with pytest.raises(ConditionError, match="under conditions on other columns"):
        Rewriter(model, path, given=["text contains room"]).vary(0.3)
    with pytest.raises(ConditionError, match="label"):
        Rewriter(model, path, given=["label=ugly"]).vary(0.3)


def test_models_without_a_latent_are_refused_with_what_to_do(note, table):
    path = note("a.txt", ONE)
    with pytest.raises(ConditionError, match="the model makes no texts"):
        Rewriter(engine.fit(table, family="trees", steps=1), path).vary(0.3)
    with pytest.raises(ConfigError, match="a model of the family recurrent writes texts and cannot change a given one"):
        Rewriter(
            engine.fit(reviews(), family="recurrent", steps=1, settings={"width": 16}, kinds={"text": "text"}), path
        ).vary(0.3)


class Scribe:
    """A family that answers prompts; it notes down what it was asked."""

    NAME, KINDS, FORM = "scribe", frozenset({"text"}), "raw"

    def __init__(self):
        self.asked, self.answer, self.chat = [], "<think>so</think>\n<text>\nThe room was spotless.\n</text>", True

    def fit(self, task):
        return Weights({}, {})

    def sample(self, weights, given, rng, demand, wish):
        return ["a text"] * given.num_rows

    def reply(self, weights, prompts, rng, demand, wish):
        self.asked.append((*(message.text for message in prompts[0]), wish))
        return [self.answer]

    def converses(self, weights):
        return self.chat


@pytest.fixture
def scribe(monkeypatch):
    """The stand-in, and a model that it learnt."""
    own, load, names = Scribe(), registry.load, registry.names
    monkeypatch.setattr(registry, "load", lambda group, name: own if name == "scribe" else load(group, name))
    monkeypatch.setattr(registry, "names", lambda group: [*names(group), *(["scribe"] * group.endswith("text"))])
    return own, engine.fit(reviews(), kinds={"text": "text", "label": "category"}, family="scribe", steps=1)


@pytest.mark.parametrize(
    ("text", "strength", "told", "said"),
    [
        (ONE, 0.0, "Change the wording only", "in other words"),
        (ONE, 0.5, "Build the sentences anew", "sentences built anew"),
        ("早餐很好，房间很干净。", 0.5, "重新组织句子", "重组句子"),
        ("早餐很好，房间很干净。", 1.0, "自由复述", "自由复述"),
    ],
)
def test_who_answers_prompts_is_asked_in_the_texts_language_for_one_of_three_strengths(
    scribe, note, text, strength, told, said
):
    own, model = scribe
    done = Rewriter(model, note("a.txt", text), given=["label=good"]).vary(strength)
    task, shown, _ = own.asked[0]
    assert done.texts == ["The room was spotless."] and done.label["edited"] == "vary"
    assert told in task and '["label=good"]' in task and shown == f"<text>\n{text}\n</text>"
    assert said in done.remarks[0].en + done.remarks[0].zh


def test_what_cannot_be_asked_is_refused(scribe, note):
    own, model = scribe
    path = note("a.txt", ONE)
    with pytest.raises(ConfigError, match=r"scribe rewrites a text .--vary. and knows no way from one to another"):
        Rewriter(model, path).morph(path)
    with pytest.raises(DataError, match=r"long.txt has 2,001 characters; .* at most 2,000"):
        Rewriter(model, note("long.txt", "a" * 2_001)).vary(0.3)
    own.answer = "<think>hm"
    with pytest.raises(DataError, match="answered without a text"):
        Rewriter(model, path).vary(0.3)
    own.chat = False
    with pytest.raises(ConfigError, match=r"scribe writes texts and cannot change a given one.*--family remote"):
        Rewriter(model, path).vary(0.3)
