"""Pages from pieces by Jinja2, everything escaped; feeds by ElementTree."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import cache
from importlib.resources import files
from typing import Any
from xml.etree import ElementTree

from genloop.applications.write import extras
from genloop.applications.write.publish import markup
from genloop.applications.write.publish.piece import Piece
from genloop.trust import written

_BAD = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
TEXTS = {
    "en": {"back": "All articles", "empty": "Nothing is published yet.", "about": "Articles"},
    "zh": {"back": "全部文章", "empty": "还没有发布文章。", "about": "文章"},
}


@cache
def _environment() -> Any:
    jinja = extras.load("jinja2")
    found = jinja.Environment(
        autoescape=True, undefined=jinja.StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        loader=jinja.FunctionLoader(lambda name: files(__package__).joinpath("assets", name).read_text("utf-8")),
    )  # fmt: skip
    found.filters["markup"] = lambda source: extras.load("markupsafe").Markup(markup.html(source))
    found.filters["record"] = lambda value: extras.load("markupsafe").Markup(written.script(value))
    return found


def page(piece: Piece, site: Mapping[str, Any]) -> str:
    """The page of an article."""
    words, metas = TEXTS[piece.language], written.metas(piece.record)
    text: str = _environment().get_template("page.html").render(piece=piece, site=site, metas=metas, words=words)
    return text


def body(piece: Piece) -> str:
    """The article without the page around it; its label's record stands in an attribute of the visible line."""
    text: str = _environment().get_template("body.html").render(piece=piece, record=written.script(piece.record))
    return text


def index(entries: Sequence[Mapping[str, Any]], site: Mapping[str, Any]) -> str:
    """The page that lists all articles."""
    words = TEXTS[site["language"]]
    text: str = _environment().get_template("index.html").render(entries=entries, site=site, words=words)
    return text


def feed(entries: Sequence[Mapping[str, Any]], site: Mapping[str, Any]) -> str:
    """The site's articles as RSS 2.0; every item says that it was made by AI."""
    root = ElementTree.Element("rss", version="2.0")
    channel = ElementTree.SubElement(root, "channel")
    base = str(site["url"]).rstrip("/")
    head = {"title": site["title"], "link": base or "index.html", "description": site["title"], "generator": "genloop"}
    for name, value in head.items():
        ElementTree.SubElement(channel, name).text = _BAD.sub("", str(value))
    for entry in entries:
        item = ElementTree.SubElement(channel, "item")
        link = f"{base}/{entry['id']}.html" if base else f"{entry['id']}.html"
        told = {
            "title": entry["title"],
            "link": link,
            "description": f"{entry['line']} {entry['about']}",
            "category": "ai-generated",
            "pubDate": format_datetime(_moment(entry["approved"])),
        }
        for name, value in told.items():
            ElementTree.SubElement(item, name).text = _BAD.sub("", str(value))
        ElementTree.SubElement(item, "guid", isPermaLink="false").text = str(entry["id"])
    ElementTree.indent(root, " ")
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC)
    except ValueError:
        return datetime.fromtimestamp(0, UTC)
