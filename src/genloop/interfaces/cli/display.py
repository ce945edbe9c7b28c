"""Progress on stderr: a live bar in a terminal, a line now and then in a log."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeElapsedColumn

from genloop.interfaces.cli.texts import TEXTS, say
from genloop.runtime.progress import State

LOG_SECONDS = 10.0
INTERRUPTED = 130  # what shells report for SIGINT


def output() -> Console:
    """Where results go."""
    return Console(highlight=False)


def errors() -> Console:
    """Where progress goes."""
    return Console(stderr=True, highlight=False)


def duration(seconds: float) -> str:
    """A time as people say it: 8 s, 2 min 5 s, 1 h 3 min."""
    whole = max(round(seconds), 0)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min" + (f" {whole % 60} s" if whole % 60 else "")
    return f"{whole // 3600} h {whole % 3600 // 60} min"


def made(label: Mapping[str, str], lang: str, *, line: str = "", as_json: bool = False) -> None:
    """Says on stderr that what is shown was made (`line`), by which model and run; as JSON the whole label."""
    told = f"{line or say('made', lang)} {say('by', lang, label['model'], label['run'])}"
    text = json.dumps(dict(label), ensure_ascii=False) if as_json else told
    errors().print(text, style="dim", markup=False, soft_wrap=True)


@contextmanager
def progress(lang: str, console: Console | None = None) -> Iterator[Callable[..., None]]:
    """A function to call with a stage, its share done, seconds left and score; it shows them while inside."""
    console = console or errors()
    if console.is_terminal:
        with Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TaskProgressColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[more]}", markup=False),
            console=console,
            transient=False,
        ) as bars:
            yield _Bars(bars, lang).show
    else:
        yield _Log(console, lang).show


def relay(tell: Callable[..., None]) -> Callable[[State], None]:
    """The states of a running fit, handed to what `progress` gave."""
    return lambda state: tell(
        state.stage, state.share, left_seconds=state.left_seconds, score=state.score, note=state.note
    )


def _title(stage: str, lang: str) -> str:
    return say(stage, lang) if stage in TEXTS else say("learn", lang, stage)


def _more(left_seconds: float | None, score: float | None, note: str, lang: str) -> str:
    left = "" if left_seconds is None else say("left", lang, duration(left_seconds))
    curve = "" if score is None else say("score", lang, score)
    return "  ".join(word for word in (left, curve, note) if word)


class _Bars:
    """One bar a stage; a stage is done when the next one begins."""

    def __init__(self, bars: Progress, lang: str) -> None:
        self._bars, self._lang, self._stage, self._task = bars, lang, "", TaskID(-1)

    def show(
        self, stage: str, share: float, *, left_seconds: float | None = None, score: float | None = None, note: str = ""
    ) -> None:
        if stage != self._stage:
            if self._stage:
                self._bars.update(self._task, completed=1.0, more="")
            self._stage = stage
            self._task = self._bars.add_task(_title(stage, self._lang), total=1.0, more="")
        more = _more(None if share >= 1 else left_seconds, score, note, self._lang)
        self._bars.update(self._task, completed=share, more=more)


class _Log:
    """A line when a stage begins and every ten seconds."""

    def __init__(self, console: Console, lang: str, clock: Callable[[], float] = time.monotonic) -> None:
        self._console, self._lang, self._clock = console, lang, clock
        self._stage, self._told = "", 0.0

    def show(
        self, stage: str, share: float, *, left_seconds: float | None = None, score: float | None = None, note: str = ""
    ) -> None:
        now = self._clock()
        if stage == self._stage and (now - self._told < LOG_SECONDS or share >= 1):
            return
        more: Any = _more(left_seconds, score, note, self._lang) if stage == self._stage else ""
        percent = f" {share:.0%}" if stage == self._stage else ""
        self._console.print(f"{_title(stage, self._lang)}{percent} {more}".rstrip(), markup=False, soft_wrap=True)
        self._stage, self._told = stage, now
