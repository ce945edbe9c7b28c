"""`genloop write` as people type it: run, list, show, edit, approve, reject, and how failures are told."""

import json
from types import SimpleNamespace

import pytest
from typer.testing import CliRunner

from genloop.applications.write import gate
from genloop.interfaces.cli import app

ID = "the-harbour-hotel"
BRIEF = """
title = "The harbour hotel"
sources = ["docs"]
[model]
family = "extracts"
"""


class Gate:
    """Lets everything pass in which BAD does not stand."""

    def judge(self, sections, material):
        bad = [at for at, section in enumerate(sections) if "BAD" in section.text]
        reasons = tuple(SimpleNamespace(section=at, span=None, measure="bad", en="bad", zh="不好") for at in bad)
        return SimpleNamespace(passed=not bad, scores={}, reasons=reasons)


@pytest.fixture
def run(tmp_path, monkeypatch):
    """A call of `genloop write` on a brief over two documents."""
    pytest.importorskip("jinja2")
    monkeypatch.setattr(gate, "drafts", SimpleNamespace(fit=lambda texts, rng, quoted=1.0: Gate()))
    monkeypatch.setenv("COLUMNS", "200")
    (tmp_path / "docs").mkdir()
    for name, text in (("a", "The harbour hotel has forty-two rooms."), ("b", "Guests of the harbour hotel like it.")):
        (tmp_path / "docs" / f"{name}.txt").write_text(text * 3, encoding="utf-8")
    (tmp_path / "brief.toml").write_text(BRIEF, encoding="utf-8")

    def call(*words, code=0):
        result = CliRunner().invoke(app, ["write", str(tmp_path / "brief.toml"), *map(str, words)])
        assert result.exit_code == code, (result.stdout, result.stderr, result.exception)
        return result

    return call


def test_from_brief_to_page_by_a_person(run, tmp_path):
    assert "waits for approval" in run("-o", tmp_path / "site").stdout
    assert ID in run("--list").stdout
    label = run("--show", ID).stderr
    assert "Made by AI: software put this text together from quoted sources. (model extracts, run " in label
    shown = run("--show", ID).stdout
    assert shown.startswith("# The harbour hotel\n") and "(a.txt)" in shown
    edited = tmp_path / "edited.md"
    edited.write_text(shown.replace("# The harbour hotel", "# Our harbour hotel"), encoding="utf-8")
    assert "the gate has not judged the edited text" in run("--edit", ID, edited).stderr
    assert json.loads(run("--list", "--json").stdout)[0]["finding"] is None
    assert "waits for approval" in run("--list").stdout
    done = run("--approve", ID)
    assert "published: " in done.stdout
    page = str(tmp_path / "site" / f"{ID}.html")
    assert ["published", page] == [
        word for word in run("--list").stdout.split() if word in ("published", "approved", page)
    ]
    assert json.loads(run("--list", "--json").stdout)[0]["places"] == [page]
    assert "Our harbour hotel" in (tmp_path / "site" / f"{ID}.html").read_text("utf-8")
    assert "withdrawn: " in run("--reject", ID, "--because", "old").stdout
    assert "rejected" in run("--list").stdout and page not in run("--list").stdout


def test_an_approval_names_the_folder_and_other_words_refuse_one(run, tmp_path):
    run()
    assert "--list publishes nothing" in run("--list", "-o", tmp_path / "site", code=1).stderr
    assert "published: " in run("--approve", ID, "-o", tmp_path / "site").stdout
    assert (tmp_path / "site" / f"{ID}.html").exists()


def test_what_cannot_be_published_is_told_and_tried_again(run, tmp_path, monkeypatch):
    target = '[[publish]]\nto = "webhook"\nurl = "http://127.0.0.1:9/in"\nsecret_env = "HOOK"\n'
    (tmp_path / "brief.toml").write_text(f'approve = "auto"\n{BRIEF}\n{target}', encoding="utf-8")
    failed = run("-o", tmp_path / "site", code=3)
    assert "Not published: webhook http://127.0.0.1:9/in: the environment variable HOOK is not set" in failed.stderr
    assert "published: " in failed.stdout and (tmp_path / "site" / f"{ID}.html").is_file()
    monkeypatch.setenv("HOOK", "very-secret")
    again = run(code=3)
    assert "cannot be reached" in again.stderr and "very-secret" not in again.stderr + again.stdout
    kept = json.loads((tmp_path / "brief.run" / "published.json").read_text("utf-8"))
    assert "very-secret" not in json.dumps(kept) and "why" in kept["webhook http://127.0.0.1:9/in"][ID]


def test_json_holds_drafts_and_receipts(run, tmp_path):
    (tmp_path / "brief.toml").write_text(f'approve = "auto"\n{BRIEF}', encoding="utf-8")
    told = json.loads(run("-o", tmp_path / "site", "--json").stdout)
    assert told["drafts"][0]["status"] == "approved" and told["published"][0]["did"] == "created"
    assert json.loads(run("--list", "--json").stdout)[0]["id"] == ID


def test_a_refused_draft_is_listed_with_its_reasons(run, tmp_path):
    for path in (tmp_path / "docs").iterdir():
        path.write_text("The harbour hotel is a BAD place to sleep.", encoding="utf-8")
    refused = run("--lang", "zh", code=4)
    assert "未通过审核" in refused.stdout and "不好" in refused.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--list", "--approve", "a"], "--list and --approve exclude each other"),
        (["--approve", "a"], "no draft 'a'"),
        (["--approve", ""], "no draft ''"),
        (["--show", ""], "no draft ''"),
        (["--reject", "a"], "no draft 'a'"),
        (["--lang", "fr"], "--lang is en or zh"),
    ],
)
def test_mistakes_are_told_in_one_line(run, words, told):
    assert told in run(*words, code=1).stderr


def test_what_could_not_be_published_is_approved_and_no_more(run, tmp_path):
    target = '[[publish]]\nto = "webhook"\nurl = "http://127.0.0.1:9/in"\n'
    (tmp_path / "brief.toml").write_text(f'approve = "auto"\n{BRIEF}\n{target}', encoding="utf-8")
    run(code=3)
    shown = run("--list")
    assert "approved" in shown.stdout and "published" not in shown.stdout
    assert f"Not published: {ID}, webhook" in shown.stderr and "cannot be reached" in shown.stderr
    (told,) = json.loads(run("--list", "--json").stdout)
    (why,) = told["failed"].values()
    assert "cannot be reached" in why


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ('family = "wurst"', "[model] family = 'wurst': expected one of extracts, pretrained"),
        ('path = "gone.genloop"', "[model] path: there is no model file"),
        ("settings = {wurst = 1}", "[model] of the brief: unknown setting wurst"),
        ('family = "pretrained"', "[model] of the brief: the pretrained family needs weights"),
    ],
)
def test_a_wrong_model_is_refused_before_anything_is_collected(run, tmp_path, model, message):
    (tmp_path / "brief.toml").write_text(BRIEF.replace('family = "extracts"', model), encoding="utf-8")
    told = run("-o", tmp_path / "site", code=1).stderr
    assert message in told and "--family" not in told
    assert not (tmp_path / "brief.run").exists()
