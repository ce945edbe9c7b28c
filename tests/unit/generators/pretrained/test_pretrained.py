"""Tiny bases, taught and drawn from: what is learnt, what a demand keeps, and what a model holds."""

import json
import shutil
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import torch
import transformers
from tests.unit.generators.pretrained.conftest import BAD, GOOD, reviews

from genloop.core.demand import Demand, Form
from genloop.core.errors import ConditionError, ConfigError, DataError, ModelFileError, OutputError, SourceNotFound
from genloop.core.families import RawTextFamily
from genloop.core.protocols import Batch, Task, Weights
from genloop.core.texts import Message, Wish, stopped
from genloop.generators import pretrained as family
from genloop.generators.pretrained import base as bases
from genloop.generators.pretrained import draw as drawing
from genloop.generators.pretrained import rows, tries
from genloop.nn import blend as blends
from genloop.nn.counts import NAMES
from genloop.optimisation.train import train

pytestmark = pytest.mark.neural
SETTINGS: dict[str, Any] = {
    "column": "text", "precision": "float32", "learning_rate": 0.02, "tokens": 512, "others": 64, "rank": 8,
}  # fmt: skip
SCHEMA = {
    "type": "object", "properties": {"stars": {"type": "integer", "maximum": 9}}, "required": ["stars"],
    "additionalProperties": False,
}  # fmt: skip


def task(base: Path, rows: pa.Table, **more: Any) -> Task:
    settings = {"base": str(base), **SETTINGS, **more.pop("settings", {})}
    return Task(Batch(np.zeros((rows.num_rows, 0), np.uint16), ()), 1, settings, trainer=train, raw=rows, **more)


@pytest.fixture(scope="module")
def weights(llama: Path) -> Weights:
    return family.fit(task(llama, reviews(300), steps=60))


@pytest.fixture(scope="module")
def bare(llama: Path) -> Weights:
    return family.adopt(str(llama), column="text", precision="float32")


def network_alone(weights: Weights) -> Weights:
    """The same without what speaks beside the network."""
    return replace(weights, head={name: value for name, value in weights.head.items() if name != "shares"})


def given(rows: int = 6, label: str = "pos") -> pa.Table:
    return pa.table({"label": [label] * rows})


def draw(weights: Weights, demand: Demand, rows: int = 6, most: int = 60, **wish: Any) -> list[str | None]:
    return family.sample(weights, given(rows), np.random.default_rng(0), demand, Wish(most=most, **wish))


def test_it_satisfies_its_protocol_and_its_weights_hold_neither_base_nor_rows(weights: Weights, llama: Path) -> None:
    assert isinstance(family, RawTextFamily)
    told = json.dumps(weights.head, ensure_ascii=False)
    assert not any(word in told for word in [*GOOD, *BAD])
    assert weights.head["base"]["folder"] == str(llama)
    assert {"config.json", "tokenizer.json", "model.safetensors"} <= set(weights.head["base"]["files"])
    thin = {name: array for name, array in weights.arrays.items() if "lora_" in name}
    assert weights.arrays.keys() - thin.keys() == set(NAMES)
    assert sum(array.size for array in thin.values()) < 10_000


def test_counts_and_past_speak_beside_the_network_and_are_left_out_on_request(weights: Weights, llama: Path) -> None:
    alone = network_alone(weights)
    held = reviews(60, seed=9)
    assert family.score(weights, held).mean() < 0.97 * family.score(alone, held).mean()
    fitted = family.fit(task(llama, reviews(40), steps=2, settings={"counts": 0}))
    assert "shares" not in fitted.head and not set(NAMES) & set(fitted.arrays)
    assert "shares" not in family.fit(task(llama, reviews(40), steps=2, settings={"holdout": 0.0})).head


