"""What `genloop coach` tells of its work."""

from unittest.mock import Mock

import pytest

from genloop.core.score import Score
from genloop.engine.coaching import Coached
from genloop.interfaces.cli import coach

REASON = "an independent judge finds the texts no nearer to real ones: text_c2st went from 0.900 to 0.920 (+- 0.010)"


@pytest.mark.parametrize(
    ("lang", "told"),
    [
        ("en", ["Classifier: made or real text?", "0.900", "0.920", "Nothing was written", f"  {REASON}"]),
        ("zh", ["独立的评判者认为文本没有更接近真实的：text_c2st 从 0.900 变为 0.920（±0.010）"]),
    ],
)
def test_a_refused_coaching_gives_figures_by_name_and_the_reasons(lang, told, capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("COLUMNS", "160")
    before, after = (Score("text_c2st", value, "fidelity", (0.5, 1.0), "lower", 0.5, None) for value in (0.9, 0.92))
    done = Mock(spec=Coached, before=(before,), after=(after,), agreed=False, reasons=(REASON,))
    coach._show(done, tmp_path / "b.genloop", lang, as_json=False)
    out = capsys.readouterr().out
    assert all(part in out for part in told)
