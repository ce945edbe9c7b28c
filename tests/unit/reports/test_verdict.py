"""The verdict is earned from the figures: bad data get a bad one, what is not measured is never good."""

from genloop.core.schema import Column, Schema
from genloop.core.score import Score
from genloop.reports.card import CardData
from genloop.reports.sentence import clauses, join
from genloop.reports.verdict import grade, judge

SCHEMA = Schema((Column("age", "number"), Column("job", "category")))


def c2st(value: float, low: float, high: float) -> Score:
    return Score("c2st", value, "fidelity", (0, 1), "lower", 0.5, (low, high))


def test_a_figure_is_good_only_when_the_worse_end_of_its_interval_passes() -> None:
    assert grade(c2st(0.53, 0.51, 0.55)) == "good"
    assert grade(c2st(0.59, 0.56, 0.63)) == "fair"
    assert grade(c2st(0.94, 0.93, 0.95)) == "bad"


def test_a_card_without_scores_is_not_judged() -> None:
    card = CardData("empty", (), SCHEMA)
    assert judge(card).overall == "absent"
    assert join(clauses(card, judge(card))).en == "Not judged: nothing was measured."
