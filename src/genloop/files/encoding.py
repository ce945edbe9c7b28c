"""Which bytes spell a text file: byte-order marks, UTF-8, UTF-16, GB18030 (what Excel in China writes), Windows-1252.

The whole file is checked, not its beginning: a file that is ASCII for a gigabyte and GB18030 after it reads right.
"""

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Literal

from genloop.core.errors import DataError
from genloop.files.texts import spelling

_CHUNK = 1 << 22
_SHOWN = {
    "utf-8": "UTF-8",
    "gb18030": "GB18030",
    "cp1252": "Windows-1252",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16",
}


@dataclass(frozen=True)
class Encoding:
    """How to turn the bytes of a file into text: the codec's name, bytes of the mark to skip, what to do on errors."""

    name: str
    mark: int = 0
    errors: Literal["strict", "replace"] = "strict"
    notes: tuple[str, ...] = ()


def open_bytes(path: Path) -> io.BufferedIOBase:
    """The file's bytes, unpacked where its name ends in `.gz`."""
    return gzip.open(path, "rb") if path.suffix.lower() == ".gz" else path.open("rb")


@contextmanager
def unpacking(path: Path) -> Iterator[None]:
    """What the bytes of a `.gz` have wrong is told as a refusal.

    Raises:
        DataError: the file is damaged, cut short or not packed at all.
    """
    try:
        yield
    except (gzip.BadGzipFile, EOFError, zlib.error) as error:
        raise DataError(f"{path} is no readable gzip file (damaged, cut short or not packed?): {error}") from error


def find_encoding(path: Path, named: str | None = None) -> Encoding:
    """The encoding in which the whole file reads, or the one named by the user.

    Raises:
        DataError: no encoding fits, and the message names the file and the line; or it cannot be unpacked.
    """
    with unpacking(path):
        return _found(path, named)


def _found(path: Path, named: str | None) -> Encoding:
    with open_bytes(path) as file:
        head = file.read(1 << 16)
    mark, marked = next(((len(m), name) for m, name in spelling.MARKS if head.startswith(m)), (0, None))
    if named is not None:
        return _named(path, named, mark, marked)
    if marked is not None:
        return _checked(path, Encoding(marked, mark, notes=(f"encoding: {_show(marked)} with a byte-order mark",)))
    if b"\0" in head:
        if (wide := spelling.wide(head)) is not None:
            return _checked(path, Encoding(wide, notes=(f"encoding: {_show(wide)} without a byte-order mark",)))
        raise DataError(
            f"{path} holds zero bytes: expected a text file, found a binary one; is it text, save it as UTF-8"
        )
    if _first_error(path, "utf-8", 0) is None:
        return Encoding("utf-8")
    return _legacy(path)


class Unicode(io.RawIOBase):
    """The bytes of a text file as UTF-8, transcoded while they are read; counts the quote characters that pass."""

    def __init__(self, path: Path, encoding: Encoding, quote: str = '"') -> None:
        self.quotes = 0
        self._quote = quote.encode()
        self._file = open_bytes(path)
        self._file.read(encoding.mark)
        same = encoding.name == "utf-8" and encoding.errors == "strict"
        self._decoder = None if same else codecs.getincrementaldecoder(encoding.name)(encoding.errors)
        self._left = b""

    def readable(self) -> bool:
        """Always true."""
        return True

    def read(self, size: int | None = -1) -> bytes:
        """At most `size` bytes of UTF-8; empty at the end of the file."""
        if size is None or size < 0:
            return b"".join(iter(lambda: self.read(_CHUNK), b""))
        if self._decoder is None:
            part = self._file.read(size)
        else:
            while len(self._left) < size:
                raw = self._file.read(size)
                self._left += self._decoder.decode(raw, final=not raw).encode("utf-8", "replace")
                if not raw:
                    break
            part, self._left = self._left[:size], self._left[size:]
        self.quotes += part.count(self._quote)
        return part

    def close(self) -> None:
        """Closes the file beneath."""
        self._file.close()
        super().close()


