"""Folders of documents are tables of texts; what is no document, repeats another or stands in all is left out."""

import re
from pathlib import Path

import pytest

from genloop.core.errors import DataError, SourceNotFound
from genloop.files import read as door
from genloop.files.profile import profile
from genloop.files.texts.folder import Texts, is_texts

from .conftest import paragraph, pdf_file, word_file


def _rows(source):
    return [row for batch in source.batches() for row in batch.to_pylist()]


def test_a_folder_of_documents_is_a_table_of_texts_with_the_sub_folder_as_class(corpus):
    source = door.read(corpus)
    assert isinstance(source, Texts) and source.columns == ["text", "class"]
    assert source.kinds == {"text": "text", "class": "category"}
    rows = _rows(source)
    assert len(rows) == 40 and rows[0]["class"] == "help" and rows[0]["text"].startswith("Story 0 of help: word0help")
    assert source.names[0] == "help/00.txt" and source.notes[0] == "40 documents: 40 .txt"
    again, before = door.reopen(source.describe()), source.fingerprint()
    assert _rows(again) == rows and again.fingerprint() == before
    (corpus / "help" / "00.txt").write_text("other words")
    assert Texts(corpus).fingerprint() != before


def test_every_format_is_read_and_what_is_none_is_passed_over_with_its_reason(tmp_path):
    story = "The {} of the long story was told in the evening by the fire, and nobody slept."
    (tmp_path / "a.md").write_text("---\ntitle: One\n---\n" + story.format("first part"))
    (tmp_path / "b.html").write_text(f"<title>Two</title><p>{story.format('second chapter')}</p>")
    (tmp_path / "c.docx").write_bytes(word_file(paragraph("From Word: a third one, of something else"), title="Three"))
    (tmp_path / "d.pdf").write_bytes(pdf_file([["From a PDF, a fourth text about birds."]]))
    (tmp_path / "e.txt").write_bytes("第五个故事说的是一只猫，它很喜欢吃鱼。".encode("gb18030"))
    (tmp_path / "f.txt").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(200)))
    (tmp_path / "g.pdf").write_bytes(pdf_file([[]]))
    (tmp_path / "h.css").write_text("p{}")
    (tmp_path / "i.txt").write_text("")
    source = door.read(tmp_path)
    assert [row["title"] for row in _rows(source)] == ["One", "Two", "Three", None, None]
    assert source.names == ["a.md", "b.html", "c.docx", "d.pdf", "e.txt"] and source.columns == ["text", "title"]
    assert dict(source.skipped) == {
        "f.txt": "binary, whatever its name: expected text, found a PNG picture",
        "g.pdf": "a PDF without text (1 scanned page?); run text recognition first",
        "h.css": "no document (the ending '.css')",
        "i.txt": "empty",
    }
    assert "encodings: 1 GB18030" in source.notes and any(
        note.startswith("4 files are passed over") for note in source.notes
    )


def test_what_says_the_same_is_left_out_and_said(corpus):
    text = (corpus / "news" / "03.txt").read_text()
    (corpus / "z-same.txt").write_text(text.upper())
    (corpus / "z-near.txt").write_text(text.replace("word30news", "another"))
    source = door.read(corpus)
    assert dict(source.removed) == {"z-near.txt": "nearly equal to news/03.txt", "z-same.txt": "equal to news/03.txt"}
    assert len(_rows(source)) == 40 and "1 exact and 1 near duplicates are left out" in source.notes


def test_lines_that_stand_in_document_after_document_are_left_out(corpus):
    for path in corpus.rglob("*.txt"):
        path.write_text(
            f"Home | About | Contact\n\n{path.read_text()}\nWe use cookies to improve this site.\n\n(c) 2024"
        )
    source = door.read(corpus)
    assert all(row["text"].startswith("Story") and row["text"].endswith(".") for row in _rows(source))
    assert "boilerplate left out: 120 lines (repeated edges, cookie notes) of 40 documents" in source.notes


def test_one_document_repeated_is_one_document_and_its_paragraphs_are_the_rows(tmp_path):
    for at in range(5):
        (tmp_path / f"{at}.txt").write_text("The first paragraph.\n\nThe second one.\n\nThe third.")
    source = door.read(tmp_path)
    assert [row["text"] for row in _rows(source)] == ["The first paragraph.", "The second one.", "The third."]
    assert "one document only: its 3 passages are the rows" in source.notes
    assert "4 exact and 0 near duplicates are left out" in source.notes


def test_long_documents_are_cut_into_parts(corpus):
    (corpus / "long.txt").write_text("A sentence of its own. " * 3_000)
    source = door.read(corpus)
    assert source.names.count("long.txt") == 4 and max(len(row["text"]) for row in _rows(source)) <= 20_000
    assert "1 document beyond 20,000 characters is cut into parts" in source.notes


