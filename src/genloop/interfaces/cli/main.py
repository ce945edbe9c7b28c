"""The `genloop` command and how it fails: one line, with the traceback only under `--debug`."""

import os
import sys
from collections.abc import Sequence
from itertools import pairwise
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from genloop.core.errors import GenloopError, Interrupted
from genloop.interfaces.cli import (
    coach,
    compare,
    create,
    demo,
    display,
    doctor,
    edit,
    explain,
    fit,
    inspect,
    models,
    sample,
    score,
    synthesize,
    write,
)
from genloop.interfaces.cli.texts import say
from genloop.interfaces.cli.version import version
from genloop.reports import notes
from genloop.runtime.budget import share_cores

DEBUG_VARIABLE = "GENLOOP_DEBUG"


class Commands(TyperGroup):
    """A group that turns every failure into one line on stderr and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run the chosen command; an interrupt is told in one line."""
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            typer.echo(str(error) if isinstance(error, Interrupted) else say("stopped"), err=True)
            raise SystemExit(display.INTERRUPTED) from None

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        windows_expand_args: bool = True,
        **extra: Any,
    ) -> Any:
        """Run the command line; `--debug` may stand anywhere before a lone `--`."""
        share_cores(os.environ)
        words = list(sys.argv[1:] if args is None else args)
        own = words[: words.index("--")] if "--" in words else words
        debug = "--debug" in own or bool(os.environ.get(DEBUG_VARIABLE))
        words = [word for word in own if word != "--debug"] + words[len(own) :]
        try:
            return super().main(words, prog_name, complete_var, standalone_mode, windows_expand_args, **extra)
        except Exception as error:  # the outermost frame: no trace escapes
            if debug:
                raise
            raise SystemExit(_tell(error, words)) from None


def _tell(error: Exception, words: list[str]) -> int:
    lang = _language(words)
    if isinstance(error, GenloopError):
        told = notes.read(" ".join(str(error).split()))
        typer.echo(f"{say('error', lang)}: {told.zh if lang == 'zh' else told.en}", err=True)
        return 1
    line = " ".join(str(error).split()) or "no message"
    typer.echo(f"{say('unexpected', lang)}: {type(error).__name__}: {line} ({say('debug', lang)})", err=True)
    return 70


def _language(words: list[str]) -> str:
    """The language that --lang asks for, in either spelling."""
    asked = [word.removeprefix("--lang=") for word in words if word.startswith("--lang=")]
    asked += [after for word, after in pairwise(words) if word == "--lang"]
    return asked[-1] if asked else "en"


app = typer.Typer(
    cls=Commands,
    name="genloop",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> bool:
    if wanted:
        typer.echo(f"genloop {version()}")
        raise typer.Exit
    return wanted


@app.callback()
def main(
    show_version: Annotated[
        bool, typer.Option("--version", help="Print the version and leave.", callback=_show_version, is_eager=True)
    ] = False,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
) -> None:
    """Learn a generator from your own table, make new rows, and judge them against rows it never saw.

    \b
    genloop fit adult.csv -o adult.genloop --minutes 2
    genloop sample adult.genloop -n 10000 -o made.parquet --given "age>=65"
    genloop score adult.genloop made.parquet -o card.html
    """


for part in (
    fit, sample, create, edit, score, explain, inspect, compare, synthesize, write, coach, models, doctor, demo,
):  # fmt: skip
    app.command(name=part.__name__.rpartition(".")[2])(part.run)
