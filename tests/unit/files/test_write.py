"""Writing: whole or not at all, by the ending, with the label."""

import errno
import json
import os
import resource
import signal
import sqlite3
from datetime import UTC, date, datetime, time
from decimal import Decimal

import pyarrow as pa
import pytest
from openpyxl import load_workbook

from genloop.core.errors import DataError, OutputError, SourceNotFound
from genloop.files import atomic
from genloop.files.read import read
from genloop.files.write import read_label, side_car, write, writer

TYPED = ["made.parquet", "made.jsonl", "made.xlsx", "made.sqlite"]


def _table():
    return pa.table({"n": [1, None, 3], "name": ["甲,乙", 'say "hi"', "line\nbreak"], "x": [0.1, 2.5, None]})


def _back(path, **options):
    return pa.Table.from_batches(list(read(path, **options).batches()))


@pytest.mark.parametrize("name", TYPED)
def test_typed_formats_come_back_as_they_were_with_their_label(tmp_path, name):
    path = tmp_path / name
    write(_table(), path, label={"made": True, "by": "模型"})
    assert _back(path).equals(_table())
    assert read_label(path) == read_label(str(path)) == {"made": True, "by": "模型"}


@pytest.mark.parametrize("name", ["made.csv", "made.tsv"])
def test_text_comes_back_as_text_with_its_label_beside_it(tmp_path, name):
    write(_table(), tmp_path / name, label={"run": "r1"})
    assert _back(tmp_path / name).to_pydict() == {
        "n": ["1", None, "3"],
        "name": ["甲,乙", 'say "hi"', "line\nbreak"],
        "x": ["0.1", "2.5", None],
    }
    assert json.loads(side_car(tmp_path / name).read_text()) == read_label(tmp_path / name) == {"run": "r1"}
    write(_table(), tmp_path / name)
    assert read_label(tmp_path / name) is None and not side_car(tmp_path / name).exists()


@pytest.mark.parametrize("name", [*TYPED, "made.csv"])
def test_batches_are_joined_in_their_order(tmp_path, name):
    with writer(tmp_path / name) as sink:
        for start in range(0, 30, 10):
            sink.write(pa.table({"i": range(start, start + 10)}))
    assert [int(value) for value in _back(tmp_path / name)["i"].to_pylist()] == list(range(30))
    assert read_label(tmp_path / name) is None


