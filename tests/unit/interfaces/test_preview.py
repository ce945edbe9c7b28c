"""Made rows in the terminal: nothing is cut in silence, and what is left out is said."""

import pyarrow as pa
import pytest
from typer.testing import CliRunner

from genloop.core.errors import ConfigError
from genloop.engine.made import Made
from genloop.interfaces.cli import app, sample, writing

LABEL = {"model": "m", "run": "r"}
LONG = "房间很干净早餐不错服务员热情" * 12


def shown(texts, capsys, monkeypatch, lang="en"):
    monkeypatch.setenv("COLUMNS", "80")
    records = pa.table({"label": ["好"] * len(texts), "text": texts})
    sample._preview(Made(len(texts), lambda: iter([records]), LABEL), lang, as_json=False)
    return capsys.readouterr().out


def test_a_long_text_without_spaces_is_shown_whole(capsys, monkeypatch):
    out = shown([LONG] * 3, capsys, monkeypatch)
    assert "…" not in out
    letters = "".join(letter for letter in out if letter in LONG)
    assert len(letters) == len(LONG) * 2
    assert "3 made rows (write them with -o FILE), the first 2 shown" in out


def test_rows_that_fit_are_all_shown(capsys, monkeypatch):
    assert shown(["很好"] * 9, capsys, monkeypatch, "zh").rstrip().endswith("9 行生成数据（用 -o 文件 保存）")


def test_names_too_wide_for_the_terminal_above_empty_cells_break_nothing(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    records = pa.table({f"a_long_name_of_column_{place}": ["", None] for place in range(4)})
    for rows in (records, records.slice(0, 0)):
        sample._preview(Made(len(rows), lambda rows=rows: iter([rows]), LABEL), "en", as_json=False)
        assert "a_long_name_of_column_3" in capsys.readouterr().out


@pytest.mark.parametrize("asked", ["temperature", "temperature=", "=1"])
def test_a_setting_of_drawing_without_name_or_value_says_how_it_is_written(asked):
    with pytest.raises(ConfigError, match=r"expected one of temperature, .*most, stop, as in temperature=0\.8"):
        writing.wish([asked])


def test_the_help_of_fit_shows_texts_and_documents():
    said = CliRunner().invoke(app, ["fit", "--help"], env={"COLUMNS": "200"}).stdout
    for words in ("genloop fit reviews.csv", "genloop fit docs/", "--family pretrained --base", "--endpoint http"):
        assert words in said
