"""`genloop edit`: one picture or one text changed by a fitted model."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from genloop import engine
from genloop.core.errors import ConfigError
from genloop.core.lazy import Lazy
from genloop.interfaces.cli import display, pictures
from genloop.interfaces.cli.texts import LANG, check, say

if TYPE_CHECKING:
    from genloop.applications import edit as editing
    from genloop.applications import rewrite as rewriting
    from genloop.engine.model import Model
    from genloop.files.pictures import single
    from genloop.reports.texts import Words
else:
    editing = Lazy("genloop.applications.edit")
    rewriting = Lazy("genloop.applications.rewrite")
    single = Lazy("genloop.files.pictures.single")

_VERBS = ("--inpaint", "--denoise", "--enlarge", "--like", "--vary", "--morph")
_OF_TEXTS = ("--vary", "--morph")


def run(
    picture: Annotated[Path, typer.Argument(metavar="FILE", help="A picture file, or a file that holds a text.")],
    model: Annotated[Path, typer.Option("--model", "-m", metavar="MODEL", help="A model of pictures, or of texts.")],
    inpaint: Annotated[
        Path | None, typer.Option(metavar="MASK", help="Make the mask's white places anew (flow, or a mending model).")
    ] = None,
    denoise: Annotated[bool, typer.Option("--denoise", help="Take noise off (a mending model).")] = False,
    enlarge: Annotated[
        int | None, typer.Option(metavar="2|4", help="Twice or four times as large (a mending model).")
    ] = None,
    like: Annotated[Path | None, typer.Option(metavar="PICTURE", help="Take on the look of this one (flow).")] = None,
    vary: Annotated[
        float | None, typer.Option(metavar="0..1", help="Like it: 0 same, 1 new (flow, pretrained, remote, text vae).")
    ] = None,
    morph: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Step by step from it to this one (flow; vae of texts).")
    ] = None,
    steps: Annotated[int, typer.Option(help="Pictures or texts of --morph.")] = 8,
    strength: Annotated[float, typer.Option(metavar="0..1", help="How far --like goes.")] = 0.5,
    noise: Annotated[
        float | None, typer.Option(metavar="0..1", help="The noise that --denoise takes off (default: guessed).")
    ] = None,
    given: Annotated[list[str] | None, typer.Option(metavar="COND", help="A condition, such as another class.")] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            metavar="OUT",
            help="A picture, by default beside it (here where it is one that the model learnt); for texts a table.",
        ),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Another seed gives another result.")] = None,
    no_mark: Annotated[bool, pictures.NO_MARK] = False,
    yes: Annotated[bool, pictures.YES] = False,
    lang: Annotated[str, LANG] = "en",
) -> None:
    """Change one picture or one text; what the model invents is said here and in the label.

    \b
    genloop edit photo.png --model flow.genloop --inpaint mask.png -o whole.png
    genloop edit photo.png --model mend.genloop --enlarge 2
    genloop edit photo.png --model flow.genloop --vary 0.3 --seed 5
    genloop edit photo.png --model flow.genloop --morph other.png --steps 8 -o strip.png
    genloop edit note.txt --model reviews.genloop --vary 0.3 --given label=pos
    genloop edit note.txt --model reviews.genloop --morph other.txt --steps 5 -o way.jsonl
    """
    spoken = check(lang)
    verb, value = _chosen((inpaint, denoise or None, enlarge, like, vary, morph))
    learnt = engine.load(model)
    if learnt.learnt.writers and not learnt.learnt.painters:
        writer = rewriting.Rewriter(learnt, picture, seed=seed, given=given)
        _show(_rewritten(writer, verb, value, steps), output, lang=spoken)
        return
    mark = pictures.marked(no_mark, yes, lang)
    target = _free(output or _place(picture, verb, learnt))
    editor = editing.Editor(learnt, picture, seed=seed, given=given)
    more = {"--denoise": (noise,), "--like": (value, strength), "--morph": (value, steps)}.get(verb, (value,))
    _tell(getattr(editor, verb[2:])(*more), target, lang=spoken, mark=mark)


def _place(picture: Path, verb: str, model: "Model") -> Path:
    """Beside the picture; out of the folder that the model learnt from, as what is made would be learnt next."""
    name, place, here = f"{picture.stem}-{verb[2:]}.png", model.origin.place, Path.cwd()
    learnt = Path(str(place.get("path", "")))
    if place.get("kind") != "folder" or not picture.resolve().is_relative_to(learnt):
        return picture.with_name(name)
    return learnt.parent / name if here.is_relative_to(learnt) else Path(name)


def _free(target: Path) -> Path:
    """The place, which must be free before the work begins."""
    single.claim(target)
    return target


def _chosen(asked: Sequence[Any]) -> tuple[str, Any]:
    """The one way to change it that is named, and how.

    Raises:
        ConfigError: there is none, or more than one.
    """
    chosen = [(verb, value) for verb, value in zip(_VERBS, asked, strict=True) if value is not None]
    if len(chosen) != 1:
        found = " and ".join(verb for verb, _ in chosen) or "none"
        raise ConfigError(f"name one way to change it ({', '.join(_VERBS)}), found {found}")
    return chosen[0]


def _rewritten(writer: "rewriting.Rewriter", verb: str, value: Any, steps: int) -> "rewriting.Rewritten":
    """The texts of that verb.

    Raises:
        ConfigError: it changes pictures.
    """
    if verb not in _OF_TEXTS:
        raise ConfigError(f"{verb} changes pictures; this model makes texts ({', '.join(_OF_TEXTS)})")
    return writer.vary(value) if verb == "--vary" else writer.morph(value, steps)


def _tell(done: "editing.Edited", target: Path, *, lang: str, mark: bool) -> None:
    """Write the result and say what is guessed in it."""
    editing.save(done, target, mark=mark)
    _remark(done.remarks, lang)
    typer.echo(say("wrote", lang, target))


def _show(done: "rewriting.Rewritten", target: Path | None, *, lang: str) -> None:
    """Say the texts, and write them where a file is named."""
    if target is not None:
        done.save(target)
    for text in done.texts:
        typer.echo(text)
    display.made(done.label, lang)
    _remark(done.remarks, lang)
    if target is not None:
        typer.echo(say("wrote", lang, target))


def _remark(remarks: "tuple[Words, ...]", lang: str) -> None:
    for remark in remarks:
        display.output().print(remark["zh" if lang == "zh" else "en"], markup=False, soft_wrap=True)
