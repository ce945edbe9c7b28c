"""`genloop create`: pictures from words."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from genloop import engine
from genloop.core.lazy import Lazy
from genloop.interfaces.cli import display, pictures
from genloop.interfaces.cli.texts import LANG, check, say

if TYPE_CHECKING:
    from genloop.applications import create as creating
else:
    creating = Lazy("genloop.applications.create")

CANDIDATES = 4


def run(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A model of pictures.")],
    words: Annotated[str, typer.Argument(metavar="WORDS", help="What the pictures shall show.")],
    n: Annotated[int, typer.Option("-n", metavar="N", help="How many pictures.", min=1)] = 4,
    output: Annotated[
        str | None,
        typer.Option("--output", "-o", metavar="OUT", help="A folder/, sheet.png, npz, parquet or csv."),
    ] = None,
    given: Annotated[list[str] | None, typer.Option(metavar="COND", help="A condition on one column.")] = None,
    candidates: Annotated[
        int, typer.Option(metavar="N", help="Make so many of each and let the critic choose.", min=1, max=64)
    ] = CANDIDATES,
    truncation: Annotated[float | None, pictures.TRUNCATION] = None,
    clean: Annotated[bool, pictures.CLEAN] = False,
    seed: Annotated[int | None, typer.Option(help="Another seed gives other pictures.")] = None,
    no_mark: Annotated[bool, pictures.NO_MARK] = False,
    yes: Annotated[bool, pictures.YES] = False,
    lang: Annotated[str, LANG] = "en",
) -> None:
    """Make pictures of what the words say, in any of 16 languages; without -o they are shown here.

    The model reads words when it learnt captions with the pack `words` at hand (genloop models add words); else the
    words choose one of its classes, and that is said.

    \b
    genloop create items.genloop "a red round shield" -n 4 -o shields/
    genloop create digits.genloop "seven" -n 16 -o sevens.png --seed 3
    """
    spoken = check(lang)
    mark = pictures.marked(no_mark, yes, lang)
    done = creating.create(
        engine.load(model),
        words,
        n=n,
        given=given,
        candidates=candidates,
        truncation=truncation,
        clean=clean,
        seed=seed,
    )
    console = display.output()
    console.print(done.wish.tell(words)[spoken], markup=False, soft_wrap=True)
    if done.chosen:
        console.print(say("chosen", lang, candidates), style="dim")
    if output is None:
        shown = pictures.first(done.made.to_arrow())
        if shown is not None:
            pictures.show(console, shown)
        console.print(say("pictures", lang, n), style="dim", soft_wrap=True)
        return
    done.made.save(output, mark=mark)
    typer.echo(say("wrote", lang, output))
