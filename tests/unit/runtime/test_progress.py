"""Events become a share, a time left and a curve."""

from genloop.core.protocols import Progress
from genloop.runtime.progress import Meter


class Clock:
    now = 5.0

    def __call__(self):
        return self.now


def test_the_time_left_follows_from_the_share_done():
    clock, states = Clock(), []
    meter = Meter(states.append, clock)
    meter(Progress("read", 0.0))
    clock.now += 10
    meter(Progress("read", 0.25))
    assert states[0].left_seconds is None and states[1].left_seconds == 30 and states[1].spent_seconds == 10


def test_each_stage_has_its_own_estimate_and_the_curve_keeps_every_score():
    clock, states = Clock(), []
    meter = Meter(states.append, clock)
    meter(Progress("read", 1.0))
    clock.now += 4
    meter(Progress("trees", 0.0, score=0.9, note="age"))
    clock.now += 2
    meter(Progress("trees", 0.5))
    assert states[-1].left_seconds == 2 and states[-1].score == 0.9 and states[-2].note == "age"
    assert meter.curve == [("trees", 4.0, 0.9)]


def test_a_share_beyond_its_range_is_cut():
    states = []
    Meter(states.append)(Progress("read", 1.7))
    assert states[0].share == 1.0