def test_only_cells_that_need_quotes_carry_them_and_times_no_needless_microseconds(tmp_path):
    times = [datetime(2024, 1, 2, 3, 4, 5), None]
    table = pa.table({"t": times, "k": ["a", ""], "z": [datetime(2024, 1, 1, tzinfo=UTC)] * 2, "b": [True, None]})
    write(table, tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text() == (
        't,k,z,b\n2024-01-02 03:04:05,a,2024-01-01 00:00:00Z,true\n,"",2024-01-01 00:00:00Z,\n'
    )
    write(pa.table({"t": [datetime(2024, 1, 2, 3, 4, 5, 60)]}), tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text() == "t\n2024-01-02 03:04:05.000060\n"


def test_dictionaries_and_large_text_are_written_as_their_values(tmp_path):
    table = pa.table({"d": pa.array(["x", None]).dictionary_encode(), "s": pa.array(["a", "b"], pa.large_string())})
    write(table, tmp_path / "d.csv")
    assert (tmp_path / "d.csv").read_text() == "d,s\nx,a\n,b\n"


@pytest.mark.parametrize(("encoding", "head"), [("utf-8-sig", b"\xef\xbb\xbf"), ("gb18030", "城".encode("gb18030"))])
def test_text_is_written_in_the_encoding_asked_for(tmp_path, encoding, head):
    write(pa.table({"城市": ["北京", "上海"], "n": [1, 2]}), tmp_path / "x.csv", encoding=encoding)
    assert (tmp_path / "x.csv").read_bytes().startswith(head)
    assert _back(tmp_path / "x.csv").to_pydict() == {"城市": ["北京", "上海"], "n": ["1", "2"]}
    with pytest.raises(OutputError, match="the encoding 'utf-16' is not offered; expected utf-8, utf-8-sig, gb18030"):
        write(_table(), tmp_path / "x.csv", encoding="utf-16")


def test_json_lines_hold_null_for_what_json_cannot_say(tmp_path):
    table = pa.table(
        {
            "f": [float("nan"), float("inf"), 1.0],
            "d": [date(2024, 1, 2), None, None],
            "m": pa.array([Decimal("1.50"), Decimal("2.25"), None], pa.decimal128(9, 2)),
            "b": [b"\xff", None, b""],
        }
    )
    write(table, tmp_path / "x.jsonl")
    assert [json.loads(line) for line in (tmp_path / "x.jsonl").read_text().splitlines()] == [
        {"f": None, "d": "2024-01-02", "m": 1.5, "b": "ff"},
        {"f": None, "d": None, "m": 2.25, "b": None},
        {"f": 1.0, "d": None, "m": None, "b": ""},
    ]


@pytest.mark.parametrize("place", ["", "."])
def test_a_place_without_a_name_is_refused(tmp_path, monkeypatch, place):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OutputError, match="names no file and no new folder"):
        write(_table(), place)


def test_a_table_of_a_database_may_be_called_anything(tmp_path):
    for name in ("x y", "-:b", "100%25"):
        write(_table(), f"sqlite:///{tmp_path}/x.db?table={name}")
    with sqlite3.connect(tmp_path / "x.db") as found:
        names = {name for (name,) in found.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    assert names == {"x y", "-:b", "100%", "genloop_label"}


def test_a_workbook_holds_what_excel_cannot_show_as_text(tmp_path):
    early = [date(1850, 1, 2), date(1950, 1, 2)]
    exact = [Decimal("12345678901234567.89"), Decimal("1.25")]
    write(pa.table({"day": early, "moment": [datetime(1850, 1, 2, 3, 4), None], "exact": exact}), tmp_path / "x.xlsx")
    sheet = load_workbook(tmp_path / "x.xlsx").active
    found = list(sheet.iter_rows(min_row=2, values_only=True))
    assert found[0] == ("1850-01-02", "1850-01-02T03:04:00", "12345678901234567.89")
    assert found[1] == (datetime(1950, 1, 2), None, 1.25)


def test_a_workbook_holds_text_and_never_a_formula(tmp_path):
    table = pa.table(
        {
            "=t": ["=1+1", "#N/A", "bell\x07"],
            "big": [2**60, 5, None],
            "f": [float("inf"), 0.5, None],
            "z": pa.array([datetime(2024, 1, 1, tzinfo=UTC)] * 3, pa.timestamp("us", "UTC")),
            "b": [b"\xff", None, None],
        }
    )
    write(table, tmp_path / "x.xlsx")
    sheet = load_workbook(tmp_path / "x.xlsx").active
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
    assert [cell.value for cell in sheet["A"]] == ["=t", "=1+1", "#N/A", "bell\ufffd"]
    assert [cell.value for cell in sheet["B"]] == ["big", str(2**60), 5, None]
    assert [cell.value for cell in sheet[2]][2:] == ["inf", "2024-01-01T00:00:00+00:00", "ff"]


def test_what_a_sheet_cannot_hold_is_refused(tmp_path):
    with pytest.raises(OutputError, match=r"a sheet holds 1,048,575 rows and 16,384 columns; write \.parquet or \.csv"):
        write(pa.table({"n": range(1_048_576)}), tmp_path / "x.xlsx")
    with pytest.raises(OutputError, match="a cell of a workbook holds 32,767 characters"):
        write(pa.table({"t": ["x" * 40_000]}), tmp_path / "x.xlsx")
    assert not list(tmp_path.iterdir())


def _names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("name", [*TYPED, "made.csv"])
def test_the_old_file_stays_when_making_fails_half_way(tmp_path, name):
    path = tmp_path / name
    write(_table(), path, label={"run": 1})
    before, names = _back(path), _names(tmp_path)
    with pytest.raises(RuntimeError), writer(path, label={"run": 2}) as sink:
        sink.write(_table().slice(1))
        raise RuntimeError("stopped")
    assert _back(path).equals(before)
    assert read_label(path) == {"run": 1}
    assert _names(tmp_path) == names


@pytest.mark.parametrize("name", [*TYPED, "made.csv"])
def test_nothing_is_left_when_a_first_writing_fails(tmp_path, name):
    with pytest.raises(KeyboardInterrupt), writer(tmp_path / name) as sink:
        sink.write(_table())
        raise KeyboardInterrupt
    assert _names(tmp_path) == []


@pytest.mark.parametrize("name", ["made.parquet", "made.csv", "made.jsonl", "made.xlsx", "made.sqlite"])
def test_a_full_disk_leaves_the_old_file(tmp_path, name):
    path = tmp_path / name
    write(_table(), path)
    before, names = _back(path), _names(tmp_path)
    noise = pa.table({"t": [os.urandom(40).hex() for _ in range(20_000)]})
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, limits[1]))
    try:
        with pytest.raises(OutputError, match=rf"cannot write .*{name}"), writer(path) as sink:
            for _ in range(8):
                sink.write(noise)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, handler)
    assert _back(path).equals(before)
    assert _names(tmp_path) == names


