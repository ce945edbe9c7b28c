"""The verdict is earned from the figures: bad data get a bad one, what is not measured is never good."""

import dataclasses
import math
from collections.abc import Callable
from typing import Any

import pytest

from genloop.core.schema import Schema
from genloop.core.score import Score
from genloop.reports.card import CardData
from genloop.reports.sentence import besides, clauses, join
from genloop.reports.verdict import LIMITS, beaten_by, grade, judge, worst

Change = Callable[..., CardData]


def c2st(value: float, interval: tuple[float, float] | None) -> Score:
    return Score("c2st", value, "fidelity", (0, 1), "lower", 0.5, interval)


def said(card: CardData) -> str:
    verdict = judge(card)
    return join([*clauses(card, verdict), *besides(card, verdict)]).en


def test_a_good_card_is_good_for_everything_and_promises_no_anonymity(card: CardData) -> None:
    verdict = judge(card)
    assert set(verdict.uses.values()) == {"good"}
    assert verdict.overall == "good"
    assert said(card) == (
        "Good for analysis and testing; for model training 99.6 % of real; no attack run here beat chance by more "
        "than 1 % (95 % interval): not a guarantee of anonymity."
    )
    assert join(clauses(card, verdict)).zh == (
        "适合用于分析和测试；用于训练模型可达真实数据的 99.6 %；此处进行的攻击都没有比随机猜测高出 1 % 以上"
        "（95 % 区间）：这并不保证匿名。"
    )


def test_a_figure_is_good_only_when_the_worse_end_of_its_interval_passes() -> None:
    assert grade(c2st(0.53, (0.51, 0.55))) == "good"
    assert grade(c2st(0.59, (0.56, 0.63))) == "fair"
    assert grade(c2st(0.76, (0.70, 0.82))) == "bad"
    assert grade(c2st(0.46, (0.44, 0.48))) == "good"


def test_limits_count_from_what_fresh_real_rows_reach() -> None:
    score = Score("pairs", 0.93, "fidelity", (0, 1), "higher", 1, (0.925, 0.935), ceiling=0.95)
    assert grade(score) == "good"
    assert grade(dataclasses.replace(score, ceiling=None)) == "fair"


def test_a_figure_without_value_or_limits_is_absent() -> None:
    assert grade(c2st(math.nan, None)) == "absent"
    assert grade(Score("toxicity", 0.2, "safety", (0, 1), "lower", 0)) == "absent"


def test_an_attack_without_an_interval_proves_nothing() -> None:
    score = Score("membership", 0.0, "privacy", (-1, 1), "lower", 0)
    assert grade(score) == "fair"
    assert grade(dataclasses.replace(score, interval=(-0.01, 0.02))) == "good"


def test_a_leak_is_bad_as_soon_as_its_whole_interval_is_beyond_the_limit() -> None:
    score = Score("membership", 0.07, "privacy", (-1, 1), "lower", 0, (0.02, 0.12))
    assert grade(score) == "fair"
    assert grade(dataclasses.replace(score, interval=(0.06, 0.08))) == "bad"


@pytest.mark.parametrize(
    ("value", "interval", "level"),
    [
        (1.56, (1.2, 1.9), "bad"),
        (1.4, (0.8, 2.4), "good"),
        (3.0, (0.4, 9.0), "fair"),
        (math.inf, None, "bad"),
        (0.0, (0.0, 0.7), "good"),
    ],
)
def test_copying_is_proven_when_the_whole_interval_lies_above_chance(
    value: float, interval: tuple[float, float] | None, level: str
) -> None:
    assert grade(Score("copies", value, "originality", (0, 1e4), "lower", 1, interval)) == level


