"""`genloop demo`: the whole way on real data, the Adult census extract and handwritten digits."""

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from genloop.applications.synthesize import Result, synthesize
from genloop.files import samples
from genloop.interfaces.cli import display
from genloop.interfaces.cli.texts import LANG, check, say
from genloop.reports import terminal

ROWS = 30_000
DIGITS = 5_000
MINUTES = 1.0


def run(
    folder: Annotated[Path, typer.Option("--output", "-o", metavar="FOLDER", help="Where the results go.")] = Path(
        "runs/demo"
    ),
    lang: Annotated[str, LANG] = "en",
) -> None:
    """Learn the real Adult census table and real handwritten digits, make more of both, judge them, write a report.

    Learning pictures takes a minute and needs genloop[neural]; without it the demo leaves them out and says so.

    \b
    genloop demo
    genloop demo -o runs/demo --lang zh
    """
    spoken = check(lang)
    drawn: Result | None = None
    with display.progress(lang) as tell:
        tell("fetch", 0.0)
        result = synthesize(samples.adult(), folder, rows=ROWS, lang=spoken, tell=tell)
        if find_spec("torch") is not None:
            digits = folder / "pictures"
            drawn = synthesize(samples.digits(), digits, rows=DIGITS, minutes=MINUTES, lang=spoken, tell=tell)
    if drawn is not None:
        card = replace(result.card, data=replace(result.card.data, pictures=drawn.card.data.pictures))
        card.save(result.report, lang=spoken)
    display.output().print(terminal.render(result.card.data, lang=spoken))
    typer.echo(say("wrote", lang, f"{result.report}, {result.made}, {result.model}"))
    if drawn is None:
        typer.echo(say("no-pictures", lang))
    else:
        typer.echo(say("wrote", lang, f"{drawn.report}, {drawn.made}, {drawn.report.parent / 'sheet.png'}"))
