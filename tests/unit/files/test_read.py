"""Reading: every format through one door, the same rows on every pass, and a description that opens it again."""

import json
import sqlite3
from datetime import date, datetime

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import Workbook

from genloop.core.errors import DataError, MissingExtra, SourceNotFound
from genloop.core.records import Source
from genloop.files.read import read, reopen


def rows(source):
    return pa.Table.from_batches(list(source.batches(2))).to_pylist()


def _table():
    return pa.table({"name": ["a", "b", None], "n": [1, 2, 3]})


def _sqlite(path):
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE people (name TEXT, n INTEGER)")
        connection.executemany("INSERT INTO people VALUES (?, ?)", [("a", 1), ("b", 2), (None, 3)])
    connection.close()


def _workbook(path, table):
    book = Workbook()
    book.active.append(table.column_names)
    for row in table.to_pylist():
        book.active.append(list(row.values()))
    book.save(path)


@pytest.fixture(params=["parquet", "xlsx", "jsonl", "sqlite", "memory", "pandas", "polars", "query"])
def typed(request, tmp_path):
    path = tmp_path / f"people.{request.param}"
    match request.param:
        case "parquet":
            pq.write_table(_table(), path)
        case "xlsx":
            _workbook(path, _table())
        case "jsonl":
            path.write_text("\n".join(json.dumps(row) for row in _table().to_pylist()))
        case "sqlite":
            _sqlite(path)
        case "memory":
            return read(_table())
        case "pandas":
            return read(_table().to_pandas())
        case "polars":
            return read(pl.from_arrow(_table()))
        case "query":
            pq.write_table(_table(), tmp_path / "x.parquet")
            return read(f"SELECT name, n FROM '{tmp_path / 'x.parquet'}' ORDER BY n")
    return read(path)


def test_every_format_gives_the_same_columns_and_rows(typed):
    assert isinstance(typed, Source)
    assert typed.columns == ["name", "n"]
    assert rows(typed) == _table().to_pylist()
    assert [batch.num_rows for batch in typed.batches(2)] == [2, 1]


def test_every_pass_gives_the_same_rows_and_hash(typed):
    assert rows(typed) == rows(typed)
    assert typed.fingerprint() == typed.fingerprint()


def test_a_description_is_json_and_opens_the_source_again(typed):
    description = json.loads(json.dumps(typed.describe()))
    if description["kind"] == "memory":
        with pytest.raises(SourceNotFound, match="was in memory and is gone; pass it again"):
            reopen(description)
    else:
        again = reopen(description)
        assert rows(again) == rows(typed)
        assert again.fingerprint() == typed.fingerprint()


def test_the_hash_in_memory_does_not_depend_on_chunks_or_on_what_lies_under_missing_cells():
    whole = pa.table({"t": ["x", None, "zz", ""], "n": [1, None, 3, 4], "b": [True, False, None, True]})
    parts = pa.concat_tables([whole.slice(0, 1), whole.slice(1, 2), whole.slice(3)])
    assert read(parts).fingerprint() == read(whole).fingerprint()
    other = pa.table({"t": ["x", "", "zz", None], "n": [1, None, 3, 4], "b": [True, False, None, True]})
    assert read(other).fingerprint() != read(whole).fingerprint()


def test_a_missing_file_a_folder_and_an_unknown_ending_are_named(tmp_path):
    with pytest.raises(SourceNotFound, match=r"no file .*nothing\.csv \(looked in "):
        read(tmp_path / "nothing.csv")
    with pytest.raises(
        DataError, match=r"neither pictures nor documents in .*: expected PNG, .*, or \.txt, .*; found no file"
    ):
        read(tmp_path)
    (tmp_path / "x.odt").write_text("x")
    with pytest.raises(DataError, match=r"ending '\.odt' is not known; expected one of \.csv, "):
        read(tmp_path / "x.odt")
    with pytest.raises(
        DataError, match="expected a path, a database URL, or a pandas, polars or Arrow table; found int"
    ):
        read(7)


def test_a_file_called_xls_reads_by_what_it_is(tmp_path):
    path = tmp_path / "export.xls"
    path.write_bytes("姓名\t金额\n张三\t1\n李四\t2\n".encode("gb18030"))
    assert rows(read(path)) == [{"姓名": "张三", "金额": "1"}, {"姓名": "李四", "金额": "2"}]
    _workbook(tmp_path / "x.xlsx", _table())
    (tmp_path / "x.xlsx").rename(path)
    assert rows(read(path)) == _table().to_pylist()
    for content in [b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"\xef\xbb\xbf <html>"]:
        path.write_bytes(content)
        with pytest.raises(DataError, match=r"under the name \.xls; save it as \.xlsx"):
            read(path)


def test_a_place_on_the_network_is_refused_and_a_missing_database_is_not_made(tmp_path):
    with pytest.raises(
        DataError, match=r"https://example\.com/x\.csv: expected a local file or a database URL"
    ) as caught:
        read("https://example.com/x.csv?token=abc")
    assert "abc" not in str(caught.value)
    with pytest.raises(SourceNotFound, match="no file '/"):
        read(f"sqlite:///{tmp_path}/none.sqlite")
    with pytest.raises(DataError, match="this is no database URL"):
        read("://")
    with pytest.raises(MissingExtra, match="martian: no such driver is installed; check the URL"):
        read("martian://host/db")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["x.parquet", "x.xlsx", "x.sqlite"])