@pytest.mark.parametrize(
    ("name", "value", "interval", "use", "words"),
    [
        ("c2st", 0.94, (0.93, 0.95), "analysis", "For testing and analysis with care|not faithful enough for analysis"),
        ("shapes", 0.7, (0.69, 0.71), "testing", "Not fit for use: the made rows do not resemble the real ones"),
        ("usefulness", 0.9, (0.89, 0.91), "training", "for model training only 90 % of real"),
        ("membership", 0.14, (0.11, 0.17), "sharing", "an attack run here beats chance by 14 % (95 % interval 11 % to"),
        ("copies", 1.56, (1.2, 1.9), "sharing", "real rows were copied 1.56 times as often as chance explains; treat"),
        ("near1", 0.05, (0.04, 0.06), "sharing", "made rows lie nearer to the learnt rows than fresh real rows do"),
        ("c2st_gap", 0.12, (0.10, 0.14), "sharing", "made rows lie nearer to the learnt rows"),
        ("exact", 0.4, (0.3, 0.5), "sharing", "stored numbers of real rows are handed out"),
        ("coverage", 0.5, (0.45, 0.55), "analysis", "rare groups are thin: 50 % of them are present"),
        ("rules", 0.9, (0.89, 0.91), "testing", "Not fit for use: rules that hold in the real rows are broken"),
    ],
)
def test_bad_data_get_a_bad_verdict(
    change: Change, name: str, value: float, interval: tuple[float, float], use: str, words: str
) -> None:
    card = change(name, value=value, interval=interval)
    verdict = judge(card)
    assert verdict.uses[use] == "bad"  # type: ignore[index]
    assert verdict.overall == "bad"
    assert any(part in said(card) for part in words.split("|"))


def test_rare_groups_that_are_all_there_are_not_called_thin(change: Change) -> None:
    card = change("coverage", value=1.0, interval=(0.7, 1.0))
    assert judge(card).figures["coverage"] == "fair"
    assert "thin" not in said(card) and "they were few: 70 % may be the true share" in said(card)


@pytest.mark.parametrize(
    ("interval", "level"),
    [((-0.05, 0.01), "good"), ((0.015, 0.06), "good"), ((0.03, 0.06), "fair"), ((0.08, 0.1), "bad")],
)
def test_the_critics_gap_is_a_hint_only_when_all_of_it_lies_beyond_what_fresh_rows_show(
    change: Change, interval: tuple[float, float], level: str
) -> None:
    card = change("c2st_gap", value=sum(interval) / 2, interval=interval, ceiling=0.02)
    assert judge(card).figures["c2st_gap"] == level
    assert judge(card).uses["sharing"] == level


def test_numbers_that_recur_less_often_than_by_chance_leak_nothing(change: Change) -> None:
    card = change("exact", value=-0.4, interval=(-0.42, -0.38))
    assert judge(card).figures["exact"] == "good"
    assert card.find("exact").direction == "lower"


@pytest.mark.parametrize(
    ("name", "value", "interval", "words"),
    [
        ("near1", 0.02, (0.012, 0.028), "copying of real rows could not be ruled out"),
        ("duplicates", 0.05, (0.04, 0.06), "made rows repeat one another more than real rows do"),
    ],
)
def test_doubts_about_originality_are_told(
    change: Change, name: str, value: float, interval: tuple[float, float], words: str
) -> None:
    card = change(name, value=value, interval=interval)
    assert judge(card).figures[name] == "fair"
    assert words in said(card)


def test_a_leak_is_said_once_and_told_to_be_treated_as_real_data(change: Change, card: CardData) -> None:
    leaky = {"membership": (0.14, (0.11, 0.17)), "copies": (2.0, (1.5, 3.0))}
    scores = [
        dataclasses.replace(s, value=leaky[s.name][0], interval=leaky[s.name][1]) if s.name in leaky else s
        for s in card.scores
    ]
    assert said(dataclasses.replace(card, scores=tuple(scores))).count("treat it as real data") == 1


def test_an_attack_that_may_succeed_is_not_called_private(change: Change) -> None:
    card = change("membership", value=0.01, interval=(-0.05, 0.07))
    assert judge(card).uses["sharing"] == "fair"
    assert "could not rule out an advantage of 7 % over chance" in said(card)


def test_an_attack_whose_interval_begins_at_chance_found_no_leak(change: Change) -> None:
    card = change("membership", value=0.13, interval=(-0.01, 0.27))
    assert judge(card).uses["sharing"] == "fair"
    assert "could not rule out an advantage of 27 % over chance" in said(card) and "leak found" not in said(card)
    for interval in (None, (0.01, 0.25)):
        assert judge(change("membership", value=0.13, interval=interval)).uses["sharing"] == "bad"


def test_an_attack_shown_to_beat_chance_is_told_even_where_it_gains_little(change: Change) -> None:
    card = change("membership", value=0.028, interval=(0.011, 0.045))
    assert judge(card).uses["sharing"] == "fair"
    assert "an attack run here beats chance by 2.8 % (95 % interval 1.1 % to 4.5 %): not shown to be" in said(card)


