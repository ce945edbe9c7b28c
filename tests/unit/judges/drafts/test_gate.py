"""A real text passes the gate; each kind of edit is refused, with the place to mend."""

import json
import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from genloop.core.errors import DataError, ModelFileError
from genloop.judges.drafts import Gate, Section, Verdict, fit, load


def _parts(text: str) -> list[Section]:
    return [Section("", part) for part in text.split("\n")]


def _refused(verdict: Verdict, measure: str, section: int | None) -> bool:
    return not verdict.passed and any(one.measure == measure and one.section == section for one in verdict.reasons)


def _swap(text: str, section: int, body: str) -> list[Section]:
    parts = _parts(text)
    return [*parts[:section], Section("", body), *parts[section + 1 :]]


def test_a_real_text_passes_with_every_score_told(gate: Gate, article: str) -> None:
    verdict = gate.judge(_parts(article), [article])
    assert verdict.passed, verdict.reasons
    assert verdict.weakest is None
    assert verdict.scores["support"] == 1
    assert all(0 <= value <= 1 for value in verdict.scores.values())
    assert {score.name for score in verdict.figures} == {f"draft_{name}" for name in verdict.scores}


def test_a_sentence_said_twice_is_refused_in_its_section(gate: Gate, article: str, language: str) -> None:
    stop = "。" if language == "zh" else ". "
    body = article.split("\n")[1]
    first = body.split(stop)[0] + stop
    verdict = gate.judge(_swap(article, 1, first + body), [article])
    assert _refused(verdict, "circles", 1)
    assert _refused(verdict, "repeats", 1)
    (reason,) = (one for one in verdict.reasons if one.measure == "circles")
    assert reason.span is not None
    assert (first + body)[slice(*reason.span)] in first
    assert reason.say("zh").startswith("第 2 节：紧接着重复")
    assert reason.say("en").startswith("section 2: a passage of")
    assert verdict.weakest == 1


