"""Two cards side by side: better only where the intervals say so."""

import pytest

from genloop.core.score import Score
from genloop.interfaces.cli import compare


def score(value, direction="higher", interval=None, ideal=1.0):
    return Score("x", value, "fidelity", (0.0, 1.0), direction, ideal, interval)


@pytest.mark.parametrize(
    ("first", "second", "better"),
    [
        (score(0.9), score(0.8), "first"),
        (score(0.9, "lower", ideal=0.0), score(0.8, "lower", ideal=0.0), "second"),
        (score(-0.4, "lower", ideal=0.0), score(-0.5, "lower", ideal=0.0), None),
        (score(1.02), score(1.05), None),
        (score(0.4, "target", ideal=0.5), score(0.7, "target", ideal=0.5), "first"),
        (score(0.9), score(0.9), None),
        (score(0.9, interval=(0.85, 0.95)), score(0.88, interval=(0.8, 0.9)), None),
        (score(0.9, interval=(0.89, 0.91)), score(0.8, interval=(0.79, 0.81)), "first"),
        (score(float("nan")), score(0.8), None),
    ],
)
def test_a_score_is_better_only_when_its_interval_lies_apart(first, second, better):
    assert compare._better(first, second) == better
