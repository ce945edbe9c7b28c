"""Progress is a bar in a terminal and lines in a log."""

import io

import pytest
from rich.console import Console

from genloop.interfaces.cli import display
from genloop.interfaces.cli.texts import say


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2, "0 s"), (59, "59 s"), (60, "1 min"), (125, "2 min 5 s"), (3780, "1 h 3 min")]
)
def test_times_are_said_as_people_say_them(seconds, text):
    assert display.duration(seconds) == text


def test_a_log_tells_each_stage_once_and_then_every_ten_seconds():
    now = [0.0]
    out = io.StringIO()
    log = display._Log(Console(file=out, width=200), "en", clock=lambda: now[0])
    log.show("read", 0.0)
    log.show("read", 0.1)
    now[0] = 11.0
    log.show("read", 0.2, left_seconds=75.0, score=0.5, note="age")
    log.show("trees", 0.0)
    assert out.getvalue().splitlines() == [
        "reading rows",
        "reading rows 20% 1 min 15 s left  score 0.5000  age",
        "learning (trees)",
    ]


def test_a_terminal_shows_a_bar_for_each_stage():
    out = io.StringIO()
    with display.progress("en", Console(file=out, force_terminal=True, width=120)) as tell:
        tell("read", 0.5, left_seconds=3.0)
        tell("trees", 1.0, score=0.25)
    assert "reading rows" in out.getvalue() and "learning (trees)" in out.getvalue() and "100%" in out.getvalue()


def test_brackets_in_a_title_are_shown_as_they_are():
    out = io.StringIO()
    with display.progress("en", Console(file=out, force_terminal=True, width=120)) as tell:
        tell("write", 0.5, note="[red] and [/INST]")
    assert "[red] and [/INST]" in out.getvalue()


def test_one_and_several_are_told_apart():
    assert say("preview", "en", 1) == "1 made row (write it with -o FILE)"
    assert say("preview", "en", 2) == "2 made rows (write them with -o FILE)"
    assert say("repairs", "en", 1, "age") == "1 unreadable cell in age was taken as missing."
    assert say("rows-held", "en", 1, 0) == "Learnt from 1 row; 0 are held out for judging."
    assert say("preview", "zh", 1).startswith("1 行")