@pytest.mark.parametrize("section", [0, 1])
def test_a_section_that_breaks_off_is_refused(gate: Gate, article: str, section: int) -> None:
    body = article.split("\n")[section]
    verdict = gate.judge(_swap(article, section, body[: len(body) * 3 // 4].rstrip("，。,. ")), [article])
    assert _refused(verdict, "cuts", section)


def test_a_part_of_another_article_is_refused(gate: Gate, article: str, other: str) -> None:
    verdict = gate.judge(_swap(article, 1, other.split("\n")[1]), [article])
    assert _refused(verdict, "topic", 1)


def test_a_passage_of_a_learnt_text_is_refused_unless_it_is_material(
    gate: Gate, article: str, learnt: list[str]
) -> None:
    passage = learnt[7]
    copied = gate.judge(_swap(article, 1, passage), [])
    assert _refused(copied, "copied", 1)
    quoted = gate.judge(_swap(article, 1, passage), [article, passage])
    assert "copied" not in {one.measure for one in quoted.reasons}


def test_quoting_the_material_is_allowed_up_to_its_bound(gate: Gate, article: str) -> None:
    verdict = replace(gate, quoted=0.5).judge(_parts(article), [article])
    assert _refused(verdict, "quoted", 0) or _refused(verdict, "quoted", 1)
    assert "100 %" in next(one.en for one in verdict.reasons if one.measure == "quoted")


def test_a_changed_number_is_refused_and_named(gate: Gate, article: str, language: str) -> None:
    old = (
        article.split("接待游客")[1].split("人")[0] if language == "zh" else article.split("counted ")[1].split(" ")[0]
    )
    verdict = gate.judge(_parts(article.replace(old, "987", 1)), [article])
    assert _refused(verdict, "support", 0)
    told = [one.zh for one in verdict.reasons if one.measure == "support"]
    assert told == ["第 1 节：数字“987”在素材中没有依据；请删去或更正"]


def test_a_changed_name_is_refused_and_named(gate: Gate, article: str, language: str) -> None:
    cut = ("据", "介绍", "林志强") if language == "zh" else ("According to ", ",", "Whitcombe")
    old = article.split(cut[0])[1].split(cut[1])[0]
    verdict = gate.judge(_parts(article.replace(old, cut[2])), [article])
    assert _refused(verdict, "support", 0)
    assert any(f"“{cut[2]}”" in one.en for one in verdict.reasons if one.measure == "support")


def test_without_material_no_claim_is_checked(gate: Gate, article: str) -> None:
    assert "support" not in gate.judge(_parts(article)).scores


@pytest.mark.parametrize(
    ("sections", "measure", "said"),
    [
        ([], "empty", "the draft is empty"),
        ([Section("A", " \n")], "empty", "the draft is empty"),
        ([Section("", "😀😀 12 !!")], "letters", "no letters"),
        (
            [Section("", "Все счастливые семьи похожи друг на друга, каждая несчастлива по-своему.")],
            "language",
            "section 1:",
        ),
    ],
)
def test_what_cannot_be_read_has_a_clear_reason(gate: Gate, sections: list[Section], measure: str, said: str) -> None:
    verdict = gate.judge(sections, ["anything"])
    (reason,) = verdict.reasons
    assert not verdict.passed
    assert reason.measure == measure
    assert said in reason.en
    assert reason.zh


def test_a_section_without_text_or_in_the_other_language_is_named(gate: Gate, article: str, language: str) -> None:
    (hollow,) = gate.judge([*_parts(article), Section("more", "")], [article]).reasons
    assert (hollow.section, hollow.measure) == (2, "empty")
    strange = (
        "The council of the town met again on Monday."
        if language == "zh"
        else "今天上午，市政府召开会议，讨论港口的建设问题。"
    )
    (foreign,) = gate.judge([*_parts(article), Section("", strange)], [article]).reasons
    assert (foreign.section, foreign.measure) == (2, "language")


def test_a_gate_comes_back_from_its_figures_and_the_same_texts(gate: Gate, article: str, learnt: list[str]) -> None:
    state = json.loads(json.dumps(gate.state(), allow_nan=False))
    again = load(state, learnt)
    broken = _parts(article[:-9])
    assert again.judge(broken, [article]) == gate.judge(broken, [article])
    kept = json.dumps(state, ensure_ascii=False)
    assert not any(text[at : at + 12] in kept for text in learnt for at in range(0, len(text) - 12, 6))


def test_a_state_of_other_texts_or_no_state_is_refused(gate: Gate, learnt: list[str]) -> None:
    with pytest.raises(ModelFileError, match="belongs to other texts"):
        load(gate.state(), learnt[1:])
    with pytest.raises(ModelFileError, match="not the state of a gate"):
        load({"version": 1}, learnt)
    with pytest.raises(ModelFileError, match="found 99"):
        load({**gate.state(), "version": 99}, learnt)


@pytest.mark.parametrize(
    ("texts", "said"), [([], "found none"), (["😀", "12"], "found none"), (["Привет, мир"] * 3, "neither")]
)
def test_texts_that_no_gate_can_learn_are_refused(texts: list[str], said: str) -> None:
    with pytest.raises(DataError, match=said):
        fit(texts, np.random.default_rng(0))


def test_one_text_makes_a_gate_that_still_knows_its_material() -> None:
    text = "The harbour of Carrow opened in 1952. Boats come every day, and the town lives on them."
    gate = fit([text], np.random.default_rng(0))
    assert gate.judge([Section("", text)], [text]).passed
    assert not gate.judge([Section("", text.replace("1952", "1962"))], [text]).passed


def test_held_texts_set_the_limits(learnt: list[str], article: str) -> None:
    gate = fit(learnt[:40], np.random.default_rng(0), held=learnt[40:])
    assert gate.levels.refused <= 0.03
    assert len(gate.levels.real["cuts"]) == 40
    assert gate.judge(_parts(article), [article]).passed


def _calls(work: Callable[[], object]) -> int:
    """How many functions are entered and left meanwhile: the work, whatever machine does it."""
    ticks, before = count(), sys.getprofile()
    sys.setprofile(lambda *_: next(ticks))
    try:
        work()
    finally:
        sys.setprofile(before)
    return next(ticks)


def test_a_draft_twice_as_long_takes_about_twice_the_work(gate: Gate, learnt: list[str]) -> None:
    whole = "\n".join(learnt)
    bodies = [whole[:2_000], whole[:4_000]]
    gate.judge(_parts(learnt[0]), [bodies[0]])
    short, long = (_calls(partial(gate.judge, _parts(body), [body])) for body in bodies)
    assert long < 3 * short, "where each place is held against each other one, it is four times the work"


def test_the_example_of_the_documentation_runs() -> None:
    page = Path(__file__).parents[4] / "docs" / "explanation" / "judging-drafts.md"
    found: dict[str, Any] = {}
    exec(page.read_text("utf-8").split("```python\n")[1].split("```")[0], found)
    assert not found["verdict"].passed and found["verdict"].reasons[0].measure == "support"
