"""Bad input gets a clear error or a stated repair, end to end, and nothing is lost."""

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from genloop.interfaces.cli import app

ROWS = 200


@pytest.fixture
def run(tmp_path, monkeypatch):
    """The command line inside of a fresh folder; asserts its exit code."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")

    def call(*words, code=0):
        result = CliRunner().invoke(app, [str(word) for word in words])
        assert result.exit_code == code, (result.stdout, result.stderr, result.exception)
        return result.stderr if code else result.stdout

    return call


@pytest.fixture
def people():
    """200 rows of a number and two categories."""
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "age": rng.integers(18, 80, ROWS),
            "land": rng.choice(["CN", "DE", "FR"], ROWS),
            "paid": np.round(rng.gamma(2.0, 30.0, ROWS), 2),
        }
    )


def learn(run, table, *words):
    """Fit a table written as CSV, make as many rows and give them back with what fit said."""
    table.to_csv("t.csv", index=False)
    said = run("fit", "t.csv", "-o", "t.genloop", "--threads", "1", *words)
    run("sample", "t.genloop", "-n", len(table), "-o", "made.csv")
    return pd.read_csv("made.csv", keep_default_na=False), said


def refused(run, *words):
    """The one line with which a command refuses."""
    lines = run(*words, code=1).splitlines()
    told = [line for line in lines if line.startswith("error: ")]
    assert len(told) == 1, lines
    return told[0]


def test_a_missing_file(run):
    assert "no file none.csv" in refused(run, "fit", "none.csv", "-o", "m.genloop")


def test_an_empty_file(run, tmp_path):
    (tmp_path / "empty.csv").write_text("")
    assert "empty.csv" in refused(run, "fit", "empty.csv", "-o", "m.genloop")


def test_a_header_without_rows(run, tmp_path):
    (tmp_path / "head.csv").write_text("a,b\n")
    assert "row" in refused(run, "fit", "head.csv", "-o", "m.genloop")


def test_one_row(run, tmp_path):
    (tmp_path / "one.csv").write_text("a,b\n1,x\n")
    assert "the table has 1 row; at least 10 are needed" in refused(run, "fit", "one.csv", "-o", "m.genloop")


def test_a_corpus_of_one_document_repeated_says_that_it_is_one(run, tmp_path):
    (tmp_path / "same").mkdir()
    for at in range(12):
        (tmp_path / "same" / f"{at}.txt").write_text("The first paragraph.\n\nThe second one.")
    for look in ((), ("--dry-run",)):
        told = refused(run, "fit", "same", "-o", "m.genloop", *look)
        assert "at least 10 are needed" in told
        assert "11 exact and 0 near duplicates are left out" in told and "one document only" in told


def test_two_equal_column_names(run, tmp_path, people):
    people.columns = ["age", "land", "land"]
    people.to_csv("t.csv", index=False)
    result = CliRunner().invoke(app, ["fit", "t.csv", "-o", "t.genloop"])
    assert result.exit_code in (0, 1) and "land" in result.stdout + result.stderr
    assert "land" in (result.stderr if result.exit_code else result.stdout)


def test_ragged_rows_are_named_by_line(run, tmp_path, people):
    people.to_csv("t.csv", index=False)
    lines = Path("t.csv").read_text().splitlines()
    lines[7] += ",extra,cells"
    Path("t.csv").write_text("\n".join(lines) + "\n")
    result = CliRunner().invoke(app, ["fit", "t.csv", "-o", "t.genloop"])
    assert result.exit_code in (0, 1)
    assert "row 7" in (result.stderr if result.exit_code else result.stdout)


def test_an_encoding_that_is_not_utf8(run, tmp_path, people):
    people["land"] = people["land"].map({"CN": "中国", "DE": "德国", "FR": "法国"})
    people.to_csv("t.csv", index=False, encoding="gb18030")
    run("fit", "t.csv", "-o", "t.genloop", "--threads", "1")
    run("sample", "t.genloop", "-n", "50", "-o", "made.csv")
    assert set(pd.read_csv("made.csv").land) <= {"中国", "德国", "法国"}


def test_a_column_all_missing_constant_or_all_distinct(run, people):
    people["gone"] = ""
    people["same"] = "always"
    people["code"] = [f"X{number:05d}" for number in range(ROWS)]
    made, _ = learn(run, people)
    assert (made.gone == "").all() and (made.same == "always").all()
    assert made.code.is_unique and not set(made.code) & set(people.code)


def test_mixed_types_in_one_column(run, people):
    people["paid"] = people.paid.astype(object)
    people.loc[[3, 50], "paid"] = ["unknown", "n/a"]
    made, said = learn(run, people)
    assert len(made) == ROWS and "paid" in said


def test_infinities_become_missing_and_are_counted(run, people):
    people.loc[:9, "paid"] = np.inf
    people.loc[10:14, "paid"] = -np.inf
    made, said = learn(run, people, "--kind", "paid=number")
    paid = pd.to_numeric(made.paid.replace("", np.nan))
    assert np.isfinite(paid.dropna()).all() and "15" in said


def test_a_hundred_thousand_distinct_categories(run, tmp_path):
    rng = np.random.default_rng(1)
    names = np.array([f"item {number}" for number in range(100_000)])
    table = pd.DataFrame({"item": np.r_[names, names[rng.zipf(1.3, 50_000) % 100_000]]})
    table["price"] = np.round(rng.gamma(2, 10, len(table)), 1)
    table.to_csv("t.csv", index=False)
    began = time.monotonic()
    run("fit", "t.csv", "-o", "t.genloop", "--threads", "1", "--kind", "item=category")
    run("sample", "t.genloop", "-n", "1000", "-o", "made.csv")
    counts = table.item.value_counts()
    assert set(pd.read_csv("made.csv").item) <= set(counts[counts >= 5].index)
    assert time.monotonic() - began < 60


def test_dates_in_two_formats(run, people):
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta(np.arange(ROWS), unit="D")
    people["day"] = np.where(np.arange(ROWS) % 4 == 0, days.strftime("%d.%m.%Y"), days.strftime("%Y-%m-%d"))
    made, _ = learn(run, people, "--kind", "day=time")
    assert made.day.str.fullmatch(r"\d{4}-\d{2}-\d{2}").all()


def test_more_columns_than_rows(run):
    rng = np.random.default_rng(2)
    made, _ = learn(run, pd.DataFrame(rng.integers(0, 9, (30, 60)), columns=[f"c{n}" for n in range(60)]))
    assert made.shape == (30, 60)


@pytest.fixture
def model(run, people):
    people.to_csv("t.csv", index=False)
    run("fit", "t.csv", "-o", "t.genloop", "--threads", "1")
    return "t.genloop"


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("height>=3", ["no column 'height'", "age, land, paid"]),
        ("land=XX", ["XX", "CN", "DE", "FR"]),
        ("age=70..60", ["age"]),
        ("age=900..950", ["age", "run from 18"]),
        ("age", ["is not understood", "col=v"]),
    ],
)
def test_a_condition_that_cannot_come_true_lists_what_exists(run, model, condition, expected):
    told = refused(run, "sample", model, "-n", "5", "--given", condition)
    assert all(word in told for word in expected), told


def test_an_output_that_cannot_be_written(run, model, tmp_path):
    assert "nowhere" in refused(run, "sample", model, "-n", "5", "-o", "nowhere/made.csv")
    assert "there is no folder nowhere" in refused(run, "fit", "t.csv", "-o", "nowhere/m.genloop")
    assert "it is a folder" in refused(run, "fit", "t.csv", "-o", str(tmp_path))


def test_a_full_disk_leaves_the_old_file(run, model, tmp_path):
    run("sample", model, "-n", "20", "-o", "made.csv")
    before = Path("made.csv").read_bytes(), Path(model).read_bytes()
    for words in (["sample", model, "-n", "9000", "-o", "made.csv"], ["fit", "t.csv", "-o", model, "--seed", "3"]):
        done = subprocess.run(
            [sys.executable, "-m", "genloop", *words],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (2_000, 2_000)),
        )
        assert done.returncode == 1 and "cannot write" in done.stderr.splitlines()[-1], done.stderr
    assert (Path("made.csv").read_bytes(), Path(model).read_bytes()) == before
    assert not [p.name for p in Path().iterdir() if p.name.startswith(".")]


def test_a_model_file_cut_short(run, model):
    raw = Path(model).read_bytes()
    Path(model).write_bytes(raw[: len(raw) // 2])
    assert "cut short" in refused(run, "sample", model, "-n", "5")


def test_killed_half_way_a_resume_goes_on(run, people, tmp_path):
    pd.concat([people] * 40).to_csv("t.csv", index=False)
    words = [sys.executable, "-m", "genloop", "fit", "t.csv", "-o", "m.genloop", "--threads", "1"]
    work = subprocess.Popen(words, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not (tmp_path / "m.genloop.run" / "run.json").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    work.send_signal(signal.SIGKILL)
    work.wait()
    assert not (tmp_path / "m.genloop").exists() and (tmp_path / "m.genloop.run").is_dir()
    run("fit", "t.csv", "-o", "m.genloop", "--threads", "1", "--resume")
    assert (tmp_path / "m.genloop").exists() and not (tmp_path / "m.genloop.run").exists()


def test_a_resume_without_a_run_is_refused(run, model):
    assert "nothing to resume" in refused(run, "fit", "t.csv", "-o", "other.genloop", "--resume")
