"""A few made texts on the card, each with what stands beside it and what a reader would hold against it."""

from collections.abc import Mapping
from typing import Any

from genloop.reports.card import CardData
from genloop.reports.markup import Markup, tag
from genloop.reports.texts import known, phrase


def write_samples(card: CardData) -> Markup | None:
    """The section of texts that stands before all figures; None where no text was made."""
    columns = card.writings.get("columns", ())
    if not columns:
        return None
    return tag(
        "section",
        tag("h2", phrase("text.samples")),
        tag("p", phrase("text.samples_lead"), class_="lead"),
        [_column(found, len(columns) > 1) for found in columns],
        id="texts",
        class_="judged",
    )


def _column(found: Mapping[str, Any], named: bool) -> list[Markup | None]:
    items = [_text(entry, found.get("limit")) for entry in found["texts"]]
    return [tag("h3", found["column"]) if named else None, tag("ul", items, class_="texts")]


def _text(entry: Mapping[str, Any], limit: float | None) -> Markup:
    beside = [tag("li", f"{name}: {value}") for name, value in entry["beside"].items()]
    notes = [
        tag("span", phrase(f"fault.{name}") if known(f"fault.{name}") else name, class_="fact unsure")
        for name in entry["signs"]
    ]
    if entry["copied"] is not None and limit is not None:
        over = entry["copied"] > limit
        words = phrase("text.sample_copied", count=f"{entry['copied']:,}", limit=f"{limit:,.0f}")
        notes.append(tag("span", words, class_="fact unsure" if over else "fact"))
    if entry["text"] is None:
        body = tag("p", phrase("text.withheld" if entry["copied"] is not None else "text.unchecked"), class_="remark")
    else:
        body = tag("blockquote", entry["text"])
    return tag(
        "li", tag("ul", beside, class_="chain") if beside else None, body, tag("small", notes, class_="facts-of")
    )
