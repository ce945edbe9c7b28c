"""The tutorial of writing runs as it stands there: brief, draft, a person's word, a page with its label."""

import contextlib
import re
import shlex
import shutil
import tomllib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from genloop.applications.write import brief
from genloop.interfaces.cli import app
from genloop.trust import written

pytest.importorskip("jinja2")
ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)


def blocks(page, kind):
    """The fenced blocks of one language."""
    return [text for own, text in FENCE.findall((ROOT / "docs" / page).read_text("utf-8")) if own == kind]


def test_the_tutorial_of_writing_runs_and_publishes_a_labelled_page(tmp_path):
    shutil.copytree(ROOT / "docs", tmp_path / "material")
    (tmp_path / "brief.toml").write_text(blocks("tutorials/writing.md", "toml")[0], encoding="utf-8")
    lines = [line for block in blocks("tutorials/writing.md", "sh") for line in block.splitlines()]
    with contextlib.chdir(tmp_path):
        for line in (line for line in lines if line.startswith("genloop ")):
            words, _, target = line.partition(" > ")
            done = CliRunner().invoke(app, shlex.split(words)[1:])
            assert done.exit_code == 0 or "says what the draft" in done.stderr, (line, done.stderr, done.exception)
            if target:
                Path(target).write_text(done.stdout.replace("# What", "# Just what", 1), encoding="utf-8")
    page = (tmp_path / "site" / "what-a-critic-does.html").read_text("utf-8")
    marks = written.read(page)
    assert marks.line.startswith("Made by AI") and marks.records[0]["identifier"] == "what-a-critic-does"
    assert "Just what a critic does" in page and (tmp_path / "site" / "feed.xml").is_file()


def test_the_targets_of_the_how_to_page_are_understood(tmp_path):
    (block,) = blocks("how-to/publishing.md", "toml")
    found = brief.parse({"title": "a", "sources": ["docs"], **tomllib.loads(block)}, tmp_path)
    assert [target.to for target in found.publish] == list(brief.TARGETS)
