"""The account of a fit: what is said of its time."""

import pytest

from genloop.engine import run as runs
from genloop.reports import notes
from genloop.runtime.budget import Budget


def budget(spent, seconds=60.0):
    return Budget(seconds, clock=lambda: 100.0 + spent, began=100.0)


@pytest.mark.parametrize(
    ("ready", "spent", "said"),
    [
        (5, 30, []),
        (5, 58, ["learning ended with the time"]),
        (45, 50, ["took 45 of the 60 seconds that --minutes gave and is never cut short: give at least 3 minutes"]),
        (80, 90, ["learning ended with the time", "took 80 of the 60 seconds that --minutes gave"]),
    ],
)
def test_where_preparing_the_data_took_the_time_it_is_said(ready, spent, said):
    told = runs.of_time(budget(spent), ready, reserve=0.1)
    assert len(told) == len(said) and all(part in note for part, note in zip(said, told, strict=True))
    assert all(notes.read(note).zh != note for note in told)


def test_without_a_limit_nothing_is_said_unless_somebody_stopped_it():
    free = Budget(None)
    assert runs.of_time(free, 1e6, reserve=0.1) == []
    free.interrupted = True
    assert runs.of_time(free, 0, reserve=0.1) == ["stopped by the user before the end; the best so far was kept"]


def test_a_minute_is_one_minute():
    (note,) = runs.of_time(budget(3, 4.0), 3, reserve=0.1)
    assert note.endswith("give at least 1 minute") and notes.read(note).zh.endswith("请至少给 1 分钟")


NO_STEP = "it failed to learn: there was time for no step; try more time"
FINE = {"reason": "finished", "steps": 90, "least_steps": 20, "rows": 300, "remedies": [], "failed": None}
ROSE = "the judge's value rose from 1 to 9"
BROKEN = "the loss was inf at step 22"


@pytest.mark.parametrize(
    ("head", "said"),
    [
        ({}, []),
        ({"training": FINE}, []),
        ({"training": {**FINE, "steps": 0, "failed": NO_STEP}}, [NO_STEP]),
        ({"training": {**FINE, "steps": 1}}, ["learnt only 1 step from 300 rows; try more time"]),
        ({"training": {**FINE, "steps": 19}}, ["learnt only 19 steps from 300 rows; try more time"]),
        (
            {"training": {**FINE, "reason": f"{BROKEN}; kept the best before it"}},
            [f"{BROKEN}; kept the best before it; try a lower learning_rate"],
        ),
        ({"training": FINE, "reflow": {"reason": f"{BROKEN}; kept the best before it"}}, ["lower learning_rate"]),
        (
            {"training": {**FINE, "remedies": [[22, "back", BROKEN], [1100, "rate", ROSE]]}},
            [
                f"at step 22 learning went back to the best weights so far at half the rate, because {BROKEN}",
                f"at step 1,100 the learning rate was halved, because {ROSE}",
            ],
        ),
    ],
)  # fmt: skip
def test_what_went_wrong_in_learning_is_said_in_both_languages(head, said):
    told = runs.of_learning(head)
    assert len(told) == len(said) and all(part in note for part, note in zip(said, told, strict=True))
    for note in told:
        chinese = notes.read(f"gan: {note}").zh
        assert chinese.startswith("gan：") and not any(word in chinese for word in ("step", "because", "the", "loss"))