def test_what_the_critic_sees_is_told_in_plain_words(change: Change) -> None:
    card = change("c2st", value=0.662, interval=(0.655, 0.669))
    assert "Good for testing; for analysis with care" in said(card)
    assert "shown a made and a real row, a classifier picks the made one 66 times in 100" in said(card)


def test_wide_intervals_of_usefulness_are_told(change: Change) -> None:
    card = change("usefulness", value=0.97, interval=(0.9, 1.04))
    assert "for model training 97 % of real (between 90 % and 104 %)" in said(card)
    assert judge(card).uses["training"] == "fair"


def test_the_advantage_in_the_sentence_is_rounded_up(change: Change) -> None:
    assert "more than 1.3 % (95" in said(change("membership", interval=(-0.01, 0.0121)))


def test_without_holdout_the_verdict_says_that_privacy_is_left_out_and_why(card: CardData) -> None:
    kept = tuple(s for s in card.scores if s.section not in ("privacy", "originality", "usefulness"))
    bare = dataclasses.replace(card, scores=kept, rows={"train": 400, "holdout": 0, "made": 9})
    verdict = judge(bare)
    assert verdict.uses["sharing"] == verdict.uses["training"] == "absent"
    assert verdict.overall == "fair"
    text = said(bare)
    assert "privacy was not measured (no real rows were kept aside): do not treat it as anonymous" in text
    assert "its worth for model training was not measured" in text


def test_rules_alone_do_not_make_a_verdict(card: CardData) -> None:
    reasons = dict.fromkeys(("fidelity", "privacy", "usefulness"), "no-source")
    bare = dataclasses.replace(card, scores=tuple(card.of("rules")), left_out=reasons)
    assert judge(bare).overall == "absent"
    assert said(bare).startswith("Not judged against real rows (the source is no longer where it was)")
    assert said(bare).endswith("do not treat it as anonymous; the rules are kept.")


def test_a_reason_of_the_makers_own_is_told_as_it_is(card: CardData) -> None:
    kept = tuple(s for s in card.scores if s.section != "privacy")
    bare = dataclasses.replace(card, scores=kept, left_out={"privacy": "the disk was asleep"})
    assert "privacy was not measured (the disk was asleep)" in said(bare)


def test_a_card_without_scores_is_not_judged() -> None:
    bare = CardData("empty", (), Schema(()))
    assert judge(bare).overall == "absent"
    assert said(bare) == "Not judged: nothing was measured."
    assert beaten_by(bare) is None


def test_one_broken_declared_rule_is_enough_for_a_bad_verdict(change: Change) -> None:
    entries = [{"text": "a <= b", "origin": "declared", "violations": 1, "rows": 100_000}]
    card = change("rules", value=0.99999, interval=(0.9999, 1.0), detail={"rules": entries})
    verdict = judge(card)
    assert verdict.broken_rules == ("a <= b",)
    assert verdict.sections["rules"] == "bad"


def test_a_found_rule_may_be_broken_as_rarely_as_in_the_real_rows(change: Change) -> None:
    entries = [{"text": "a <= b", "origin": "found", "violations": 1, "rows": 100_000}]
    assert judge(change("rules", detail={"rules": entries})).sections["rules"] == "good"


def test_columns_far_off_are_named_worst_first(change: Change) -> None:
    columns: list[dict[str, Any]] = [{"name": f"c{i}", "score": 0.5 + i / 100} for i in range(5)]
    card = change("shapes", detail={"columns": [*columns, {"name": "nan", "score": math.nan}]})
    assert judge(card).broken_columns == ("c0", "c1", "c2", "c3", "c4")
    assert judge(card).sections["fidelity"] == "bad"
    assert "look first at c0, c1, c2 and 2 more" in said(card)


def test_what_was_not_measured_is_better_than_nothing_only_by_name() -> None:
    assert worst([]) == "absent"
    assert worst(["absent", "good"]) == "good"
    assert worst(["good", "bad", "fair"]) == "bad"


def test_every_limit_leaves_room_between_good_and_bad() -> None:
    assert all(0 <= limit.good < limit.fair for limit in LIMITS.values())