def test_a_damaged_file_is_named(tmp_path, name):
    (tmp_path / name).write_bytes(b"PK\3\4 not really")
    with pytest.raises(DataError, match=name):
        read(tmp_path / name)


def test_a_parquet_file_cut_short_is_named(tmp_path):
    pq.write_table(_table(), tmp_path / "x.parquet")
    (tmp_path / "x.parquet").write_bytes((tmp_path / "x.parquet").read_bytes()[:-20])
    with pytest.raises(DataError, match="is no readable Parquet file"):
        read(tmp_path / "x.parquet")


def test_nested_dictionary_and_small_float_columns_come_in_plain_types():
    table = pa.table(
        {
            "d": pa.array(["x", "y", "x"]).dictionary_encode(),
            "f": pa.array([0.1, None, 2.5], pa.float32()),
            "l": pa.array([[1, 2], None, []]),
            "s": pa.array(["a", "b", None], pa.large_string()),
            "v": pa.array(["a", "b", None], pa.string_view()),
            "w": pa.array([1, 2, None], pa.duration("s")),
        }
    )
    back = pa.Table.from_batches(list(read(table).batches()))
    assert [str(kind) for kind in back.schema.types] == ["string", "double", "string", "string", "string", "int64"]
    assert back.to_pydict()["f"] == [0.1, None, 2.5]
    assert back.to_pydict()["l"] == ["[1, 2]", None, "[]"]


def test_a_pandas_column_of_mixed_types_comes_as_text_and_the_others_keep_their_type():
    source = read(pd.DataFrame({"m": [1, "x", None], "n": [1, 2, 3]}))
    assert rows(source) == [{"m": "1", "n": 1}, {"m": "x", "n": 2}, {"m": None, "n": 3}]
    assert source.notes == ("column 'm' mixes types: read as text",)


def test_equal_and_empty_names_are_renamed_and_told(tmp_path):
    frame = pd.DataFrame([[1, 2, 3]], columns=["a", "a", " "])
    source = read(frame)
    assert source.columns == ["a", "a_2", "column_3"]
    assert source.notes == ("column 2 is a second 'a': renamed 'a_2'", "column 3 has no name: called 'column_3'")


def test_a_query_runs_over_a_file_and_over_a_table_in_memory(tmp_path):
    (tmp_path / "x.csv").write_bytes("城市,n\n北京,1\n上海,2\n北京,5\n".encode("gb18030"))
    query = 'SELECT a.城市, sum(a.n::INT)::INT AS n FROM data a JOIN data b USING ("城市") GROUP BY 1 ORDER BY 1'
    source = read(tmp_path / "x.csv", query=query)
    assert rows(source) == [{"城市": "上海", "n": 2}, {"城市": "北京", "n": 12}]
    assert rows(reopen(source.describe())) == rows(source)
    assert "encoding: GB18030" in source.notes
    assert rows(read(_table(), query="SELECT n FROM data WHERE n > 2")) == [{"n": 3}]


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT 1; SELECT 2", "expected one SELECT"),
        ("SELECT * FROM data WHERE", "the query fails: Parser Error"),
        ("INSTALL httpfs", "expected one SELECT"),
        ("COPY data TO '/tmp/leak.csv'", "expected one SELECT"),
        ("SET enable_external_access = true", "expected one SELECT"),
        ("SELECT * FROM 'https://example.com/x.parquet'", "the query fails"),
        ("SELECT * FROM 's3://bucket/x.parquet'", "the query fails"),
        ("SELECT n FROM data WHERE n > 99", r"gives the columns n and no rows"),
    ],
)
def test_a_query_that_is_no_select_or_reaches_for_the_network_is_refused(query, message):
    with pytest.raises(DataError, match=message):
        read(_table(), query=query)


def test_a_query_over_a_missing_file_says_so(tmp_path):
    with pytest.raises(SourceNotFound, match="No files found"):
        read(f"SELECT * FROM '{tmp_path / 'none.parquet'}'")


def test_one_table_of_several_must_be_named(tmp_path):
    path = tmp_path / "x.sqlite"
    _sqlite(path)
    with sqlite3.connect(path) as connection:
        connection.execute('CREATE TABLE "order of, things" (k REAL, m)')
        connection.executemany('INSERT INTO "order of, things" VALUES (?, ?)', [(1.5, "x"), (2, 7), (2**53, b"z")])
    connection.close()
    with pytest.raises(DataError, match="name one table or a query; it has order of, things, people"):
        read(path)
    with pytest.raises(SourceNotFound, match="has no table 'peple'; it has order of, things, people"):
        read(path, table="peple")
    assert rows(read(path, table="order of, things")) == [
        {"k": 1.5, "m": "x"},
        {"k": 2.0, "m": "7"},
        {"k": float(2**53), "m": "7a"},
    ]
    counted = read(path, query="SELECT count(*) AS n, '12:30' AS t, 100 % 7 AS r FROM people")
    assert rows(counted) == [{"n": 3, "t": "12:30", "r": 2}]
    with pytest.raises(DataError, match="refuses the query: no such column: nam"):
        read(path, query="SELECT nam FROM people")
    with pytest.raises(DataError, match="a table and a query were both given"):
        read(path, table="people", query="SELECT 1")


