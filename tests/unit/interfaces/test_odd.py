"""What `genloop score --anomaly` writes and shows."""

import json
from types import SimpleNamespace

import pyarrow as pa

from genloop.interfaces.cli import odd

FOUND = pa.table(
    {
        "file": ["noise.png", *(f"{number}[b].png" for number in range(11)), "broken.png"],
        "anomaly": [1.0, *(0.5 - 0.01 * number for number in range(11)), None],
        "error": [80.25, *(9.0 - number / 2 for number in range(11)), None],
    }
)
MODEL = SimpleNamespace(anomaly=lambda pictures, features: FOUND)


def test_the_most_unlike_are_shown_and_all_are_written(tmp_path, capsys):
    odd.rank(MODEL, "new/", tmp_path / "odd.csv", features=False, lang="en", as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["noise.png", "1.000", "80.2"] and "0[b].png" in lines[2]
    assert lines[11] == "1 picture cannot be read; it stands last" and len(lines) == 13
    written = (tmp_path / "odd.csv").read_text(encoding="utf-8").splitlines()
    assert written[:2] == ["file,anomaly,error", "noise.png,1,80.25"] and written[-1] == "broken.png,,"


def test_it_is_said_in_chinese_and_as_json(capsys):
    odd.rank(MODEL, "new/", None, features=False, lang="zh", as_json=False)
    assert "异常度" in capsys.readouterr().out
    odd.rank(MODEL, "new/", None, features=False, lang="en", as_json=True)
    assert json.loads(capsys.readouterr().out)[0] == {"file": "noise.png", "anomaly": 1.0, "error": 80.25}
