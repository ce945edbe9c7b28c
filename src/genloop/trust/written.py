"""The label of a written article: a line that everybody sees and a record that machines read, and both found again.

The record is schema.org JSON-LD whose `digitalSourceType` is IPTC's "trainedAlgorithmicMedia",
"compositeWithTrainedAlgorithmicMedia" where a person changed the text, or "algorithmicMedia" where software put it
together and no model wrote; a page carries the same in meta elements.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from genloop.trust.label import SOURCE_TYPE

VOCABULARY = "http://cv.iptc.org/newscodes/digitalsourcetype/"
ASSEMBLED = "algorithmicMedia"
EXTRACTS = "extracts"
EDITED = "compositeWithTrainedAlgorithmicMedia"
CLASS = "made-by-ai"
_LINES = {
    "en": {
        "short": "Made by AI",
        "model": "Made by AI: a generative model wrote this text.",
        "human": "Made by AI: a generative model wrote this text; a person edited it.",
        "extracts": "Made by AI: software put this text together from quoted sources.",
        "edited extracts": "Made by AI: software put this text together from quoted sources; a person edited it.",
    },
    "zh": {
        "short": "AI 生成",
        "model": "AI 生成：本文由人工智能模型撰写。",
        "human": "AI 生成：本文由人工智能模型撰写，并经人工编辑。",
        "extracts": "AI 生成：本文由软件自动摘引资料编成。",
        "edited extracts": "AI 生成：本文由软件自动摘引资料编成，并经人工编辑。",
    },
}


def line(language: str, *, human: bool = False, writer: str = "", short: bool = False) -> str:
    """The visible line, in the article's language."""
    how = ("model", "human") if writer != EXTRACTS else ("extracts", "edited extracts")
    return _LINES["zh" if language == "zh" else "en"]["short" if short else how[human]]


def source_type(*, human: bool = False, writer: str = "") -> str:
    """The address of IPTC's term for how the text came about."""
    return VOCABULARY + (ASSEMBLED if writer == EXTRACTS else EDITED if human else SOURCE_TYPE)


def by(writer: str) -> dict[str, str]:
    """What a draft's label says of its writer; where software put quotations together, that no model wrote."""
    if writer != EXTRACTS:
        return {"writer": writer}
    return {"writer": writer, "source_type": ASSEMBLED, "notice": _LINES["en"]["extracts"]}


def record(label: Mapping[str, str], *, name: str, title: str, language: str, human: bool = False) -> dict[str, Any]:
    """The record that machines read, as JSON-LD."""
    return {
        "@context": "https://schema.org",
        "@type": "Article",
        "identifier": name,
        "headline": title,
        "inLanguage": "zh-CN" if language == "zh" else language,
        "dateCreated": label.get("created", ""),
        "digitalSourceType": source_type(human=human, writer=label.get("writer", "")),
        "creditText": line(language, human=human, writer=label.get("writer", "")),
        "creator": {"@type": "SoftwareApplication", "name": label.get("software", "genloop")},
        "isBasedOn": {"model": label.get("model", ""), "run": label.get("run", ""), "seed": label.get("seed", "")},
    }


def metas(found: Mapping[str, Any]) -> dict[str, str]:
    """The contents of a page's meta elements by name."""
    return {
        "generator": str(found["creator"]["name"]),
        "ai-generated": "true",
        "digital-source-type": str(found["digitalSourceType"]),
    }


def script(found: Mapping[str, Any]) -> str:
    """The record as the inside of a script element: no text in it can end the element."""
    text = json.dumps(found, ensure_ascii=False, sort_keys=True)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


@dataclass
class Marks:
    """What was found on a page: the visible line, the records, and the meta elements."""

    line: str = ""
    records: list[dict[str, Any]] = field(default_factory=list)
    metas: dict[str, str] = field(default_factory=dict)
    text: str = ""


def read(page: str) -> Marks:
    """The label of a page or a piece of one; empty where it carries none."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    reader.marks.text = re.sub(r"\s+", " ", " ".join(reader.seen)).strip()
    return reader.marks


def absent(page: str, wanted: Mapping[str, Any]) -> list[str]:
    """What a page lacks of this record's label: "the visible line", "the record"; empty when both are there."""
    found = read(page)
    line_there = found.line == wanted["creditText"] and found.line in found.text
    record_there = any(own == dict(wanted) for own in found.records)
    return ["the visible line"] * (not line_there) + ["the machine-readable record"] * (not record_there)


class _Reader(HTMLParser):
    """Collects the label's parts and the text that is seen."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.marks, self.seen, self._inside = Marks(), list[str](), ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes meta elements, records in attributes, and where lines and records begin."""
        values = {name: value or "" for name, value in attrs}
        if tag == "meta" and values.get("name"):
            self.marks.metas[values["name"]] = values.get("content", "")
        if tag == "script":
            self._inside = "record" if values.get("type") == "application/ld+json" else "hidden"
        elif tag in ("style", "head", "title"):
            self._inside = "hidden" if tag != "head" else self._inside
        elif CLASS in values.get("class", "").split() and "display:none" not in values.get("style", ""):
            self._inside = "line"
        if "data-genloop" in values:
            self._keep(values["data-genloop"])

    def handle_endtag(self, tag: str) -> None:
        """Lines and records end with their element."""
        if tag in ("script", "style", "title", "p", "div"):
            self._inside = ""

    def handle_data(self, data: str) -> None:
        """Takes text in."""
        if self._inside == "record":
            self._keep(data)
        elif self._inside != "hidden":
            self.seen.append(data)
            self.marks.line += data if self._inside == "line" else ""

    def _keep(self, text: str) -> None:
        try:
            found = json.loads(text)
        except ValueError:
            return
        if isinstance(found, dict):
            self.marks.records.append(found)
