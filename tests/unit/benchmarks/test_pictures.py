"""The page of families shows the runs that count."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pandas as pd
import pytest

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def curves() -> ModuleType:
    """The script that writes table and drawing."""
    path = ROOT / "benchmarks" / "pictures" / "curves.py"
    spec = importlib.util.spec_from_file_location("curves", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


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
    results = pd.read_csv(ROOT / "benchmarks" / "pictures" / "results" / "pictures.csv")
    assert curves.table(results) in curves.PAGE.read_text(encoding="utf-8")
    drawing = curves.DRAWING.read_text(encoding="utf-8")
    assert drawing == curves.drawing(results)
    assert drawing.count("fill-opacity") == len(curves.last(results))
