"""`genloop synthesize`: learn, make and judge in one command."""

from pathlib import Path
from typing import Annotated

import typer

from genloop.applications.synthesize import synthesize
from genloop.interfaces.cli import display
from genloop.interfaces.cli.texts import LANG, check, say
from genloop.reports import terminal


def run(
    data: Annotated[str, typer.Argument(metavar="DATA", help="A file or a database URL.")],
    folder: Annotated[Path, typer.Option("--output", "-o", metavar="FOLDER", help="Where the results go.")],
    n: Annotated[
        int | None, typer.Option("-n", metavar="N", help="How many rows (default: as many as learnt).")
    ] = None,
    minutes: Annotated[float | None, typer.Option(help="Wall time for learning.")] = None,
    seed: Annotated[int, typer.Option(help="One seed gives one result.")] = 0,
    table: Annotated[str | None, typer.Option(help="The table of a database or the sheet of a workbook.")] = None,
    query: Annotated[str | None, typer.Option(help="A query whose result is learnt.")] = None,
    lang: Annotated[str, LANG] = "en",
) -> None:
    """Learn a table, make as many rows, judge them; writes model, made rows and report into a folder.

    \b
    genloop synthesize adult.csv -o runs/adult
    """
    spoken = check(lang)
    with display.progress(lang) as tell:
        result = synthesize(
            data, folder, rows=n, minutes=minutes, seed=seed, table=table, query=query, lang=spoken, tell=tell
        )
    display.output().print(terminal.render(result.card.data, lang=spoken))
    typer.echo(say("wrote", lang, f"{result.report}, {result.made}, {result.model}"))
