"""What README and docs show is run as it stands there, line by line, in one folder."""

import contextlib
import re
import shlex
import sqlite3
import tomllib
from pathlib import Path

import orders
import pytest
import reference
from typer.testing import CliRunner

from genloop.interfaces.cli import app

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.M | re.S)
LINK = re.compile(r"\]\(([^)#:]+)\)")
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
TARGETS = set(re.findall(r"^(\w+):.*## ", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M))
HOW_TO = ("conditions", "completing-rows", "rules", "databases")


def blocks(page, language):
    """The fenced blocks of one language."""
    return [text for kind, text in FENCE.findall((ROOT / page).read_text(encoding="utf-8")) if kind == language]


def commands(page):
    """The `genloop` lines of a page, split into words."""
    lines = [line for block in blocks(page, "sh") for line in block.splitlines()]
    return [shlex.split(line)[1:] for line in lines if line.startswith("genloop ")]


def run(folder, page):
    """Run every command of a page there; each must succeed."""
    with contextlib.chdir(folder):
        for words in commands(page):
            done = CliRunner().invoke(app, words)
            assert done.exit_code == 0, (words, done.stderr, done.exception)


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    """A folder with everything that the pages take for granted."""
    folder = tmp_path_factory.mktemp("docs")
    rows = [",".join(map(str, row)) for row in (orders.COLUMNS, *orders.rows(600))]
    for name in ("orders.csv", "customers.csv"):
        (folder / name).write_text("\n".join(rows) + "\n", encoding="utf-8")
    (folder / "partial.csv").write_text("city,age\nNice,70\nGraz,\n", encoding="utf-8")
    (folder / "rules.txt").write_text(blocks("docs/how-to/rules.md", "rules")[0], encoding="utf-8")
    with contextlib.closing(sqlite3.connect(folder / "shop.db")) as base:
        base.execute(f"create table orders ({', '.join(orders.COLUMNS)})")
        marks = ", ".join("?" * len(orders.COLUMNS))
        base.executemany(
            f"insert into orders values ({marks})",
            ([*row[:1], *map(str, row[1:3]), *row[3:]] for row in orders.rows(300)),
        )
        base.commit()
    return folder


def test_the_tutorial_runs_and_the_how_to_pages_go_on_from_it(shop):
    run(shop, "docs/tutorials/first-table.md")
    assert "<html" in (shop / "card.html").read_text(encoding="utf-8")
    for name in HOW_TO[:2]:
        run(shop, f"docs/how-to/{name}.md")
    assert len((shop / "completed.csv").read_text(encoding="utf-8").splitlines()) == 3


@pytest.mark.parametrize("name", HOW_TO[2:])
def test_a_how_to_page_runs(shop, name):
    page = f"docs/how-to/{name}.md"
    assert commands(page)
    run(shop, page)


def test_the_four_commands_of_the_readme_run(shop):
    assert len(commands("README.md")) == 4
    run(shop, "README.md")


def test_the_python_of_the_readme_runs(shop, capsys):
    (snippet,) = blocks("README.md", "python")
    with contextlib.chdir(shop):
        exec(compile(snippet, "README.md", "exec"), {})  # the text under test
    assert "[5 rows x 10 columns]" in capsys.readouterr().out
    assert (shop / "customers.genloop").is_file()


def test_both_readmes_show_the_same_code():
    def code(page):
        text = [block for language in ("sh", "python") for block in blocks(page, language)]
        return [re.sub(r"\s*#.*", "", block) for block in text]

    assert code("README.md") == code("README.zh.md")
    headings = [
        len(re.findall(r"^## ", (ROOT / page).read_text("utf-8"), re.M)) for page in ("README.md", "README.zh.md")
    ]
    assert headings[0] == headings[1]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere_and_named_targets_and_extras_exist(page):
    text = page.read_text(encoding="utf-8")
    assert [link for link in LINK.findall(text) if not (page.parent / link).exists()] == []
    assert set(re.findall(r"^make (\w+)", text, re.M)) <= TARGETS
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    assert set(re.findall(r"(?:genloop|'\.)\[(\w+)\]", text)) <= set(extras)


def test_the_page_of_commands_is_current():
    assert reference.PAGE.read_text(encoding="utf-8") == reference.page()
