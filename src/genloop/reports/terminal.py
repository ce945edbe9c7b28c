"""The card in the terminal: the verdict, then every figure with its interval and level, in either language."""

from rich.console import Group, RenderableType
from rich.markup import escape
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from genloop.core.score import Score
from genloop.reports import figure, saying, sentence
from genloop.reports.card import CardData
from genloop.reports.making import notes
from genloop.reports.sections import graded, left_out
from genloop.reports.texts import Language, phrase
from genloop.reports.verdict import SECTIONS, Level, Verdict, judge

_STYLES: dict[Level, str] = {"good": "green", "fair": "yellow", "bad": "bold red", "absent": "dim"}
_WORST = 5


def render(card: CardData, *, lang: Language = "en") -> RenderableType:
    """A rich renderable of the card."""
    verdict = judge(card)
    parts: list[RenderableType | None] = [
        Text(card.title, style="bold"),
        Padding(
            Text(
                sentence.join(saying.clauses(card, verdict) + saying.besides(card, verdict))[lang],
                style=_STYLES[verdict.overall],
            ),
            (0, 0, 1, 0),
        ),
        _uses(verdict, lang),
        _figures(card, verdict, lang),
        _worst_columns(card, lang),
    ]
    whole = not (card.pictured or card.prose)
    missing = [name for name in SECTIONS if name != "safety" and not card.of(name) and whole]
    parts += [Text(f"{phrase(f'section.{name}')[lang]}: {left_out(card, name)[lang]}", style="dim") for name in missing]
    parts += [Text(f"· {note[lang]}", style="dim") for note in notes(card)]
    return Group(*(part for part in parts if part is not None))


def _uses(verdict: Verdict, lang: Language) -> Table:
    table = Table.grid(padding=(0, 3))
    for use, level in verdict.uses.items():
        table.add_row(phrase(f"use.{use}")[lang], _level(level, lang, "share" if use == "sharing" else "level"))
    return table


def _figures(card: CardData, verdict: Verdict, lang: Language) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for name in ("figure", "value", "interval", "reach", "level"):
        table.add_column(phrase(f"table.{name}")[lang], justify="left" if name in ("figure", "level") else "right")
    for section in SECTIONS:
        for score in card.of(section):
            table.add_row(*_row(score, verdict.figures.get(score.name, "absent"), lang))
    return table


def _row(score: Score, level: Level, lang: Language) -> tuple[Text | str, ...]:
    value = figure.number(score, score.value)
    told = _level(level, lang) if graded(score, level) else Text(phrase("level.none")[lang], style="dim")
    return escape(figure.name(score)[lang]), value, figure.interval(score), figure.best(score), told


def _worst_columns(card: CardData, lang: Language) -> RenderableType | None:
    shapes = card.find("shapes")
    columns = list(shapes.detail.get("columns", ())) if shapes is not None else []
    if not columns:
        return None
    ordered = sorted(columns, key=lambda column: column.get("score") or 0.0)[:_WORST]
    told = ", ".join(f"{column['name']} {column.get('score') or 0.0:.3f}" for column in ordered)
    return Padding(Text(phrase("page.columns_are", columns=told)[lang]), (1, 0, 0, 0))


def _level(level: Level, lang: Language, word: str = "level") -> Text:
    return Text(f"● {phrase(f'{word}.{level}')[lang]}", style=_STYLES[level])
