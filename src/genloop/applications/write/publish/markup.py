"""The Markdown of a person who edited a draft: as a page shows it, and as a file may hold it.

CommonMark with tables and strikethrough, by `markdown-it-py`; a line's end stays one. HTML in it is text, and links go
to the web or to the site alone. Two asterisks also stress beside full-width punctuation, where CommonMark wants a space
that Chinese does not have.
"""

import re
from functools import cache
from typing import Any

from genloop.applications.write import extras

_STRESS = re.compile(r"\*\*([^*\n]+)\*\*")


def html(text: str) -> str:
    """The text as HTML that is safe to show; its headings stand below the article's own."""
    found: str = _parser().render(text)
    return found


def inert(text: str) -> str:
    """The text for readers that take more: where HTML or a link that runs code would count, the lines' marks do not."""
    lines = text.split("\n")
    for _ in lines:
        live = [token for token in _parser(trusting=True).parse("\n".join(lines)) if _is_live(token)]
        if not live:
            break
        for token in live:
            for number in range(*token.map):
                lines[number] = lines[number].replace("<", "&lt;").replace("[", "&#91;")
    return "\n".join(lines)


def _is_live(token: Any) -> bool:
    parts = token.children or ()
    places = [str(part.attrGet(name)) for part in parts for name in ("href", "src") if part.attrGet(name)]
    return (
        token.type == "html_block"
        or any(part.type == "html_inline" for part in parts)
        or not all(map(_parser().validateLink, places))
    )


@cache
def _parser(*, trusting: bool = False) -> Any:
    package = extras.load("markdown_it")
    parser = package.MarkdownIt("commonmark", {"html": trusting, "breaks": True}).enable(["table", "strikethrough"])
    parser.core.ruler.push("stress", _stress)
    if trusting:
        parser.validateLink = lambda url: True
    return parser


def _stress(state: Any) -> None:
    """Headings moved down, and the asterisks that CommonMark left standing."""
    for token in state.tokens:
        if token.type.startswith("heading_"):
            token.tag = f"h{max(3, int(token.tag[1]))}"
        if token.type == "inline":
            token.children = [part for child in token.children for part in _parts(child)]


def _parts(child: Any) -> list[Any]:
    """The child, cut where two asterisks stand around words."""
    if child.type != "text" or not _STRESS.search(child.content):
        return [child]
    found = []
    for at, part in enumerate(_STRESS.split(child.content)):
        own = child.copy(content=part)
        marks = [child.copy(type=f"strong_{name}", tag="strong", nesting=by, content="") for name, by in _AROUND]
        found += [marks[0], own, marks[1]] if at % 2 else [own]
    return found


_AROUND = (("open", 1), ("close", -1))
