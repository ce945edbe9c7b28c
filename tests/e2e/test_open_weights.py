"""Open weights from the command line: taught, drawn from under conditions, handed out."""

import json
from pathlib import Path

import pandas as pd
import pytest
from typer.testing import CliRunner

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("peft")

from tests.unit.generators.pretrained.conftest import build, reviews

from genloop.interfaces.cli import app

pytestmark = pytest.mark.neural


def test_a_table_is_taught_drawn_and_handed_out(tmp_path: Path) -> None:
    base = build(tmp_path / "base")
    rows: pd.DataFrame = reviews(90).to_pandas()
    rows["text"] = [f"{text}{number}" for number, text in enumerate(rows["text"])]
    rows.to_csv(tmp_path / "reviews.csv", index=False)
    model, made = tmp_path / "r.genloop", tmp_path / "made.jsonl"

    def run(*words: object, code: int = 0) -> str:
        result = CliRunner().invoke(app, list(map(str, words)))
        assert result.exit_code == code, (result.stdout, result.stderr, result.exception)
        return result.stdout + result.stderr

    run("fit", tmp_path / "reviews.csv", "-o", model, "--family", "pretrained", "--base", base, "--steps", 3,
        "--kind", "text=text", "--set", "rank=4", "--set", "precision=float32", "--set", "others=64")  # fmt: skip
    run("sample", model, "-n", 3, "--given", "label=pos", "--given", "text contains 早餐", "-o", made)
    texts = [json.loads(line) for line in made.read_text(encoding="utf-8").splitlines()]
    assert [row["label"] for row in texts] == ["pos"] * 3
    assert all("早餐" in row["text"] for row in texts)
    run("models", "export", model, tmp_path / "weights")
    assert {"config.json", "model.safetensors", "tokenizer.json", "genloop.json"} <= {
        path.name for path in (tmp_path / "weights").iterdir()
    }
    assert "needs a folder to write" in run("models", "export", model, code=1)
    assert "no open weights learnt the column 'title'" in run(
        "models", "export", model, tmp_path / "x", "--column", "title", code=1
    )
    (base / "config.json").write_text("{}")
    assert "config.json" in run("sample", model, "-n", 1, code=1)
