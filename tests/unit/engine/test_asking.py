"""A model of texts is asked: conditions reach its family, gaps are drawn from texts, one text comes piece by piece."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from typer.testing import CliRunner

from genloop.core import registry
from genloop.core.errors import ConditionError
from genloop.core.protocols import UNKNOWN, Batch, Task, Weights
from genloop.core.texts import END, Texts, Wish
from genloop.engine import reading, streaming
from genloop.engine.fitting import fit
from genloop.engine.model import Model
from genloop.interfaces.cli.main import app

pytestmark = pytest.mark.neural
WORDS = ["room", "pool", "food", "view", "早餐"]
ROWS = [
    {"label": "pos" if i % 2 else "neg", "text": f"The {WORDS[i % 5]} of house number {i} was {'very good' * (i % 2)}"}
    for i in range(60)
]


class Parrot:
    """Writes any allowed token; reads the label off the length of a text."""

    NAME, KINDS, FORM = "parrot", frozenset({"text"}), "words"

    def __init__(self) -> None:
        self.wishes: list[Wish] = []
        self.rows = 0

    def fit(self, task: Task) -> Weights:
        return Weights({"vocabulary": task.settings["vocabulary"]}, {})

    def sample(self, weights: Weights, given: Batch, rng: np.random.Generator, wish: Wish) -> Texts:
        self.wishes.append(wish)
        self.rows += len(given)
        return Texts.of([list(self._row(weights, row, rng, wish)) for row in range(len(given))])

    def stream(self, weights: Weights, given: Batch, rng: np.random.Generator, wish: Wish) -> Iterator[int]:
        begun = 0 if wish.begun is None else len(wish.begun[0])
        return iter(list(self._row(weights, 0, rng, wish))[begun:])

    def _row(self, weights: Weights, row: int, rng: np.random.Generator, wish: Wish) -> Iterator[int]:
        size = 0
        for token in [] if wish.begun is None else wish.begun[row].tolist():
            yield token
        while size < wish.most:
            mask = None if wish.guide is None else wish.guide.allowed(row)
            mask = np.ones(weights.head["vocabulary"], bool) if mask is None else mask
            mask = mask | (np.arange(len(mask)) == END) if not mask.any() else mask
            token = END if mask[END] and size > 5 else int(rng.choice(np.flatnonzero(mask)))
            yield token
            if wish.guide is not None:
                wish.guide.follow(row, token)
            if token == END:
                return
            size += 1

    def score(self, weights: Weights, batch: Batch) -> np.ndarray:
        assert batch.texts is not None
        return 50.0 * (batch.codes[:, 0] != batch.texts.lengths % 2)

    def infer(self, weights: Weights, batch: Batch, rng: np.random.Generator) -> np.ndarray:
        assert batch.texts is not None
        read = (batch.texts.lengths % 2).astype(np.uint16)[:, None]
        return np.where(batch.codes == UNKNOWN, read, batch.codes)


@pytest.fixture
def parrot(family: Any, monkeypatch: pytest.MonkeyPatch) -> Parrot:
    part, load, names = Parrot(), registry.load, registry.names
    group = "generators.text"
    monkeypatch.setattr(registry, "load", lambda g, n: part if (g, n) == (group, "parrot") else load(g, n))
    monkeypatch.setattr(registry, "names", lambda g: [*names(g), *(["parrot"] if g == group else [])])
    return part


@pytest.fixture
def model(parrot: Parrot) -> Model:
    return fit(pd.DataFrame(ROWS), family="parrot", kinds={"text": "text"}, steps=3)


def test_conditions_and_how_to_draw_reach_the_family(model: Model, parrot: Parrot) -> None:
    asked = {"label": "pos", "text": {"contains": "早餐", "lacks": "e", "length": (5, 30)}}
    made = model.sample(8, given=asked, wish=Wish(temperature=0.5)).to_arrow()
    assert set(made.column("label").to_pylist()) == {"pos"}
    for line in made.column("text").to_pylist():
        assert "早餐" in line and "e" not in line and 5 <= len(line) <= 30
    assert {wish.temperature for wish in parrot.wishes} == {0.5}


def test_values_come_equally_often_beside_what_is_demanded_of_texts(model: Model) -> None:
    made = model.sample(8, balance="label", given={"text": {"contains": "早餐", "length": (5, 30)}}).to_arrow()
    assert sorted(made.column("label").to_pylist()) == ["neg"] * 4 + ["pos"] * 4
    assert all("早餐" in line and 5 <= len(line) <= 30 for line in made.column("text").to_pylist())
    with pytest.raises(ConditionError, match="--balance needs a category; 'text' is of the kind text"):
        model.sample(8, balance="text")


@pytest.mark.parametrize("few", [1, 16])  # the family reads the text itself, or weighs candidates by it
def test_gaps_are_drawn_from_the_text_of_their_row_and_no_text_is_written_anew(
    model: Model, parrot: Parrot, few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "FEW", few)
    unit = next(unit for unit in model.learnt.units if unit.names == ("text",))
    partial = pd.DataFrame(ROWS[:20]).assign(label=None)
    partial.loc[3, "text"] = None
    made = model.sample(complete=partial).to_arrow().to_pandas()
    there = [row for row in range(20) if row != 3]
    texts: Any = unit.codec.encode(unit.frozen, pa.table({"text": [ROWS[row]["text"] for row in there]}))
    pairs = set(zip(made.label[there], (texts.lengths % 2).tolist(), strict=True))
    assert len(pairs) == 2 and {label for label, _ in pairs} <= {"neg", "pos"}  # the length decides the label
    assert (made.text[there] == partial.text[there]).all() and made.text[3]
    assert parrot.rows == 1


def test_one_text_comes_piece_by_piece_and_keeps_what_is_demanded(model: Model) -> None:
    asked = {"label": "neg", "text": {"contains": "早餐", "begins": "The", "length": (8, 40)}}
    cells, pieces = streaming.stream(model.learnt, given=asked, seed=3)
    came = list(pieces)
    line = "".join(came)
    assert cells["label"] == "neg" and len(came) > 3
    assert line.startswith("The") and "早餐" in line and 8 <= len(line) <= 40


def test_streaming_is_refused_where_no_text_is_written(family: Any) -> None:
    model = fit(pd.DataFrame({"a": range(60), "b": [1, 2] * 30}), steps=3)
    with pytest.raises(ConditionError, match="writes one column of texts; this one writes none"):
        streaming.stream(model.learnt)


def test_the_command_line_asks_for_forms(model: Model, tmp_path: Path) -> None:
    pytest.importorskip("llguidance")
    path = str(tmp_path / "m.genloop")
    model.save(path)

    def told(*more: str) -> str:
        found = CliRunner().invoke(app, ["sample", path, "--json", *more])
        assert found.exit_code == 0, found.output
        label = json.loads(found.stderr.splitlines()[-1])
        assert label["made"] == "true" and label["model"] == model.identity and label["run"] == model.run.identity
        return found.stdout

    (tmp_path / "s.json").write_text('{"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}')
    for line in told("-n", "2", "--schema", str(tmp_path / "s.json")).splitlines():
        assert isinstance(json.loads(json.loads(line)["text"])["n"], int)
    assert all(
        json.loads(line)["text"] in ("yes", "no") for line in told("-n", "2", "--choices", "yes|no").splitlines()
    )
    assert all(json.loads(line)["text"] == "ab" for line in told("-n", "2", "--regex", "ab").splitlines())
    assert "早餐" in told("--stream", "--given", "text contains 早餐", "--draw", "temperature=0.7")


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--stream", "-o", "made.csv"], "--stream shows one text and writes no file; leave out -o"),
        (["--stream", "-n", "3"], "--stream shows one text and writes no file; leave out -n"),
        (["--draw", "heat=3"], "expected one of temperature, top_p"),
        (["--draw", "stop="], "expected one of temperature, top_p, min_p, repetition, guidance, most, stop"),
        (["--draw", "temperature=hot"], "'hot' is not a number"),
        (["--draw", "top_p=1.5"], "top_p lies between 0 and 1"),
        (["--schema", "nowhere.json"], "nowhere.json: No such file"),
        (["--choices", "|"], "--choices names none"),
        (["--given", "text contains a", "--given", "text lacks a"], "cannot come true together"),
        (["--given", "text matches ("], "is no regular expression"),
        (["--regex", "a+", "--choices", "a|b"], "a text keeps one form at a time"),
    ],
)
def test_what_cannot_be_asked_is_said(model: Model, tmp_path: Path, more: list[str], message: str) -> None:
    path = str(tmp_path / "m.genloop")
    model.save(path)
    found = CliRunner().invoke(app, ["sample", path, *more])
    assert found.exit_code != 0 and message in " ".join((found.output + str(found.exception)).split())


@pytest.mark.parametrize(
    ("lang", "line"), [("en", "Made by AI; no record of real persons"), ("zh", "AI 生成；不是真实")]
)
def test_a_text_shown_as_it_is_written_is_said_to_be_made(model: Model, tmp_path: Path, lang: str, line: str) -> None:
    path = str(tmp_path / "m.genloop")
    model.save(path)
    found = CliRunner().invoke(app, ["sample", path, "--stream", "--lang", lang])
    assert line in found.stderr and model.identity in found.stderr and model.run.identity in found.stderr
    assert model.identity not in found.stdout
