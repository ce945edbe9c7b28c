"""Documents are read in the encoding they are in; what is no text is refused."""

import pytest

from genloop.core.errors import DataError
from genloop.files.texts import spelling

SIMPLIFIED = "这家酒店的早餐很好，服务也不错，前台小姐很热情。"
TRADITIONAL = "這家酒店的早餐很好，服務也不錯，櫃檯小姐很熱情。"


@pytest.mark.parametrize(
    ("text", "encoding", "shown"),
    [
        (SIMPLIFIED, "utf-8", None),
        (SIMPLIFIED, "gb18030", "GB18030"),
        (SIMPLIFIED, "gb2312", "GB18030"),
        (TRADITIONAL, "big5", "Big5"),
        (TRADITIONAL, "gb18030", "GB18030"),
        (SIMPLIFIED, "utf-16", "UTF-16 with a byte-order mark"),
        (SIMPLIFIED, "utf-16-le", "UTF-16"),
        (SIMPLIFIED, "utf-16-be", "UTF-16"),
        ("hello\nworld", "utf-16-be", "UTF-16"),
        (SIMPLIFIED, "utf-8-sig", "UTF-8 with a byte-order mark"),
        (SIMPLIFIED, "utf-32", "utf-32-le with a byte-order mark"),
        ("Café très bon, déjà vu à l’hôtel", "cp1252", "guessed as Windows-1252"),
    ],
)
def test_a_document_is_read_in_the_encoding_it_is_in(text, encoding, shown):
    assert spelling.read(text.encode(encoding)) == (text, shown)


def test_a_named_encoding_is_tried_first():
    assert spelling.read("Żółw".encode("cp1250"), "cp1250") == ("Żółw", "cp1250")
    assert spelling.read(b"plain", "utf8") == ("plain", None)
    assert spelling.read(b"plain", "no-such") == spelling.read(b"plain", "base64") == ("plain", None)
    assert spelling.read(SIMPLIFIED.encode(), "idna") == (SIMPLIFIED, None)


@pytest.mark.parametrize("name", ["iso-8859-1", "ISO8859-1", "latin1"])
def test_latin_1_is_read_as_browsers_do(name):
    assert spelling.read("it’s “café”…".encode("cp1252"), name) == ("it’s “café”…", "Windows-1252")
    assert spelling.read(b"caf\xe9 \x81", name) == ("café \x81", "iso8859-1")


def test_a_few_damaged_bytes_are_replaced_and_counted():
    text, note = spelling.read((SIMPLIFIED * 3).encode() + b"\xff\xfe!")
    assert text == SIMPLIFIED * 3 + "\ufffd\ufffd!" and note == "UTF-8 with 2 damaged characters, read as U+FFFD"


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (bytes(range(256)) * 4, "binary, whatever its name: expected text$"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(100), "found a PNG picture"),
        (b"\x7fELF\x02\x01\x01" + bytes(64), "found a program"),
        (b"\x81\x8d\x8f\x90\x9d" * 20, "neither UTF-8, UTF-16, GB18030, Big5 nor Windows-1252"),
    ],
)
def test_what_is_no_text_is_refused(data, says):
    with pytest.raises(DataError, match=says):
        spelling.read(data)
