"""Every family that torch teaches, on a device that is not the processor."""

import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("transformers")
pytest.importorskip("PIL")

from tests.unit.generators.pretrained.conftest import build

pytestmark = pytest.mark.neural

FAMILIES = {
    "tables": ("transformer", "gan", "vae"),
    "texts": ("transformer", "recurrent", "vae"),
    "pictures": ("flow", "gan", "vae", "autoencoder", "transformer"),
}


@pytest.mark.parametrize("kind", FAMILIES)
def test_families_learn_and_draw_where_the_processor_is_not(kind: str) -> None:
    _check(_elsewhere(kind, *FAMILIES[kind]), FAMILIES[kind])


def test_open_weights_learn_and_draw_where_the_processor_is_not(tmp_path: Path) -> None:
    pytest.importorskip("peft")
    _check(_elsewhere("texts", "pretrained", "--base", str(build(tmp_path / "base"))), ("pretrained",))


def _elsewhere(*words: str) -> subprocess.CompletedProcess[str]:
    script = str(Path(__file__).with_name("elsewhere.py"))
    return subprocess.run([sys.executable, script, *words], capture_output=True, text=True, check=False)


def _check(done: subprocess.CompletedProcess[str], families: tuple[str, ...]) -> None:
    found = dict(line.split() for line in done.stdout.splitlines())
    assert tuple(found) == families, done.stderr[-3000:]
    assert all(int(operations) > 500 for operations in found.values()), found
