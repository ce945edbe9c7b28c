"""`genloop compare`: two cards or two models side by side."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from genloop import engine
from genloop.core.errors import DataError
from genloop.core.score import Score
from genloop.interfaces.cli import display
from genloop.interfaces.cli.texts import LANG, check, say


def run(
    first: Annotated[Path, typer.Argument(metavar="A", help="A card (.json) or a model (.genloop).")],
    second: Annotated[Path, typer.Argument(metavar="B", help="Another one of the same sort.")],
    lang: Annotated[str, LANG] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="The comparison as JSON.")] = False,
) -> None:
    """Compare two cards score by score, or two models setting by setting.

    \b
    genloop compare before.json after.json
    genloop compare trees.genloop transformer.genloop --json
    """
    check(lang)
    if (first.suffix == ".json") != (second.suffix == ".json"):
        raise DataError(f"compare two cards (.json) or two models (.genloop), found {first.name} and {second.name}")
    rows = _cards(first, second) if first.suffix == ".json" else _models(first, second)
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1, default=str))
        return
    table = Table(*(say(word, lang) for word in ("figure", "first", "second", "better")), box=None, pad_edge=False)
    for row in rows:
        better = say(row["better"], lang) if row["better"] in ("first", "second") else ""
        table.add_row(escape(row["name"]), escape(_text(row["first"])), escape(_text(row["second"])), better)
    display.output().print(table)


def _cards(first: Path, second: Path) -> list[dict[str, Any]]:
    a, b = (engine.Card.load(path).scores for path in (first, second))
    return [
        {
            "name": name,
            "first": a[name].value if name in a else None,
            "second": b[name].value if name in b else None,
            "better": _better(a[name], b[name]) if name in a and name in b else None,
        }
        for name in dict.fromkeys([*a, *b])
    ]


def _better(a: Score, b: Score) -> str | None:
    """Which score is better, None when their intervals overlap or they are equal; nothing is better than the ideal."""
    loss = [
        {"higher": max(off, 0.0), "lower": max(-off, 0.0), "target": abs(off)}[s.direction]
        for s, off in ((s, s.ideal - s.value) for s in (a, b))
    ]
    overlap = a.interval and b.interval and a.interval[0] <= b.interval[1] and b.interval[0] <= a.interval[1]
    if overlap or loss[0] == loss[1] or any(value != value for value in loss):
        return None
    return "first" if loss[0] < loss[1] else "second"


def _models(first: Path, second: Path) -> list[dict[str, Any]]:
    a, b = (_facts(engine.load(path).describe()) for path in (first, second))
    names = dict.fromkeys([*a, *b])
    return [
        {"name": name, "first": a.get(name), "second": b.get(name), "better": None}
        for name in names
        if a.get(name) != b.get(name)
    ]


def _facts(described: dict[str, Any]) -> dict[str, Any]:
    kinds = {f"column {column['name']}": column["kind"] for column in described["columns"]}
    flat = {name: value for name, value in described.items() if not isinstance(value, dict | list)}
    for group in ("source", "run"):
        flat.update({f"{group}.{name}": value for name, value in described[group].items()})
    return {**kinds, **flat, "rules": "; ".join(described["rules"])}


def _text(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:.4f}"
    return "" if value is None else str(value)
