"""Lines that stand in document after document: menus, headers and footers, and what asks for cookies.

A line at the edge of a document is boilerplate when it stands, numbers aside, at the edge of a good share of all
different documents. A short line that asks to accept cookies is boilerplate anywhere. No document is emptied.
"""

import re
from collections import Counter
from collections.abc import Collection
from hashlib import blake2b

EDGE = 12  # lines at the top and at the bottom of a document that may be boilerplate
SHARE, FEWEST = 0.2, 4  # of the documents, and at least so many of them, in which such a line stands
_LONGEST = 300  # characters of a line that may be boilerplate
_COOKIES = re.compile(
    r"(?:we|this (?:web)?site|our (?:web)?site)[^.]{0,60}\bcookies?\b|accept (?:all )?cookies"
    r"|cookie (?:policy|settings|preferences)|(?:本网站|本站|本網站|我们|我們)[^。]{0,40}cookies?"
    r"|(?:接受|同意|允许|允許)(?:所有|全部)?\s*cookies?|cookies?\s*(?:政策|设置|設定|偏好)",
    re.I,
)


def fit(text: str) -> Counter[bytes]:
    """The hashes of the lines at the edges of one document, numbers aside, each once."""
    lines = [line for line in text.split("\n") if line.strip()]
    edge = (*lines[:EDGE], *lines[-EDGE:])
    return Counter({_shape(line) for line in edge if len(line) <= _LONGEST})


def freeze(counts: Counter[bytes], documents: int) -> frozenset[bytes]:
    """The lines that stand at the edge of enough of so many documents."""
    return frozenset(shape for shape, count in counts.items() if count >= max(FEWEST, SHARE * documents))


def clean(text: str, often: Collection[bytes]) -> tuple[str, int]:
    """The text without boilerplate, and how many lines are gone; a text that is nothing else stays as it is."""
    lines = text.split("\n")
    gone = {place for place, line in enumerate(lines) if len(line) <= _LONGEST and _COOKIES.search(line)}
    filled = [place for place, line in enumerate(lines) if line.strip()]
    for places in (filled, filled[::-1]):
        gone.update(place for place in places[:EDGE] if place in gone or _often(lines[place], often))
    if not gone or len(gone) == len(filled):
        return text, 0
    kept = "\n".join(line for place, line in enumerate(lines) if place not in gone)
    return re.sub(r"\n{3,}", "\n\n", kept).strip("\n"), len(gone)


def _often(line: str, often: Collection[bytes]) -> bool:
    return len(line) <= _LONGEST and _shape(line) in often


def _shape(line: str) -> bytes:
    plain = re.sub(r"\d+", "0", " ".join(line.split()).casefold())
    return blake2b(plain.encode(), digest_size=8).digest()
