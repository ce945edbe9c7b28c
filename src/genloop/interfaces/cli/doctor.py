"""`genloop doctor`: what this machine can do, and the command that adds what is missing."""

import json
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from genloop.interfaces.cli import display
from genloop.interfaces.cli.texts import LANG, check, say
from genloop.reports import notes
from genloop.runtime import machine, packs


def run(
    lang: Annotated[str, LANG] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="Everything as JSON.")] = False,
) -> None:
    """Show cores, memory, bf16, GPU, and which extras and model packs are installed.

    \b
    genloop doctor
    genloop doctor --json
    """
    check(lang)
    found = machine.read().to_dict() | {"packs": _packs()}
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=1))
        return
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, value in _rows(found, lang):
        table.add_row(name, escape(value))
    display.output().print(table)


def _rows(found: dict[str, Any], lang: str) -> list[tuple[str, str]]:
    def truth(value: bool) -> str:
        return say("yes" if value else "no", lang)

    def purpose(part: dict[str, Any]) -> str:
        return notes.read(part["purpose"])[check(lang)]

    rows = [
        ("genloop", f"{found['genloop']}  (Python {found['python']})"),
        (say("machine", lang), found["machine"]),
        (say("cores", lang), str(found["cores"])),
        (say("memory", lang), f"{found['memory_gb']:.1f} GB"),
        (say("bf16", lang), truth(found["bf16"])),
        (say("gpu", lang), truth(found["gpu"])),
        (say("cache", lang), found["cache"]),
    ]
    for extra in found["extras"]:
        state = extra["version"] or f"{say('absent', lang)}; {say('adds', lang, extra['command'])}"
        rows.append((f"{extra['package']} ({purpose(extra)})", state))
    for pack in found["packs"]:
        state = pack["source"] or f"{say('absent', lang)}; {say('adds', lang, pack['command'])}"
        rows.append((f"{pack['name']} ({purpose(pack)})", state))
    return rows


def _packs() -> list[dict[str, Any]]:
    """Every known pack: what it was made from where it is installed, and the command that adds it."""
    there = {own.name: own.source for own in packs.installed()}
    return [
        {"name": name, "purpose": pin.purpose, "source": there.get(name), "command": f"genloop models add {name}"}
        for name, pin in sorted(packs.PINNED.items())
    ]