def test_a_disk_that_fills_at_the_very_end_leaves_the_old_file(tmp_path, monkeypatch):
    write(_table(), tmp_path / "x.csv", label={"run": 1})

    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(atomic.os, "fsync", full)
    with pytest.raises(OutputError, match=r"cannot write .*x\.csv: No space left on device; the old file stays"):
        write(_table().slice(1), tmp_path / "x.csv", label={"run": 2})
    assert _back(tmp_path / "x.csv").num_rows == 3
    assert read_label(tmp_path / "x.csv") == {"run": 1}


def test_a_link_goes_on_pointing_and_the_mode_of_a_file_stays(tmp_path):
    (tmp_path / "real.csv").touch(mode=0o640)
    (tmp_path / "link.csv").symlink_to(tmp_path / "real.csv")
    write(_table(), tmp_path / "link.csv")
    assert (tmp_path / "link.csv").is_symlink()
    assert _back(tmp_path / "real.csv").num_rows == 3
    assert (tmp_path / "real.csv").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize("name", ["made.csv", "made.sqlite"])
def test_a_missing_folder_is_named(tmp_path, name):
    with pytest.raises(OutputError, match=r"there is no folder .*nowhere; make it first"):
        write(_table(), tmp_path / "nowhere" / name)


def test_a_place_that_cannot_be_written_is_named(tmp_path, monkeypatch):
    with pytest.raises(OutputError, match=r"ending '\.docx' is not known; expected one of \.parquet, "):
        write(_table(), tmp_path / "made.docx")
    (tmp_path / "d.csv").mkdir()
    with pytest.raises(OutputError, match="is a folder; expected the name of a file"):
        write(_table(), tmp_path / "d.csv")

    def denied(path, **options):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(atomic.Path, "touch", denied)
    with pytest.raises(OutputError, match=r"cannot write .*x\.csv: Permission denied"):
        write(_table(), tmp_path / "x.csv")


def test_batches_that_do_not_fit_together_and_no_batches_at_all_are_refused(tmp_path):
    for name in ["x.parquet", "x.csv"]:
        with pytest.raises(OutputError, match="a later batch"), writer(tmp_path / name) as sink:
            sink.write(_table())
            sink.write(pa.table({"other": [1]}))
    for name in ["x.parquet", "x.csv", "x.sqlite"]:
        with pytest.raises(OutputError, match="no records were made, nothing to write"), writer(tmp_path / name):
            pass


def test_a_missing_or_damaged_label_file_is_told(tmp_path):
    with pytest.raises(SourceNotFound, match=r"no file .*none\.csv"):
        read_label(tmp_path / "none.csv")
    write(_table(), tmp_path / "x.csv", label={})
    side_car(tmp_path / "x.csv").write_text("{")
    with pytest.raises(DataError, match=r"the label of .* is damaged"):
        read_label(tmp_path / "x.csv")
    (tmp_path / "x.parquet").write_text("{")
    with pytest.raises(DataError, match="is no readable Parquet file"):
        read_label(tmp_path / "x.parquet")


def test_a_database_keeps_its_other_tables_and_types(tmp_path):
    path = tmp_path / "x.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE other (a)")
    connection.close()
    table = pa.table(
        {
            "when": [datetime(2024, 1, 2, 3, 4, 5)],
            "day": [date(2024, 1, 2)],
            "at": pa.array([time(1, 2)], pa.time64("us")),
            "ok": [True],
            "money": pa.array([Decimal("1.50")], pa.decimal128(9, 2)),
            "u": pa.array([7], pa.uint64()),
            "raw": [b"\xff"],
        }
    )
    write(table, path)
    write(table, path, label={"second": True})
    found = _back(path, table="made").to_pylist()[0]
    assert (found["when"], found["day"], found["ok"]) == ("2024-01-02 03:04:05.000000", "2024-01-02", 1)
    with pytest.raises(
        OutputError, match=r"table 'other' exists and was not made by genloop; name another with \?table"
    ):
        write(table, f"sqlite:///{path}?table=other")
    write(pa.table({"n": [1]}), f"sqlite:///{path}?table=Second%20one", label={"t": 2})
    assert _back(f"sqlite:///{path}?table=Second%20one").to_pylist() == [{"n": 1}]
    assert read_label(f"sqlite:///{path}?table=Second%20one") == {"t": 2}
    assert read_label(path) == {"second": True}


def test_a_file_that_is_no_database_is_not_overwritten(tmp_path):
    (tmp_path / "x.db").write_text("precious text, not a database" * 99)
    with pytest.raises(OutputError, match="file is not a database"):
        write(_table(), tmp_path / "x.db")
    assert (tmp_path / "x.db").read_text().startswith("precious")
