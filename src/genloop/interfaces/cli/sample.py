"""`genloop sample`: make rows, to a file or as a preview in the terminal."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import pyarrow as pa
import typer
from rich.cells import cell_len
from rich.markup import escape
from rich.table import Table

from genloop import engine
from genloop.core import lazy
from genloop.core import pixels as tensors
from genloop.core.errors import ConfigError
from genloop.interfaces.cli import display, pictures, writable, writing
from genloop.interfaces.cli.texts import LANG, check, say

if TYPE_CHECKING:
    from genloop.engine.made import Made

PREVIEW_ROWS = 10
TURNED_ROWS = 5
TALL = 12  # lines of a terminal that one text may fill
_WHERE = "parquet, csv, xlsx, jsonl, a database; pictures/, npz, sheet.png."
_OUTPUT = typer.Option("--output", "-o", metavar="OUT", help=_WHERE)
_COMPLETE = typer.Option(metavar="ROWS", help="A partial table; each row is filled in.")
_BALANCE = typer.Option(metavar="COL", help="Every value of this column equally often.")


def run(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A model file.")],
    n: Annotated[int | None, typer.Option("-n", metavar="N", help="How many rows.", min=0)] = None,
    output: Annotated[str | None, _OUTPUT] = None,
    given: Annotated[list[str] | None, typer.Option(metavar="COND", help="A condition on one column.")] = None,
    complete: Annotated[str | None, _COMPLETE] = None,
    balance: Annotated[str | None, _BALANCE] = None,
    candidates: Annotated[int, pictures.CANDIDATES] = 1,
    truncation: Annotated[float | None, pictures.TRUNCATION] = None,
    clean: Annotated[bool, pictures.CLEAN] = False,
    schema: Annotated[str | None, writing.SCHEMA] = None,
    regex: Annotated[str | None, writing.REGEX] = None,
    choices: Annotated[str | None, writing.CHOICES] = None,
    draw: Annotated[list[str] | None, writing.DRAW] = None,
    stream: Annotated[bool, writing.STREAM] = False,
    seed: Annotated[int | None, typer.Option(help="Another seed gives other rows.")] = None,
    no_mark: Annotated[bool, pictures.NO_MARK] = False,
    yes: Annotated[bool, pictures.YES] = False,
    lang: Annotated[str, LANG] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="The preview as JSON lines.")] = False,
) -> None:
    """Make rows; without -o a preview is shown.

    Conditions: col=v, col!=v, col in a|b|c, col>=v, col<v, col=2024-01-01..2024-03-31, col is missing, col is present;
    on texts: col contains w, col lacks w, col length 20..60, col words 5..20, col begins w, col ends w, col matches R.

    \b
    genloop sample adult.genloop -n 100000 -o made.parquet --given "age>=65" --given "sex=Female" --seed 7
    genloop sample adult.genloop -n 1000 -o even.csv --balance income
    genloop sample adult.genloop --complete partial.csv -o completed.csv
    genloop sample adult.genloop
    genloop sample digits.genloop -n 5000 --given class=7 -o made/
    genloop sample dress.genloop -n 4 --given person=photo.png --given garment=coat.png -o made/
    genloop sample digits.genloop -n 500 --candidates 4 --clean -o chosen.npz
    genloop sample reviews.genloop -n 20 --given label=pos --given "text contains 早餐" --draw temperature=0.8
    """
    check(lang)
    mark = pictures.marked(no_mark, yes, lang)
    _settle()
    found = engine.load(model)
    usual = PREVIEW_ROWS if output is None or not found.run.rows else found.run.rows
    rows = n if n is not None or complete is not None else usual
    asked = writing.conditions(found.learnt, given, schema, regex, choices)
    if stream:
        _alone({"-o": output, "--complete": complete, "--balance": balance, "-n": n if n != 1 else None})
        number = found.run.seed if seed is None else seed
        writing.show(found.learnt, asked, writing.wish(draw), number)
        display.made(found.label(number), lang, as_json=as_json)
        return
    how: dict[str, Any] = {"candidates": candidates, "truncation": truncation, "clean": clean}
    made = found.sample(
        rows, given=asked, complete=complete, balance=balance, seed=seed, wish=writing.wish(draw), **how
    )
    if output is None:
        _preview(made, lang, as_json=as_json)
        return
    writable.apart(output, found.origin.place.get("path"))
    _save(made, output, lang, mark=mark)


def _save(made: "Made", output: str, lang: str, *, mark: bool) -> None:
    with display.progress(lang) as tell:
        tell("make", 0.0)
        made.save(output, mark=mark, report=lambda share: tell("make", share))
    typer.echo(say("wrote", lang, output))


def _alone(beside: dict[str, object]) -> None:
    """Refuses what would silently be left out where one text is shown as it is written."""
    asked = [option for option, value in beside.items() if value is not None]
    if asked:
        raise ConfigError(f"--stream shows one text and writes no file; leave out {', '.join(asked)}, or --stream")


def _settle() -> None:
    """Lets pyarrow look for pandas, which takes it 0.3 s to load, and find none: no data frame meets this command."""
    with lazy.kept_out("pandas"):
        pa.array([None, 0.5]).to_numpy(zero_copy_only=False)


def _preview(made: "Made", lang: str, *, as_json: bool) -> None:
    records = made.to_arrow()
    shown = pictures.first(records)
    if shown is not None:  # in a table they would be long rows of figures
        kept = [name for name in records.column_names if not tensors.is_tensor(records.schema.field(name).type)]
        records = records.select(kept)
    if as_json:
        for row in records.to_pylist():
            typer.echo(json.dumps(row, ensure_ascii=False, default=str))
        display.made(made.label, lang, as_json=True)
        return
    console = display.output()
    if shown is not None:
        pictures.show(console, shown)
        if records.column_names:
            few = records.slice(0, pictures.SHOWN).to_pylist()
            console.print(_table(records.column_names, [list(row.values()) for row in few], console.width))
        console.print(say("pictures", lang, len(made)), style="dim", soft_wrap=True)
        return
    rows = [list(row.values()) for row in records.to_pylist()]
    few = _shown(records.column_names, rows, console.width)
    console.print(_table(records.column_names, rows[:few], console.width))
    some = say("shown", lang, few) if few < len(rows) else ""
    console.print(say("preview", lang, len(made)) + some, style="dim", soft_wrap=True)


def _table(names: list[str], rows: list[list[Any]], width: int) -> Table:
    """The rows below their names; a table too wide for the terminal is turned, each column a line."""
    table = Table(box=None, pad_edge=False, show_header=_fits(names, rows, width))
    texts = [[escape(_spelt(value)) for value in row] for row in rows]
    if table.show_header:
        for name in names:
            table.add_column(escape(name))
        for row in texts:
            table.add_row(*row)
        return table
    for _ in range(len(rows) + 1):
        table.add_column(overflow="fold")  # a text in Chinese is one long word: else it would be cut
    for name, *cells in zip(map(escape, names), *texts, strict=True):
        table.add_row(f"[bold]{name}[/bold]", *cells)
    return table


def _shown(names: list[str], rows: list[list[Any]], width: int) -> int:
    """How many of the rows are shown: all where they fit, else so many that the longest text keeps to its lines."""
    if _fits(names, rows, width):
        return len(rows)
    longest = max([1, *(cell_len(_spelt(value)) for row in rows for value in row)])
    return min(len(rows), TURNED_ROWS, max(1, TALL * width // longest))


def _fits(names: list[str], rows: list[list[Any]], width: int) -> bool:
    """Whether the rows fit side by side below their names."""
    columns = zip(names, *rows, strict=True)
    return sum(max(cell_len(_spelt(value)) for value in column) + 2 for column in columns) <= width


def _spelt(value: Any) -> str:
    return "" if value is None else str(value)
