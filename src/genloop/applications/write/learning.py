"""The model that writes: a given one, or one that `engine.fit` learns from the material, kept in the run folder."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from genloop import engine
from genloop.applications.write import pens
from genloop.applications.write.brief import EXTRACTS, Brief
from genloop.applications.write.desk import Desk
from genloop.applications.write.material import Material
from genloop.applications.write.own import Extracts, Own
from genloop.applications.write.pens import Order, Pen
from genloop.applications.write.raw import Raw
from genloop.core import registry
from genloop.core.demand import Demand
from genloop.core.errors import ConditionError, ConfigError, DataError, GenloopError, SourceNotFound
from genloop.core.protocols import Batch, Task
from genloop.core.texts import Message, Wish
from genloop.engine.folder import Folder
from genloop.engine.model import Model
from genloop.runtime.budget import Budget
from genloop.runtime.progress import State

FAMILY = "transformer"
LOOSE = ("order", "unity")  # what quotations from different texts cannot have: told, and no ground for refusing
NOTE = "model.json"
CALM = Wish(temperature=0.7, top_p=0.95, most=512)  # small models ramble otherwise
MINUTES = 5.0  # of learning, where the brief says nothing
_FEWEST = 40  # with fewer documents than this their sentences are learnt
_TAUGHT = 20  # different texts that the engine asks for
Show = Callable[[State], None]


@dataclass(frozen=True)
class Writer:
    """A pen with the model behind it (None: no model writes)."""

    pen: Pen
    model: Model | None = None


def check(brief: Brief) -> None:
    """Refuses a brief whose model cannot be had, before anything is collected or written.

    Raises:
        SourceNotFound: there is no model where it says.
        ConfigError: a setting of its family is refused.
    """
    asked = brief.model
    if asked.path is not None and not brief.place(asked.path).is_file():
        raise SourceNotFound(f"[model] path: there is no model file {brief.place(asked.path)}")
    if asked.path is not None or is_extracts(brief):
        return
    refuse = getattr(registry.load("generators.text", asked.family or FAMILY), "check", lambda settings: None)
    try:
        refuse(asked.settings)
    except GenloopError as error:
        raise ConfigError(f"[model] of the brief: {error}") from error


def learn(brief: Brief, desk: Desk, material: Material, extra: Sequence[str], show: Show, *, again: bool) -> Writer:
    """The writer of a brief; `again` learns on, from the texts and what people edited, with another seed.

    Raises:
        DataError: the material does not suffice to learn from.
        ConfigError: the model cannot write.
        KeyboardInterrupt: it was asked to stop; what is learnt so far stays for the next run.
    """
    asked = brief.model
    if is_extracts(brief):
        return Writer(Extracts())
    known = desk.model.is_file() and desk.read(NOTE).get("asked") == _asked(brief)
    if known and not again:
        return _writer(engine.load(desk.model))
    if asked.path is not None and not again:
        return _writer(engine.load(brief.place(asked.path)))
    before = engine.load(desk.model) if known else None
    if before is None and asked.path is not None:
        before = engine.load(brief.place(asked.path))
    table, kinds = lesson(material, extra)
    if before is None and len(set(table["text"].to_pylist())) < _TAUGHT and _is_raw(asked.family):
        return _untaught(brief, table)
    begun = {"initial": before} if before is not None else {"family": asked.family or FAMILY, "kinds": kinds}
    minutes = (asked.minutes or brief.minutes or MINUTES) if asked.steps is None else None
    budget = Budget(None if minutes is None else minutes * 60)
    how = {"minutes": minutes, "steps": asked.steps, "seed": brief.seed + again, "settings": dict(asked.settings)}
    folder = desk.folder / ("learning-again" if again else "learning")
    model = _resumed(_like(table, before), folder, {**how, **begun, "show": show, "budget": budget})
    if budget.interrupted:  # what it came to is no model of the brief; the next run goes on with it
        Folder(folder).leave()
        raise KeyboardInterrupt
    writer = _writer(model)
    model.save(desk.model)
    desk.save(NOTE, {"asked": _asked(brief), "identity": model.identity})
    Folder(folder).end()
    return writer


def _resumed(table: pa.Table, folder: Path, how: Mapping[str, Any]) -> Model:
    """The fit, gone on from where it was stopped when it is still the same one."""
    if (folder / "run.json").is_file():
        try:
            return engine.fit(table, folder=folder, resume=True, **how)
        except ConfigError:  # begun with other data or settings
            pass
    return engine.fit(table, folder=folder, **how)


def _asked(brief: Brief) -> dict[str, Any]:
    """What of the brief decides the model."""
    found: dict[str, Any] = json.loads(json.dumps({**asdict(brief.model), "seed": brief.seed}, default=str))
    return found


def is_extracts(brief: Brief) -> bool:
    """Whether the brief asks for quotations and no model."""
    return brief.model.family == EXTRACTS


def can_learn_more(brief: Brief, writer: Writer) -> bool:
    """Whether learning again can change how this writer writes."""
    return writer.model is not None and _column(writer.model)[2] != "remote"


def lesson(material: Material, extra: Sequence[str]) -> tuple[pa.Table, dict[str, str]]:
    """The table to learn from: texts with the columns of facts that most of them have; few long texts by passages."""
    rows = [(found.text, found.facts) for found in material.documents if found.text]
    rows += [(text, {}) for text in extra]
    if len(rows) < _FEWEST:
        rows = [(piece, told) for text, told in rows for piece in pens.sentences(text)]
    if not rows:
        raise DataError('the material has facts and no texts; give documents too, or set family = "extracts"')
    names = list(dict.fromkeys(name for _, told in rows for name in told if name != "text"))
    common = [name for name in names if 2 * sum(name in told for _, told in rows) >= len(rows)]
    columns: dict[str, Any] = {name: [told.get(name) for _, told in rows] for name in common}
    table = pa.table({"text": pa.array([text for text, _ in rows], pa.string()), **columns})
    return table, {"text": "text"}


def _like(table: pa.Table, before: Model | None) -> pa.Table:
    """The table with the columns of the model that is gone on from; what it has more stays empty."""
    if before is None:
        return table
    column = _column(before)[0]
    parts = {name: table[name] for name in table.column_names if name in before.schema and name != "text"}
    missing = {name: pa.nulls(table.num_rows, pa.string()) for name in before.schema.names if name not in parts}
    return pa.table({**missing, **parts, column: table["text"]}).select(before.schema.names)


def _column(model: Model) -> tuple[str, int, str]:
    """The column of texts, its stage and family: the last that the model writes.

    Raises:
        ConfigError: it writes none.
    """
    places = [place for place, stage in enumerate(model.learnt.plan.stages) if stage.role == "text"]
    if not places:
        raise ConfigError("the model writes no texts; give one that `genloop fit` learnt from texts")
    stage = model.learnt.plan.stages[places[-1]]
    return stage.columns[0], places[-1], stage.family


def _is_raw(name: str | None) -> bool:
    known = name is not None and name in registry.names("generators.text")
    return known and getattr(registry.load("generators.text", str(name)), "FORM", "") == "raw"


def _untaught(brief: Brief, table: pa.Table) -> Writer:
    """A raw family as it is: few texts teach it nothing, and it writes from prompts all the same."""
    name = str(brief.model.family)
    family = registry.load("generators.text", name)
    told = {"column": "text", **brief.model.settings}
    if hasattr(family, "adopt"):  # it can be had without being taught
        base = str(told.pop("base", ""))
        return Writer(Raw(name, _replying(family, family.adopt(base, **told))))
    task = Task(
        Batch(np.zeros((table.num_rows, 0), np.uint16), ()), brief.seed, told, steps=brief.model.steps, raw=table
    )
    return Writer(Raw(name, _replying(family, family.fit(task))))


def _writer(model: Model) -> Writer:
    column, place, name = _column(model)
    family = registry.load("generators.text", name)
    if getattr(family, "FORM", "") == "raw":
        return Writer(Raw(name, _replying(family, model.learnt.parts[place])), model)
    return Writer(Own(name, _drawing(model, column)), model)


def _replying(family: Any, weights: Any) -> Callable[..., list[str]]:
    def reply(prompts: Sequence[Sequence[Message]], rng: np.random.Generator, demand: Demand, wish: Wish) -> list[str]:
        found: list[str] = family.reply(weights, prompts, rng, demand, wish)
        return found

    return reply


def _drawing(model: Model, column: str) -> Callable[[Order, str, int, np.random.Generator], list[str]]:
    """Draws of texts: given the row of facts where the model knows its columns, else half with a word of the heading.

    What a model never met, and a word that it cannot put in, is not asked for a second time.
    """

    def drawn(seed: int, **asked: Any) -> list[str]:
        try:
            made = model.sample(wish=CALM, seed=seed, **asked).to_arrow()
        except (ConditionError, DataError):
            return []
        return [text for text in made[column].to_pylist() if text]

    def draw(order: Order, heading: str, count: int, rng: np.random.Generator) -> list[str]:
        seed = int(rng.integers(2**31))
        told = {name: value for name, value in order.facts.items() if name in model.schema and name != column}
        found = drawn(seed, complete=_partial(told, count)) if told else []
        if found:
            return found
        half = max(count // 2, 1)
        wanted = drawn(seed + 1, n=half, given=[f'{column} contains "{_word(order, heading)}"'])
        return wanted + drawn(seed + 2, n=count - len(wanted), given=[f"{column} is present"])

    return draw


def _word(order: Order, heading: str) -> str:
    """A word to ask for: the heading where it is one, else the first keyword, else the topic."""
    short = [part for part in (heading, *order.keywords, order.topic) if 0 < len(part.split()) <= 2 and len(part) < 12]
    chosen = (short or [heading])[0].replace('"', "")
    return f" {chosen.casefold()} " if order.language == "en" else chosen  # a word, and no piece of another


def _partial(told: Mapping[str, str], count: int) -> pa.Table:
    return pa.table({name: [value] * count for name, value in told.items()})
