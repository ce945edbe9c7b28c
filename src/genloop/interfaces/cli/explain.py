"""`genloop explain`: what a model of pictures does, as a page or a folder of sheets."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from genloop import engine
from genloop.core.lazy import Lazy
from genloop.interfaces.cli import display, pictures
from genloop.interfaces.cli.texts import LANG, check, say

if TYPE_CHECKING:
    from genloop.applications import explain as explaining
    from genloop.reports.explanation import data as explained
    from genloop.reports.explanation import sheets
else:
    explaining = Lazy("genloop.applications.explain")
    explained = Lazy("genloop.reports.explanation.data")
    sheets = Lazy("genloop.reports.explanation.sheets")


def run(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A model of pictures.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", metavar="OUT", help="A page .html, figures .json, or a folder/ of sheets.")
    ] = Path("explain.html"),
    part: Annotated[
        list[str] | None,
        typer.Option(metavar="PART", help="walks, directions, gaze or conditions (default: all of them)."),
    ] = None,
    data: Annotated[str | None, typer.Option(metavar="DATA", help="Where the source is, when it has moved.")] = None,
    show_real: Annotated[
        bool, typer.Option("--show-real", help="Put real pictures into it, under the critic's eyes.")
    ] = False,
    seed: Annotated[int | None, typer.Option(help="Another seed walks elsewhere.")] = None,
    no_mark: Annotated[bool, pictures.NO_MARK] = False,
    yes: Annotated[bool, pictures.YES] = False,
    lang: Annotated[str, LANG] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="The figures as JSON.")] = False,
) -> None:
    """Show what a model of pictures does: walks, directions, where its critic looks, which condition mattered.

    \b
    genloop explain faces.genloop -o explain.html
    genloop explain digits.genloop -o explained/ --part walks --part conditions
    genloop explain digits.genloop --data moved/digits.zip --show-real --lang zh
    """
    spoken = check(lang)
    mark = pictures.marked(no_mark, yes, lang)
    found = engine.load(model)
    with display.progress(lang) as tell:
        done = explaining.explain(
            found,
            parts=part or explained.PARTS,
            data=data,
            show_real=show_real,
            seed=seed,
            report=lambda name, share: tell("explain", share, note=name),
        )
    sheets.save(done, output, lang=spoken, mark=mark)
    if as_json:
        typer.echo(explained.to_json(done))
        return
    console = display.output()
    for each in done.parts:
        for remark in each.remarks if each.reason is None else (each.reason,):
            console.print(remark[spoken], markup=False, soft_wrap=True)
    typer.echo(say("wrote", lang, output))
