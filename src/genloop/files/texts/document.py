"""One document of any format as plain text: by its ending and its first bytes, with a title where it has one."""

import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from genloop.core.errors import DataError
from genloop.files.texts import docx, html, markdown, pdf, spelling

ENDINGS = (".txt", ".text", ".md", ".markdown", ".rst", ".html", ".htm", ".xhtml", ".pdf", ".docx")
MOST_BYTES = 256 << 20
_PAGE = re.compile(rb"\s*(?:<!doctype html|<html[\s>]|<head[\s>])", re.I)
_SPACE = re.compile(r"[^\S\n]+(?=\n|\Z)")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ufeff\u00ad]")
_BREAK = re.compile(r"\r\n|[\r\v\f\x85\u2028]")


@dataclass(frozen=True)
class Document:
    """A text with lines apart by "\\n", its title and what was worth a note in reading it."""

    text: str
    title: str | None = None
    note: str | None = None


def read(data: bytes, name: str, encoding: str | None = None) -> Document:
    """The document that these bytes of a file of this name are; `encoding` is tried first.

    Raises:
        DataError: the bytes hold no text; the message is the reason and does not name the file.
        MissingExtra: it is a PDF and the `pypdf` package is not installed.
    """
    if not data.strip():
        raise DataError("empty")
    if len(data) > MOST_BYTES:
        raise DataError(f"{len(data) >> 20} MB; a document of at most {MOST_BYTES >> 20} MB is read")
    note = None
    ending = PurePosixPath(name.lower()).suffix
    if data.startswith(b"%PDF-") or ending == ".pdf":
        if b"%PDF-" not in data[:1024]:
            raise DataError("no PDF, whatever its name")
        text, title = pdf.read(data)
    elif ending == ".docx" or (data.startswith(b"PK\x03\x04") and ending in (".doc", ".dotx")):
        text, title = docx.read(data)
    elif data.startswith(b"\xd0\xcf\x11\xe0"):
        raise DataError("an old Word file (.doc); save it as .docx")
    elif data.startswith(b"{\\rtf"):
        raise DataError("rich text (RTF); save it as .docx or .txt")
    else:
        is_page = ending in (".html", ".htm", ".xhtml") or bool(_PAGE.match(data[:1024]))
        spelt, note = spelling.read(data, encoding or (html.charset(data) if is_page else None))
        spelt = spelt.replace("\r\n", "\n").replace("\r", "\n")
        if is_page:
            text, title = html.read(spelt)
        elif ending in (".md", ".markdown"):
            text, title = markdown.read(spelt)
        else:
            text, title = spelt, None
    text = tidy(text)
    if not text:
        raise DataError("no text in it")
    return Document(text, title, note)


def tidy(text: str) -> str:
    r"""The text without control characters, spaces at the ends of lines and more than one empty line in a row.

    Lines end with "\n" after it, however they ended before: so do those of old word processors and of web forms.
    """
    text = _BREAK.sub("\n", text).replace("\u2029", "\n\n")
    text = _SPACE.sub("", _CONTROL.sub("", text))
    return re.sub(r"\n{3,}", "\n\n", text).strip()
