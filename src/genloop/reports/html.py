"""The card as one self-contained page: styles, scripts, charts and both languages inside, the network forbidden.

The page's Content-Security-Policy lets run only the scripts whose SHA-256 stands in it, so that text from the data
could not run even if it slipped past the escaping; Vega evaluates its expressions without `eval`.
"""

import base64
import hashlib
import json
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

from genloop.core.lazy import Lazy
from genloop.reports import sentence
from genloop.reports.card import CardData, plain
from genloop.reports.drawings import Page
from genloop.reports.making import write_making
from genloop.reports.markup import Markup, tag, write
from genloop.reports.pictures import verdict as gallery
from genloop.reports.pictures.drawings import write_gallery
from genloop.reports.sections import light, write_section
from genloop.reports.texts import Language, Words, group, phrase
from genloop.reports.verdict import SECTIONS, Verdict, judge

if TYPE_CHECKING:
    import vl_convert
else:
    vl_convert = Lazy("vl_convert")

_LINE_ENDS = "\u2028\u2029"
_GLOBALS = "window.vegaEmbed = vegaEmbed;"


def render(card: CardData, *, lang: Language = "en") -> str:
    """The whole page as HTML text; `lang` is the language it opens in until the reader chooses one."""
    verdict, page = judge(card), Page()
    shown = [name for name in SECTIONS if card.of(name) or not (name == "safety" or card.pictured)]
    body = write(
        tag("a", phrase("page.skip"), class_="skip", href="#verdict"),
        _header(card),
        tag(
            "main",
            _verdict(card, verdict),
            _contents(shown, verdict),
            write_gallery(page, card),
            [write_section(page, card, verdict, name) for name in shown],
            write_making(card),
            _reading(),
        ),
        tag("footer", phrase("page.footer")),
    )
    scripts = [_bundle(), _asset("card.js")]
    blocks = [_data("charts", page.to_dict()), _data("words", _words()), *(_script(text) for text in scripts)]
    head = _head(card, scripts)
    return "<!doctype html>\n" + tag(
        "html", head, tag("body", body, blocks), lang="en" if lang == "en" else "zh-Hans", data_lang=lang
    )


def _head(card: CardData, scripts: list[str]) -> Markup:
    allowed = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in scripts)
    policy = (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; connect-src 'none'; "
        "base-uri 'none'; form-action 'none'"
    )
    title = Words(*(f"{card.title} · {phrase('page.card')[lang]}" for lang in ("en", "zh")))
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", title.en, data_en=title.en, data_zh=title.zh),
        tag("style", Markup(_asset("card.css"))),
    )


def _header(card: CardData) -> Markup:
    facts = [
        phrase(f"page.{name}_{'pictures' if card.pictured else 'rows'}", count=f"{card.rows[name]:,}")
        for name in ("made", "train", "holdout")
        if card.rows.get(name)
    ]
    compared = card.rows.get("compared")
    if compared and compared != card.rows.get("train"):
        facts.append(phrase(f"page.compared_{'pictures' if card.pictured else 'rows'}", count=f"{compared:,}"))
    if card.created:
        facts.append(phrase("page.created", when=card.created[:16].replace("T", " ")))
    buttons = [
        tag("button", text, type="button", data_set_lang=lang, aria_pressed="false", lang=code)
        for lang, code, text in (("en", "en", "English"), ("zh", "zh-Hans", "中文"))
    ]
    return tag(
        "header",
        tag("p", tag("b", "genloop"), " ", phrase("page.card"), class_="mark"),
        tag("div", *buttons, class_="switch", role="group", aria_label=phrase("page.language")),
        tag("h1", card.title),
        tag("ul", [tag("li", fact) for fact in facts], class_="facts"),
    )


def _verdict(card: CardData, verdict: Verdict) -> Markup:
    words = gallery if card.pictured else sentence
    more = words.besides(card, verdict)
    uses = [
        tag(
            "li",
            tag("span", phrase(f"use.{use}"), class_="use"),
            light(level, "share" if use == "sharing" else "level"),
        )
        for use, level in verdict.uses.items()
    ]
    return tag(
        "section",
        tag("h2", phrase("page.verdict"), class_="quiet"),
        tag("p", sentence.join(words.clauses(card, verdict)), class_="sentence"),
        tag("p", sentence.join(more), class_="besides") if more else None,
        tag("ul", uses, class_="uses"),
        id="verdict",
        class_=f"verdict level-{verdict.overall}",
    )


def _contents(shown: list[str], verdict: Verdict) -> Markup:
    links = [
        tag("a", tag("i", class_=f"lamp {verdict.sections[name]}"), phrase(f"section.{name}"), href=f"#{name}")
        for name in shown
    ]
    links.append(tag("a", phrase("page.making"), href="#making"))
    return tag("nav", *links, aria_label=phrase("page.sections"))


def _reading() -> Markup:
    points = [tag("li", phrase(f"page.reading_{number}")) for number in (1, 2, 3)]
    return tag("section", tag("h2", phrase("page.reading")), tag("ul", points), id="reading")


def _words() -> dict[str, dict[str, str]]:
    pairs = group("chart") | {name: group("page")[name] for name in ("learnt_real", "learnt_made")}
    return {name: {"en": en, "zh": zh} for name, (en, zh) in pairs.items()}


def _data(name: str, value: object) -> Markup:
    """JSON in a script element: no `<`, so nothing in it can end the element or open another."""
    text = json.dumps(plain(value), ensure_ascii=False, separators=(",", ":"))
    for character in f"<>&{_LINE_ENDS}":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return tag("script", Markup(text), type="application/json", id=name)


def _script(text: str) -> Markup:
    return tag("script", Markup(text))


@cache
def _asset(name: str) -> str:
    return files("genloop.reports").joinpath(f"assets/{name}").read_text("utf-8").replace("\r\n", "\n")


@cache
def _bundle() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script, from vl-convert; safe inside a script element."""
    return (
        str(vl_convert.javascript_bundle(_GLOBALS))
        .replace("</script", "<\\/script")
        .replace("<!--", "<\\!--")
        .replace("\r", "")
    )
