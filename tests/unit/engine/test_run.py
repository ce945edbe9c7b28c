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
