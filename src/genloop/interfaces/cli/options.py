"""The longer options of `genloop fit`, each under its name, and how settings are read."""

import json
import math
from pathlib import Path
from typing import Annotated, Any

import typer

from genloop.core.errors import ConfigError
from genloop.engine import recipe as recipes


def _cook(context: Any, path: Path | None) -> Path | None:
    """The recipe's settings become the defaults of typer's own kind of context, so that flags win over them."""
    if path is not None and not context.resilient_parsing:
        names = {flag: parameter.name for parameter in context.command.params for flag in parameter.opts}
        told = {names[f"--{flag}"]: value for flag, value in recipes.read(path).flags().items()}
        context.default_map = {**(context.default_map or {}), **told}
    return path


def setting(text: str) -> tuple[str, Any]:
    """A family's setting; numbers (.5 too), true, false and lists are read as JSON, all else is text.

    Raises:
        ConfigError: name, equals sign or value is missing.
    """
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise ConfigError(f"--set is NAME=VALUE, found {text!r}")
    for read in (json.loads, float):
        try:
            found = read(value)
        except ValueError:
            continue
        if not isinstance(found, float) or math.isfinite(found):
            return name, found
    return name, value


_FAMILIES = (
    "Generator family: trees, transformer, gan, vae; of pictures: gan, flow, vae, autoencoder, transformer; of texts: "
    "transformer, recurrent, vae, pretrained, remote."
)

Data = Annotated[
    str | None,
    typer.Argument(metavar="DATA", help="A file, a folder or a database URL; with --endpoint it may be left out."),
]
Output = Annotated[
    Path | None,
    typer.Option("--output", "-o", metavar="MODEL", help="The model file; by default named as the data, here."),
]
Recipe = Annotated[
    Path | None, typer.Option(metavar="FILE", is_eager=True, callback=_cook, help="Settings from a recipe; flags win.")
]
Family = Annotated[str | None, typer.Option(help=_FAMILIES)]
Minutes = Annotated[
    float | None,
    typer.Option(help="Wall time of the whole command; reading and preparing the data is never cut short."),
]
Steps = Annotated[
    int | None,
    typer.Option(
        help="Training steps in place of minutes, so many in each stage of the plan (trees take none); the same number "
        "gives the same run."
    ),
]
Seed = Annotated[int, typer.Option(help="One seed gives one result.")]
Rules = Annotated[str, typer.Option(metavar="auto|FILE|off", help="Rules between columns to keep.")]
Kinds = Annotated[list[str] | None, typer.Option(metavar="COL=KIND", help="Correct a column's kind.")]
Drop = Annotated[list[str] | None, typer.Option(metavar="COL", help="Leave a column out.")]
Keys = Annotated[list[str] | None, typer.Option(metavar="COL", help="A key: never learnt, made fresh.")]
Floor = Annotated[int, typer.Option(help="A value that fewer rows carry never comes out.")]
Origin = Annotated[Path | None, typer.Option("--from", metavar="MODEL", help="Go on from this model with new rows.")]
Set = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="A setting of the family, such as width=128.",
    ),
]
Base = Annotated[str | None, typer.Option(metavar="FOLDER", help="Open weights to go on from: a folder or GGUF file.")]
Endpoint = Annotated[
    str | None,
    typer.Option(metavar="URL", help="An OpenAI-compatible server that writes, such as http://HOST:8000/v1."),
]
Served = Annotated[str | None, typer.Option("--served-model", metavar="NAME", help="The model on that server.")]
Pictures = Annotated[
    str | None, typer.Option(metavar="SIZE", help="Size in which pictures are learnt, and crop, pad or stretch.")
]
Given = Annotated[
    list[str] | None,
    typer.Option(metavar="COL", help="Pictures that the others are made from: seen, never made; given in sampling."),
]
PictureMemory = Annotated[
    int | None, typer.Option(metavar="MB", help="Decoded pictures in memory (1024); the others lie in TMPDIR.")
]
Device = Annotated[str | None, typer.Option(help="cpu or cuda, for families that use torch.")]
Holdout = Annotated[
    float, typer.Option(metavar="SHARE", help="Share of rows held out for judging, at most 10,000; 0: none.")
]
Threads = Annotated[int | None, typer.Option(help="Threads to use (default: every core).")]
Part = Annotated[str | None, typer.Option(help="The table of a database or the sheet of a workbook.")]
Query = Annotated[str | None, typer.Option(help="A query whose result is learnt.")]
Log = Annotated[
    Path | None,
    typer.Option(metavar="DIR", help="Curves for tensorboard --logdir DIR, and sheets of pictures, while it learns."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show columns, plan and estimate; write nothing.")]
Resume = Annotated[bool, typer.Option("--resume", help="Go on with an interrupted run.")]
AsJson = Annotated[bool, typer.Option("--json", help="The result as JSON.")]
