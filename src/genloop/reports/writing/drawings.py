"""What lies behind the figures of made texts: what gave them away, copied spans, classes, faults of form."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from genloop.core.score import Score
from genloop.reports.drawings import Page, block, legend
from genloop.reports.histogram import histogram
from genloop.reports.markup import Markup, tag
from genloop.reports.texts import Words, known, percent, phrase


def draw(page: Page, score: Score) -> list[Markup]:
    """The drawings behind one score of texts."""
    drawing = _DRAWINGS.get(score.name)
    return [] if drawing is None else [*_column(score), *drawing(page, score)]


def _column(score: Score) -> list[Markup]:
    """Which text column is spoken of, where there are several."""
    if not score.detail.get("columns"):
        return []
    return [tag("p", phrase("text.column", column=score.detail.get("column", "")), class_="note")]


def _told(page: Page, score: Score) -> list[Markup]:
    """The runs of characters that gave made texts away."""
    entries = list(score.detail.get("told_by", ()))
    if not entries:
        return []
    rows = [
        [tag("code", _shown(str(entry["run"]))), _percent(entry.get("made")), _percent(entry.get("real"))]
        for entry in entries
    ]
    return [block("text_told", phrase("page.text_told_lead"), _table(("run", "made", "real"), rows))]


def _copied(page: Page, score: Score) -> list[Markup]:
    """How long the longest copied spans are."""
    edges, fresh, made = (list(score.detail.get(name, ())) for name in ("edges", "holdout", "made"))
    if len(edges) < 2 or not len(edges) - 1 == len(fresh) == len(made):
        return []
    chart = histogram(edges, fresh, made, real_name="@fresh_texts")
    lead = phrase("page.copied_lead", limit=f"{score.detail.get('limit', 0):,.0f}")
    place = tag("div", page.place(chart, phrase("page.copied")), class_="narrow")
    return [block("copied", lead, legend("fresh_texts", "made_texts"), place)]


def _classes(page: Page, score: Score) -> list[Markup]:
    """The classes asked for, the least recognised first."""
    entries = sorted(score.detail.get("classes", ()), key=lambda entry: entry.get("right") or 0.0)
    if not entries:
        return []
    rows = [
        [
            str(entry["class"]),
            f"{entry.get('asked', 0):,}",
            _percent(entry.get("right")),
            _percent(entry.get("real")),
            str(entry.get("taken_for") or "–"),
        ]
        for entry in entries
    ]
    heads = ("class", "asked", "right", "right_real", "taken_for")
    return [block("text_classes", phrase("page.text_classes_lead"), _table(heads, rows))]


def _faults(page: Page, score: Score) -> list[Markup]:
    """Faults of form: made and real side by side."""
    signs: Mapping[str, Any] = score.detail.get("signs", {})
    if not signs:
        return []
    order = sorted(signs.items(), key=lambda item: item[1]["real"] - item[1]["made"])
    rows = [
        [phrase(f"fault.{name}") if known(f"fault.{name}") else name, _percent(e["made"]), _percent(e["real"])]
        for name, e in order
    ]
    return [block("faults", phrase("page.faults_lead"), _table(("fault", "made", "real"), rows))]


def _table(heads: Sequence[str], rows: Sequence[Sequence[Any]]) -> Markup:
    top = tag("thead", tag("tr", [tag("th", phrase(f"text.{head}"), scope="col") for head in heads]))
    body = [tag("tr", tag("th", row[0], scope="row"), [tag("td", cell) for cell in row[1:]]) for row in rows]
    return tag("div", tag("table", top, tag("tbody", body), class_="plain"), class_="scroll", tabindex="0")


def _shown(run: str) -> Words:
    """Characters with what cannot be seen made visible."""
    seen = run.replace("\n", "↵").replace("\t", "⇥").replace(" ", "␣")
    return Words(seen, seen)


def _percent(value: Any) -> str:
    return percent(float(value)) if isinstance(value, int | float) else "–"


_DRAWINGS: dict[str, Callable[[Page, Score], list[Markup]]] = {
    "text_c2st": _told,
    "text_form": _faults,
    "text_asked": _classes,
    "text_copied": _copied,
}
DRAWN = list(_DRAWINGS)