def test_texts_are_drawn_by_the_chances_that_they_are_scored_by(weights: Weights) -> None:
    """Of a text that is fed token by token the drawn chances multiply to its score."""
    opened, blend = drawing.load(weights), blends.of(weights)
    assert blend is not None
    rows_ = reviews(3, seed=9)
    marks = opened.marks("text")
    for row, (shown, text) in enumerate(zip(rows.lines(rows_, "text"), rows_["text"].to_pylist(), strict=True)):
        tokens, first = rows.plain(rows.row(opened.encode, marks, shown, text, 128), marks)
        begun, rest = tokens[first : first + 2], tokens[first + 2 :]
        reader = drawing.Reader(opened, [tokens[: first + 2]] * 2, drawing.trail(blend, begun, 2))
        with torch.inference_mode():
            chances = reader.read().softmax(1)
            assert torch.allclose(chances.sum(1), torch.ones(2))
            found = [float(chances[1, rest[0]].log())]
            reader.keep(torch.tensor([1]))
            for last, token in pairwise(rest):
                found.append(float(reader.more(torch.tensor([last])).softmax(1)[0, token].log()))
            start = drawing.Reader(opened, [tokens[:first]], drawing.trail(blend, [], 1))
            ahead = [float(start.read().softmax(1)[0, begun[0]].log())]
            ahead.append(float(start.more(torch.tensor(begun[:1])).softmax(1)[0, begun[1]].log()))
        assert -sum(ahead + found) == pytest.approx(family.score(weights, rows_.slice(row, 1))[0], rel=1e-3)


def test_conversations_are_answered_by_the_network_alone(weights: Weights) -> None:
    said = [[Message("user", "早餐")]]
    with_counts, without = (
        family.reply(own, said, np.random.default_rng(0), Demand(), Wish(most=12))
        for own in (weights, network_alone(weights))
    )
    assert with_counts == without


def test_what_is_learnt_makes_unseen_texts_likelier_and_follows_the_label(weights: Weights, bare: Weights) -> None:
    held = reviews(60, seed=9)
    before, after = family.score(bare, held).mean(), family.score(weights, held).mean()
    assert after < 0.75 * before
    turned = held.set_column(0, "label", pa.array(["neg" if x == "pos" else "pos" for x in held["label"].to_pylist()]))
    assert family.score(weights, turned).mean() > after


def test_the_run_is_watched_on_rows_that_are_not_learnt(weights: Weights) -> None:
    run = weights.head["training"]
    assert run["curve"][-1][3] < 0.8 * run["curve"][0][3]
    assert run["steps"] == 60


def test_the_same_seed_repeats_and_rows_do_not_hang_on_their_neighbours(weights: Weights) -> None:
    first, again = draw(weights, Demand()), draw(weights, Demand())
    assert first == again
    assert len(set(first)) > 3
    cold = draw(weights, Demand(), rows=3, temperature=0.0)
    assert cold[0] == cold[1] == cold[2]


@pytest.mark.parametrize(
    "demand",
    [
        Demand(holds=("泳池", "咖啡")),
        Demand(lacks=("很", "餐")),
        Demand(least=10, most=14),
        Demand(least=3, most=5, unit="words"),
        Demand(begins="大堂很", ends="！！"),
        Demand(holds=("a/b\n(c)",), lacks=("。",), most=40),
        Demand(form=Form("choices", ["好", "很坏.", "a|b"])),
        Demand(form=Form("regex", "[ab]{3}/?")),
        Demand(form=Form("regex", r"[ab]\\/[cd]")),
        Demand(form=Form("choices", ["C:\\/x", "a/b"])),
        Demand(form=Form("regex", "[a-z]{9}"), lacks=tuple("abcdefghijklmn")),
        Demand(form=Form("schema", SCHEMA)),
    ],
)  # fmt: skip
def test_what_is_demanded_is_kept_by_every_text(demand: Demand, weights: Weights) -> None:
    made = draw(weights, demand)
    assert [demand.broken(text) for text in made] == [""] * 6


@pytest.mark.parametrize(
    "demand",
    [Demand(ends="！！"), Demand(ends="！！", least=12), Demand(holds=("泳池",), ends="！！", most=30)],
)
def test_an_end_that_is_put_in_is_the_last_of_the_text(demand: Demand, weights: Weights) -> None:
    made = draw(weights, demand, rows=24)
    assert [demand.broken(text) for text in made] == [""] * 24


