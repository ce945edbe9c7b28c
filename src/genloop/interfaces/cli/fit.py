"""`genloop fit`: learn a table and write the model, or show what would be done."""

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from genloop import engine
from genloop.core import rules as core_rules
from genloop.core.errors import ConfigError, OutputError
from genloop.core.schema import Schema
from genloop.engine.folder import Folder
from genloop.interfaces.cli import display, options, writable
from genloop.interfaces.cli.texts import LANG, check, say
from genloop.reports import notes
from genloop.runtime.budget import Budget

if TYPE_CHECKING:
    from genloop.engine.aside import Aside
    from genloop.engine.model import Model
    from genloop.engine.outlook import Preview
    from genloop.engine.plan import Plan
    from genloop.engine.split import Split

SURE = 0.8  # confidence in a kind below which it is to be looked at
FAILED = "it failed to learn: "  # how a note begins that nobody may overlook
SHOWN = 10  # files that are passed over, or groups of equal ones, by name
NAMED = 4  # of one group


def run(
    data: options.Data = None,
    output: options.Output = None,
    recipe: options.Recipe = None,
    family: options.Family = None,
    minutes: options.Minutes = None,
    steps: options.Steps = None,
    seed: options.Seed = 0,
    rules: options.Rules = "auto",
    kind: options.Kinds = None,
    drop: options.Drop = None,
    key: options.Keys = None,
    floor: options.Floor = 5,
    origin: options.Origin = None,
    setting: options.Set = None,
    base: options.Base = None,
    endpoint: options.Endpoint = None,
    served_model: options.Served = None,
    pictures: options.Pictures = None,
    picture_memory: options.PictureMemory = None,
    given: options.Given = None,
    device: options.Device = None,
    holdout: options.Holdout = 0.1,
    threads: options.Threads = None,
    table: options.Part = None,
    query: options.Query = None,
    lang: Annotated[str, LANG] = "en",
    dry_run: options.DryRun = False,
    resume: options.Resume = False,
    log: options.Log = None,
    as_json: options.AsJson = False,
) -> None:
    """Learn a table, pictures or texts and write a model.

    \b
    genloop fit customers.xlsx -o customers.genloop --minutes 2
    genloop fit data.csv --dry-run
    genloop fit orders.parquet -o orders.genloop --kind postcode=category --drop note --key order_id
    genloop fit adult.parquet -o adult.genloop --recipe recipes/adult.toml
    genloop fit digits.zip -o digits.genloop --family flow --pictures "32 pad"
    genloop fit products/ --minutes 5 --log seen/
    genloop fit pairs.csv -o dress.genloop --given person --given garment
    genloop fit sqlite:///shop.db --table orders -o orders.genloop
    genloop fit new_rows.csv -o newer.genloop --from orders.genloop
    genloop fit reviews.csv -o reviews.genloop --kind text=text --minutes 5
    genloop fit docs/ -o docs.genloop --family pretrained --base models/gemma3-270m --minutes 30
    genloop fit -o r.genloop --family remote --endpoint http://127.0.0.1:8000/v1 --served-model NAME
    """
    check(lang)
    shared: dict[str, Any] = {
        "minutes": minutes, "family": _family(data, family, base, endpoint), "seed": seed,
        "kinds": dict(map(_kind, kind or ())), "drop": drop or (), "keys": key or (), "floor": floor,
        "holdout": holdout, "threads": threads, "table": table, "query": query, "pictures": pictures,
        "given": given or (), "settings": _settings(setting, base=base, endpoint=endpoint, served=served_model),
    }  # fmt: skip
    if dry_run:
        show_preview(display.output(), engine.preview(data, **shared), lang, as_json=as_json)
        return
    more = {"steps": steps, "rules": rules, "device": device, "initial": origin, "resume": resume}
    _learn(data, {**shared, **more, "picture_memory": picture_memory, "log": log}, output, lang, as_json=as_json)