def _named(path: Path, named: str, mark: int, marked: str | None) -> Encoding:
    try:
        b"\n".decode(named, "ignore")  # some codecs are of no text: hex, rot13
        name = codecs.lookup(named).name
    except (LookupError, ValueError):
        raise DataError(f"unknown encoding {named!r}; expected a name such as utf-8, gb18030, utf-16, cp1252") from None
    if name in ("utf-16", "utf-32"):
        name = marked if marked is not None and marked.startswith(name) else f"{name}-le"
    name = {"gbk": "gb18030", "gb2312": "gb18030", "utf-8-sig": "utf-8"}.get(name, name)
    mark = mark if name == marked else 0
    return _checked(path, Encoding(name, mark, notes=(f"encoding: {_show(name)}, as asked",)))


def _checked(path: Path, encoding: Encoding) -> Encoding:
    error = _first_error(path, encoding.name, encoding.mark)
    if error is None:
        return encoding
    raise DataError(
        f"{path}: expected {_show(encoding.name)}, but line {error} is not; save the file as UTF-8 or name its encoding"
    )


def _legacy(path: Path) -> Encoding:
    """What a file that is not UTF-8 is: damaged UTF-8, GB18030 or Windows-1252, by what its high bytes look like."""
    damaged, whole = _utf8_damage(path)
    if whole > 9 * damaged:
        line = _first_error(path, "utf-8", 0)
        note = f"encoding: UTF-8 with {damaged} damaged character(s), first in line {line}, read as U+FFFD"
        return Encoding("utf-8", errors="replace", notes=(note,))
    in_gb = _first_error(path, "gb18030", 0)
    if in_gb is None and _looks_chinese(path):
        return Encoding("gb18030", notes=("encoding: GB18030",))
    if _first_error(path, "cp1252", 0) is None:
        note = "encoding: guessed as Windows-1252 (neither UTF-8 nor GB18030 fits); name another if letters look wrong"
        return Encoding("cp1252", notes=(note,))
    line = _first_error(path, "utf-8", 0)
    raise DataError(
        f"{path}: line {line} is neither UTF-8, UTF-16, GB18030 nor Windows-1252; "
        "save the file as UTF-8 or name its encoding"
    )


def _chunks(path: Path) -> Iterator[bytes]:
    with open_bytes(path) as file:
        while chunk := file.read(_CHUNK):
            yield chunk


def _first_error(path: Path, name: str, mark: int) -> int | None:
    """The line of the first byte that does not decode, None when all do."""
    decoder = codecs.getincrementaldecoder(name)("strict")
    line = 1
    for chunk in _chunks(path):
        part, mark = chunk[mark:], 0
        try:
            text = decoder.decode(part)
        except UnicodeDecodeError as error:
            return line + error.object[: error.start].decode(name, "replace").count("\n")
        line += text.count("\n")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return line
    return None


def _utf8_damage(path: Path) -> tuple[int, int]:
    """Characters beyond ASCII that are damaged, and that are whole, when read as UTF-8."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    damaged = whole = 0
    for chunk in chain(_chunks(path), (b"",)):
        text = decoder.decode(chunk, final=not chunk)
        if not text.isascii():
            bad = text.count("\ufffd")
            damaged += bad
            whole += sum(1 for letter in text if letter > "\x7f") - bad
    return damaged, whole


def _looks_chinese(path: Path) -> bool:
    """Whether the pairs of high bytes lie where GB2312 has its characters: accented Latin text seldom pairs up so."""
    inside = pairs = 0
    for chunk in _chunks(path):
        text = chunk.decode("gb18030", "ignore")
        high = [letter.encode("gb18030") for letter in text if letter > "\x7f"]
        pairs += len(high)
        inside += sum(1 for pair in high if len(pair) == 2 and pair[1] >= 0xA1)
        if pairs > 10_000:
            break
    return inside > 0.7 * pairs


def _show(name: str) -> str:
    return _SHOWN.get(name, name)
