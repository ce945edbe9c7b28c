"""CSV and its kin: dialect and encoding are found, ragged rows repaired or named, nothing is lost."""

import gzip
import tracemalloc

import pyarrow as pa
import pytest

from genloop.core.errors import DataError
from genloop.files import encoding, text
from genloop.files.read import read, reopen


@pytest.fixture
def put(tmp_path):
    def put(content, name="x.csv"):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path

    return put


def rows(source, size=2):
    return [tuple(row.values()) for batch in source.batches(size) for row in batch.to_pylist()]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "gb18030"])
def test_chinese_text_reads_the_same_in_every_encoding(put, encoding):
    content = "姓名,城市,age\r\n张三,北京,7\r\n李四,上海,8\r\n" + "王五, plain ascii,9\r\n" * 30
    source = read(put(content.encode(encoding)))
    assert source.columns == ["姓名", "城市", "age"]
    assert rows(source)[:2] == [("张三", "北京", "7"), ("李四", "上海", "8")]


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "text",
    ["房间很干净，一家人都很满意，早餐也不错，下次还会再来", "гостиница была чистая и тихая", "It’s a quiet room"],
)
def test_wide_characters_without_a_mark_are_read_and_said(put, encoding, text):
    content = "text\tlabel\r\n" + f"{text}\tпx好\r\n" * 40
    source = read(put(content.encode(encoding)))
    assert rows(source) == [(text, "пx好")] * 40
    assert "encoding: UTF-16 without a byte-order mark" in source.notes


def test_an_encoding_is_found_from_the_whole_file(put):
    source = read(put(b"name,n\n" + b"plain,1\n" * 200_000 + "北京市朝阳区,2\n".encode("gb18030")))
    assert source.notes == ("encoding: GB18030",)
    assert rows(source, 1 << 20)[-1] == ("北京市朝阳区", "2")


def test_accented_latin_text_is_guessed_as_windows_1252_and_told(put):
    source = read(put("name,town\ncafé,Zürich\nnaïve,Genève\n".encode("cp1252")))
    assert rows(source) == [("café", "Zürich"), ("naïve", "Genève")]
    assert source.notes[0].startswith("encoding: guessed as Windows-1252")


def test_a_few_damaged_characters_are_replaced_and_counted(put):
    source = read(put(b"name,n\n" + "北京,1\n".encode() * 20 + b"\xe4\xb8,2\n"))
    assert rows(source)[-1] == ("\ufffd", "2")
    assert source.notes == ("encoding: UTF-8 with 1 damaged character(s), first in line 22, read as U+FFFD",)


def test_a_named_encoding_is_checked(put):
    path = put("名,n\n北京,1\n".encode())
    with pytest.raises(DataError, match=r"x\.csv: expected utf-16-le, but line 1 is not|expected UTF-16, but line"):
        read(path, encoding="utf-16")
    with pytest.raises(DataError, match="unknown encoding 'martian'; expected a name such as utf-8, gb18030"):
        read(path, encoding="martian")
    source = read(put("name,n\n\x8e\x84\x8e\x91,1\n".encode("latin-1")), encoding="cp932")
    assert reopen(source.describe()).notes == source.notes


def test_bytes_in_no_known_encoding_are_named_by_line(put):
    with pytest.raises(DataError, match=r"line 3 is neither UTF-8, UTF-16, GB18030 nor Windows-1252; save the file"):
        read(put(b"a,b\nx,1\n\x81\x8d,2\n\xff\x9d,3\n"))


def test_a_binary_file_is_refused(put):
    with pytest.raises(
        DataError, match="holds zero bytes: expected a text file, found a binary one; is it text, save it as UTF-8"
    ):
        read(put(b"a,b\nx\x00y\x01,2\n"))


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|"])
def test_the_delimiter_is_found(put, delimiter):
    content = "\n".join(delimiter.join(row) for row in [["a", "b", "c"], ["1.5", "x y", "2024-01-01"], ["2", "z", ""]])
    assert rows(read(put(content))) == [("1.5", "x y", "2024-01-01"), ("2", "z", None)]


