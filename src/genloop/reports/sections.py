"""The judged sections of the card: a light, the figures with their limits, then the drawings behind them."""

import math
from collections.abc import Sequence

from genloop.core.score import Score
from genloop.reports import figure
from genloop.reports.card import CardData
from genloop.reports.drawings import DRAWN, Page, draw
from genloop.reports.markup import Markup, tag
from genloop.reports.pictures import drawings
from genloop.reports.texts import Words, known, phrase
from genloop.reports.verdict import Level, Verdict
from genloop.reports.writing import drawings as prose


def light(level: Level, word: str = "level") -> Markup:
    """A lamp with its word, so that colour is never the only sign."""
    return tag("span", tag("i", class_=f"lamp {level}"), phrase(f"{word}.{level}"), class_=f"light {level}")


def write_section(page: Page, card: CardData, verdict: Verdict, name: str) -> Markup:
    """One judged section, or the reason why it is left out."""
    scores = card.of(name)
    head = tag("div", tag("h2", phrase(f"section.{name}")), light(verdict.sections[name]), class_="head")
    own = "picture_lead" if card.pictured else "text_lead" if card.prose else "lead"
    lead = f"{own}.{name}" if known(f"{own}.{name}") else f"lead.{name}"
    parts: list[Markup] = [head, tag("p", phrase(lead), class_="lead")]
    if scores:
        parts.append(_figures(scores, verdict))
        order = [*DRAWN, *drawings.DRAWN, *prose.DRAWN]
        ranked = sorted(scores, key=lambda score: order.index(score.name) if score.name in order else 0)
        drawn = [[draw(page, score), drawings.draw(page, score, card), prose.draw(page, score)] for score in ranked]
        parts.append(tag("div", drawn, class_=f"drawings {name}"))
    if not scores or name in card.left_out:
        parts.append(tag("p", left_out(card, name), class_="note"))
    return tag("section", *parts, id=name, class_="judged")


def left_out(card: CardData, name: str) -> Words:
    """Why a section is missing, in a sentence."""
    reason = card.reason(name)
    return phrase(f"left_out.{reason}") if known(f"left_out.{reason}") else Words(reason, reason)


def graded(score: Score, level: Level) -> bool:
    """Whether a figure has a level of its own; one of ours that was measured without limits is told alone."""
    return level != "absent" or math.isnan(score.value) or not known(f"score.{score.name}")


def _figures(scores: Sequence[Score], verdict: Verdict) -> Markup:
    heads = [phrase(f"table.{name}") for name in ("figure", "scale", "value", "reach", "level")]
    rows = [_figure(score, verdict.figures.get(score.name, "absent")) for score in scores]
    return tag(
        "table",
        tag("colgroup", [tag("col", class_=name) for name in ("about", "scale", "value", "reach", "level")]),
        tag("thead", tag("tr", [tag("th", head, scope="col") for head in heads])),
        tag("tbody", rows),
        class_="figures",
    )


def _figure(score: Score, level: Level) -> Markup:
    between = figure.interval(score)
    return tag(
        "tr",
        tag(
            "th",
            figure.name(score),
            tag("small", figure.about(score), tag("em", figure.direction(score))),
            scope="row",
        ),
        tag("td", figure.strip(score), class_="scale"),
        tag("td", tag("b", figure.number(score, score.value)), tag("small", between), class_="value"),
        tag("td", [tag("small", part) for part in figure.reach(score)], class_="reach"),
        tag(
            "td",
            light(level) if graded(score, level) else tag("small", phrase("level.none")),
            tag("small", figure.limits(score)),
            class_="level",
        ),
    )
