"""Word files, PDFs, pages and plain text become text with a title; what holds none says why."""

import sys

import pytest

from genloop.core.errors import DataError, MissingExtra
from genloop.core.lazy import kept_out
from genloop.files.texts import document

from .conftest import paragraph, pdf_file, word_file


def test_word_paragraphs_tables_and_the_title_are_read_and_deleted_words_are_not():
    body = (
        paragraph("First &amp; foremost")
        + "<w:p><w:r><w:t>kept</w:t><w:tab/><w:t>too</w:t></w:r><w:del><w:r><w:t>gone</w:t></w:r></w:del></w:p>"
        + "<w:tbl><w:tr>"
        + "".join(f"<w:tc>{paragraph(cell)}</w:tc>" for cell in "ab")
        + "</w:tr></w:tbl>"
    )
    found = document.read(word_file(body, title="My title"), "x.docx")
    assert found.text == "First & foremost\n\nkept\ttoo\n\na\tb" and found.title == "My title"


def test_what_a_word_file_says_again_for_older_programs_is_read_once():
    boxed = (
        '<mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">'
        f'<mc:Choice Requires="wps">{paragraph("in a box")}</mc:Choice>'
        f"<mc:Fallback>{paragraph('in a box')}</mc:Fallback></mc:AlternateContent>"
    )
    found = document.read(word_file(f"<w:p><w:r><w:t>before</w:t></w:r></w:p>{boxed}{paragraph('after')}"), "x.docx")
    assert found.text == "before\n\nin a box\n\nafter"


BOMB = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]>'


@pytest.mark.parametrize(
    ("data", "name", "says"),
    [
        (b"", "a.txt", "^empty$"),
        (b" \n\t ", "a.txt", "^empty$"),
        ("\ufeff\n".encode(), "a.txt", "no text in it"),
        (b"<html><script>x</script></html>", "a.html", "no text in it"),
        (b"\xd0\xcf\x11\xe0" + bytes(600), "a.doc", r"an old Word file \(.doc\); save it as .docx"),
        (b"{\\rtf1 hello}", "a.txt", "rich text"),
        (b"hello", "a.pdf", "no PDF, whatever its name"),
        (b"%PDF-1.4 and nothing", "a.pdf", "damaged PDF"),
        (b"PK\x03\x04 broken", "a.docx", "damaged Word file"),
        (word_file(paragraph("x"), head=BOMB), "a.docx", "declares a document type"),
        (word_file("<w:p>"), "a.docx", "damaged Word file: mismatched tag"),
        (word_file(paragraph("a" * 30_000_000)), "a.docx", "unpacks from .* which no document does"),
        (pdf_file([[], []]), "a.pdf", r"a PDF without text \(2 scanned pages\?\); run text recognition first"),
    ],
)
def test_what_holds_no_text_says_why(data, name, says):
    with pytest.raises(DataError, match=says):
        document.read(data, name)


def test_a_zip_archive_that_is_no_word_file_is_refused(tmp_path):
    data = word_file("").replace(b"word/document.xml", b"word/documenx.xml")
    with pytest.raises(DataError, match="no Word file"):
        document.read(data, "a.docx")


def test_pages_of_a_pdf_lose_their_headers_and_numbers_and_lines_are_joined():
    pages = [
        [
            "Annual report 2024",
            f"Words of page {name} go on until the line is full and then",
            f"they end. Next is what {name} said.",
            f"Page {at}",
        ]
        for at, name in enumerate(("one", "two", "three", "four"), 1)
    ]
    found = document.read(pdf_file(pages, title="The year"), "a.pdf")
    assert found.title == "The year"
    assert (
        found.text.split("\n\n")[2]
        == "Words of page three go on until the line is full and then they end. Next is what three said."
    )
    assert "Annual" not in found.text and "Page 3" not in found.text


def test_a_pdf_needs_its_package(monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] == "pypdf"]:
        monkeypatch.delitem(sys.modules, name)
    with kept_out("pypdf"), pytest.raises(MissingExtra, match=r"pip install 'genloop\[text\]'"):
        document.read(pdf_file([["x"]]), "a.pdf")


def test_pages_are_read_in_the_encoding_they_name_and_without_an_ending():
    data = '<!DOCTYPE html><meta charset="gb2312"><title>早餐</title><p>早餐很好</p>'.encode("gb2312")
    assert document.read(data, "page") == document.Document("早餐很好", "早餐", "gb2312")


def test_newlines_controls_and_spaces_at_the_ends_of_lines_are_tidied():
    assert document.tidy("a \r\nb\x00\x0b\r\n\r\n\r\n\r\n\ufeffc\u00ad\t\n") == "a\nb\n\nc"


def test_every_sign_that_ends_a_line_ends_one():
    assert document.tidy("a\u2028b\u2029c\vd\fe\x85f\rg") == "a\nb\n\nc\nd\ne\nf\ng"


def test_emoji_and_rare_characters_stay():
    text = "👩‍👩‍👧‍👦 🎉 𠮷野家 e\u0301"
    assert document.read(text.encode(), "a.txt").text == text
