"""What the import contracts cannot say: caps, the facade, torch, dependencies, docstrings, and a light `--help`."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import caps
import pytest
from packaging.requirements import Requirement

import genloop

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "genloop"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
TREES = {path.relative_to(SOURCE): ast.parse(path.read_text(encoding="utf-8")) for path in SOURCE.rglob("*.py")}
IMPORT_NAMES = {"scikit-learn": "sklearn", "vl-convert-python": "vl_convert", "pillow": "PIL"}
NEURAL = ("autoencoder", "flow", "gan", "pretrained", "recurrent", "transformer", "vae")
TORCH_FILES = ("runtime/device.py", "runtime/precision.py")
TORCH_ROOMS = ("nn/", "optimisation/train/", *(f"generators/{name}/" for name in NEURAL), *TORCH_FILES)


def imports(tree):
    """Every imported module, in full, with the names taken from it."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, ()) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            yield node.module, tuple(alias.name for alias in node.names)


def test_files_and_functions_stay_within_their_caps():
    found = [line for path in SOURCE.rglob("*.py") for line in caps.breaches(path.read_text("utf-8"), path.name)]
    assert found == []


def test_a_long_file_and_a_long_function_are_found():
    long = "def run():\n" + "    pass\n" * 60
    assert list(caps.breaches(long, "a.py")) == ["a.py:1: run has 61 lines; at most 60"]
    assert list(caps.breaches("x = 1\n" * 300, "b.py")) == ["b.py: 300 lines; at most 299: split it by idea"]
    assert list(caps.breaches(long.replace("    pass\n", "", 1), "c.py")) == []


def test_nothing_inside_imports_the_facade():
    for path, tree in TREES.items():
        for module, names in imports(tree):
            assert module != "genloop" or (names and not set(names) & set(genloop.__all__)), path


def test_torch_is_imported_by_the_neural_parts_alone():
    users = {path.as_posix() for path, tree in TREES.items() for name, _ in imports(tree) if name.startswith("torch")}
    assert users and [path for path in users if not path.startswith(TORCH_ROOMS)] == []
    assert not any(path.endswith(("__init__.py", "config.py")) for path in users)


def test_no_module_can_unpickle():
    used = {name.partition(".")[0] for tree in TREES.values() for name, _ in imports(tree)}
    assert not used & {"pickle", "joblib", "marshal", "shelve", "dill", "cloudpickle"}


def test_what_is_imported_is_declared_and_what_is_declared_is_imported():
    used = {name.partition(".")[0] for tree in TREES.values() for name, _ in imports(tree)}
    extras = PROJECT["optional-dependencies"]
    base = {_module(line) for line in PROJECT["dependencies"]}
    more = {_module(line) for extra in ("neural", "remote", "postgresql", "polars") for line in extras[extra]}
    assert used - set(sys.stdlib_module_names) - {"genloop"} - base - more == set()
    assert base - used == set()


def _module(line):
    name = Requirement(line).name
    return IMPORT_NAMES.get(name, name)


def test_every_requirement_is_pinned_exactly_once():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [Requirement(line) for line in lines if line and not line.startswith("#")]
    assert all(len(pin.specifier) == 1 and str(pin.specifier).startswith("==") for pin in pins)
    names = [pin.name for pin in pins]
    assert len(names) == len(set(names))
    lists = [PROJECT["dependencies"], *PROJECT["optional-dependencies"].values()]
    wanted = {Requirement(line).name.lower() for lines in lists for line in lines} - {"genloop"}
    assert wanted - set(names) == set()
    assert "torch==2.13.0" in lines


def test_every_public_name_has_a_docstring():
    bare = []
    for path, tree in TREES.items():
        bare += [] if ast.get_docstring(tree) else [str(path)]
        for node in tree.body:
            if isinstance(node, ast.FunctionDef | ast.ClassDef) and not node.name.startswith("_"):
                bare += [] if ast.get_docstring(node) else [f"{path}: {node.name}"]
    assert bare == []


@pytest.mark.parametrize("words", [["--help"], ["fit", "--help"], ["doctor", "--help"]])
def test_help_loads_nothing_heavy(words):
    code = (
        "import sys, contextlib\n"
        "from genloop.interfaces.cli import app\n"
        "with contextlib.suppress(SystemExit): app(sys.argv[1:])\n"
        "sys.exit(', '.join({'torch', 'lightgbm', 'numba', 'sklearn', 'duckdb', 'vl_convert'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Usage" in done.stdout
