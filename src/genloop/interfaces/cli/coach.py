"""`genloop coach`: a fitted writer of texts moved towards what a judge takes for real, if another judge agrees."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from genloop import engine
from genloop.core.errors import ConfigError
from genloop.core.lazy import Lazy
from genloop.interfaces.cli import display, options, writable
from genloop.interfaces.cli.texts import LANG, check, say
from genloop.reports import figure, notes
from genloop.runtime.budget import Budget

if TYPE_CHECKING:
    from genloop.engine import coaching
else:
    coaching = Lazy("genloop.engine.coaching")

REFUSED = 3


def run(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="A model that writes texts.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="BETTER", help="The coached model's file.")],
    minutes: Annotated[float, typer.Option(help="Wall time of the whole command.")] = 5.0,
    column: Annotated[str | None, typer.Option(metavar="COL", help="The texts, where there are several.")] = None,
    data: Annotated[str | None, typer.Option(metavar="DATA", help="The source, where it has moved.")] = None,
    rounds: Annotated[int, typer.Option(help="How often the critic is taught anew.")] = 3,
    best: Annotated[
        int | None, typer.Option(metavar="N", help="Of N texts a row the critic's best, in place of moving the writer.")
    ] = None,
    steps: Annotated[int | None, typer.Option(help="Steps a round in place of minutes; repeats a run.")] = None,
    setting: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="leash, group, rows, learning_rate.")
    ] = None,
    seed: Annotated[int, typer.Option(help="One seed gives one result.")] = 0,
    threads: Annotated[int | None, typer.Option(help="Threads to use (default: every core).")] = None,
    lang: Annotated[str, LANG] = "en",
    as_json: Annotated[bool, typer.Option("--json", help="Everything as JSON.")] = False,
) -> None:
    """Coach a writer of texts against a judge: policy gradient with a leash, watched by a judge of another kind.

    A writer can learn a judge's quirks instead of better writing. So measures made anew on texts that no critic saw
    must agree that the texts came nearer to real ones and lost neither variety nor originality; else nothing is
    written, the reasons are told, and the exit code is 3.

    \b
    genloop coach reviews.genloop -o better.genloop --minutes 10
    genloop coach reviews.genloop -o better.genloop --set leash=0.1 --set group=16
    genloop coach reviews.genloop -o better.genloop --best 4
    """
    check(lang)
    if rounds < 1:
        raise ConfigError(f"--rounds must be at least 1, found {rounds}")
    if not minutes > 0:
        raise ConfigError(f"--minutes must be above 0, found {minutes:g}")
    writable.model(output)
    budget = Budget(minutes * 60)
    with display.progress(lang) as tell:
        done = coaching.coach(
            engine.load(model), data=data, column=column, minutes=minutes, rounds=rounds, best=best, steps=steps,
            settings=_settings(setting), seed=seed, threads=threads, budget=budget, show=display.relay(tell),
        )  # fmt: skip
    if done.agreed:
        done.model.save(output)
    _show(done, output, lang, as_json=as_json)
    if not done.agreed:
        raise typer.Exit(REFUSED)


def _settings(texts: list[str] | None) -> dict[str, Any]:
    found = dict(map(options.setting, texts or ()))
    for name, value in found.items():
        if isinstance(value, str):
            raise ConfigError(f"--set is NAME=NUMBER, found {f'{name}={value}'!r}")
    return found


def _show(done: "coaching.Coached", output: Path, lang: str, *, as_json: bool) -> None:
    old = {score.name: score for score in done.before}
    if as_json:
        figures = {s.name: {"before": old[s.name].value, "after": s.value, "real": s.ceiling} for s in done.after}
        told = {"agreed": done.agreed, "reasons": done.reasons, "figures": figures}
        typer.echo(json.dumps(told | ({"model": str(output)} if done.agreed else {}), ensure_ascii=False, indent=1))
        return
    table = Table(*(say(word, lang) for word in ("figure", "before", "after", "of-real")), box=None, pad_edge=False)
    for score in done.after:
        real = "" if score.ceiling is None else f"{score.ceiling:.3f}"
        table.add_row(
            escape(figure.name(score)[check(lang)]), f"{old[score.name].value:.3f}", f"{score.value:.3f}", real
        )
    display.output().print(table)
    if done.agreed:
        typer.echo(say("coached", lang))
        typer.echo(say("wrote", lang, output))
    else:
        typer.echo(say("no-gain", lang))
        for reason in done.reasons:
            typer.echo(f"  {notes.read(reason)[check(lang)]}")
