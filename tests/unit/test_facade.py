"""The facade is short, sorted, lazy, and complete."""

import subprocess
import sys

import pytest

import genloop


def test_the_names_are_sorted_few_and_all_there():
    assert genloop.__all__ == sorted(genloop.__all__, key=lambda name: (name.islower(), name))
    assert len(genloop.__all__) <= 20
    for name in genloop.__all__:
        assert getattr(genloop, name) is not None
    assert set(dir(genloop)) == {*genloop.__all__, "__version__"}


def test_an_unknown_name_is_refused_with_those_that_exist():
    with pytest.raises(AttributeError, match="no attribute 'train'; it has Card"):
        _ = genloop.train


def test_importing_the_facade_and_the_command_line_loads_nothing_heavy():
    code = (
        "import sys, genloop, genloop.interfaces.cli; "
        "sys.exit(', '.join({'torch', 'lightgbm', 'numba', 'duckdb', 'pandas', 'sklearn'} & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
