"""What `genloop fit` makes of its flags."""

import json

import pytest
from typer.testing import CliRunner

from genloop import engine
from genloop.core.errors import DataError
from genloop.engine.folder import Folder
from genloop.interfaces.cli import app, options


def test_weights_servers_and_their_models_become_settings_of_their_families(monkeypatch):
    asked = {}

    def run(*words, code=0):
        done = CliRunner().invoke(app, ["fit", *words])
        assert done.exit_code == code, (done.stderr, done.exception)
        return done

    monkeypatch.setattr("genloop.engine.preview", lambda data, **more: asked.update(more, data=data))
    monkeypatch.setattr("genloop.interfaces.cli.fit.show_preview", lambda *args, **more: None)
    run("--endpoint", "http://127.0.0.1:9/v1", "--served-model", "small", "--set", "key=MY_KEY", "--dry-run")
    assert (asked["data"], asked["family"]) == (None, "remote")
    assert asked["settings"] == {"endpoint": "http://127.0.0.1:9/v1", "served": "small", "key": "MY_KEY"}
    run("docs", "--base", "weights", "--dry-run")
    assert (asked["data"], asked["family"], asked["settings"]) == ("docs", "pretrained", {"base": "weights"})
    assert "name the data to learn from, or a server" in run("-o", "m.genloop", code=1).stderr


@pytest.mark.parametrize(
    ("text", "value"),
    [(".25", 0.25), ("1e-3", 0.001), ("+2.", 2.0), ("3", 3), ("true", True), ("[0.5, 0.9]", [0.5, 0.9])]
    + [(word, word) for word in ("hinge", "nan", "inf", "Infinity", "NaN")],
)
def test_a_setting_is_a_number_a_truth_a_list_or_else_a_text(text, value):
    name, found = options.setting(f"rate={text}")
    assert (name, type(found), found) == ("rate", type(value), value)


@pytest.fixture
def documents(tmp_path):
    """A folder of 24 documents with an empty file and a program among them."""
    for at in range(24):
        words = " ".join(f"{word}{at}" for word in ("fox", "river", "lamp", "stone", "bread", "window"))
        (tmp_path / f"{at:02}.txt").write_text(f"The story of {words} ends here.")
    (tmp_path / "empty.txt").write_text("")
    (tmp_path / "run.txt").write_bytes(b"\x7fELF" + bytes(range(256)))
    return tmp_path


@pytest.mark.neural
def test_a_dry_run_tells_which_files_of_a_folder_are_passed_over_as_the_fit_does(documents):
    pytest.importorskip("torch")
    pytest.importorskip("tokenizers")

    def told(*words):
        done = CliRunner().invoke(app, ["fit", str(documents), "--dry-run", *words])
        assert done.exit_code == 0, (done.stderr, done.exception)
        return done.stdout

    said = told()
    assert "2 files are passed over: 1 empty; 1 binary, whatever its name: expected text, found a program\n" in said
    assert "  empty.txt: empty\n  run.txt: binary, whatever its name: expected text, found a program\n" in said
    spoken = told("--lang", "zh")
    assert "略过 2 个文件：1 个空文件；1 个：不是文本，而是程序\n" in spoken and "  empty.txt：空文件\n" in spoken
    assert "text: 100% of the texts are in English\n" in said
    assert "rows to learn from; " in said and "Learnt from" not in said
    assert "text: 100% 的文本为英文\n" in spoken and "用户声明" in spoken
    listed = json.loads(told("--json"))
    assert listed["skipped"][0] == {"file": "empty.txt", "reason": "empty"}
    assert any(note.startswith("2 files are passed over") for note in listed["notes"])
    (documents / "run.txt").unlink()
    assert "1 file is passed over: 1 empty\n" in told()


def test_a_refused_fit_leaves_no_run_folder_unless_there_is_something_to_go_on_from(tmp_path, monkeypatch):
    kept = []

    def fit(data, *, folder, **more):
        Folder(folder).begin({"data": data}, resume=False)
        for name in kept:
            (folder / "checkpoint" / name).write_text("{}")
        raise DataError("no weights there")

    monkeypatch.setattr("genloop.engine.fit", fit)
    words = ["fit", "docs", "-o", str(tmp_path / "m.genloop")]
    assert "no weights there" in CliRunner().invoke(app, words).stderr and not list(tmp_path.iterdir())
    kept.append("state.json")
    CliRunner().invoke(app, words)
    assert (tmp_path / "m.genloop.run" / "checkpoint" / "state.json").exists()


