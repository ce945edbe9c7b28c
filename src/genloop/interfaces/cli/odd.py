"""`genloop score --anomaly`: given pictures by how unlike the learnt ones they are, as a table."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

import typer
from rich.markup import escape
from rich.table import Table

from genloop.core.lazy import Lazy
from genloop.core.records import Records
from genloop.interfaces.cli import display
from genloop.interfaces.cli.texts import Language, say

if TYPE_CHECKING:
    from genloop.engine import Model
    from genloop.files import write as writing
else:
    writing = Lazy("genloop.files.write")

SHOWN = 10


def rank(model: "Model", pictures: str, output: Path | None, *, features: bool, lang: Language, as_json: bool) -> None:
    """Write every picture's anomaly as a table and show those that are most unlike, or all of it as JSON."""
    found = model.anomaly(pictures, features=features)
    if output is not None:
        writing.write(found, output)
    if as_json:
        typer.echo(json.dumps(found.to_pylist(), ensure_ascii=False, indent=1))
        return
    display.output().print(_table(found, lang))
    if gone := found.column("anomaly").null_count:
        typer.echo(say("unread", lang, gone))
    if output is not None:
        typer.echo(say("wrote", lang, output))


def _table(found: Records, lang: Language) -> Table:
    """The first of the pictures."""
    shown = Table(*(say(word, lang) for word in ("file", "anomaly", "wrong")), box=None, pad_edge=False)
    for row in found.slice(0, SHOWN).to_pylist():
        if row["anomaly"] is not None:
            shown.add_row(escape(row["file"]), f"{row['anomaly']:.3f}", f"{row['error']:.1f}")
    return shown
