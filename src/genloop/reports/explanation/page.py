"""An explanation as one self-contained page, in the dress of the card: strips, figures and both languages inside."""

import base64
from collections.abc import Mapping
from itertools import groupby

import numpy as np

from genloop.core.protocols import Pixels
from genloop.files.pictures import marks, png
from genloop.files.pictures.sheet import WORDS
from genloop.reports.explanation.data import Explanation, Part, Strip, Table
from genloop.reports.frame import asset, data, head, script, switch
from genloop.reports.markup import Markup, tag, write
from genloop.reports.texts import Language, Words, phrase

_NAMES = "grid-template-columns:minmax(5em,18%) minmax(0,1fr)"
_TALL = 56  # to which small pictures are enlarged on the screen


def render(found: Explanation, *, lang: Language = "en", mark: bool = True) -> str:
    """The whole page as HTML text; `lang` is the language it opens in until the reader chooses one."""
    body = write(
        tag("a", phrase("page.skip"), class_="skip", href="#walks"),
        _header(found),
        tag(
            "main",
            tag("nav", [_link(part) for part in found.parts], aria_label=phrase("page.sections")),
            [_section(part, found.label, mark=mark) for part in found.parts],
            _label(found.label),
        ),
        tag("footer", phrase("explain.footer")),
    )
    scripts = [asset("card.js")]
    blocks = [data("charts", {}), data("words", {}), *(script(text) for text in scripts)]
    title = Words(*(f"{found.title} · {phrase('explain.page')[language]}" for language in ("en", "zh")))
    return "<!doctype html>\n" + tag(
        "html",
        head(title, scripts),
        tag("body", body, blocks),
        lang="en" if lang == "en" else "zh-Hans",
        data_lang=lang,
    )


def _header(found: Explanation) -> Markup:
    facts = [
        phrase("explain.family", family=found.family),
        phrase("explain.created", when=found.created[:16].replace("T", " ")),
    ]
    return tag(
        "header",
        tag("p", tag("b", "genloop"), " ", phrase("explain.page"), class_="mark"),
        switch(),
        tag("h1", found.title),
        tag("ul", [tag("li", fact) for fact in facts], class_="facts"),
    )


def _link(part: Part) -> Markup:
    lamp = "absent" if part.reason is not None else "good"
    return tag("a", tag("i", class_=f"lamp {lamp}"), phrase(f"explain.{part.name}"), href=f"#{part.name}")


def _section(part: Part, label: Mapping[str, str], *, mark: bool) -> Markup:
    parts: list[object] = [
        tag("h2", phrase(f"explain.{part.name}")),
        tag("p", phrase(f"explain.{part.name}_lead"), class_="lead"),
    ]
    if part.reason is not None:
        parts.append(tag("p", part.reason, class_="note"))
    else:
        for block, strips in groupby(part.strips, key=lambda strip: strip.block):
            parts.append(_block(block, list(strips), label, mark=mark))
        parts.append(_table(part.table))
        parts += [tag("p", remark, class_="note") for remark in part.remarks]
    return tag("section", parts, id=part.name, class_="judged")


def _block(name: str, strips: list[Strip], label: Mapping[str, str], *, mark: bool) -> Markup:
    return tag(
        "div",
        tag("h3", phrase(f"explain.{name}")) if name else None,
        tag("p", phrase(f"explain.{name}_lead"), class_="lead") if name else None,
        tag("div", [_strip(strip, label) for strip in strips], class_="strips"),
        tag("small", WORDS) if mark and not any(strip.real for strip in strips) else None,
        class_="block",
    )


def _strip(strip: Strip, label: Mapping[str, str]) -> Markup:
    row = side_by_side(strip.pixels)
    factor = max(_TALL // max(strip.pixels.shape[1:3]), 1)
    extra = b"" if strip.real else marks.chunks(label)
    source = f"data:image/png;base64,{base64.b64encode(png.encode(row, extra)).decode()}"
    told = phrase("explain.alt", name=strip.name)
    image = tag(
        "img", src=source, alt=told.en, aria_label=told, style=f"width:{row.shape[1] * factor}px", class_="pixels"
    )
    return tag("div", tag("h3", strip.name), image, class_="strip-of", style=_NAMES)


def side_by_side(pixels: Pixels) -> np.ndarray:
    """The pictures in a row with a white line between them."""
    gap = np.full((pixels.shape[1], 1, pixels.shape[3]), 255, np.uint8)
    parts = [part for picture in pixels for part in (gap, picture)]
    return np.concatenate(parts[1:], axis=1)


def _table(table: Table | None) -> Markup | None:
    if table is None:
        return None
    rows = [
        tag("tr", tag("th", row[0], scope="row"), [tag("td", tag("span", cell, class_="number")) for cell in row[1:]])
        for row in table.rows
    ]
    top = tag("thead", tag("tr", [tag("th", told, scope="col") for told in table.heads]))
    return tag("div", tag("table", top, tag("tbody", rows), class_="plain"), class_="scroll block", tabindex="0")


def _label(label: Mapping[str, str]) -> Markup:
    entries = [(tag("dt", key), tag("dd", value)) for key, value in label.items()]
    return tag("section", tag("h2", phrase("page.label")), tag("p", phrase("page.label_lead"), class_="lead"),
               tag("dl", entries), id="label")  # fmt: skip