@pytest.mark.parametrize("words", [["--lang", "zh"], ["--lang=zh"]])
def test_a_refusal_is_said_in_chinese_where_that_is_asked_for(tmp_path, words):
    (tmp_path / "empty.csv").write_text("")
    done = CliRunner().invoke(app, ["fit", str(tmp_path / "empty.csv"), "--dry-run", *words])
    assert done.stderr.splitlines()[-1] == f"错误: {tmp_path / 'empty.csv'} 是空文件；应有表头和数据行"
    done = CliRunner().invoke(app, ["fit", "none.csv", "-o", str(tmp_path / "m.genloop")])
    assert "error: no file none.csv (looked in" in done.stderr


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--set", "wurst=1"), "unknown setting wurst; known: "),
        (("--base", "nowhere"), "no weights at 'nowhere'"),
        (("--family", "wurst"), "--family 'wurst' is not installed; installed of texts: "),
    ],
)
@pytest.mark.neural
def test_what_is_wrong_with_a_family_of_texts_is_told_before_a_row_is_read(documents, tmp_path, words, message):
    pytest.importorskip("torch")
    pytest.importorskip("tokenizers")
    done = CliRunner().invoke(app, ["fit", str(documents), "-o", str(tmp_path / "m.genloop"), *words])
    assert done.exit_code == 1 and message in done.stderr
    assert "reading rows" not in done.stderr and not list(tmp_path.glob("m.genloop*"))
    assert message in CliRunner().invoke(app, ["fit", str(documents), "--dry-run", *words]).stderr


def test_a_coach_is_told_what_is_wrong_before_the_model_is_read(tmp_path):
    def told(*words):
        done = CliRunner().invoke(app, ["coach", "gone.genloop", "-o", str(tmp_path / "none" / "b.genloop"), *words])
        assert done.exit_code == 1
        return done.stderr

    assert "there is no folder" in told()
    assert "--minutes must be above 0, found 0" in told("--minutes", "0")


@pytest.mark.parametrize(
    ("lang", "told"),
    [
        ("en", "when: day and month could be swapped: read as %d/%m/%Y, %m/%d/%Y would fit as well"),
        ("zh", "when: 日与月可能颠倒：按 %d/%m/%Y 读取，%m/%d/%Y 也说得通"),
    ],
)
def test_what_a_kind_is_doubted_for_is_told_below_the_columns(tmp_path, lang, told):
    days = [f"{at % 12 + 1:02d}/{at * 7 % 12 + 1:02d}/2024,{at}" for at in range(60)]
    (tmp_path / "d.csv").write_text("\n".join(["when,n", *days]))
    done = CliRunner().invoke(app, ["fit", str(tmp_path / "d.csv"), "--dry-run", "--lang", lang])
    assert told in done.stdout


def test_an_interrupted_fit_leaves_an_earlier_model_as_it_was(tmp_path, monkeypatch):
    (tmp_path / "t.csv").write_text("a,b\n" + "".join(f"{at % 7},{'xy'[at % 2]}\n" for at in range(300)))
    learn = engine.fit

    def broken_off(data, *, budget, **more):
        found = learn(data, budget=budget, **more)
        budget.interrupted = True
        return found

    def run(code):
        done = CliRunner().invoke(app, ["fit", str(tmp_path / "t.csv"), "-o", str(target), "--threads", "1"])
        assert done.exit_code == code, (done.stderr, done.exception)
        return done.stderr

    target, aside = tmp_path / "t.genloop", tmp_path / "t.unfinished.genloop"
    with monkeypatch.context() as patch:
        patch.setattr("genloop.engine.fit", broken_off)
        assert "stands as it was" not in run(130)
        assert target.exists() and not aside.exists()
    run(0)
    earlier = target.read_bytes()
    monkeypatch.setattr("genloop.engine.fit", broken_off)
    assert "stands as it was" in run(130)
    assert target.read_bytes() == earlier
    assert len(engine.load(aside).sample(5)) == 5


def test_a_fit_does_not_write_its_model_over_what_is_no_model(tmp_path):
    data, text = tmp_path / "t.csv", "a,b\n" + "".join(f"{at % 7},{'xy'[at % 2]}\n" for at in range(300))
    data.write_text(text)
    done = CliRunner().invoke(app, ["fit", str(data), "-o", str(data), "--threads", "1", "--lang", "zh"])
    assert done.exit_code == 1 and "不是模型" in done.stderr
    assert data.read_text() == text
    for _ in range(2):  # a model gives way to a model, whatever its name
        done = CliRunner().invoke(app, ["fit", str(data), "-o", str(tmp_path / "model"), "--threads", "1"])
        assert done.exit_code == 0, (done.stderr, done.exception)
