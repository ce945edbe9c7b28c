"""What each score is drawn as: column by column, pair by pair, group by group, rule by rule."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from genloop.core.score import Score
from genloop.reports import charts
from genloop.reports.histogram import histogram
from genloop.reports.marks import Chart
from genloop.reports.markup import Markup, tag
from genloop.reports.notes import read
from genloop.reports.texts import Words, known, percent, phrase

COLUMNS_SHOWN = 12
_TOLD_SHOWN, _PAIRS_SHOWN, _GROUPS_SHOWN = 12, 8, 12
_MANY = 30


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


def draw(page: Page, score: Score) -> list[Markup]:
    """The drawings behind one score; none for a score that this module does not know."""
    drawing = _DRAWINGS.get(score.name)
    return drawing(page, score) if drawing is not None else []


def block(title: str, lead: Words | None, *children: Any) -> Markup:
    """A part of a section: a title `page.TITLE`, a sentence that leads in, and what is shown."""
    return tag(
        "div",
        tag("h3", phrase(f"page.{title}")),
        tag("p", lead, class_="lead") if lead else None,
        *children,
        class_="block",
    )


def legend(first: str = "real", second: str = "made") -> Markup:
    """Which colour stands for what: phrases of the group `page`."""
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
    parts: list[Any] = [legend(), tag("div", *cells[:COLUMNS_SHOWN], class_="columns")]
    if len(cells) > COLUMNS_SHOWN:
        rest = cells[COLUMNS_SHOWN:]
        summary = tag("summary", phrase("page.columns_more", count=len(rest)))
        parts.append(tag("details", summary, tag("div", *rest, class_="columns")))
    return [block("columns", phrase("page.columns_lead"), *parts)]


def _column(page: Page, column: Mapping[str, Any]) -> Markup:
    name, value = str(column.get("name", "")), _number(column.get("score"), 0.0)
    chart = charts.column(column)
    real, made = (_number(column.get(f"missing_{side}"), 0.0) for side in ("real", "made"))
    kind = str(column.get("kind", ""))
    return tag(
        "article",
        tag("h4", name, title=name),
        tag("span", phrase(f"kind.{kind}") if known(f"kind.{kind}") else kind, class_="kind"),
        tag("span", f"{value:.3f}", class_="overlap", aria_label=phrase("page.overlap", value=f"{value:.3f}")),
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
    return [
        block(
            "pairs",
            phrase("page.pairs_lead"),
            tag("div", place, table, class_="beside" if len(names) <= _MANY else "below"),
        )
    ]


def _critic(page: Page, score: Score) -> list[Markup]:
    rows = [(str(e.get("column")), _number(e.get("share"), 0.0)) for e in score.detail.get("told_by", ())]
    rows = sorted(rows, key=lambda row: -row[1])[:_TOLD_SHOWN]
    if not rows:
        return []
    chart = charts.ranked(rows, title="@attention")
    place = tag("div", page.place(chart, phrase("page.told_by")), class_="narrow")
    return [block("told_by", phrase("page.told_by_lead"), place)]


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
    groups = list(score.detail.get("groups", ()))[:_GROUPS_SHOWN]
    if not groups:
        return []
    most = max(_number(group.get(side), 0.0) for group in groups for side in ("real", "made")) or 1.0
    heads = (phrase("page.group"), Words("", ""), phrase("page.real_share"), phrase("page.made_share"))
    table = tag(
        "table",
        tag("thead", tag("tr", [tag("th", head, scope="col") for head in heads])),
        tag("tbody", [_rare(group, most) for group in groups]),
        class_="plain groups",
    )
    return [block("groups", phrase("page.groups_lead"), legend(), tag("div", table, class_="scroll"))]


def _rare(group: Mapping[str, Any], most: float) -> Markup:
    shares = {side: _number(group.get(side), 0.0) for side in ("real", "made")}
    bars = [tag("i", class_=side, style=f"width:{100 * share / most:.1f}%") for side, share in shares.items()]
    numbers = [tag("td", percent(share, 2), class_="number") for share in shares.values()]
    return tag("tr", tag("td", _group(group)), tag("td", tag("span", bars, class_="bars")), numbers)


def _group(entry: Mapping[str, Any]) -> str:
    columns, values = list(entry.get("columns", ())), list(entry.get("values") or ())
    if len(values) == len(columns):
        return ", ".join(
            f"{column} = {'∅' if value is None else value}" for column, value in zip(columns, values, strict=True)
        )
    return " × ".join(map(str, columns))


def _rules(page: Page, score: Score) -> list[Markup]:
    entries = list(score.detail.get("rules", ()))
    if not entries:
        return []
    heads = [phrase(f"page.{name}") for name in ("rule", "violations", "holds", "origin")]
    table = tag(
        "table",
        tag("thead", tag("tr", [tag("th", head, scope="col") for head in heads])),
        tag("tbody", [_rule(entry) for entry in entries]),
        class_="plain rules",
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
        tag("td", tag("code", read(str(entry.get("text", ""))))),
        tag("td", _narrow("violations"), told, class_="bad" if broken else None),
        tag("td", _narrow("holds"), holds),
        tag("td", _narrow("origin"), phrase(f"page.{origin}") if known(f"page.{origin}") else origin),
    )


def _narrow(head: str) -> Markup:
    """A column's head beside its cell, for screens too narrow for a row of heads."""
    return tag("small", phrase(f"page.{head}"), class_="narrow-only")


def _distances(page: Page, score: Score) -> list[Markup]:
    detail = score.detail
    edges, fresh, made = (list(detail.get(name, ())) for name in ("edges", "holdout", "made"))
    if len(edges) < 2 or not len(edges) - 1 == len(fresh) == len(made):
        return []
    chart = histogram(edges, _shares(fresh), _shares(made), real_name="@fresh")
    lead = phrase("page.distances_lead")
    return [
        block(
            "distances",
            lead,
            legend("fresh"),
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
    return [block("roc", phrase("page.roc_lead"), place)]


def _attribute(page: Page, score: Score) -> list[Markup]:
    entries = [entry for entry in score.detail.get("columns", ()) if isinstance(entry, Mapping)]
    entries = sorted(entries, key=lambda entry: -_number(entry.get("advantage"), 0.0))[:_TOLD_SHOWN]
    if not entries:
        return []
    rows = [(str(entry.get("name", "")), _number(entry.get("advantage"), 0.0)) for entry in entries]
    between = [entry.get("interval") for entry in entries] if any(entry.get("interval") for entry in entries) else []
    chart = charts.ranked(rows, title="@advantage", between=between)
    return [block("attribute", phrase("page.attribute_lead"), page.place(chart, phrase("page.attribute")))]


def _number(value: Any, default: float) -> float:
    return float(value) if isinstance(value, int | float) and value == value else default


_DRAWINGS: dict[str, Callable[[Page, Score], list[Markup]]] = {
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
DRAWN = list(_DRAWINGS)