@pytest.mark.parametrize(
    ("demand", "told"),
    [
        (Demand(holds=("早餐",), lacks=("餐",)), "no text can keep what is demanded .*holds=.*contradict"),
        (Demand(form=Form("regex", "[")), "no text can keep what is demanded .*unclosed character class"),
        (Demand(form=Form("schema", {"type": "string", "minLength": 5, "maxLength": 2})), "Unsatisfiable schema"),
        (Demand(begins="很好", lacks=("好",)), "no text can begin with '很好'"),
        (Demand(least=9, most=3), "no text can keep what is demanded"),
    ],
)
def test_a_demand_that_cannot_be_met_is_refused_at_once(demand: Demand, told: str, weights: Weights) -> None:
    with pytest.raises(ConditionError, match=told):
        draw(weights, demand)


def test_a_text_is_bounded_even_where_its_form_has_no_end(weights: Weights) -> None:
    made = draw(weights, Demand(form=Form("regex", "a+b")), rows=2, most=12, temperature=2.0)
    assert all(text is not None and len(text) <= 12 for text in made)


def test_missing_texts_come_as_often_as_they_were_learnt(llama: Path) -> None:
    rows = reviews(200)
    holes = [None if row % 2 else text for row, text in enumerate(rows["text"].to_pylist())]
    found = family.fit(task(llama, rows.set_column(2, "text", pa.array(holes)), steps=40))
    made = draw(found, Demand(), rows=40)
    assert 5 < sum(text is None for text in made) < 35
    assert None not in draw(found, Demand(missing=False), rows=20)
    assert draw(found, Demand(missing=True), rows=2) == [None, None]


def test_rows_with_nothing_given_and_with_long_cells_are_written_too(weights: Weights) -> None:
    long = pa.table({"label": [None, "x" * 5000], "note": ["a\nb", None]})
    made = family.sample(weights, long, np.random.default_rng(0), Demand(), Wish(most=20))
    assert all(made)


def test_a_stream_gives_the_pieces_of_a_text(weights: Weights) -> None:
    asked = Demand(begins="大堂", least=9)
    pieces = list(family.stream(weights, given(1), np.random.default_rng(3), asked, Wish(most=40)))
    assert pieces[0] == "大堂"
    assert len(pieces) > 3
    assert asked.kept("".join(pieces))
    with pytest.raises(DataError, match="one text can be streamed at a time; 2 rows"):
        list(family.stream(weights, given(2), np.random.default_rng(3), Demand(), Wish()))


def test_a_text_ends_right_after_a_string_to_stop_at(weights: Weights) -> None:
    free, stopped_ = draw(weights, Demand()), draw(weights, Demand(), stop=("的", "很"))
    assert all(text == stopped(text or "", ("的", "很")) for text in stopped_)
    assert sum(map(len, map(str, stopped_))) < sum(map(len, map(str, free)))
    pieces = family.stream(
        weights, given(1), np.random.default_rng(3), Demand(begins="很"), Wish(most=40, stop=("很",))
    )
    text = "".join(pieces)
    assert text == stopped(text, ("很",), 1) and text.startswith("很")


def test_a_conversation_takes_the_form_of_the_bases_template(gemma: Path) -> None:
    weights = family.adopt(str(gemma), precision="float32")
    opened = drawing.load(weights)
    said = opened.decode(tries.conversation(opened, [Message("system", "短"), Message("user", "早餐")]))
    assert said == "<user>短\n\n早餐<answer>" and family.converses(weights)
    turns = [[Message("user", "房间")], [Message("user", "早餐")]]
    replies = family.reply(weights, turns, np.random.default_rng(0), Demand(most=8), Wish(most=20))
    assert all(reply and len(reply) <= 8 for reply in replies)
    with pytest.raises(DataError, match="a conversation holds no message"):
        family.reply(weights, [[]], np.random.default_rng(0), Demand(), Wish())
    with pytest.raises(DataError, match="chat template refuses this conversation: no system turn"):
        tries.conversation(opened, [Message("system", "短")])


def test_without_a_template_a_prompt_is_continued(bare: Weights) -> None:
    opened = drawing.load(bare)
    one = tries.conversation(opened, [Message("user", "房间")])
    assert opened.tokenizer.decode(one) == "<s>房间" and not family.converses(bare)
    two = tries.conversation(opened, [Message("system", "短"), Message("user", "早餐")])
    assert opened.decode(two) == "System: 短\n\nUser: 早餐\n\nAssistant:"
    assert tries._cut("很好。\n\nUser: 再来") == "很好。"


