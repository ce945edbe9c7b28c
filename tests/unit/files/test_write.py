"""Writing: whole or not at all, by the ending, with the label."""

from datetime import datetime

import pyarrow as pa
import pytest

from genloop.core.errors import OutputError
from genloop.files.read import read
from genloop.files.write import read_label, side_car, write, writer


def _table():
    return pa.table({"n": [1, None, 3], "name": ["甲,乙", 'say "hi"', "line\nbreak"], "x": [0.1, 2.5, None]})


def _back(path):
    return pa.Table.from_batches(list(read(path).batches()))


def test_parquet_comes_back_as_it_was(tmp_path):
    write(_table(), tmp_path / "made.parquet", label={"made": True})
    assert _back(tmp_path / "made.parquet").equals(_table())
    assert read_label(tmp_path / "made.parquet") == {"made": True}


@pytest.mark.parametrize("name", ["made.csv", "made.tsv"])
def test_text_comes_back_as_text_with_its_label_beside_it(tmp_path, name):
    write(_table(), tmp_path / name, label={"run": "r1"})
    assert _back(tmp_path / name).to_pydict() == {
        "n": ["1", None, "3"],
        "name": ["甲,乙", 'say "hi"', "line\nbreak"],
        "x": ["0.1", "2.5", None],
    }
    assert read_label(tmp_path / name) == {"run": "r1"}
    write(_table(), tmp_path / name)
    assert read_label(tmp_path / name) is None and not side_car(tmp_path / name).exists()


def test_times_in_text_carry_no_needless_microseconds(tmp_path):
    times = pa.table({"t": pa.array([datetime(2024, 1, 2, 3, 4, 5), None]), "k": ["a", "b"]})
    write(times, tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text() == 't,k\n2024-01-02 03:04:05,"a"\n,"b"\n'.replace('"', "")


def test_the_old_file_stays_when_making_fails_half_way(tmp_path):
    path = tmp_path / "made.parquet"
    write(_table(), path)
    with pytest.raises(RuntimeError), writer(path) as sink:
        sink.write(_table())
        raise RuntimeError("stopped")
    assert _back(path).equals(_table())
    assert [p.name for p in tmp_path.iterdir()] == ["made.parquet"]


def test_an_unknown_ending_and_a_missing_folder_are_named(tmp_path):
    with pytest.raises(OutputError, match=r"ending '\.docx' is not known; expected one of .*\.parquet"):
        write(_table(), tmp_path / "made.docx")
    with pytest.raises(OutputError, match=r"there is no folder .*nowhere; make it first"):
        write(_table(), tmp_path / "nowhere" / "made.csv")
