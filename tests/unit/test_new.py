"""`make new` starts parts that satisfy their contract, pass their test, and overwrite nothing."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import new
import pytest

from genloop.engine import recipe

ROOT = Path(__file__).parents[2]


@pytest.fixture
def checkout(tmp_path):
    """A copy of the package and its settings."""
    shutil.copytree(ROOT / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


@pytest.mark.parametrize(("kind", "group"), [("judge", "judges"), ("generator", "generators")])
def test_a_new_part_passes_its_own_test_and_the_linter(checkout, kind, group):
    written = new.new(kind, "fresh", checkout)
    assert f'fresh = "genloop.{group}.fresh"' in (checkout / "pyproject.toml").read_text(encoding="utf-8")
    code = [path for path in written if path.suffix == ".py"]
    lint = subprocess.run([sys.executable, "-m", "ruff", "check", *code], capture_output=True, text=True, check=False)
    assert lint.returncode == 0, lint.stdout
    tests = [path for path in written if path.name.startswith("test_")]
    command = [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, "--rootdir", str(checkout), *map(str, tests)]
    path = {"PYTHONPATH": str(checkout / "src"), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run(command, env=os.environ | path, capture_output=True, text=True, check=False, cwd=checkout)
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_new_family_comes_with_a_recipe_that_loads_and_a_card_that_names_it(checkout):
    new.new("generator", "fresh", checkout)
    found = recipe.read(checkout / "recipes" / "fresh.toml")
    assert found.fit["family"] == "fresh"
    card = (checkout / "cards" / "fresh.md").read_text(encoding="utf-8")
    assert "../recipes/fresh.toml" in card
    assert all(f"| {name} | {value:g} |" in card for name, value in found.about.expected.items())


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        ("toy", "fresh", "KIND is one of judge, generator, found 'toy'"),
        ("judge", "Loud Noise", "NAME is one lower-case word"),
        ("judge", "shapes", "shapes exists already: src/genloop/judges/shapes.py"),
    ],
)
def test_what_cannot_be_started_is_refused_with_a_reason(checkout, kind, name, message):
    with pytest.raises(ValueError, match=message):
        new.new(kind, name, checkout)
