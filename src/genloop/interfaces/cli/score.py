"""`genloop score`: judge a made table against the source and rows the model never saw."""

from pathlib import Path
from typing import Annotated

import typer

from genloop import engine
from genloop.engine import card as cards
from genloop.interfaces.cli import display, odd
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
    anomaly: Annotated[
        bool, typer.Option("--anomaly", help="Given pictures: how unlike the learnt ones each is; -o is a table, .csv.")
    ] = False,
    features: Annotated[bool, typer.Option("--features", help="With --anomaly: every picture's features too.")] = False,
    lang: Annotated[str, LANG] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="The card as JSON.")] = False,
) -> None:
    """Judge a made table: fidelity, diversity, usefulness, rules, originality, privacy.

    \b
    genloop score adult.genloop made.parquet -o card.html
    genloop score adult.genloop made.parquet --data moved/adult.csv --json
    genloop score products.genloop made/ -o card.html --show-real
    genloop score codes.genloop new/ --anomaly -o odd.csv
    """
    spoken = check(lang)
    if output is not None and not (anomaly or features):
        cards.check(output)
    found = engine.load(model)
    if anomaly or features:
        odd.rank(found, made, output, features=features, lang=spoken, as_json=as_json)
        return
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
