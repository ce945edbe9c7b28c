"""`genloop demo`: the whole way on a real table, the Adult census extract."""

from pathlib import Path
from typing import Annotated

import typer

from genloop.applications.synthesize import synthesize
from genloop.files import samples
from genloop.interfaces.cli import display
from genloop.interfaces.cli.texts import LANG, check, say
from genloop.reports import terminal

ROWS = 30_000


def run(
    folder: Annotated[Path, typer.Option("--output", "-o", metavar="FOLDER", help="Where the results go.")] = Path(
        "runs/demo"
    ),
    lang: Annotated[str, LANG] = "en",
) -> None:
    """Read the real Adult census table, learn it, make 30,000 new rows, judge them, and write a report.

    \b
    genloop demo
    genloop demo -o runs/demo --lang zh
    """
    spoken = check(lang)
    with display.progress(lang) as tell:
        tell("fetch", 0.0)
        data = samples.adult()
        result = synthesize(data, folder, rows=ROWS, lang=spoken, tell=tell)
    display.output().print(terminal.render(result.card.data, lang=spoken))
    typer.echo(say("wrote", lang, f"{result.report}, {result.made}, {result.model}"))
