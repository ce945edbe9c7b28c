"""The command line: results on stdout, progress on stderr, one line for an error."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as pq
import pytest
from typer.main import get_command
from typer.testing import CliRunner

from genloop import load
from genloop.applications.synthesize import synthesize
from genloop.core.errors import SourceNotFound
from genloop.engine.recipe import FLAGS
from genloop.interfaces.cli import app, main, writable
from genloop.interfaces.cli.texts import TEXTS

COMMANDS = [
    "fit", "sample", "score", "create", "edit", "inspect", "compare", "synthesize", "models", "doctor", "demo",
]  # fmt: skip


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A call of the command line in a folder of its own."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "160")

    def call(*words, code=0):
        result = CliRunner().invoke(app, [str(word) for word in words])
        assert result.exit_code == code, (result.stdout, result.stderr, result.exception)
        return result

    return call


@pytest.fixture
def data(table, tmp_path):
    csv.write_csv(table, tmp_path / "people.csv")
    return tmp_path / "people.csv"


@pytest.fixture
def model(run, data):
    run("fit", data, "-o", "m.genloop", "--rules", "off", "--holdout", "0.2")
    return "m.genloop"


def test_fit_writes_model_and_schema_and_leaves_no_run_folder(run, data, tmp_path):
    result = run("fit", data, "-o", "m.genloop", "--rules", "off")
    assert {p.name for p in tmp_path.iterdir()} == {"people.csv", "m.genloop", "m.genloop.schema.json"}
    assert "weight" in result.stdout and "Wrote m.genloop" in result.stdout and "genloop sample" in result.stdout
    assert "reading rows" in result.stderr and "reading rows" not in result.stdout


def test_without_a_name_the_model_is_called_as_the_data_and_replaces_none(run, data, tmp_path):
    assert "genloop sample people.genloop" in run("fit", data, "--rules", "off").stdout
    before = (tmp_path / "people.genloop").read_bytes()
    refused = run("fit", data, "--rules", "off", "--seed", "1", code=1)
    assert "people.genloop is there already; name the model file with -o" in refused.stderr
    assert (tmp_path / "people.genloop").read_bytes() == before
    resumed = run("fit", data, "--rules", "off", "--resume", code=1)
    assert "is there already" not in resumed.stderr


@pytest.mark.parametrize(
    ("place", "model"),
    [("products/", "products.genloop"), ("v1.2", "v1.2.genloop"), ("digits.zip", "digits.genloop"), ("no.csv", None),
     (f"SELECT {'a' * 300} FROM data", None)],
)  # fmt: skip
def test_folders_keep_their_whole_name_and_files_lose_their_ending(tmp_path, monkeypatch, place, model):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "products").mkdir()
    (tmp_path / "v1.2").mkdir()
    (tmp_path / "digits.zip").touch()
    assert writable.named(place) == (None if model is None else Path(model))


def test_a_dry_run_shows_the_plan_and_writes_nothing(run, data, tmp_path):
    result = run("fit", data, "--dry-run", "--drop", "weight", "--kind", "age=category", "--key", "code")
    assert [p.name for p in tmp_path.iterdir()] == ["people.csv"]
    assert "Nothing was written" in result.stdout and "weight" not in result.stdout
    found = json.loads(run("fit", data, "--dry-run", "--json", "--kind", "age=category").stdout)
    assert found["columns"][0]["kind"] == "category" and found["estimate"]["seconds"] > 0


def test_the_result_of_fit_comes_as_json(run, data):
    found = json.loads(run("fit", data, "-o", "m.genloop", "--rules", "off", "--json").stdout)
    assert [column["name"] for column in found["columns"]] == ["age", "code", "size", "weight", "sex"]


def test_made_rows_never_take_the_place_of_what_was_learnt(run, model, data):
    before = data.read_bytes()
    assert "is what the model was learnt from" in run("sample", model, "-n", 3, "-o", data, code=1).stderr
    assert data.read_bytes() == before


def test_sample_writes_the_rows_asked_for(run, model):
    run("sample", model, "-n", "70", "-o", "made.parquet", "--given", "age>=40", "--given", "code in a|b", "--seed", 7)
    made = pq.read_table("made.parquet").to_pandas()
    assert len(made) == 70 and (made.age >= 40).all() and set(made.code) == {"a", "b"}
    run("sample", model, "-o", "as-many.csv")
    assert csv.read_csv("as-many.csv").num_rows == 320


def test_without_an_output_a_preview_is_shown(run, model):
    assert "10 made rows" in run("sample", model).stdout
    lines = run("sample", model, "-n", "3", "--json").stdout.splitlines()
    assert len(lines) == 3 and set(json.loads(lines[0])) == {"age", "code", "size", "weight", "sex"}


def test_a_preview_too_wide_for_the_terminal_is_turned(run, model, monkeypatch):
    monkeypatch.setenv("COLUMNS", "24")
    lines = run("sample", model, "-n", "2").stdout.splitlines()
    assert [line.split()[0] for line in lines[:5]] == ["age", "code", "size", "weight", "sex"]


def test_partial_rows_are_completed_and_values_balanced(run, model, tmp_path):
    (tmp_path / "part.csv").write_text("sex,age\nF,\n,33\n")
    run("sample", model, "--complete", "part.csv", "-o", "full.csv")
    made = csv.read_csv("full.csv").to_pandas()
    assert len(made) == 2 and made.sex[0] == "F" and made.age[1] == 33
    run("sample", model, "-n", "8", "--balance", "code", "-o", "even.csv")
    assert csv.read_csv("even.csv").to_pandas().code.value_counts().tolist() == [2, 2, 2, 2]


@pytest.mark.parametrize(
    ("card", "told"), [("card.txt", "written as .html or .json"), ("no/card.html", "no folder no")]
)
def test_a_card_that_cannot_be_written_is_told_before_the_judging(run, model, card, told):
    result = run("score", model, "nowhere.parquet", "-o", card, code=1)
    assert told in result.stderr and "reading" not in result.stderr


def test_score_writes_a_card_and_shows_it(run, model):
    run("sample", model, "-n", "300", "-o", "made.parquet")
    result = run("score", model, "made.parquet", "-o", "card.html")
    assert "card.html" in result.stdout and "judging" in result.stderr
    found = json.loads(run("score", model, "made.parquet", "-o", "card.json", "--json").stdout)
    assert {score["name"] for score in found["scores"]} > {"shapes", "c2st", "membership"}
    rows = json.loads(run("compare", "card.json", "card.json", "--json").stdout)
    assert all(row["first"] == row["second"] and row["better"] is None for row in rows)
    assert "c2st" in run("compare", "card.json", "card.json").stdout


def test_inspect_shows_what_a_model_holds(run, model):
    assert "people.csv" in run("inspect", model).stdout
    found = json.loads(run("inspect", model, "--json").stdout)
    assert found["source"]["rows"] == 400 and found["run"]["rows"] == 320


def test_two_models_are_compared_setting_by_setting(run, model, data):
    run("fit", data, "-o", "other.genloop", "--rules", "off", "--seed", "5", "--kind", "age=category")
    rows = {row["name"]: row for row in json.loads(run("compare", model, "other.genloop", "--json").stdout)}
    assert rows["column age"]["second"] == "category" and rows["run.seed"]["first"] == 0
    assert "compare two cards" in run("compare", model, "card.json", code=1).stderr


def test_the_doctor_tells_what_the_machine_can_do(run):
    found = json.loads(run("doctor", "--json").stdout)
    assert found["cores"] >= 1 and {extra["package"] for extra in found["extras"]} >= {"torch", "polars"}
    assert {extra["command"] for extra in found["extras"]} == {
        f"pip install 'genloop[{name}]'"
        for name in ("neural", "text", "weights", "remote", "write", "postgresql", "polars")
    }
    assert "读写 PostgreSQL" in run("doctor", "--lang", "zh").stdout
    assert "genloop" in run("doctor").stdout and "核心数" in run("doctor", "--lang", "zh").stdout


def test_the_doctor_names_the_command_that_adds_what_is_missing(run, monkeypatch):
    monkeypatch.setattr("genloop.runtime.machine._installed", lambda package: None)
    assert "pip install 'genloop[neural]'" in run("doctor").stdout


def test_one_command_learns_makes_and_judges(run, data, tmp_path):
    run("synthesize", data, "-o", "out", "-n", "200")
    names = {p.name for p in (tmp_path / "out").iterdir()}
    assert names == {"model.genloop", "made.parquet", "report.html", "report.json"}
    assert pq.read_metadata(tmp_path / "out" / "made.parquet").num_rows == 200


def test_the_demo_reads_adult_and_writes_its_report(run, data, monkeypatch, tmp_path):
    monkeypatch.setattr("genloop.files.samples.adult", lambda: data)
    monkeypatch.setattr("genloop.interfaces.cli.demo.ROWS", 300)
    monkeypatch.setattr("genloop.interfaces.cli.demo.find_spec", lambda name: None)
    said = run("demo", "--lang", "zh").stdout
    assert "report.html" in said and "未演示图片" in said
    assert (tmp_path / "runs" / "demo" / "report.html").is_file()


@pytest.mark.neural
def test_the_demo_shows_pictures_in_the_same_report(run, data, monkeypatch, tmp_path):
    rng = np.random.default_rng(0)
    np.savez(tmp_path / "d.npz", x=rng.integers(0, 256, (120, 12, 12)).astype(np.uint8), y=np.arange(120) % 3)
    monkeypatch.setattr("genloop.files.samples.adult", lambda: data)
    monkeypatch.setattr("genloop.files.samples.digits", lambda: tmp_path / "d.npz")
    monkeypatch.setattr("genloop.files.samples.poems", no_npm)
    for name, value in {"ROWS": 300, "DIGITS": 60, "MINUTES": 0.03}.items():
        monkeypatch.setattr(f"genloop.interfaces.cli.demo.{name}", value)
    said = run("demo").stdout
    assert "Poems were left out: npm is not installed" in said
    place = tmp_path / "runs" / "demo"
    assert "data:image/png;base64" in (place / "report.html").read_text(encoding="utf-8")
    assert np.load(place / "pictures" / "made.npz")["x"].shape == (60, 12, 12)
    assert {"sheet.png", "report.html", "report.json", "model.genloop"} <= {
        p.name for p in (place / "pictures").iterdir()
    }


def no_npm():
    raise SourceNotFound("npm is not installed")


@pytest.mark.neural
def test_the_demo_shows_poems_in_the_same_report(run, data, monkeypatch, tmp_path):
    pytest.importorskip("tokenizers")
    rng = np.random.default_rng(0)
    lines = ["".join(rng.choice(list("山水風月花鳥人心天日夜春秋雲雨"), 5)) for _ in range(4_000)]
    poems = [
        "，".join(lines[at : at + 2]) + "。\n" + "，".join(lines[at + 2 : at + 4]) + "。" for at in range(0, 4_000, 4)
    ]
    table = pa.table({"form": ["五言絕句", "七言絕句"] * 500, "poem": poems})
    pq.write_table(table, tmp_path / "poems.parquet")
    monkeypatch.setattr("genloop.files.samples.adult", lambda: data)
    monkeypatch.setattr("genloop.files.samples.digits", lambda: tmp_path / "none.npz")
    monkeypatch.setattr("genloop.files.samples.poems", lambda: tmp_path / "poems.parquet")
    monkeypatch.setattr("genloop.interfaces.cli.demo.synthesize", quick(synthesize))
    for name, value in {"ROWS": 300, "POEMS": 30, "MINUTES": 0.1}.items():
        monkeypatch.setattr(f"genloop.interfaces.cli.demo.{name}", value)
    said = run("demo", "--lang", "zh").stdout
    assert "chinese-poetry@2.0.1" in said and "MIT 许可证" in said
    page = (tmp_path / "runs" / "demo" / "report.html").read_text(encoding="utf-8")
    assert page.count("<blockquote>") + page.count("Withheld") >= 8 and "form: " in page


def quick(whole):
    """The application without its pictures."""

    def run(source, folder, **more):
        return None if Path(folder).name == "pictures" else whole(source, folder, **more)

    return run


def test_what_is_said_in_chinese_is_chinese(run, data):
    result = run("fit", data, "-o", "m.genloop", "--rules", "off", "--lang", "zh")
    assert "已写入" in result.stdout and "读取数据" in result.stderr
    assert "错误" in run("inspect", "none.genloop", "--lang", "zh", code=1).stderr
    assert "--lang is en or zh, found 'fr'" in run("inspect", "m.genloop", "--lang", "fr", code=1).stderr
    assert all(re.findall(r"{[^}]*}", en) == re.findall(r"{[^}]*}", zh) for en, zh in TEXTS.values())


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["fit", "none.csv", "-o", "m.genloop"], "error: no file none.csv"),
        (["fit", "sqlite:///none.db"], "error: name the model file to write: -o"),
        (["fit", "people.csv", "-o", "no/m.genloop"], "error: cannot write no/m.genloop: there is no folder no"),
        (["fit", "people.csv", "-o", "m.genloop", "--kind", "age"], "error: --kind is COLUMN=KIND, found 'age'"),
        (["fit", "people.csv", "-o", "m.genloop", "--drop", "x"], "error: no column 'x'"),
        (["sample", "none.genloop"], "error: no model file none.genloop"),
    ],
)
def test_an_error_is_one_line_on_stderr(run, data, words, message):
    result = run(*words, code=1)
    told = [line for line in result.stderr.splitlines() if not line.startswith("looking at")]
    assert len(told) == 1 and told[0].startswith(message) and not result.stdout


def test_the_traceback_comes_only_with_debug(run):
    with pytest.raises(FileNotFoundError):
        CliRunner().invoke(app, ["inspect", "none.genloop", "--debug"], catch_exceptions=False)


def test_what_nobody_foresaw_is_one_line_too(run, model, monkeypatch):
    def fail(*_args, **_more):
        raise RuntimeError("two\nlines")

    monkeypatch.setattr("genloop.engine.model.Model.describe", fail)
    result = run("inspect", model, code=70)
    assert result.stderr == "unexpected error: RuntimeError: two lines (run again with --debug for the traceback)\n"


def test_an_interrupt_leaves_with_its_own_code(run, model, monkeypatch):
    def stop(*_args, **_more):
        raise KeyboardInterrupt

    monkeypatch.setattr("genloop.engine.model.Model.describe", stop)
    assert run("inspect", model, code=130).stderr == "stopped\n"


@pytest.mark.parametrize("command", COMMANDS)
def test_every_help_has_an_example_that_the_command_understands(run, command):
    text = run(command, "--help").stdout
    examples = re.findall(rf"genloop {command}[^│\n]*", text)
    assert examples[1:] or command in ("doctor",), text


def test_the_version_is_shown(run):
    assert run("--version").stdout.startswith("genloop 0.")


def test_words_after_a_lone_double_dash_are_left_alone():
    assert isinstance(main.app.info.cls, type)


def test_help_is_quick_and_imports_nothing_heavy():
    code = (
        "import sys; from genloop.interfaces.cli import app\n"
        "try: app(['--help'])\n"
        "except SystemExit: pass\n"
        "sys.exit(', '.join({'torch', 'lightgbm', 'numba', 'duckdb', 'pandas', 'sklearn'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=20)
    assert done.returncode == 0, done.stderr


def test_a_recipe_gives_the_settings_and_flags_win(tmp_path):
    table, recipe = tmp_path / "rows.csv", tmp_path / "small.toml"
    table.write_text("a,b\n" + "".join(f"{i % 7},{'xy'[i % 2]}\n" for i in range(100)), encoding="utf-8")
    recipe.write_text('[fit]\nholdout = 0.2\ndrop = ["b"]\n', encoding="utf-8")
    words = ["fit", str(table), "--dry-run", "--json", "--recipe", str(recipe)]
    rows = []
    for more in ([], ["--holdout", "0.4"]):
        done = CliRunner().invoke(app, [*words, *more])
        assert done.exit_code == 0, done.stderr
        found = json.loads(done.stdout)
        assert [column["name"] for column in found["columns"]] == ["a"]
        rows.append(found["rows"]["holdout"])
    assert rows == [20, 40]


def test_a_recipe_reaches_every_option_the_familys_own_settings_too(tmp_path):
    table, recipe = tmp_path / "rows.csv", tmp_path / "odd.toml"
    table.write_text("a,b\n" + "".join(f"{i % 7},{'xy'[i % 2]}\n" for i in range(100)), encoding="utf-8")
    recipe.write_text('[fit]\nseed = 1\n[fit.kind]\nb = "category"\n[fit.set]\nwurst = 1\n', encoding="utf-8")
    done = CliRunner().invoke(app, ["fit", str(table), "-o", str(tmp_path / "m.genloop"), "--recipe", str(recipe)])
    assert done.exit_code == 0, done.stderr
    assert any(stage.settings == {"wurst": 1} for stage in load(tmp_path / "m.genloop").learnt.plan.stages)
    options = {flag for parameter in get_command(app).commands["fit"].params for flag in parameter.opts}
    assert {f"--{flag}" for flag in FLAGS} <= options


def test_a_command_says_how_threads_wait_before_anything_loads_them():
    code = (
        "import os, sys; from genloop.interfaces.cli import app; app(['doctor'], standalone_mode=False); "
        "print(os.environ['GOMP_SPINCOUNT'], {'torch', 'lightgbm', 'sklearn'} & set(sys.modules))"
    )
    kept = {name: value for name, value in os.environ.items() if name not in ("OMP_WAIT_POLICY", "GOMP_SPINCOUNT")}
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=kept, check=True)
    assert result.stdout.splitlines()[-1] == "10000 set()"
