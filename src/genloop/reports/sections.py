"""The judged sections of the card: a light, the figures with their limits, then the drawings behind them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from genloop.core.score import Score
from genloop.reports import charts, figure
from genloop.reports.card import CardData
from genloop.reports.histogram import histogram
from genloop.reports.marks import Chart
from genloop.reports.markup import Markup, tag
from genloop.reports.texts import Words, known, percent, phrase
from genloop.reports.verdict import Level, Verdict

COLUMNS_SHOWN = 12
_TOLD_SHOWN, _PAIRS_SHOWN, _GROUPS_SHOWN = 12, 8, 12


@dataclass
class Page:
    """The charts that the sections have placed so far, by their place's name."""

    charts: dict[str, Chart] = field(default_factory=dict)

    def place(self, chart: Chart, says: Words) -> Markup:
        """The empty place of a chart; the page's script draws it when it comes into view."""
        name = f"c{len(self.charts)}"
        self.charts[name] = chart
        return tag(
            "div", class_="chart", data_chart=name, style=f"min-height:{chart.height}px", role="img", aria_label=says
        )

    def to_dict(self) -> dict[str, Any]:
        """Every chart as a JSON-able mapping."""
        return {name: chart.to_dict() for name, chart in self.charts.items()}


def light(level: Level, word: str = "level") -> Markup:
    """A lamp with its word, so that colour is never the only sign."""
    return tag("span", tag("i", class_=f"lamp {level}"), phrase(f"{word}.{level}"), class_=f"light {level}")


def write_section(page: Page, card: CardData, verdict: Verdict, name: str) -> Markup:
    """One judged section, or the reason why it is left out."""
    scores = card.of(name)
    head = tag("div", tag("h2", phrase(f"section.{name}")), light(verdict.sections[name]), class_="head")
    parts: list[Markup] = [head, tag("p", phrase(f"lead.{name}"), class_="lead")]
    if scores:
        parts.append(_figures(scores, verdict))
        ranked = sorted(scores, key=lambda score: list(_DRAWINGS).index(score.name) if score.name in _DRAWINGS else 0)
        parts.append(tag("div", [_drawings(page, score) for score in ranked], class_=f"drawings {name}"))
    if not scores or name in card.left_out:
        parts.append(tag("p", left_out(card, name), class_="note"))
    return tag("section", *parts, id=name, class_="judged")


def left_out(card: CardData, name: str) -> Words:
    """Why a section is missing, in a sentence."""
    reason = card.reason(name)
    return phrase(f"left_out.{reason}") if known(f"left_out.{reason}") else Words(reason, reason)


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
        tag("td", light(level), tag("small", figure.limits(score)), class_="level"),
    )


def _drawings(page: Page, score: Score) -> list[Markup]:
    draw = _DRAWINGS.get(score.name)
    return draw(page, score) if draw is not None else []


def _block(title: str, lead: Words | None, *children: Any) -> Markup:
    return tag(
        "div",
        tag("h3", phrase(f"page.{title}")),
        tag("p", lead, class_="lead") if lead else None,
        *children,
        class_="block",
    )


def _legend(first: str = "real", second: str = "made") -> Markup:
    return tag(
        "p",
        tag("span", tag("i", class_="swatch real"), phrase(f"page.{first}")),
        tag("span", tag("i", class_="swatch made"), phrase(f"page.{second}")),
        class_="legend",
    )


def _shapes(page: Page, score: Score) -> list[Markup]:
    columns = sorted(score.detail.get("columns", ()), key=lambda c: _number(c.get("score"), 2.0))
    if not columns:
        return []
    cells = [_column(page, column) for column in columns]
    parts: list[Any] = [_legend(), tag("div", *cells[:COLUMNS_SHOWN], class_="columns")]
    if len(cells) > COLUMNS_SHOWN:
        rest = cells[COLUMNS_SHOWN:]
        summary = tag("summary", phrase("page.columns_more", count=len(rest)))
        parts.append(tag("details", summary, tag("div", *rest, class_="columns")))
    return [_block("columns", phrase("page.columns_lead"), *parts)]


def _column(page: Page, column: Mapping[str, Any]) -> Markup:
    name, value = str(column.get("name", "")), _number(column.get("score"), 0.0)
    chart = charts.column(column)
    real, made = (_number(column.get(f"missing_{side}"), 0.0) for side in ("real", "made"))
    kind = str(column.get("kind", ""))
    return tag(
        "article",
        tag("h4", name, title=name),
        tag("span", phrase(f"kind.{kind}") if known(f"kind.{kind}") else kind, class_="kind"),
        tag("span", f"{value:.3f}", class_="overlap", title=phrase("page.overlap")),
        page.place(chart, Words(name, name)) if chart else None,
        tag("p", phrase("page.missing_shares", real=percent(real), made=percent(made)), class_="foot")
        if real or made
        else None,
    )


def _pairs(page: Page, score: Score) -> list[Markup]:
    names, matrix = list(score.detail.get("columns", ())), list(score.detail.get("matrix", ()))
    if len(names) < 2 or len(matrix) != len(names):
        return []
    chart = charts.pairs(names, matrix)
    least = sorted(chart.rows, key=lambda row: row["v"])[:_PAIRS_SHOWN]
    body = [tag("tr", tag("td", row["a"], " × ", row["b"]), tag("td", f"{row['v']:.3f}")) for row in least]
    heads = tag("tr", tag("th", phrase("page.pair"), scope="col"), tag("th", phrase("page.agreement"), scope="col"))
    table = tag(
        "table", tag("caption", phrase("page.pairs_worst")), tag("thead", heads), tag("tbody", body), class_="plain"
    )
    width = f"--least:{max(280, 11 * len(names) + 150)}px"
    place = tag("div", page.place(chart, phrase("page.pairs")), class_="scroll", style=width, tabindex="0")
    return [_block("pairs", phrase("page.pairs_lead"), tag("div", place, table, class_="beside"))]


