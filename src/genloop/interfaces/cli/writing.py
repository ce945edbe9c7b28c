"""How texts are asked for on the command line: their form, how they are drawn, and one shown as it is written."""

import json
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from genloop.core.conditions import Condition, read
from genloop.core.errors import ConditionError, ConfigError
from genloop.core.lazy import Lazy
from genloop.core.texts import USUAL, Wish

if TYPE_CHECKING:
    from genloop.engine import streaming
    from genloop.engine.learnt import Learnt
else:
    streaming = Lazy("genloop.engine.streaming")  # drawing brings numba along, which no other command waits for

SCHEMA = typer.Option(metavar="FILE", help="Texts: JSON under this schema; COLUMN=FILE where several are written.")
REGEX = typer.Option(metavar="R", help="Texts: the whole text matches this expression.")
CHOICES = typer.Option(metavar="TEXTS", help="Texts: one of these, with bars between them.")
DRAW = typer.Option(
    metavar="NAME=X", help="Texts: temperature, top_p, min_p, repetition, guidance, most (tokens) or stop."
)
STREAM = typer.Option("--stream", help="Texts: one text, shown as it is written.")
_RANGES = {
    "temperature": (0.0, 10.0),
    "top_p": (0.0, 1.0),
    "min_p": (0.0, 1.0),
    "repetition": (1.0, 10.0),
    "guidance": (0.0, 10.0),
}
_MOST = 100_000


def wish(settings: list[str] | None) -> Wish:
    """How texts are drawn, from settings such as temperature=0.8; each stop= names one string more to end at.

    Raises:
        ConfigError: there is no such setting, or its value is out of range.
    """
    found = USUAL
    for setting in settings or []:
        name, _, value = setting.partition("=")
        if name not in (*_RANGES, "most", "stop") or not value:
            known = ", ".join((*_RANGES, "most", "stop"))
            raise ConfigError(f"--draw {setting!r}: expected one of {known}, as in temperature=0.8")
        if name == "stop":
            found = replace(found, stop=(*found.stop, value.replace("\\n", "\n").replace("\\t", "\t")))
            continue
        low, high = _RANGES.get(name, (1, _MOST))
        try:
            number = int(value) if name == "most" else float(value)
        except ValueError:
            raise ConfigError(f"--draw {setting!r}: {value!r} is not a number") from None
        if not low <= number <= high or (name == "top_p" and not number):
            raise ConfigError(f"--draw {setting!r}: {name} lies between {low:g} and {high:g}")
        told: dict[str, Any] = {name: number}
        found = replace(found, **told)
    return found


def conditions(
    learnt: "Learnt", given: list[str] | None, schema: str | None, regex: str | None, choices: str | None
) -> list[Condition]:
    """All that is asked, with the form of the texts among it.

    Raises:
        ConditionError: a condition is not understood, or the model does not write one column of texts.
        ConfigError: the file of the schema cannot be read.
    """
    asked = [read(text) for text in given or []]
    if schema is not None:
        column, path = _place(learnt, schema)
        asked.append(Condition(column, "schema", (_json(path),)))
    if regex is not None:
        asked.append(Condition(_column(learnt, "--regex", 'COLUMN matches R"'), "matches", (regex,)))
    if choices is not None:
        options = tuple(part.strip() for part in choices.split("|") if part.strip())
        if not options:
            raise ConditionError("--choices names none; expected texts with | between them, as in yes|no")
        asked.append(Condition(_column(learnt, "--choices", 'COLUMN in A|B"'), "in", options))
    return asked


def show(learnt: "Learnt", given: list[Condition], drawn: Wish, seed: int) -> None:
    """One text as it is written, after the other cells of its row."""
    cells, pieces = streaming.stream(learnt, given=given, wish=drawn, seed=seed)
    for name, value in cells.items():
        typer.echo(f"{name}: {value}", err=True)
    for piece in pieces:
        typer.echo(piece, nl=False)
    typer.echo()


def _place(learnt: "Learnt", schema: str) -> tuple[str, Path]:
    """The column and the file that --schema names."""
    column, sign, path = schema.partition("=")
    if sign and column in learnt.plan.written:
        return column, Path(path)
    return _column(learnt, "--schema", None), Path(schema)


def _column(learnt: "Learnt", option: str, instead: str | None) -> str:
    written = learnt.plan.written
    if len(written) == 1:
        return written[0]
    if not written:
        raise ConditionError(f"{option} is about texts; this model writes none")
    way = "--schema COLUMN=FILE" if instead is None else f'--given "{instead}'
    raise ConditionError(f"{option}: this model writes {', '.join(written)}; name the column: {way}")


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"--schema {path}: {error.strerror or error}") from error
    except ValueError as error:
        raise ConfigError(f"--schema {path} is not JSON: {error}") from error