def _learn(data: str | None, asked: dict[str, Any], output: Path | None, lang: str, *, as_json: bool) -> None:
    """Fit, write and show."""
    output = output or writable.named(data, resume=asked["resume"])
    target, folder = writable.model(output), Path(f"{output}.run")
    budget = Budget(None if asked["minutes"] is None else asked["minutes"] * 60)
    try:
        with display.progress(lang) as tell:
            model = engine.fit(data, **asked, folder=folder, budget=budget, show=display.relay(tell))
    except BaseException:
        Folder(folder).leave()
        raise
    if budget.interrupted:
        target = writable.unfinished(target)
    finish(model, target, folder, interrupted=budget.interrupted)
    show_model(display.output(), model, target, lang, as_json=as_json)
    if budget.interrupted:
        typer.echo(say("resume", lang), err=True)
        if target != output:
            typer.echo(say("stands", lang, output, target), err=True)
        raise typer.Exit(display.INTERRUPTED)  # what stands there is not all that was asked for


def finish(model: "Model", target: Path, folder: Path, *, interrupted: bool) -> None:
    """Write model and schema; the run folder stays only where the run can go on from it."""
    model.save(target)
    schema = Path(f"{target}.schema.json")
    try:
        schema.write_text(model.schema.to_json(), encoding="utf-8")
    except OSError as error:
        raise OutputError(f"cannot write {schema}: {error.strerror or error}") from error
    if not interrupted:
        Folder(folder).end()


def show_model(console: Console, model: "Model", target: Path, lang: str, *, as_json: bool) -> None:
    """What was learnt, from how many rows, which rules hold, and where it is."""
    split, plan = model.origin.split, model.learnt.plan
    if as_json:
        aside = {} if model.aside is None else model.aside.to_dict()
        typer.echo(json.dumps({**model.describe(), **aside}, ensure_ascii=False, indent=1))
        return
    console.print(_columns(model.schema, plan, lang))
    _unsure(console, model.schema, lang)
    _found(console, model.schema, lang, "text")
    _counts(console, split, lang, "rows-held", "no-rows")
    if model.learnt.rules:
        console.print(say("rules-found", lang, len(model.learnt.rules)))
        for rule in model.learnt.rules:
            console.print(f"  {core_rules.describe(rule)}", markup=False)
    for name, count in model.run.repairs.items():
        console.print(say("repairs", lang, count, name), markup=False)
    _notes(console, model.run.notes, lang)
    if model.aside is not None:
        _aside(console, model.aside, lang)
    console.print(say("wrote", lang, f"{target}, {target}.schema.json"), markup=False, soft_wrap=True)
    pictured = any(column.kind == "image" for column in model.schema.columns)
    place = "made/" if pictured else "made.parquet" if split.rows else "made.jsonl"
    seen = "".join(f" --given {name}=FILE" for name in plan.given)
    command = f"genloop sample {target} -n {4 if seen else split.rows or 10}{seen} -o {place}"
    console.print(say("next", lang, command), markup=False, soft_wrap=True)


def show_preview(console: Console, found: "Preview", lang: str, *, as_json: bool) -> None:
    """The resolved plan with its estimate."""
    if as_json:
        typer.echo(json.dumps(found.to_dict(), ensure_ascii=False, indent=1))
        return
    console.print(_columns(found.schema, found.plan, lang))
    _unsure(console, found.schema, lang)
    _found(console, found.schema, lang, "text", "image")
    _counts(console, found.split, lang, "rows-split", "rows-none")
    _notes(console, found.notes, lang)
    _aside(console, found.aside, lang)
    estimate = say("estimate", lang, display.duration(found.seconds), found.megabytes, found.threads)
    console.print(estimate, soft_wrap=True)


def _counts(console: Console, split: "Split", lang: str, some: str, none: str) -> None:
    said = say(some, lang, split.train_rows, split.holdout_rows) if split.rows else say(none, lang)
    console.print(said, soft_wrap=True)


