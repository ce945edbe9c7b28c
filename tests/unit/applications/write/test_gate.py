"""The gate with what brief and template ask besides, and the judges' own gate behind it."""

from itertools import product
from types import SimpleNamespace

import pytest

from genloop.applications.write import gate, templates, write
from genloop.applications.write.draft import Section
from genloop.applications.write.gate import Bar
from genloop.core.errors import ConfigError
from genloop.judges import drafts

TEXTS = [
    f"On {day} the {thing} of the hotel was {one}. Guests who came {when} said that the {thing} is {one} and quiet. "
    f"Most of them want to come back on {day}."
    for day, thing, one, when in product(
        ("monday", "friday", "sunday"), ("room", "lobby", "garden"), ("clean", "large", "warm"), ("late", "early")
    )
]


def test_a_wrong_number_is_refused_with_the_number_itself():
    bar = Bar(gate.fit(TEXTS, 0), templates.read("article"))
    told = "The hotel has 42 rooms. On friday the lobby of the hotel was clean and guests said that it is quiet."
    wrong = told.replace("42", "97")
    faults = bar.judge([Section("Rooms", wrong)], [told]).faults
    assert any(fault.span == "97" and fault.section == 0 and "97" in fault.zh for fault in faults)
    assert not any("42" in fault.span for fault in bar.judge([Section("Rooms", told)], [told]).faults)


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ("[bar]\nflunecy = 0.9", "setting bar: the gate has no measure 'flunecy'; it has circles, .*quoted$"),
        ("overlook = ['suport']", "setting overlook: the gate has no measure 'suport'; it has circles, .*language$"),
    ],
)
def test_a_measure_that_the_gate_has_not_is_refused_before_anything_is_collected(tmp_path, told, message):
    path = tmp_path / "brief.toml"
    path.write_text(f"title = 'Rooms'\nsources = ['docs']\n{told}\n", encoding="utf-8")
    with pytest.raises(ConfigError, match=message):
        write(path)
    assert not path.with_suffix(".run").exists()


def test_every_measure_of_a_verdict_may_be_named():
    verdict = gate.fit(TEXTS, 0).judge([Section("Rooms", "The lobby was clean.")], ["The lobby was clean."])
    assert set(verdict.scores) == set(drafts.SCORES)
    gate.check(drafts.SCORES, drafts.REASONS)


def test_the_gate_learns_from_a_bounded_number_of_texts(monkeypatch):
    seen = []
    silent = SimpleNamespace(judge=lambda sections, material: None)

    def fit(texts, rng, quoted):
        seen.append((texts, quoted))
        return silent

    monkeypatch.setattr(gate, "drafts", SimpleNamespace(fit=fit))
    texts = [f"text {number}" for number in range(gate.MOST + 50)]
    assert gate.fit(texts, 1, 0.5) is silent
    assert len(seen[0][0]) == gate.MOST and set(seen[0][0]) <= set(texts) and seen[0][1] == 0.5


def test_a_refusal_without_a_reason_is_a_refusal_and_short_texts_are_told():
    silent = SimpleNamespace(judge=lambda sections, material: SimpleNamespace(passed=False, scores={}, reasons=()))
    finding = Bar(silent, templates.read("article")).judge([Section("", "Short.")], [])
    assert {fault.measure for fault in finding.faults} == {"length", "gate"} and not finding.passed
    length = next(fault for fault in finding.faults if fault.measure == "length")
    assert length.en == "the text has 6 characters; expected 60 to 1,200" and "6 个字符" in length.zh


def test_a_translation_may_write_a_number_in_the_way_of_its_language():
    silent = SimpleNamespace(judge=lambda sections, material: SimpleNamespace(passed=True, scores={}, reasons=()))
    bar = Bar(silent, templates.read("translation"))
    told = "The company earned 250 million yuan in March 2024, and 1,000 people work for it now, more than before."
    given = ["公司2024年3月收入2.5亿元，现有员工1000人，比以前多。"]
    assert bar.judge([Section("", told)], given).passed
    (fault,) = bar.judge([Section("", told.replace("1,000", "100"))], given).faults
    assert fault.measure == "numbers" and "100, 1000" in fault.en


def test_a_post_for_a_channel_is_judged_alone_and_may_say_what_another_says():
    told, judges, channels = TEXTS[5], gate.fit(TEXTS, 0), ("x", "weibo")
    posts = [Section(name, told) for name in channels]
    assert Bar(judges, templates.read("social"), channels).judge(posts, [told]).passed
    together = Bar(judges, templates.read("article")).judge(posts, [told])
    assert "repeats" in {fault.measure for fault in together.faults}
    twice = Section("weibo", f"{told} They had 97 bags. {told}")
    faults = Bar(judges, templates.read("social"), channels).judge([posts[0], twice], [told]).faults
    assert {fault.section for fault in faults} == {1} and {"repeats", "support"} <= {fault.measure for fault in faults}
    assert not any("section 1" in fault.en or "第 1 节" in fault.zh for fault in faults)
    alone = Bar(judges, templates.read("social"), channels).judge([twice], [told])
    both = Bar(judges, templates.read("social"), channels).judge([posts[0], twice], [told])
    assert both.scores == alone.scores | {name: min(value, both.scores[name]) for name, value in alone.scores.items()}
