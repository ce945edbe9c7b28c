"""The frame of a self-contained page: its head, whose policy lets run only the scripts named by their hash."""

import base64
import hashlib
import json
from functools import cache
from importlib.resources import files

from genloop.reports.card import plain
from genloop.reports.markup import Markup, tag
from genloop.reports.texts import Words, phrase

_LINE_ENDS = "\u2028\u2029"


def head(title: Words, scripts: list[str]) -> Markup:
    """The head of a page of that title, which runs these scripts and no other."""
    allowed = " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(s.encode()).digest()).decode()}'" for s in scripts)
    policy = (
        f"default-src 'none'; script-src {allowed}; style-src 'unsafe-inline'; img-src data:; connect-src 'none'; "
        "base-uri 'none'; form-action 'none'"
    )
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("title", title.en, data_en=title.en, data_zh=title.zh),
        tag("style", Markup(asset("card.css"))),
    )


def switch() -> Markup:
    """The buttons that choose the language."""
    buttons = [
        tag("button", text, type="button", data_set_lang=lang, aria_pressed="false", lang=code)
        for lang, code, text in (("en", "en", "English"), ("zh", "zh-Hans", "中文"))
    ]
    return tag("div", *buttons, class_="switch", role="group", aria_label=phrase("page.language"))


def data(name: str, value: object) -> Markup:
    """JSON in a script element: no `<`, so nothing in it can end the element or open another."""
    text = json.dumps(plain(value), ensure_ascii=False, separators=(",", ":"))
    for character in f"<>&{_LINE_ENDS}":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return tag("script", Markup(text), type="application/json", id=name)


def script(text: str) -> Markup:
    """A script element."""
    return tag("script", Markup(text))


@cache
def asset(name: str) -> str:
    """The text of an asset of the reports."""
    return files("genloop.reports").joinpath(f"assets/{name}").read_text("utf-8").replace("\r\n", "\n")
