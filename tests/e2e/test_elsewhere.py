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
    found, error = _elsewhere(kind, *FAMILIES[kind])
    assert tuple(found) == FAMILIES[kind], error
    assert all(operations > 500 for operations in found.values()), found


def test_open_weights_learn_and_draw_where_the_processor_is_not(tmp_path: Path) -> None:
    pytest.importorskip("peft")
    found, error = _elsewhere("texts", "pretrained", "--base", str(build(tmp_path / "base")))
    assert found.get("pretrained", 0) > 500, error


def _elsewhere(*words: str) -> tuple[dict[str, int], str]:
    """How many operations of each family took place elsewhere, and what was said of an error."""
    script = str(Path(__file__).with_name("elsewhere.py"))
    done = subprocess.run([sys.executable, script, *words], capture_output=True, text=True, check=False)
    pairs = [line.split() for line in done.stdout.splitlines()]
    return {family: int(operations) for family, operations in pairs}, done.stderr[-3000:]
