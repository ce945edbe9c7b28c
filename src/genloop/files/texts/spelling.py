"""The bytes of a document as text: marked or not, UTF-8, UTF-16, GB18030, Big5, Windows-1252; binary is refused.

Several legacy encodings often fit the same bytes; that one is taken whose text has the most common Chinese characters.
"""

import codecs
import re
from collections import Counter

from genloop.core.errors import DataError
from genloop.files.texts import language

MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SHOWN = {"gb18030": "GB18030", "big5hkscs": "Big5", "cp1252": "Windows-1252", "utf-8": "UTF-8"}
_CHINESE = ("gb18030", "big5hkscs", "utf-16-le", "utf-16-be")
_LOOKED_AT = 1 << 16
_MOSTLY = 0.3  # the share of common characters from which a text is Chinese
_CONTROL = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f]")
_TOLD, _RARE = 0.9, 0.05  # shares of pairs of bytes in two blocks of letters, and of zeros that name no block
_SUSPECT = 0.02  # the share of control bytes from which a file is binary


def read(data: bytes, named: str | None = None) -> tuple[str, str | None]:
    """The text, and the encoding where it is worth a note; `named` is tried first.

    Raises:
        DataError: the bytes are no text.
    """
    for mark, name in MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(name, "replace"), f"{_show(name)} with a byte-order mark"
    for name in _meant(named):
        if (found := _strict(data, name)) is not None:
            return found, None if name == "utf-8" else _show(name)
    if (found := wide(data)) is not None:
        return data.decode(found, "replace"), _show(found)
    if _is_plain(data):
        if (found := _strict(data, "utf-8")) is not None:
            return found, None
        return _legacy(data)
    raise DataError(_binary(data))


def wide(data: bytes) -> str | None:
    """UTF-16 without a mark, where bytes that no plain text has are that: letters of few alphabets, or Chinese."""
    if _is_plain(data):
        return None
    for name, first in (("utf-16-le", 1), ("utf-16-be", 0)):
        if _is_alphabetic(data[: _LOOKED_AT & ~1], first):
            return name
    chinese = _chinese(data)
    return chinese if chinese is not None and chinese.startswith("utf-16") else None


def _is_plain(data: bytes) -> bool:
    """Whether there is no zero, and hardly another byte that controls."""
    return b"\0" not in data and len(_CONTROL.findall(data[:_LOOKED_AT])) <= _SUSPECT * min(len(data), _LOOKED_AT)


def _legacy(data: bytes) -> tuple[str, str | None]:
    """Damaged UTF-8, a Chinese encoding, or Windows-1252."""
    lenient = data.decode("utf-8", "replace")
    damaged = lenient.count("\ufffd")
    if sum(letter > "\x7f" for letter in lenient) - damaged > 9 * damaged:
        return lenient, f"UTF-8 with {damaged} damaged characters, read as U+FFFD"
    chinese = _chinese(data)
    if chinese is not None:
        return data.decode(chinese, "replace"), _show(chinese)
    if (found := _strict(data, "cp1252")) is not None and found.isprintable() | ("\n" in found):
        return found, "guessed as Windows-1252"
    raise DataError("the bytes are neither UTF-8, UTF-16, GB18030, Big5 nor Windows-1252; save the file as UTF-8")


def _chinese(data: bytes) -> str | None:
    """The encoding in which the beginning reads as Chinese, the one with the most common characters."""
    part = data[:_LOOKED_AT]
    shares = {}
    for name in _CHINESE:
        text = part.decode(name, "replace")
        if text.count("\ufffd") <= 1 + 0.01 * len(text):
            shares[name] = language.common(text)
    best = max(shares, key=lambda name: shares[name], default=None)
    return best if best is not None and shares[best] >= _MOSTLY else None


def _meant(named: str | None) -> tuple[str, ...]:
    """The encodings that a name may mean: as browsers do, Latin-1 is first read as Windows-1252 (WHATWG Encoding)."""
    try:
        name = codecs.lookup(named or "").name
    except LookupError:
        return ()
    return ("cp1252", name) if name == "iso8859-1" else (name,)


def _strict(data: bytes, name: str) -> str | None:
    try:
        return data.decode(name)
    except (UnicodeError, LookupError):  # base64 and idna are codecs, and no encodings of texts
        return None


def _is_alphabetic(head: bytes, first: int) -> bool:
    """Whether every second byte, from the `first` on, names the Latin block of letters (zero) or one other."""
    blocks, letters = Counter(head[first::2]), head[1 - first :: 2]
    latin = blocks.pop(0, 0)
    told = latin + max(blocks.values(), default=0)
    return told >= _TOLD * len(letters) > 1 and latin > 0 and letters.count(0) <= _RARE * len(letters)


def _binary(data: bytes) -> str:
    kinds = {
        b"\x89PNG": "a PNG picture",
        b"\xff\xd8\xff": "a JPEG picture",
        b"GIF8": "a GIF picture",
        b"PK": "a zip archive",
        b"\x1f\x8b": "a gzip archive",
        b"\x7fELF": "a program",
        b"MZ": "a program",
        b"SQLite": "a database",
    }
    found = next((what for start, what in kinds.items() if data.startswith(start)), None)
    return "binary, whatever its name: expected text" + (f", found {found}" if found else "")


def _show(name: str) -> str:
    return "UTF-16" if name.startswith("utf-16") else _SHOWN.get(name, name)
