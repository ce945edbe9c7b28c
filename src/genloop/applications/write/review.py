"""A person's word on drafts: approve, edit (kept as feedback to learn from) or reject; nothing said is ever lost."""

import difflib
from dataclasses import replace
from pathlib import Path

from genloop.applications.write.desk import Desk
from genloop.applications.write.draft import Draft, from_markdown, to_markdown
from genloop.core.errors import ConfigError, SourceNotFound
from genloop.engine import run as runs
from genloop.files.texts import spelling

FEEDBACK = "feedback.jsonl"


def approve(desk: Desk, name: str, because: str = "") -> Draft:
    """The draft approved; one that the gate refused needs a reason.

    Raises:
        ConfigError: the draft is not finished, or the gate refused it and no reason is given.
    """
    draft = desk.draft(name)
    if draft.status == "approved":
        return draft
    if draft.status == "working" or not draft.written:
        raise ConfigError(f"the draft {name} is not finished yet; run genloop write on its brief first")
    if draft.status == "refused" and not because:
        raise ConfigError(f"the gate refused {name}; to approve it all the same, say why with --because")
    _note(desk, draft, "approve", because)
    return desk.keep(draft.noted("approve", because, status="approved", approved=runs.now(), because=because))


def reject(desk: Desk, name: str, because: str) -> Draft:
    """The draft rejected, with the reason; what is published of it is withdrawn by the next publishing.

    Raises:
        ConfigError: no reason is given.
    """
    draft = desk.draft(name)
    if not because.strip():
        raise ConfigError(
            f"say why {name} is rejected with --because: the reason is told to whoever writes the next one"
        )
    _note(desk, draft, "reject", because)
    return desk.keep(draft.noted("reject", because, status="rejected", because=because))


def edit(desk: Desk, name: str, path: Path) -> Draft:
    """The draft with the text of a Markdown file, waiting to be approved; text and difference are kept as feedback.

    What the gate found was about the text before and goes.

    Raises:
        SourceNotFound: there is no such file.
        DataError: it holds no text.
    """
    draft = desk.draft(name)
    if not path.is_file():
        raise SourceNotFound(f"no file {path}; write the draft out first: genloop write BRIEF --show {name} > {path}")
    text, _ = spelling.read(path.read_bytes())
    title, sections = from_markdown(text)
    changed = {"title": title or draft.title, "sections": sections, "human": True, "status": "waiting", "finding": None}
    edited = draft.noted("edit", str(path), **changed)
    before, after = to_markdown(draft), to_markdown(edited)
    if before == after:
        raise ConfigError(f"{path} says what the draft {name} says already; nothing to edit")
    changes = difflib.unified_diff(before.splitlines(), after.splitlines(), "draft", "edited", lineterm="")
    more = {"text": edited.text, "before": draft.text, "diff": "\n".join(changes)}
    _note(desk, draft, "edit", "", more)
    return desk.keep(edited)


def again(desk: Desk, name: str) -> Draft:
    """The draft begun anew; the earlier one is kept under `earlier/`.

    Raises:
        ConfigError: the draft is approved.
    """
    draft = desk.draft(name)
    if draft.status == "approved":
        raise ConfigError(f"the draft {name} is approved; reject it before it is written anew")
    desk.save(f"earlier/{name}-{len(draft.history):03}.json", draft.to_dict())
    fresh = Draft(draft.id, draft.title, draft.language, draft.template, draft.topic, facts=draft.facts)
    return desk.keep(replace(fresh, created=draft.created, history=draft.history).noted("again"))


def _note(desk: Desk, draft: Draft, verb: str, because: str, more: dict[str, str] | None = None) -> None:
    """One record of feedback, on the disk before the draft changes."""
    measures = [fault.measure for fault in draft.finding.faults] if draft.finding is not None else []
    row = {"verb": verb, "id": draft.id, "when": runs.now(), "because": because, "refused_by": measures}
    desk.append(FEEDBACK, {**row, "language": draft.language, **(more or {})})