def _notes(console: Console, said: Sequence[str], lang: str) -> None:
    for note in said:
        style = "yellow" if FAILED in note else "dim"
        console.print(notes.read(note)[check(lang)], style=style, markup=False, soft_wrap=True)


def _aside(console: Console, found: "Aside", lang: str) -> None:
    """The first of the files that are passed over with their reasons, of those that are alike, and of made ones."""
    _first(console, lang, found.skipped, lambda file: notes.read(": ".join(file))[check(lang)])
    _first(console, lang, found.duplicates, lambda group: say(group.how, lang, _named(group.names, lang)))
    _first(console, lang, [found.made] if found.made else [], lambda names: say("labelled", lang, _named(names, lang)))


def _first(console: Console, lang: str, items: Sequence[Any], tell: Callable[[Any], str]) -> None:
    more = [say("more", lang, len(items) - SHOWN)] if len(items) > SHOWN else []
    for line in (*map(tell, items[:SHOWN]), *more):
        console.print(f"  {line}", style="dim", markup=False, soft_wrap=True)


def _named(names: Sequence[str], lang: str) -> str:
    rest = len(names) - NAMED
    return ", ".join(names[:NAMED]) + (f", {say('more', lang, rest)}" if rest > 0 else "")


def _found(console: Console, schema: Schema, lang: str, *kinds: str) -> None:
    """What was seen in columns of these kinds (languages, sizes, duplicates), and what others are doubted for."""
    for column in schema.columns:
        for note in column.notes if column.kind in kinds or column.confidence < SURE else ():
            said = f"{column.name}: {notes.read(note)[check(lang)]}"
            console.print(said, style="dim", markup=False, soft_wrap=True)


def _columns(schema: Schema, plan: "Plan", lang: str) -> Table:
    table = Table(*(say(word, lang) for word in ("column", "kind", "how", "why")), box=None, pad_edge=False)
    for column in schema.columns:
        cells = (column.name, column.kind, _how(column.name, plan, lang), notes.read(column.reason)[check(lang)])
        table.add_row(*map(escape, cells))
    return table


def _how(name: str, plan: "Plan", lang: str) -> str:
    if any(name in stage.words for stage in plan.stages):
        return say("told", lang)
    own = {"computed": plan.computed, "fresh": plan.fresh, "empty": plan.empty, "seen": plan.given}
    for word, names in own.items():
        if name in names:
            return say(word, lang)
    families = [stage.family for stage in plan.stages if name in stage.columns]
    return say("learnt", lang, " + ".join(families))


def _unsure(console: Console, schema: Schema, lang: str) -> None:
    names = [f"{c.name} ({c.kind})" for c in schema.columns if c.confidence < SURE]
    if names:
        console.print(say("unsure", lang, ", ".join(names)), style="yellow", markup=False, soft_wrap=True)


def _kind(text: str) -> tuple[str, str]:
    name, equals, kind = text.rpartition("=")
    if not (name and equals and kind):
        raise ConfigError(f"--kind is COLUMN=KIND, found {text!r}")
    return name, kind


def _family(data: str | None, family: str | None, base: str | None, endpoint: str | None) -> str | None:
    """The family that was named, else the one that the weights or the server belong to.

    Raises:
        ConfigError: there is nothing to learn from, and no server.
    """
    if data is None and endpoint is None:
        raise ConfigError(
            "name the data to learn from, or a server that writes without any: --endpoint URL --served-model NAME"
        )
    return family or ("pretrained" if base else "remote" if endpoint else None)


def _settings(setting: list[str] | None, **named: str | None) -> dict[str, Any]:
    """The family's settings: those of --set, and those that have flags of their own."""
    told = {name: value for name, value in named.items() if value is not None}
    return {**dict(map(options.setting, setting or ())), **told}