def test_a_prompt_longer_than_the_base_holds_is_refused(bare: Weights) -> None:
    with pytest.raises(DataError, match=r"a prompt has \d+ tokens; the base holds 256, its answer among them"):
        family.reply(bare, [[Message("user", "z" * 400)]], np.random.default_rng(0), Demand(), Wish())


def test_it_goes_on_from_a_model_and_refuses_matrices_of_another_shape(weights: Weights, llama: Path) -> None:
    more = family.fit(task(llama, reviews(100, 5), steps=2, initial=weights))
    assert more.head["training"]["curve"][0][3] < 1.1 * weights.head["training"]["curve"][-1][3]
    with pytest.raises(ModelFileError, match="is missing or of another shape"):
        family.fit(task(llama, reviews(100, 5), steps=2, initial=weights, settings={"rank": 4}))


def test_an_export_is_the_base_with_what_was_learnt_added(weights: Weights, llama: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out" / "model"
    family.export(weights, folder)
    plain = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    base = transformers.AutoModelForCausalLM.from_pretrained(llama, dtype=torch.float32)
    assert [name for name, _ in plain.named_parameters()] == [name for name, _ in base.named_parameters()]
    tokens = torch.arange(8)[None]
    assert not torch.allclose(plain(tokens).logits, base(tokens).logits, atol=0.1)
    held = reviews(20, seed=9)
    again = family.adopt(str(folder), column="text", precision="float32")
    assert np.allclose(family.score(again, held), family.score(network_alone(weights), held), rtol=1e-4)
    with pytest.raises(OutputError, match="exists and is not empty; name another folder"):
        family.export(weights, folder)


def test_what_learnt_on_a_card_draws_without_one(llama: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    own = family.adopt(str(llama), precision="float32")
    away = Weights(own.head | {"settings": own.head["settings"] | {"device": "cuda:1"}}, {})
    talk = [[Message("user", "早餐")]]
    told = [family.reply(w, talk, np.random.default_rng(0), Demand(), Wish(most=4)) for w in (own, away)]
    assert told[0] == told[1]


def test_an_export_brings_the_notices_of_a_base_that_has_moved(
    llama: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(llama, tmp_path / "before")
    own = family.adopt(str(tmp_path / "before"), precision="float32")
    (tmp_path / "before").rename(tmp_path / "now")
    (tmp_path / "now" / "NOTICE").write_text("the terms")
    monkeypatch.setenv(bases.VARIABLE, str(tmp_path / "now"))
    family.export(own, tmp_path / "out")
    assert (tmp_path / "out" / "NOTICE").read_text() == "the terms"


@pytest.mark.parametrize(
    ("more", "error", "told"),
    [
        ({"settings": {"base": ""}}, ConfigError, "needs weights to start from: base = a folder"),
        ({"settings": {"rank": 0}}, ConfigError, "pretrained setting rank=0: expected more than 0"),
        ({"settings": {"colour": 1}}, ConfigError, "unknown setting colour"),
        ({"settings": {"column": "words"}}, DataError, "no raw rows with the column 'words'"),
        (
            {"settings": {"base": "/no/such/folder"}},
            SourceNotFound,
            "no weights at '/no/such/folder': expected a folder",
        ),
    ],
)
def test_a_task_that_cannot_be_done_is_refused(more: Any, error: type[Exception], told: str, llama: Path) -> None:
    with pytest.raises(error, match=told):
        family.fit(task(llama, reviews(5), steps=1, **more))


def test_a_corpus_without_a_text_and_a_missing_loop_are_told(llama: Path) -> None:
    empty = pa.table({"label": ["a", "b"], "text": pa.array([None, ""], pa.string())})
    with pytest.raises(DataError, match="the column 'text' holds no texts"):
        family.fit(task(llama, empty, steps=1))
    bare_task = Task(Batch(np.zeros((5, 0), np.uint16), ()), 1, {"base": str(llama), **SETTINGS}, raw=reviews(5))
    with pytest.raises(ConfigError, match=r"pass Task\(trainer="):
        family.fit(bare_task)