def test_single_documents_are_read_by_their_passages(tmp_path):
    (tmp_path / "novel.txt").write_bytes("第一段说早餐。\n\n第二段说晚餐。\n".encode("utf-16"))
    (tmp_path / "page.html").write_text("<p>one</p><p>two</p>")
    (tmp_path / "line.txt").write_text("早餐很好。" * 100_000)
    (tmp_path / "emoji.txt").write_text("🎉🎉\n\n😀")
    assert [row["text"] for row in _rows(door.read(tmp_path / "novel.txt"))] == ["第一段说早餐。", "第二段说晚餐。"]
    assert [row["text"] for row in _rows(door.read(tmp_path / "page.html"))] == ["one", "two"]
    line = door.read(tmp_path / "line.txt")
    assert len(_rows(line)) == 500 and line.describe()["kind"] == "file"
    assert [row["text"] for row in _rows(door.read(tmp_path / "emoji.txt"))] == ["🎉🎉", "😀"]


@pytest.mark.parametrize(
    ("content", "rows"),
    [
        ("a,b\n1,2\n3,4\n", [{"a": "1", "b": "2"}, {"a": "3", "b": "4"}]),
        ("size\n1\n2\n", [{"size": "1"}, {"size": "2"}]),
        ("order\n" + "".join(f"A-{at:04d}\n" for at in range(20)), [{"order": f"A-{at:04d}"} for at in range(20)]),
        ("2024-01-05 10:00\n" * 9, [{"column_1": "2024-01-05 10:00"}] * 9),
        ("answer\n" + "yes\nno\n" * 9, [{"answer": answer} for answer in ("yes", "no") * 9]),
        ('name\tnote\nx\t"A long note, with commas. And sentences."\ny\t"Another long note."\n', None),
    ],
)
def test_text_files_that_are_tables_stay_tables(tmp_path, content, rows):
    (tmp_path / "t.txt").write_text(content)
    source = door.read(tmp_path / "t.txt")
    assert not isinstance(source, Texts)
    assert rows is None or _rows(source) == rows


SHORT = {
    "emoji": ["".join("😀🎉🚀🍀"[(at >> two) % 4] for two in (0, 2, 4, 1)) for at in range(60)],
    "words": [f"{first}{second}" for first in "abcdef" for second in ("pple", "bout", "rown", "lide")] * 3,
    "chinese": ["很好", "房间不错", "早餐一般", "下次还来", "太吵"] * 12,
    "names": ["Emma Stone", "Olivia", "Ava May", "Mia", "Noah", "Liam", "Ada", "Ines", "Tom", "Uwe", "Zoe", "Ian"],
    "commas": ["很好，下次还来", "一般", "早餐，房间", "太吵"] * 9,
}


@pytest.mark.parametrize("lines", SHORT.values(), ids=SHORT)
def test_short_lines_of_a_text_file_are_texts_the_first_among_them(tmp_path, lines):
    (tmp_path / "t.txt").write_text("\n".join(lines) + "\n", "utf-8")
    source = door.read(tmp_path / "t.txt")
    assert _rows(source) == [{"text": line} for line in lines]
    assert profile(source)["text"].kind == "text"


def test_one_sentence_is_read_and_a_named_header_makes_it_a_table(tmp_path):
    (tmp_path / "one.txt").write_text("Hello, world. This is all.")
    assert _rows(door.read(tmp_path / "one.txt")) == [{"text": "Hello, world. This is all."}]
    assert not isinstance(door.read(tmp_path / "one.txt", header=False), Texts)


def test_a_folder_or_file_without_text_says_what_was_expected_and_found(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "a.md").write_text("\n")
    with pytest.raises(DataError, match=r"no document with text in .*docs: expected .txt, .* found 1 empty"):
        door.read(tmp_path / "docs")
    with pytest.raises(DataError, match=r"scan.pdf: a PDF without text"):
        (tmp_path / "scan.pdf").write_bytes(pdf_file([[]]))
        door.read(tmp_path / "scan.pdf")
    with pytest.raises(DataError, match="binary"):
        (tmp_path / "b.txt").write_bytes(bytes(range(256)) * 9)
        door.read(tmp_path / "b.txt")
    with pytest.raises(SourceNotFound, match="no file"):
        door.read(tmp_path / "none.md")


def test_captions_beside_pictures_do_not_make_a_folder_of_documents(tmp_path):
    for at in range(3):
        (tmp_path / f"{at}.png").write_bytes(b"\x89PNG")
        (tmp_path / f"{at}.txt").write_text("a cat")
    (tmp_path / "README.md").write_text("cats")
    assert not is_texts(tmp_path)
    for at in range(4):
        (tmp_path / f"story{at}.txt").write_text("a story")
    assert is_texts(tmp_path)


def test_the_page_on_documents_shows_what_runs(corpus, monkeypatch, capsys):
    page = Path(__file__).parents[4] / "docs" / "how-to" / "documents.md"
    code = re.search(r"```python\n(.*?)```", page.read_text("utf-8"), re.S)[1]
    (corpus / "docs").mkdir()
    for kind in ("help", "news"):
        (corpus / kind).rename(corpus / "docs" / kind)
    monkeypatch.chdir(corpus)
    exec(compile(code, str(page), "exec"), {})
    assert "40 documents: 40 .txt" in capsys.readouterr().out
