"""The card as one self-contained page: styles, scripts, charts and both languages inside, the network forbidden.

The page's Content-Security-Policy lets run only the scripts whose SHA-256 stands in it, so that text from the data
could not run even if it slipped past the escaping; Vega evaluates its expressions without `eval`.
"""

from functools import cache
from typing import TYPE_CHECKING

from genloop.core.lazy import Lazy
from genloop.reports import saying, sentence
from genloop.reports.card import CardData
from genloop.reports.drawings import Page
from genloop.reports.frame import asset, data, head, script, switch
from genloop.reports.making import write_making
from genloop.reports.markup import Markup, tag, write
from genloop.reports.pictures.drawings import write_gallery
from genloop.reports.pictures.refining import write_refining
from genloop.reports.sections import light, write_section
from genloop.reports.texts import Language, Words, group, phrase
from genloop.reports.verdict import SECTIONS, Verdict, judge
from genloop.reports.writing.samples import write_samples

if TYPE_CHECKING:
    import vl_convert
else:
    vl_convert = Lazy("vl_convert")

_GLOBALS = "window.vegaEmbed = vegaEmbed;"


def render(card: CardData, *, lang: Language = "en") -> str:
    """The whole page as HTML text; `lang` is the language it opens in until the reader chooses one."""
    verdict, page = judge(card), Page()
    shown = [name for name in SECTIONS if card.of(name) or not (name == "safety" or card.pictured or card.prose)]
    body = write(
        tag("a", phrase("page.skip"), class_="skip", href="#verdict"),
        _header(card),
        tag(
            "main",
            _verdict(card, verdict),
            _contents(shown, verdict),
            write_gallery(page, card),
            write_refining(card),
            write_samples(card),
            [write_section(page, card, verdict, name) for name in shown],
            write_making(card),
            _reading(),
        ),
        tag("footer", phrase("page.footer")),
    )
    scripts = [_bundle(), asset("card.js")]
    blocks = [data("charts", page.to_dict()), data("words", _words()), *(script(text) for text in scripts)]
    title = Words(*(f"{card.title} · {phrase('page.card')[lang]}" for lang in ("en", "zh")))
    top = head(title, scripts)
    return "<!doctype html>\n" + tag(
        "html", top, tag("body", body, blocks), lang="en" if lang == "en" else "zh-Hans", data_lang=lang
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
    return tag(
        "header",
        tag("p", tag("b", "genloop"), " ", phrase("page.card"), class_="mark"),
        switch(),
        tag("h1", card.title),
        tag("ul", [tag("li", fact) for fact in facts], class_="facts"),
    )


def _verdict(card: CardData, verdict: Verdict) -> Markup:
    more = saying.besides(card, verdict)
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
        tag("p", sentence.join(saying.clauses(card, verdict)), class_="sentence"),
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


@cache
def _bundle() -> str:
    """Vega, Vega-Lite and Vega-Embed as one script, from vl-convert; safe inside a script element."""
    return (
        str(vl_convert.javascript_bundle(_GLOBALS))
        .replace("</script", "<\\/script")
        .replace("<!--", "<\\!--")
        .replace("\r", "")
    )
