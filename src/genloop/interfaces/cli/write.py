"""`genloop write`: articles from a brief, through the gate and a person's word, to where they are published."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from genloop.core.errors import ConfigError
from genloop.core.lazy import Lazy
from genloop.interfaces.cli import display
from genloop.interfaces.cli.texts import LANG, check, say
from genloop.reports import notes
from genloop.trust import written

if TYPE_CHECKING:
    from genloop.applications import write as writing
else:
    writing = Lazy("genloop.applications.write")

_COLOURS = {"waiting": "yellow", "approved": "green", "refused": "red", "rejected": "red", "working": "dim"}
FAILED = 3  # the exit code when something could not be published
REFUSED = 4  # the exit code when the gate refused every draft


def run(
    brief: Annotated[Path, typer.Argument(metavar="BRIEF", help="A TOML file that says what to write from what.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FOLDER", help="The folder of the static site.")
    ] = None,
    listing: Annotated[bool, typer.Option("--list", help="Show the drafts and where they stand.")] = False,
    show: Annotated[str | None, typer.Option(metavar="ID", help="Show a draft as Markdown.")] = None,
    approve: Annotated[str | None, typer.Option(metavar="ID", help="Approve a draft; it is published.")] = None,
    edit: Annotated[
        tuple[str, Path] | None, typer.Option(metavar="ID FILE", help="Put a person's text in place of a draft's.")
    ] = None,
    reject: Annotated[str | None, typer.Option(metavar="ID", help="Reject a draft; says why with --because.")] = None,
    again: Annotated[str | None, typer.Option(metavar="ID", help="Write a draft anew; the earlier is kept.")] = None,
    because: Annotated[str, typer.Option(metavar="TEXT", help="The reason; kept and told to the next writing.")] = "",
    refresh: Annotated[bool, typer.Option("--refresh", help="Read the sources anew and write from these.")] = False,
    lang: Annotated[str, LANG] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="Everything as JSON.")] = False,
) -> None:
    """Write articles from collected material: collect, learn, draft, judge, revise, wait for a person, publish.

    A stopped or failed run goes on where it was: run the same command again. What is published carries a visible line
    and a record that it was made by AI. Exit code 3: something could not be published; 4: every draft was refused.

    \b
    genloop write brief.toml -o site/
    genloop write brief.toml --list
    genloop write brief.toml --show ID > draft.md
    genloop write brief.toml --edit ID draft.md
    genloop write brief.toml --approve ID
    """
    check(lang)
    verbs = [name for name, value in (("list", listing), ("show", show), ("approve", approve), ("edit", edit),
                                      ("reject", reject), ("again", again)) if value not in (None, False)]  # fmt: skip
    if len(verbs) > 1:
        raise ConfigError(f"one thing at a time: --{' and --'.join(verbs)} exclude each other")
    if output is not None and verbs and verbs[0] not in ("approve", "again"):
        raise ConfigError(f"--{verbs[0]} publishes nothing; leave out -o")
    if listing:
        _list(writing.desk(brief), lang, as_json=as_json)
    elif show is not None:
        draft = writing.desk(brief).draft(show)
        typer.echo(_json(draft) if as_json else writing.to_markdown(draft), nl=as_json)
        if not as_json and draft.label:
            line = written.line(check(lang), human=draft.human, writer=draft.label.get("writer", ""))
            display.made(draft.label, lang, line=line)
        _faults(draft, lang)
    elif approve is not None:
        _end(writing.approve(brief, approve, because, output), brief, lang, as_json=as_json)
    elif edit is not None:
        _end(writing.edit(brief, *edit), brief, lang, as_json=as_json)
    elif reject is not None:
        _end(writing.reject(brief, reject, because), brief, lang, as_json=as_json)
    else:
        if again is not None:
            writing.again(brief, again)
        with display.progress(lang) as tell:
            outcome = writing.write(brief, output, refresh=refresh, tell=tell)
        _end(outcome, brief, lang, as_json=as_json)


def _end(outcome: "writing.Outcome", brief: Path, lang: str, *, as_json: bool) -> None:
    """What a run left: the drafts, what is published, what failed, and what to do next."""
    if as_json:
        done = [vars(receipt) for receipt in outcome.published]
        values = {"drafts": [d.to_dict() for d in outcome.drafts], "published": done, "failures": outcome.failures}
        typer.echo(json.dumps(values, ensure_ascii=False, indent=1))
    else:
        _tell(writing.desk(brief), outcome.drafts, lang, as_json=False)
        for receipt in outcome.published:
            typer.echo(f"{say(receipt.did, lang)}: {receipt.place}")
        for draft in outcome.drafts:
            if draft.status == "waiting":
                typer.echo(say("next", lang, f"genloop write {brief} --approve {draft.id}"))
    for note in outcome.notes:
        display.errors().print(notes.read(note)[check(lang)], style="dim", markup=False, soft_wrap=True)
    for failure in outcome.failures:
        display.errors().print(
            say("unpublished", lang, notes.read(failure)[check(lang)]), style="red", markup=False, soft_wrap=True
        )
    if outcome.failures:
        raise typer.Exit(FAILED)
    if outcome.drafts and all(draft.status == "refused" for draft in outcome.drafts):
        raise typer.Exit(REFUSED)


def _tell(desk: "writing.Desk", drafts: Any, lang: str, *, as_json: bool) -> None:
    """Where each draft stands, and where it can be read: a published one may wait again after an edit."""
    where = {draft.id: writing.places(desk, draft.id) for draft in drafts}
    failed = {draft.id: writing.failed(desk, draft.id) for draft in drafts}
    if as_json:
        told = [draft.to_dict() | {"places": where[draft.id], "failed": failed[draft.id]} for draft in drafts]
        typer.echo(json.dumps(told, ensure_ascii=False, indent=1))
        return
    table = Table(box=None, show_header=False, pad_edge=False)
    for draft in drafts:
        stands = "created" if draft.status == "approved" and where[draft.id] else draft.status
        state = f"[{_COLOURS[draft.status]}]{say(stands, lang)}[/]"
        table.add_row(escape(draft.id), state, escape(draft.title), escape(", ".join(where[draft.id])))
    display.output().print(table)
    for draft in drafts:
        if draft.status == "refused":
            _faults(draft, lang)


def _list(desk: "writing.Desk", lang: str, *, as_json: bool) -> None:
    """Where all drafts stand, and on stderr where some could not be published when it was last tried."""
    drafts = desk.drafts()
    _tell(desk, drafts, lang, as_json=as_json)
    for draft in () if as_json else drafts:
        for key, why in writing.failed(desk, draft.id).items():
            told = say("unpublished", lang, f"{draft.id}, {key}: {notes.read(why)[check(lang)]}")
            display.errors().print(told, style="red", markup=False, soft_wrap=True)


def _faults(draft: "writing.Draft", lang: str) -> None:
    """Why the gate refuses a draft, on stderr."""
    if draft.finding is None:
        return
    console = display.errors()
    for fault in dict.fromkeys((*draft.finding.faults, *draft.finding.overlooked)):
        where = draft.id if fault.section is None else f"{draft.id}, {draft.sections[fault.section].title}"
        console.print(f"{where}: {fault.say(lang)}", style="dim", markup=False, soft_wrap=True)


def _json(draft: "writing.Draft") -> str:
    return json.dumps(draft.to_dict(), ensure_ascii=False, indent=1)
