"""`genloop inspect`: what a model file holds."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from genloop import engine
from genloop.interfaces.cli import display
from genloop.interfaces.cli.texts import LANG, check, say
from genloop.reports import notes


def run(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A model file.")],
    lang: Annotated[str, LANG] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="Everything as JSON.")] = False,
) -> None:
    """Show what a model holds: columns, plan, rules, run, source, sizes. It holds no rows.

    \b
    genloop inspect adult.genloop
    genloop inspect adult.genloop --json
    """
    check(lang)
    found = engine.load(model).describe()
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    console = display.output()
    columns = found.pop("columns")
    found["notes"] = [notes.read(note)[check(lang)] for note in found["notes"]]
    table = Table(*(say(word, lang) for word in ("column", "kind", "tokens", "how")), box=None, pad_edge=False)
    for column in columns:
        table.add_row(escape(column["name"]), column["kind"], str(column["tokens"] or ""), column["made_by"])
    console.print(table)
    facts = Table(box=None, show_header=False, pad_edge=False)
    for name, value in _flat(found):
        facts.add_row(name, escape(value))
    console.print(facts)


def _flat(values: dict[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Nested mappings as dotted names; lists line by line."""
    rows: list[tuple[str, str]] = []
    for name, value in values.items():
        if isinstance(value, dict):
            rows += _flat(value, f"{prefix}{name}.")
        elif isinstance(value, list):
            rows.append((f"{prefix}{name}", "\n".join(map(str, value))))
        elif value is not None:
            rows.append((f"{prefix}{name}", str(value)))
    return rows