@pytest.mark.parametrize(
    ("content", "columns", "expected"),
    [
        ("a;b\n1,5;2,5\n3;4\n", ["a", "b"], [("1,5", "2,5"), ("3", "4")]),
        ("a|b\n1,5|2,5\n1,5|2,5\n", ["a", "b"], [("1,5", "2,5"), ("1,5", "2,5")]),
        ("sep=;\na;b\n1;2\n", ["a", "b"], [("1", "2")]),
        ("a,b\n'x,1','y'\n'z','w'\n", ["a", "b"], [("x,1", "y"), ("z", "w")]),
        ('a,b\n"x\\"y",2\n"w",3\n', ["a", "b"], [('x"y', "2"), ("w", "3")]),
        ('a,b\n1,"c:\\"\n2,"d, e"\n', ["a", "b"], [("1", "c:\\"), ("2", "d, e")]),
        ('a,b\n"x""y",2\n"line\nbreak",3\n', ["a", "b"], [('x"y', "2"), ("line\nbreak", "3")]),
        ('"a\nname",b\n1,2\n', ["a\nname", "b"], [("1", "2")]),
        ("a\rb\r\rc\r", ["a"], [("b",), (None,), ("c",)]),
        ("a,b\r\n1,2\r\n\r\n3,4", ["a", "b"], [("1", "2"), ("3", "4")]),
        ("only\nx y\nz\n", ["only"], [("x y",), ("z",)]),
        (
            '"a", "b, c"\n"x", "y ""z"""\n"p, q", "r, s"\n1, \n',
            ["a", "b, c"],
            [("x", 'y "z"'), ("p, q", "r, s"), ("1", None)],
        ),
        (" a , b\n 1, 2\n", ["a", "b"], [(" 1", " 2")]),
        (
            "销售报表,,\n,,\n日期,金额,城市\n2024-01-01,5,北京\n",
            ["日期", "金额", "城市"],
            [("2024-01-01", "5", "北京")],
        ),
        ('id,n\n="00123",\t44\n="0123",\t45\n="",\n', ["id", "n"], [("00123", "44"), ("0123", "45"), (None, None)]),
    ],
)
def test_exports_of_many_makers_read_right(put, content, columns, expected):
    source = read(put(content))
    assert source.columns == columns
    assert rows(source) == expected


@pytest.mark.parametrize(
    ("content", "header"),
    [
        ("1,2\n3,4\n", False),
        ("5,2\n", False),
        ("a,b\nx,y\n", True),
        ("country,2019,2020\nCN,1.5,2.5\n", True),
        ("year,2019\nx,2020\n", False),
        ("red,x\nblue,y\nred,x\nblue,x\n", False),
        ("colour,kind\nblue,y\nred,x\nblue,x\n", True),
        ("39, State-gov, 77516\n50, Private, 83311\n", False),
        ("2024-01-01,x\n2024-01-02,y\n", False),
    ],
)
def test_a_header_is_told_from_a_first_row(put, content, header):
    source = read(put(content))
    assert (source.columns[0] != "column_1") == header
    assert header or source.notes == ("no header: columns are called column_1, column_2, ...",)


def test_what_the_user_says_of_the_dialect_wins_and_is_remembered(put):
    source = read(put("a|b,c\nd|e,f\n"), delimiter="|", header=False)
    assert rows(source) == [("a", "b,c"), ("d", "e,f")]
    assert rows(reopen(source.describe())) == rows(source)


def test_short_rows_and_empty_cells_too_many_are_repaired_in_place_and_told(put):
    source = read(put("a,b,c\n1\n2,x,y\n3,x\n4,x,y,,\n5,x,y\n6\n7\n"))
    expected = [("1", None, None), ("2", "x", "y"), ("3", "x", None), ("4", "x", "y"), ("5", "x", "y")]
    assert rows(source) == [*expected, ("6", None, None), ("7", None, None)]
    assert source.notes == (
        "4 short row(s) filled up with missing cells, first: row 1",
        "empty cells too many cut off in 1 row(s), first: row 4",
    )


def test_a_delimiter_at_the_end_of_every_row_makes_no_column(put):
    source = read(put("id,name,\n1,x,\n2,,\n3\n"))
    assert rows(source) == [("1", "x"), ("2", None), ("3", None)]
    assert source.notes[0] == "the delimiter at the end of every row ignored"
    path = put("id,name,\n" + "1,x,\n" * 3_000 + "2,y,z\n")
    with pytest.raises(DataError, match=r"row 3001 has 3 cells, expected 2 \(id, name\)"):
        rows(read(path))
    assert rows(read(put("1,x,\n2,y,\n"))) == [("1", "x"), ("2", "y")]


def test_ragged_rows_keep_their_place_across_blocks(put, monkeypatch):
    monkeypatch.setattr(text, "_BLOCK", 256)
    lines = [f"{i},x" if i % 7 else f"{i}" for i in range(500)]
    source = read(put("n,k\n" + "\n".join(lines) + "\n"))
    assert rows(source, 33) == [(str(i), "x" if i % 7 else None) for i in range(500)]


def test_a_row_with_cells_too_many_is_an_error_that_names_it(put):
    path = put('a,b\n"1\n1",2\n3,4\n5,6,7\n')
    with pytest.raises(DataError, match=r"x\.csv: row 3 has 3 cells, expected 2 \(a, b\); correct the row or its quot"):
        rows(read(path))


def test_a_quote_that_never_closes_is_an_error(put):
    with pytest.raises(DataError, match="a quote that opens in row 2 is never closed"):
        rows(read(put('a,b\n1,2\n3,"open\n4,5\n6,7\n')))
    with pytest.raises(DataError, match="a quote that opens in row 2 is never closed"):
        rows(read(put('a,b\n1,2\n"open\n4,5\n6,7\n')))


def test_a_line_break_in_a_cell_quoted_after_a_space_is_an_error(put):
    for content in ['a, "b"\nx, "y\nz, v"\n', 'a, "b"\nx, "y\nz"\n', 'a, "b", c\n1, "y\nz", 2\n']:
        with pytest.raises(DataError, match=r"row \d: a cell quoted after a space cannot hold a line break"):
            rows(read(put(content)))


