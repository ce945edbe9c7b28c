"""Odd files and cells: damaged inside, of types that Arrow holds otherwise, of letters that are none."""

import uuid
import zipfile

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import Workbook

from genloop.core.errors import DataError
from genloop.files.query import is_query
from genloop.files.read import read


def rows(source):
    return pa.Table.from_batches(list(source.batches())).to_pylist()


@pytest.mark.parametrize(
    "keep", [lambda sheet: sheet[: len(sheet) // 2], lambda sheet: sheet.replace(b"</row>", b"<row>")]
)
def test_a_workbook_whose_sheet_is_damaged_is_named(tmp_path, keep):
    book = Workbook()
    for place in range(50):
        book.active.append([place, "x"])
    book.save(tmp_path / "whole.xlsx")
    with zipfile.ZipFile(tmp_path / "whole.xlsx") as whole, zipfile.ZipFile(tmp_path / "x.xlsx", "w") as damaged:
        for name in whole.namelist():
            damaged.writestr(name, keep(whole.read(name)) if "sheet1" in name else whole.read(name))
    with pytest.raises(DataError, match=r"x\.xlsx is no readable XLSX workbook"):
        read(tmp_path / "x.xlsx")


def test_a_parquet_file_damaged_inside_is_named(tmp_path):
    path = tmp_path / "x.parquet"
    pq.write_table(pa.table({"a": list(range(999))}), path)
    content = bytearray(path.read_bytes())
    content[10:80] = b"\xff" * 70
    path.write_bytes(content)
    with pytest.raises(DataError, match=r"x\.parquet is damaged"):
        rows(read(path))


def test_separators_of_lines_inside_json_texts_part_no_rows(tmp_path):
    (tmp_path / "x.json").write_text('{"a": "x\u2028y"}\n{"a": "x\x85y"}\r\n', encoding="utf-8")
    assert rows(read(tmp_path / "x.json")) == [{"a": "x\u2028y"}, {"a": "x\x85y"}]


def test_halves_of_surrogate_pairs_become_the_replacement_character(tmp_path):
    (tmp_path / "x.jsonl").write_text(r'{"\ud83d": "\ud83d", "b": "\ud83d\ude00", "c": ["\ude00"]}' + "\n")
    assert rows(read(tmp_path / "x.jsonl")) == [{"\ufffd": "\ufffd", "b": "\U0001f600", "c": '["\ufffd"]'}]
    cells = pd.DataFrame({"a": pd.Series(["x\ud800", None], dtype=object)})
    assert rows(read(cells)) == [{"a": "x\ufffd"}, {"a": None}]


def test_types_that_arrow_holds_otherwise_come_as_what_they_spell(tmp_path):
    key = uuid.uuid4()
    frame = pd.DataFrame({"big": [2**70, 1], "key": [key, None]}, dtype=object)
    frame["month"], frame["part"] = pd.period_range("2024-01", periods=2, freq="M"), pd.interval_range(0, 2)
    wanted = {"big": str(2**70), "key": str(key), "month": "2024-01", "part": "(0, 1]"}
    assert rows(read(frame))[0] == wanted
    assert read(frame).notes == ()
    pq.write_table(pa.table({"key": pa.array([key.bytes, None], pa.uuid())}), tmp_path / "x.parquet")
    assert rows(read(tmp_path / "x.parquet")) == [{"key": str(key)}, {"key": None}]
    span = pa.table({"s": pa.array([(1, 2, 3_000), None], pa.month_day_nano_interval())})
    assert rows(read(span)) == [{"s": 32 * 86_400_000_000 + 3}, {"s": None}]
    with pytest.raises(DataError, match="the table in memory cannot be read"):
        read({"a": [2**70]})


def test_a_query_may_be_longer_than_the_name_of_a_file():
    assert is_query("select " + ", ".join(f"a as a{place}" for place in range(400)) + " from 'x.csv'")
