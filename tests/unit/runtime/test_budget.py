"""One clock for the whole command, and an ear for Ctrl-C."""

import os
import signal
import threading

import pytest

from genloop.core.errors import ConfigError
from genloop.runtime.budget import SPINS, Budget, listening, share_cores, threads


class Clock:
    now = 100.0

    def __call__(self):
        return self.now


def test_time_is_counted_from_the_start_of_the_command():
    clock = Clock()
    budget = Budget(60, clock)
    clock.now += 15
    assert budget.spent() == 15 and budget.left() == 45 and budget.left(reserve=0.1) == pytest.approx(39)
    assert not budget.stop()
    clock.now += 50
    assert budget.left() == 0 and budget.stop()


def test_without_a_limit_only_the_user_stops_the_work():
    clock = Clock()
    budget = Budget(None, clock)
    clock.now += 1e9
    assert budget.left() is None and not budget.stop()
    budget.interrupted = True
    assert budget.stop()


@pytest.mark.parametrize("seconds", [0, -1, float("inf"), float("nan")])
def test_a_budget_that_is_no_time_is_refused_with_its_flag(seconds):
    with pytest.raises(ConfigError, match="--minutes must be above 0"):
        Budget(seconds)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_the_first_interrupt_asks_and_the_second_breaks_off(number):
    before = signal.getsignal(number)
    with listening(Budget()) as budget:
        os.kill(os.getpid(), number)
        assert budget.stop()
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), number)
    assert signal.getsignal(number) is before


def test_outside_of_the_main_thread_signals_are_left_alone():
    before, seen = signal.getsignal(signal.SIGINT), []

    def work():
        with listening(Budget()) as budget:
            seen.append(budget.stop())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == [False] and signal.getsignal(signal.SIGINT) is before


def test_threads_are_those_asked_for_or_every_core():
    assert threads(3) == 3 and threads(None) >= 1
    with pytest.raises(ConfigError, match="--threads must be at least 1, found 0"):
        threads(0)


@pytest.mark.parametrize("said", [{}, {"OMP_WAIT_POLICY": "active"}, {"GOMP_SPINCOUNT": "7"}])
def test_threads_wait_briefly_unless_the_user_says_how(said):
    environment = dict(said)
    share_cores(environment)
    assert environment == (said or {"GOMP_SPINCOUNT": str(SPINS)})
