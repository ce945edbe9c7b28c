"""`genloop score`: judge a made table against the source and rows the model never saw."""

from pathlib import Path
from typing import Annotated

import typer

from genloop import engine
from genloop.interfaces.cli import display
from genloop.interfaces.cli.texts import LANG, check, say
from genloop.reports import terminal


def run(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="The model that made the table.")],
    made: Annotated[str, typer.Argument(metavar="MADE", help="The made table.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="CARD", help="Write the card: .html or .json.")
    ] = None,
    data: Annotated[str | None, typer.Option(metavar="DATA", help="Where the source is, when it has moved.")] = None,
    show_real: Annotated[
        bool, typer.Option("--show-real", help="Put real pictures into the card, beside made ones.")
    ] = False,
    lang: Annotated[str, LANG] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="The card as JSON.")] = False,
) -> None:
    """Judge a made table: fidelity, diversity, usefulness, rules, originality, privacy.

    \b
    genloop score adult.genloop made.parquet -o card.html
    genloop score adult.genloop made.parquet --data moved/adult.csv --json
    genloop score products.genloop made/ -o card.html --show-real
    """
    spoken = check(lang)
    found = engine.load(model)
    with display.progress(lang) as tell:
        tell("read", 0.0)
        card = found.score(
            made, data=data, show_real=show_real, report=lambda name, share: tell("judge", share, note=name)
        )
    if output is not None:
        card.save(output, lang=spoken)
    if as_json:
        typer.echo(card.to_json())
        return
    display.output().print(terminal.render(card.data, lang=spoken))
    if output is not None:
        typer.echo(say("wrote", lang, output))
