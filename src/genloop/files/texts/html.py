"""Web pages as text: what a reader came for, without scripts, menus, footers and cookie notes.

One pass over the page without recursion, linear in its length: neither a million nested tags, nor a million open ones,
nor a comment that never ends costs more than its bytes. Blocks that are mostly links are menus (Kohlschütter et al.
2010, "Boilerplate detection using shallow text features": link density).
"""

import html
import re
from dataclasses import dataclass, field

_BLOCKS = frozenset(
    re.findall(
        r"\w+",
        "address article blockquote body br caption center dd div dl dt fieldset figcaption figure h1 h2 h3 h4 h5 h6 hr"
        " html li main ol option p pre section summary details table tbody td th thead tr ul",
    )
)
_RAW = frozenset({"script", "style", "noscript", "textarea", "template", "svg", "math", "iframe", "object", "select"})
_AROUND = frozenset({"nav", "header", "footer", "aside", "form", "button", "menu", "dialog"})
_PLACES = frozenset({"section", "h1", "h2", "h3", "h4", "h5", "h6"})
_ARTICLE = frozenset({"article", "main"})
_VOID = frozenset(re.findall(r"\w+", "area base br col embed hr img input link meta source track wbr"))
_NAMED = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navigation|menu|breadcrumbs?|footer|sidebar|cookies?|consent|gdpr|share|social|advert|ads"
    r"|banner|pagination|related|comments?|copyright|skip[\w-]*|popup|modal)(?:$|[\s_-])", re.I
)  # fmt: skip
_BESIDE = re.compile(r"(?<!\S)(?:has|with|without|no|is)[_-]\S*", re.I)  # has-sidebar is what stands beside one
_TAG = re.compile(r"""<(/?)([A-Za-z][A-Za-z0-9:-]{0,30})((?:[^<>"']|"[^"<]*"|'[^'<]*')*)>""")
_ATTRIBUTE = re.compile(r"""(?<![\w-])(class|id|role|hidden|aria-hidden)(?:\s*=\s*("[^"]*"|'[^']*'|[^\s>]+))?""", re.I)
_LONGEST_TAG = 1 << 13
_CHARSET = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?\s*([A-Za-z0-9_-]{2,20})""", re.I)
_MOST_LINKS, _MENU = 0.6, 200  # the share of linked characters, and the longest block, of a menu
_LEFT = 0.2  # where names leave a smaller share, and no more than a menu, they are not believed


@dataclass
class _Page:
    """The blocks so far: the pieces of the open one, how many of its characters are links, and whether lines count."""

    blocks: list[str] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    linked: int = 0
    links: int = 0
    articles: int = 0
    lines: bool = False
    told: bool = False  # whether a block stands in what the page itself calls its article

    def add(self, text: str) -> None:
        """More text of the open block."""
        self.pieces.append(text)
        self.linked += len(text.strip()) if self.links > 0 else 0

    def close(self, *, kept: bool) -> None:
        """Ends the open block."""
        text = html.unescape("".join(self.pieces))
        text = text.strip("\n") if self.lines else re.sub(r"[ \t\r\f\v\n\xa0]+", " ", text).strip()
        menu = len(text) <= _MENU and self.linked > _MOST_LINKS * max(len(text), 1)
        if text.strip() and not (menu and not kept):
            self.blocks.append(text)
            self.told |= self.articles > 0
        self.pieces, self.linked = [], 0


def read(page: str) -> tuple[str, str | None]:
    """The text of a page, blocks apart by empty lines, and its title; all blocks where none is left without menus.

    What classes and ids call menus, comments and the like is left out, unless next to nothing is left then.
    """
    found, told = _blocks(page)
    if len(found) <= _MENU and not told:
        more, _ = _blocks(page, names=False)
        found = more if len(found) < _LEFT * len(more) else found
    return found or fragment(page), _title(page)


def fragment(part: str) -> str:
    """The text of a piece of a page, menus and all: it was put there on purpose."""
    return _blocks(part, whole=True)[0]


def charset(data: bytes) -> str | None:
    """The encoding that a page says it is in."""
    found = _CHARSET.search(data[:4096])
    return found[1].decode("ascii").lower() if found else None


def _title(page: str) -> str | None:
    begin = re.search(r"<title[^<>]{0,200}>", page[: 1 << 16], re.I)
    if begin is None:
        return None
    text = re.sub(r"\s+", " ", html.unescape(page[begin.end() : begin.end() + 1000].split("<")[0])).strip()
    return text or None


def _blocks(page: str, *, whole: bool = False, names: bool = True) -> tuple[str, bool]:
    """The kept blocks, and whether any is in the article; `whole` keeps menus and what lies around it too."""
    state, at, lower = _Page(), 0, page.lower()
    skipped: tuple[str, int] | None = None  # the element that is passed over, and how deep it lies in itself
    while (begin := page.find("<", at)) >= 0:
        if skipped is None:
            state.add(page[at:begin])
        if page.startswith("<!--", begin):
            at = _after(page, "-->", begin)
            continue
        tag = _TAG.match(page, begin, begin + _LONGEST_TAG)
        if tag is None:
            at = _odd(page, begin)
            if at == begin + 1 and skipped is None:
                state.add("<")
            continue
        closing, name, rest = bool(tag[1]), tag[2].lower(), tag[3]
        at = tag.end()
        if skipped is not None:
            skipped = _deeper(skipped, closing, name)
        elif not closing and name in _RAW:
            at = _after(page, ">", _after(lower, f"</{name}", at))
        elif not (closing or whole or name in _VOID or rest.endswith("/")) and _is_around(
            name, rest, state.articles, names=names
        ):
            state.close(kept=whole)
            skipped = (name, 1)
        else:
            _tell(state, name, closing, whole)
    if skipped is not None:
        return "", False  # what is passed over never ends: no telling where the text begins again
    state.add(page[at:])
    state.close(kept=whole)
    return "\n\n".join(state.blocks), state.told


def _tell(state: _Page, name: str, closing: bool, whole: bool) -> None:
    """What a tag means for the text."""
    if name == "a":
        state.links = max(state.links + (-1 if closing else 1), 0)
    elif name in _BLOCKS:
        state.articles = max(state.articles + (-1 if closing else 1), 0) if name in _ARTICLE else state.articles
        state.close(kept=whole or name in ("h1", "h2", "h3", "p"))
        state.lines = not closing if name == "pre" else state.lines
    elif name in ("title", "head"):
        state.pieces, state.linked = [], 0


def _deeper(skipped: tuple[str, int], closing: bool, name: str) -> tuple[str, int] | None:
    if name != skipped[0]:
        return skipped
    depth = skipped[1] + (-1 if closing else 1)
    return (name, depth) if depth else None


def _is_around(name: str, rest: str, articles: int, *, names: bool) -> bool:
    """Whether an element lies around the article: by its kind, its names, or because it is hidden.

    The id of a heading, a section or anything in the article is a place in the text that links lead to.
    """
    if name in _AROUND:
        return name != "header" or not articles
    if name in ("html", "body", "article", "main") or not rest:
        return False
    said = {key.lower(): value.strip("\"'") for key, value in _ATTRIBUTE.findall(rest)}
    if "hidden" in said or said.get("aria-hidden") == "true" or said.get("role") in ("navigation", "banner", "dialog"):
        return True
    called = "" if articles or name in _PLACES else said.get("id", "")
    return names and bool(_NAMED.search(_BESIDE.sub("", said.get("class", ""))) or _NAMED.search(called))


def _after(page: str, end: str, begin: int) -> int:
    """The place after the next `end`; the page's own where there is none."""
    found = page.find(end, begin)
    return len(page) if found < 0 else found + len(end)


def _odd(page: str, begin: int) -> int:
    """Where reading goes on at a `<` that begins no tag: after a declaration, or after the sign itself."""
    if page.startswith(("<!", "<?"), begin):
        found = page.find(">", begin, begin + _LONGEST_TAG)
        return found + 1 if found >= 0 else begin + 2
    return begin + 1
