"""The benchmark's split and table are what they say they are."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pandas as pd

ROOT = Path(__file__).resolve().parents[3] / "benchmarks"


def load(path: str) -> ModuleType:
    """A script of the benchmarks as a module."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, ROOT / path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_split_takes_every_row_once() -> None:
    train, holdout = load("data.py").split(pd.DataFrame({"a": range(101)}))
    assert len(train) == 80
    assert sorted([*train["a"], *holdout["a"]]) == list(range(101))


def test_the_table_shows_the_mean_the_worst_and_the_failures() -> None:
    table = load("tables/table.py")
    results = pd.DataFrame(
        {
            "data": "adult",
            "system": "trees",
            "settings": "default",
            "seed": [0, 1, 2],
            "outcome": ["ok", "ok", "failed (1)"],
        }
    ).reindex(columns=["data", "system", "settings", "seed", "outcome", *table.COLUMNS])
    results["c2st"], results["exact"] = [0.5, 0.6, None], [-0.4, 0.2, None]
    head, _, good, bad = table.lines(results)
    assert "0.550 (0.600)" in good
    assert "-0.10 (-0.40)" in good
    assert "| 2 | failed (1) |" in bad
    assert head.count("|") == good.count("|") == bad.count("|")