def _critic(page: Page, score: Score) -> list[Markup]:
    rows = [(str(e.get("column")), _number(e.get("share"), 0.0)) for e in score.detail.get("told_by", ())]
    rows = sorted(rows, key=lambda row: -row[1])[:_TOLD_SHOWN]
    if not rows:
        return []
    chart = charts.ranked(rows, title="@attention")
    place = tag("div", page.place(chart, phrase("page.told_by")), class_="narrow")
    return [_block("told_by", phrase("page.told_by_lead"), place)]


def _usefulness(page: Page, score: Score) -> list[Markup]:
    detail = score.detail
    real, made = detail.get("real"), detail.get("made")
    if not isinstance(real, int | float) or not isinstance(made, int | float):
        return []
    lead = phrase("page.usefulness_plain")
    if detail.get("target"):
        lead = phrase("page.usefulness_lead", target=detail["target"], measure=detail.get("measure", ""))
    return [
        tag(
            "div",
            tag("p", lead, class_="lead"),
            tag("div", page.place(charts.outcomes(real, made), lead), class_="narrow"),
            class_="block",
        )
    ]


def _coverage(page: Page, score: Score) -> list[Markup]:
    rows = [
        (_group(e), _number(e.get("real"), 0.0), _number(e.get("made"), 0.0)) for e in score.detail.get("groups", ())
    ]
    if not rows:
        return []
    chart = charts.compared(rows[:_GROUPS_SHOWN])
    return [
        _block(
            "groups",
            phrase("page.groups_lead"),
            _legend(),
            tag("div", page.place(chart, phrase("page.groups")), class_="narrow"),
        )
    ]


def _group(entry: Mapping[str, Any]) -> str:
    columns, values = list(entry.get("columns", ())), list(entry.get("values") or ())
    if len(values) == len(columns):
        return ", ".join(f"{column} = {value}" for column, value in zip(columns, values, strict=True))
    return " × ".join(map(str, columns))


def _rules(page: Page, score: Score) -> list[Markup]:
    entries = list(score.detail.get("rules", ()))
    if not entries:
        return []
    heads = [phrase(f"page.{name}") for name in ("rule", "origin", "holds", "violations")]
    table = tag(
        "table",
        tag("thead", tag("tr", [tag("th", head, scope="col") for head in heads])),
        tag("tbody", [_rule(entry) for entry in entries]),
        class_="plain",
    )
    return [
        tag(
            "div",
            tag("p", phrase("page.rules_lead"), class_="lead"),
            tag("div", table, class_="scroll"),
            class_="block",
        )
    ]


def _rule(entry: Mapping[str, Any]) -> Markup:
    origin = str(entry.get("origin", "found"))
    holds = " / ".join(
        percent(v, 2) if isinstance(v := entry.get(side), int | float) else "–" for side in ("train", "holdout")
    )
    broken, rows = entry.get("violations"), entry.get("rows")
    told = (
        phrase("page.not_counted")
        if broken is None
        else phrase("page.of_rows", count=f"{broken:,}", rows=f"{rows or 0:,}")
    )
    return tag(
        "tr",
        tag("td", tag("code", entry.get("text", ""))),
        tag("td", phrase(f"page.{origin}") if known(f"page.{origin}") else origin),
        tag("td", holds),
        tag("td", told, class_="bad" if broken else None),
    )


def _distances(page: Page, score: Score) -> list[Markup]:
    detail = score.detail
    edges, fresh, made = (list(detail.get(name, ())) for name in ("edges", "holdout", "made"))
    if len(edges) < 2 or not len(edges) - 1 == len(fresh) == len(made):
        return []
    chart = histogram(edges, _shares(fresh), _shares(made), real_name="@fresh")
    lead = phrase("page.distances_lead")
    return [
        _block(
            "distances",
            lead,
            _legend("fresh"),
            tag("div", page.place(chart, phrase("page.distances")), class_="narrow"),
        )
    ]


def _shares(counts: Sequence[float]) -> list[float]:
    total = sum(counts)
    return [count / total for count in counts] if total > 0 else list(counts)


def _membership(page: Page, score: Score) -> list[Markup]:
    points = list(score.detail.get("roc", ()))
    if len(points) < 2:
        return []
    place = tag("div", page.place(charts.roc(points), phrase("page.roc")), class_="square")
    return [_block("roc", phrase("page.roc_lead"), place)]


def _attribute(page: Page, score: Score) -> list[Markup]:
    rows = []
    for entry in score.detail.get("columns", ()):
        if isinstance(entry, Mapping):
            value = next((entry[key] for key in ("advantage", "value", "score") if key in entry), None)
            rows.append((str(entry.get("name", entry.get("column", ""))), _number(value, 0.0)))
    if not rows:
        return []
    chart = charts.ranked(sorted(rows, key=lambda row: -row[1])[:_TOLD_SHOWN], title="@advantage")
    return [_block("attribute", phrase("page.attribute_lead"), page.place(chart, phrase("page.attribute")))]


def _number(value: Any, default: float) -> float:
    return float(value) if isinstance(value, int | float) and value == value else default


_DRAWINGS = {
    "shapes": _shapes,
    "pairs": _pairs,
    "c2st": _critic,
    "usefulness": _usefulness,
    "coverage": _coverage,
    "rules": _rules,
    "near1": _distances,
    "membership": _membership,
    "attribute": _attribute,
}