def test_reading_a_sqlite_file_cannot_change_it(tmp_path):
    path = tmp_path / "x.sqlite"
    _sqlite(path)
    with pytest.raises(DataError, match="readonly database"):
        read(path, query="DELETE FROM people RETURNING name")


def test_a_query_to_a_url_of_sqlite_cannot_change_it(tmp_path):
    _sqlite(tmp_path / "x.db")
    for query in ("DROP TABLE people", "DELETE FROM people RETURNING name"):
        with pytest.raises(DataError, match="readonly database"):
            read(f"sqlite:///{tmp_path}/x.db", query=query)
    assert len(rows(read(f"sqlite:///{tmp_path}/x.db"))) == 3


def test_a_password_in_a_url_never_shows(tmp_path):
    with pytest.raises(SourceNotFound, match="cannot be reached") as caught:
        read("postgresql://me:s3cret@127.0.0.1:1/db?connect_timeout=1&password=s3cret", table="t")
    assert "s3cret" not in str(caught.value)


def test_json_lines_of_differing_keys_and_nested_values_become_one_table(tmp_path):
    path = tmp_path / "x.jsonl"
    path.write_text('{"a": 1, "b": {"c": [1]}}\n\n{"a": 2.5, "z": true, "big": 123456789012345678901234567890}\n')
    assert rows(read(path)) == [
        {"a": 1.0, "b": '{"c": [1]}', "z": None, "big": None},
        {"a": 2.5, "b": None, "z": True, "big": "123456789012345678901234567890"},
    ]
    path = tmp_path / "x.json"
    path.write_text('[{"a": "x"}, {"a": NaN}]')
    assert rows(read(path)) == [{"a": "x"}, {"a": None}]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "is empty; expected one JSON object a line"),
        (b'{"a": 1}\n{"a": \n', r"x\.jsonl, line 2 is no JSON"),
        (b'{"a": 1}\n[1]\n', r"line 2: expected a JSON object, found list"),
        (b'{"a": "\xff"}\n', "line 1 is not UTF-8"),
    ],
)
def test_bad_json_lines_are_named_by_line(tmp_path, content, message):
    (tmp_path / "x.jsonl").write_bytes(content)
    with pytest.raises(DataError, match=message):
        read(tmp_path / "x.jsonl")


def _book(path, *sheets):
    book = Workbook()
    book.remove(book.active)
    for title, content in sheets:
        sheet = book.create_sheet(title)
        for row in content:
            sheet.append(row)
    book.save(path)
    return path


def test_a_workbook_keeps_its_types_and_loses_its_title_and_empty_rows(tmp_path):
    when = datetime(2024, 1, 2, 3, 4)
    content = [
        ["销售报表"],
        [],
        ["日期", "时间", "金额", "混合", "空"],
        [date(2024, 1, 2), when, 1.5, "x", None],
        [None, None, None, None, None],
        [date(2024, 1, 3), None, 2, 7, "#N/A"],
    ]
    source = read(_book(tmp_path / "x.xlsx", ("表", content), ("other", [["a"], [1]])))
    assert rows(source) == [
        {"日期": date(2024, 1, 2), "时间": when, "金额": 1.5, "混合": "x", "空": None},
        {"日期": date(2024, 1, 3), "时间": None, "金额": 2.0, "混合": "7", "空": None},
    ]
    assert source.notes == ("1 row(s) above the table skipped", "sheet '表' read, the first of 2: 表, other")
    assert rows(read(tmp_path / "x.xlsx", table="other")) == [{"a": 1}]
    assert reopen(read(tmp_path / "x.xlsx", table="other").describe()).columns == ["a"]


def test_bad_workbooks_are_named_by_sheet(tmp_path):
    path = _book(tmp_path / "x.xlsx", ("one", [["a", "b"]]), ("none", []))
    with pytest.raises(DataError, match=r"sheet 'one' has a header \(a, b\) and no rows"):
        read(path)
    with pytest.raises(DataError, match="sheet 'none' is empty"):
        read(path, table="none")
    with pytest.raises(SourceNotFound, match="has no sheet 'two'; it has one, none"):
        read(path, table="two")
    with pytest.raises(DataError, match="holds one table only"):
        (tmp_path / "x.csv").write_text("a\n1\n")
        read(tmp_path / "x.csv", table="t")


def test_a_sheet_without_a_header_gets_numbered_columns(tmp_path):
    source = read(_book(tmp_path / "x.xlsx", ("s", [[1, "x"], [2, "y"]])))
    assert source.columns == ["column_1", "column_2"]
    assert len(rows(source)) == 2
