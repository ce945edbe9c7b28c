"""From collected material to a published article, through a gate and a person's word."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from genloop.applications.write import brief as briefs
from genloop.applications.write import gate, learning, publish, review
from genloop.applications.write.brief import Brief, targets
from genloop.applications.write.desk import Desk
from genloop.applications.write.draft import Draft, to_markdown
from genloop.applications.write.publish import failed, places
from genloop.applications.write.run import Outcome, Work

__all__ = [
    "Brief",
    "Desk",
    "Draft",
    "Outcome",
    "again",
    "approve",
    "desk",
    "edit",
    "failed",
    "places",
    "reject",
    "to_markdown",
    "write",
]
_TARGETS = "targets.json"
_UNJUDGED = "the gate has not judged the edited text: its numbers, names and quotes are yours to check"


def write(
    path: str | Path,
    output: str | Path | None = None,
    *,
    refresh: bool = False,
    tell: Callable[..., None] = lambda stage, share, **more: None,
) -> Outcome:
    """Everything that a brief asks for and that can be done now; `output` is the folder of the static site.

    Raises:
        GenloopError: the brief, the material or the model is no good; what was kept before stays.
    """
    asked = targets(briefs.read(Path(path)), None if output is None else Path(output))
    learning.check(asked)
    gate.check(asked.bar, asked.overlook)
    return Work(asked, _remembered(asked, Path(path), output), tell).run(refresh=refresh)


def approve(path: str | Path, name: str, because: str = "", output: str | Path | None = None) -> Outcome:
    """A draft approved, and published where the brief says; `output` is the folder of the static site."""
    return _said(path, lambda found: review.approve(found, name, because), output)


def again(path: str | Path, name: str) -> None:
    """A refused, rejected or waiting draft to be begun anew by the next `write`; the earlier one is kept."""
    found = desk(path)
    found.open()
    with found.held():
        review.again(found, name)


def reject(path: str | Path, name: str, because: str) -> Outcome:
    """A draft rejected, and withdrawn where it was published."""
    return _said(path, lambda found: review.reject(found, name, because))


def edit(path: str | Path, name: str, text: str | Path) -> Outcome:
    """A draft with a person's text, waiting to be approved."""
    return replace(_said(path, lambda found: review.edit(found, name, Path(text))), notes=(_UNJUDGED,))


def desk(path: str | Path) -> Desk:
    """The run folder of a brief: beside it, unless the brief says where."""
    found = briefs.read(Path(path))
    return Desk(found.place(found.run) if found.run else Path(path).resolve().with_suffix(".run"))


def _said(path: str | Path, say: Callable[[Desk], Draft], output: str | Path | None = None) -> Outcome:
    found = desk(path)
    found.open()
    with found.held():
        draft = say(found)
        _remember(found, output)
        kept = found.read(_TARGETS).get("site")
        done, failures = publish.deliver(found, targets(briefs.read(Path(path)), Path(kept) if kept else None))
    return Outcome((draft,), done, failures)


def _remembered(asked: Brief, path: Path, output: str | Path | None) -> Desk:
    """The desk; it remembers the folder of the site, so that an approval later publishes there too."""
    found = desk(path)
    if output is not None:
        found.open()
    _remember(found, output)
    return found


def _remember(found: Desk, output: str | Path | None) -> None:
    if output is not None:
        found.save(_TARGETS, {"site": str(Path(output).absolute())})
