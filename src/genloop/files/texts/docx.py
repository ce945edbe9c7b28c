"""Word files as text: the paragraphs and tables of the main part, without headers and footers, which are other parts.

Read by expat, element by element. A part that declares a document type (how XML bombs begin), or that unpacks to far
more than a document has, is refused.
"""

import io
import zipfile
import zlib
from dataclasses import dataclass, field
from xml.parsers import expat

from genloop.core.errors import DataError

_WORDS = "http://schemas.openxmlformats.org/wordprocessingml/2006/main "
_STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main "
_FALLBACK = "http://schemas.openxmlformats.org/markup-compatibility/2006 Fallback"  # says again what stood before it
_TITLE = "http://purl.org/dc/elements/1.1/ title"
MOST_BYTES = 256 << 20
_MOST_RATIO, _SMALL = 200, 4 << 20


@dataclass
class _Reading:
    """The paragraphs so far and the open one; `deleted` counts open elements whose text is gone from the document."""

    paragraphs: list[str] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)
    taken: bool = False
    deleted: int = 0
    cells: int = 0
    title: str = ""

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins."""
        match _local(name):
            case "t" | "title":
                self.taken = True
            case "tab":
                self.pieces.append("\t")
            case "br" | "cr":
                self.pieces.append("\n")
            case "tr":
                self.cells += 1
            case "del" | "moveFrom" | "instrText" | "Fallback":
                self.deleted += 1

    def end(self, name: str) -> None:
        """An element ends; a paragraph within a table's row ends a cell."""
        match _local(name):
            case "t" | "title":
                self.taken = False
            case "del" | "moveFrom" | "instrText" | "Fallback":
                self.deleted -= 1
            case "tc":
                self.pieces.append("\t")
            case "tr":
                self.cells -= 1
                self._close()
            case "p" if not self.cells:
                self._close()
            case "p":
                self.pieces.append(" ")

    def data(self, text: str) -> None:
        """Characters."""
        if self.taken and not self.deleted:
            self.pieces.append(text)

    def _close(self) -> None:
        text = "".join(self.pieces).replace(" \t", "\t").strip("\t ")
        self.pieces = []
        if text.strip():
            self.paragraphs.append(text)


def read(data: bytes) -> tuple[str, str | None]:
    """The text, paragraphs apart by empty lines, and the title among the properties.

    Raises:
        DataError: it is no Word file, damaged, encrypted or a bomb.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = set(archive.namelist())
            if "word/document.xml" not in names:
                raise DataError("a zip archive without word/document.xml: no Word file")
            reading = _parse(_part(archive, "word/document.xml"))
            about = _parse(_part(archive, "docProps/core.xml")) if "docProps/core.xml" in names else _Reading()
    except (zipfile.BadZipFile, zlib.error, expat.ExpatError, EOFError, OSError, RuntimeError) as error:
        if isinstance(error, DataError):
            raise
        raise DataError(f"damaged Word file: {error}") from error
    title = " ".join("".join(about.pieces).split())
    return "\n\n".join(reading.paragraphs), title or None


def _part(archive: zipfile.ZipFile, name: str) -> bytes:
    member = archive.getinfo(name)
    if member.flag_bits & 1:
        raise DataError("an encrypted Word file; save it without a password")
    if member.file_size > min(MOST_BYTES, max(_SMALL, _MOST_RATIO * max(member.compress_size, 1))):
        raise DataError(
            f"{name} unpacks from {member.compress_size:,} to {member.file_size:,} bytes, which no document does"
        )
    with archive.open(member) as file:
        return file.read(member.file_size + 1)


def _parse(xml: bytes) -> _Reading:
    reading = _Reading()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler, parser.EndElementHandler = reading.start, reading.end
    parser.CharacterDataHandler = reading.data
    parser.StartDoctypeDeclHandler = _refuse
    parser.Parse(xml, True)
    return reading


def _refuse(*_: object) -> None:
    raise DataError("its XML declares a document type, which no Word file does; the file is refused")


def _local(name: str) -> str:
    """The element's name where it is Word's own, the title, or a repetition; nothing else speaks."""
    if name in (_TITLE, _FALLBACK):
        return name.rpartition(" ")[2]
    for space in (_WORDS, _STRICT):
        if name.startswith(space):
            return name[len(space) :]
    return ""
