"""PDF files as text: the words of its pages, without the lines that stand at the edge of most of them."""

import io
import logging
import re
from collections import Counter
from itertools import pairwise
from types import ModuleType
from typing import Any

from genloop.core import extras
from genloop.core.errors import DataError

MOST_PAGES = 5_000
_EDGE = 2  # lines at the top and at the bottom of a page that may be its header and footer
_OFTEN = 0.5  # the share of pages from which such a line is one
_ENDS = re.compile(r"[.!?:;。！？：；…”」』)\]）】]\s*$")
_WIDE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]")


def read(data: bytes) -> tuple[str, str | None]:
    """The text and the title among the properties.

    Raises:
        DataError: it is damaged, needs a password, has too many pages, or has pictures of text only.
        MissingExtra: the `pypdf` package is not installed.
    """
    package = _package()
    try:
        reader = package.PdfReader(io.BytesIO(data))
        if reader.is_encrypted and not reader.decrypt(""):
            raise DataError("a PDF with a password; save it without one")
        if len(reader.pages) > MOST_PAGES:
            raise DataError(f"a PDF of {len(reader.pages):,} pages; at most {MOST_PAGES:,} are read")
        pages = [page.extract_text() for page in reader.pages]
        title = _title(reader)
    except DataError:
        raise
    except Exception as error:  # a parser of foreign bytes fails in any way there is
        raise DataError(f"damaged PDF: {type(error).__name__}: {error}"[:200]) from error
    text = "\n\n".join(filter(None, map(_joined, _bare(pages))))
    if not text.strip():
        count = len(pages)
        raise DataError(f"a PDF without text ({count} scanned page{'s' * (count != 1)}?); run text recognition first")
    return text, title


def _title(reader: Any) -> str | None:
    found = reader.metadata.title if reader.metadata is not None else None
    title = " ".join(str(found).split()) if found else ""
    return (
        title
        if title and not re.fullmatch(r"untitled|(?:Microsoft Word - )?\S+\.(?:docx?|pdf|tex|indd)", title, re.I)
        else None
    )


def _bare(pages: list[str]) -> list[list[str]]:
    """The lines of each page without those at its edges that most pages have, page numbers whatever they count."""
    split = [[line.strip() for line in page.replace("\x00", "").splitlines() if line.strip()] for page in pages]
    seen: Counter[str] = Counter()
    for lines in split:
        seen.update({_shape(line) for line in (*lines[:_EDGE], *lines[-_EDGE:])})
    often = {shape for shape, count in seen.items() if count >= max(3, _OFTEN * len(split))}
    for lines in split:
        for _ in range(_EDGE):
            if lines and _shape(lines[0]) in often:
                lines.pop(0)
            if lines and _shape(lines[-1]) in often:
                lines.pop()
    return split


def _shape(line: str) -> str:
    return re.sub(r"\d+", "0", line)


def _joined(lines: list[str]) -> str:
    """Lines put together to paragraphs: one that reaches the usual width and ends no sentence goes on in the next."""
    if not lines:
        return ""
    usual = sorted(map(len, lines))[len(lines) * 3 // 4]
    text = lines[0]
    for before, line in pairwise(lines):
        if len(before) < 0.7 * usual or _ENDS.search(before):
            text += "\n" + line
        elif before.endswith("-") and before[-2:-1].isalpha() and line[:1].islower():
            text = text[:-1] + line
        else:
            text += ("" if _WIDE.match(before[-1]) and _WIDE.match(line[0]) else " ") + line
    return text


def _package() -> ModuleType:
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)  # what it finds odd is said in our own notes
    return extras.load("pypdf", "reading PDF files", "text")