def test_a_row_longer_than_a_block_is_an_error(put, monkeypatch):
    monkeypatch.setattr(text, "_BLOCK", 1 << 10)
    with pytest.raises(DataError, match=r"row 2 exceeds .* MB: a quote that is never closed, or a whole"):
        rows(read(put("a,b\n1,2\n3," + "x" * 5_000 + "\n")))


@pytest.mark.parametrize("content", ["", "   \n\n", "\ufeff"])
def test_an_empty_file_is_named(put, content):
    with pytest.raises(DataError, match=r"x\.csv is empty; expected a header and rows"):
        read(put(content))


def test_an_empty_text_may_have_been_a_text_or_a_table(tmp_path):
    (tmp_path / "x.txt").write_text("\n")
    with pytest.raises(DataError, match=r"x\.txt is empty; expected text, or a header and rows"):
        read(tmp_path / "x.txt")


def test_a_file_of_one_endless_line_is_no_table(put, monkeypatch):
    monkeypatch.setattr(text, "_SAMPLE", 1 << 20)
    for content in ("The room was clean. " * 60_000, "12,34,56," * 120_000):
        with pytest.raises(DataError, match=r"x\.csv: the first line exceeds 1 MB, which is no header of a table"):
            read(put(content))


def test_one_endless_line_below_a_title_is_a_document(tmp_path):
    (tmp_path / "x.txt").write_text("Guests\n" + "".join(f"Room {at} was clean and quiet. " for at in range(9_000)))
    found = read(tmp_path / "x.txt")
    assert found.columns == ["text"] and any("passages are the rows" in note for note in found.notes)


def test_a_header_without_rows_is_named(put):
    with pytest.raises(DataError, match=r"x\.csv has a header \(a, b\) and no rows; expected at least one row"):
        read(put("a,b\n"))


def test_one_row_reads(put):
    assert rows(read(put("a,b\nx,\n"))) == [("x", None)]


def test_equal_column_names_are_renamed_and_told(put):
    source = read(put("a,a,a_2,\n1,2,3,4\n"))
    assert source.columns == ["a", "a_3", "a_2", "column_4"]
    assert source.notes[0] == "column 2 is a second 'a': renamed 'a_3'"


def test_a_packed_file_reads_like_a_plain_one(put):
    assert rows(read(put(gzip.compress("a,b\n1,北\n".encode()), "x.csv.gz"))) == [("1", "北")]


@pytest.mark.parametrize("name", ["x.csv.gz", "x.jsonl.gz"])
@pytest.mark.parametrize(
    "change", [lambda packed: packed[:-9], lambda packed: b"a,b" + packed, lambda packed: packed[:20] + b"x" * 40]
)
def test_a_packed_file_that_is_damaged_is_named(put, name, change):
    packed = gzip.compress(b"".join(b'{"a": %d}\n' % place for place in range(900)))
    with pytest.raises(DataError, match=f"{name} is no readable gzip file"):
        read(put(change(packed), name))


@pytest.mark.parametrize("name", ["hex", "rot13", "undefined", "base64", "a\0b", "no such"])
def test_an_encoding_that_is_of_no_text_is_refused(put, name):
    with pytest.raises(DataError, match="unknown encoding"):
        read(put("a,b\n1,2\n"), encoding=name)


@pytest.mark.parametrize("delimiter", ["，", "ab", "\n", '"', "\0"])
def test_a_delimiter_that_cannot_part_cells_is_refused(put, delimiter):
    with pytest.raises(DataError, match="cannot part cells"):
        read(put("a,b\n1,2\n"), delimiter=delimiter)


def test_finding_an_encoding_holds_a_few_blocks_and_never_the_file(put, monkeypatch):
    monkeypatch.setattr(encoding, "_CHUNK", 1 << 16)
    path = put(("名称,数量\n" + "北京,1\n" * 300_000).encode("gb18030"))
    tracemalloc.start()
    assert encoding.find_encoding(path).name == "gb18030"
    assert tracemalloc.get_traced_memory()[1] < path.stat().st_size / 2
    tracemalloc.stop()


def test_digits_and_formats_are_kept_as_they_stand(put):
    cells = ("0012", "1.50", "12345678901234567890123", "1e5", "NA", "2024/1/2")
    assert rows(read(put("a,b,c,d,e,f\n" + ",".join(cells) + "\n"))) == [cells]


def test_reading_holds_a_few_blocks_and_never_the_file(put, monkeypatch):
    monkeypatch.setattr(text, "_BLOCK", 1 << 16)
    path = put("a,b\n" + "some text of a row,0123456789\n" * 600_000)
    source = read(path)
    before = pa.total_allocated_bytes()
    tracemalloc.start()
    most = max(pa.total_allocated_bytes() - before for _ in source.batches(1_000))
    assert max(most, tracemalloc.get_traced_memory()[1]) < path.stat().st_size / 4
    tracemalloc.stop()
