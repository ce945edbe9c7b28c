"""How the table was made: the plan, the columns and what was unsure, repairs and notes, seeds, versions, the label."""

from collections.abc import Mapping, Sequence
from typing import Any

from genloop.core.schema import LEARNT_KINDS, Column, Schema, Summary
from genloop.reports.card import CardData
from genloop.reports.markup import Markup, tag
from genloop.reports.notes import read
from genloop.reports.texts import Words, known, listed, percent, phrase

_SURE = 0.9
_NOTHING: tuple[Any, ...] = (None, "", [], (), {})
_LONG, _GROUPED = 1e15, 10_000


def write_making(card: CardData) -> Markup:
    """The last section of the card."""
    parts = [
        tag("h2", phrase("page.making")),
        _plan(card.plan),
        _notes(card),
        _schema(card.schema),
        tag(
            "div",
            _facts("seeds", card.seeds),
            _facts("versions", card.versions),
            _facts("label", card.label, lead=phrase("page.label_lead")),
            class_="thirds",
        ),
    ]
    return tag("section", *parts, id="making")


def notes(card: CardData) -> list[Words]:
    """What was repaired, what came out empty or fresh, and what the maker noted."""
    found = [
        phrase("page.repaired", column=column, count=f"{count:,}") for column, count in card.repairs.items() if count
    ]
    told = {name for stage in card.plan.get("stages", ()) for name in stage.get("words", ())}
    if told:
        found.append(phrase("page.words_told", columns=listed(sorted(told))))
    learnt = LEARNT_KINDS | {"image"} | ({"text"} if card.texted else set())
    others = [c for c in card.schema.columns if c.kind not in learnt and c.name not in told]
    for kind in dict.fromkeys(column.kind for column in others):
        names = listed(column.name for column in others if column.kind == kind)
        key = "page.fresh_keys" if kind == "key" else "page.unlearnt"
        found.append(phrase(key, columns=names, kind=phrase(f"kind.{kind}")))
    return found + [read(note) for note in card.notes]


def _plan(plan: Mapping[str, Any]) -> Markup | None:
    stages = list(plan.get("stages", ()))
    if not stages:
        return None
    total = plan.get("seconds")
    items = [_stage(number, stage) for number, stage in enumerate(stages, 1)]
    settings = {key: value for key, value in plan.items() if key not in ("stages", "seconds") and value not in _NOTHING}
    return tag(
        "div",
        tag("h3", phrase("page.plan")),
        tag("p", phrase("page.total_seconds", value=_short(total)), class_="lead") if total is not None else None,
        tag("ol", items, class_="plan"),
        _facts("settings", settings) if settings else None,
        class_="block",
    )


def _stage(number: int, stage: Mapping[str, Any]) -> Markup:
    columns = list(stage.get("columns", ()))
    order = list(stage.get("order") or ())
    facts = [phrase("page.columns_count", count=len(columns))]
    if stage.get("seconds") is not None:
        facts.append(phrase("page.seconds", value=_short(stage["seconds"])))
    if stage.get("given"):
        facts.append(phrase("page.given", columns=listed(stage["given"])))
    chain = [tag("li", str(name)) for name in (order or columns)]
    return tag(
        "li",
        tag("b", phrase("page.stage", number=number), ": ", str(stage.get("family", ""))),
        [tag("span", fact) for fact in facts],
        tag("ol", chain, class_="chain ordered" if order else "chain"),
    )


def _notes(card: CardData) -> Markup:
    found = notes(card) or [phrase("page.nothing")]
    return tag("div", tag("h3", phrase("page.repairs")), tag("ul", [tag("li", note) for note in found]), class_="block")


def _schema(schema: Schema) -> Markup:
    heads = [phrase(f"page.{name}") for name in ("column", "kind", "values", "remarks")]
    rows = [_column(column, schema.summaries.get(column.name)) for column in schema.columns]
    table = tag(
        "table",
        tag("thead", tag("tr", [tag("th", head, scope="col") for head in heads])),
        tag("tbody", rows),
        class_="plain",
    )
    return tag("div", tag("h3", phrase("page.schema")), tag("div", table, class_="scroll"), class_="block")


def _column(column: Column, summary: Summary | None) -> Markup:
    share = percent(column.confidence, 0)
    unsure = phrase("page.unsure", share=share, reason=read(column.reason))
    doubt = unsure if column.reason else phrase("page.unsure_plain", share=share)
    return tag(
        "tr",
        tag("th", column.name, scope="row"),
        tag("td", phrase(f"kind.{column.kind}")),
        tag("td", [tag("span", fact, class_="fact") for fact in _values(column, summary)], class_="facts-of"),
        tag(
            "td",
            tag("span", doubt, class_="fact unsure") if column.confidence < _SURE else None,
            [tag("span", read(note), class_="fact remark") for note in column.notes],
        ),
    )


def _values(column: Column, summary: Summary | None) -> list[Words]:
    facts = []
    if summary is not None:
        if summary.low is not None and summary.high is not None:
            facts.append(phrase("page.range", low=_end(summary.low), high=_end(summary.high)))
        facts.append(phrase("page.distinct", count=f"{summary.distinct:,}"))
        if summary.missing:
            facts.append(phrase("page.missing", share=percent(summary.missing / max(summary.rows, 1))))
    if column.unique:
        facts.append(phrase("page.unique"))
    return facts


def _end(value: float | str) -> str:
    return value.replace("T", " ").removesuffix(" 00:00:00") if isinstance(value, str) else _short(value)


def _facts(title: str, facts: Mapping[str, Any], *, lead: Words | None = None) -> Markup | None:
    if not facts:
        return None
    entries = [
        (
            tag("dt", phrase(f"plan.{key}") if known(f"plan.{key}") else str(key)),
            tag("dd", str(value) if isinstance(value, int) else _short(value)),
        )
        for key, value in facts.items()
    ]
    return tag(
        "div",
        tag("h3", phrase(f"page.{title}")),
        tag("p", lead, class_="lead") if lead else None,
        tag("dl", entries),
        class_="block",
    )


def _short(value: Any) -> str:
    """A value as one line of text; long numbers to four digits."""
    if isinstance(value, float):
        return _short(int(value)) if value.is_integer() and abs(value) < _LONG else f"{value:.4g}"
    if isinstance(value, int) and not isinstance(value, bool):
        return (f"{value:,}" if abs(value) >= _GROUPED else str(value)).replace("-", "−")
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {_short(item)}" for key, item in value.items())
    if isinstance(value, Sequence) and not isinstance(value, str):
        return ", ".join(_short(item) for item in value)
    return str(value)
