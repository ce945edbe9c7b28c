"""The page of families and the table of runs show what the results hold."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[3]
SCRIPTS = ROOT / "benchmarks" / "pictures"


def load(name: str) -> ModuleType:
    """A script of the benchmark as a module."""
    spec = importlib.util.spec_from_file_location(name, SCRIPTS / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def curves() -> ModuleType:
    """The script that writes table and drawing."""
    return load("curves")


def row(seed: int, fid: float, settings: str = "--family gan", outcome: str = "ok") -> dict[str, object]:
    return {
        "data": "mnist", "system": "gan", "settings": settings, "seconds": 60.0, "seed": seed, "outcome": outcome,
        "fit_core_seconds": 59.0, "fid": fid, "rate": 20_000.0,
    }  # fmt: skip


def test_of_each_seed_the_last_good_run_without_trials_counts(curves: ModuleType) -> None:
    trial = row(0, 1.0, "--family gan --set learning_rate=0.1")
    results = pd.DataFrame([row(0, 9.0), row(0, 6.0), row(1, 8.0), trial, row(1, 0.0, outcome="failed")])
    assert curves.table(results).splitlines()[2] == "| digits | `gan` | 59 | 2 | 7.0 | 6.0 to 8.0 | 20,000 |"


def test_page_and_drawing_are_those_of_the_kept_results(curves: ModuleType) -> None:
    results = pd.read_csv(SCRIPTS / "results" / "pictures.csv")
    assert curves.table(results) in curves.PAGE.read_text(encoding="utf-8")
    drawing = curves.DRAWING.read_text(encoding="utf-8")
    assert drawing == curves.drawing(results)
    assert drawing.count("fill-opacity") == len(curves.last(results))


def test_a_seed_that_ran_twice_is_one_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(SCRIPTS))  # the script imports its neighbour
    ran = [row(0, 6.0), row(0, 8.0), row(1, 7.0), row(1, 0.0, outcome="failed")]
    results = pd.DataFrame([{**one, "commit": "abc", "coverage": 0.9, "asked": 0.98} for one in ran])
    means = load("table").means
    assert means(results) == [
        "- mnist, gan at 60 s (abc), 3 runs of 2 seeds: "
        "fid 7.000, worst 8.000; coverage 0.900, worst 0.900; asked 0.980, worst 0.980"
    ]
    assert "60 s (abc), 2 seeds: fid 6.500" in means(results.iloc[[0, 2]])[0]
