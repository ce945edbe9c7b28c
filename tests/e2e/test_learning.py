"""What a fit tells of its learning: why it failed and what to try, and with --log its curves and a sheet meanwhile."""

import json

import numpy as np
import pytest
from PIL import Image

import genloop
from genloop.files.write import read_label

pytestmark = pytest.mark.neural

FAILED = [
    (("vae", "--steps", "2"), ["vae: learnt only 2 steps from 2"]),
    (("vae", "--steps", "60", "--set", "learning_rate=5"), ["vae: it failed to learn: the held-out loss went from"]),
    (
        ("gan", "--steps", "25", "--set", "learning_rate=5e6"),
        ["gan: at step", "half the rate, because the loss was", "gan: it failed to learn: ", "try more time"],
    ),
]
STAGES = {
    "gan": ["1-gan"],
    "vae": ["1-vae"],
    "autoencoder": ["1-autoencoder"],
    "flow": ["1-vae", "2-flow"],
    "transformer": ["1-vae", "2-transformer"],
}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with 240 grey pictures of 16 x 16, a bright bar in each."""
    place = tmp_path_factory.mktemp("learning")
    (place / "shapes").mkdir()
    for name in "ab":
        (place / "sorted" / name).mkdir(parents=True)
    rng = np.random.default_rng(0)
    for number in range(240):
        pixels = rng.integers(0, 40, (16, 16)).astype(np.uint8)
        first = int(rng.integers(2, 12))
        pixels[first : first + 3] = 220
        Image.fromarray(pixels).save(place / "shapes" / f"{number:03d}.png")
        (place / "sorted" / "ab"[first > 6] / f"{number:03d}.png").hardlink_to(place / "shapes" / f"{number:03d}.png")
    return place


@pytest.mark.parametrize(("words", "said"), FAILED, ids=["few steps", "a rate too high", "a game that breaks"])
def test_a_fit_that_fails_to_learn_says_so_and_what_to_try(place, call, words, said):
    done = call(place, "fit", "shapes", "-o", "failed.genloop", "--threads", "1", "--family", *words)
    assert done.exit_code == 0, (done.stderr, done.exception)
    assert all(part in done.stdout for part in said)
    done = call(place, "inspect", "failed.genloop", "--json")
    assert any(note.startswith(said[0]) for note in json.loads(done.stdout)["notes"])


@pytest.mark.parametrize("family", STAGES)
def test_a_log_keeps_the_curves_and_a_marked_sheet_of_every_stage(place, call, family):
    words = ["fit", "shapes", "-o", f"{family}.genloop", "--steps", "6", "--threads", "1", "--family", family]
    done = call(place, *words, "--log", f"seen-{family}")
    assert done.exit_code == 0, (done.stderr, done.exception)
    assert not (place / f"{family}.genloop.run").exists()
    log = place / f"seen-{family}"
    assert sorted(path.name for path in log.iterdir()) == STAGES[family]
    for stage in STAGES[family]:
        curves = [path.read_bytes() for path in (log / stage).rglob("events.out.tfevents.*")]
        assert curves and all(b"spread" in curve or b"held_out_loss" in curve for curve in curves)
        assert read_label(log / stage / "look.png")["made"] == "true"
        with Image.open(log / stage / "look.png") as sheet:
            assert sheet.width >= 8 * 16 and sheet.height > 8 * 16


def test_a_table_has_curves_and_no_sheet(tmp_path, call):
    rng = np.random.default_rng(1)
    rows = "".join(f"{a},{'uv'[int(a > 4)]}\n" for a in rng.integers(0, 9, 300))
    (tmp_path / "t.csv").write_text("a,b\n" + rows)
    done = call(tmp_path, "fit", "t.csv", "-o", "t.genloop", "--family", "vae", "--steps", "40", "--log", "seen")
    assert done.exit_code == 0, (done.stderr, done.exception)
    assert [path.name for path in (tmp_path / "seen").rglob("*") if path.is_file()] == ["events.out.tfevents.0.genloop"]
    assert "failed to learn" not in done.stdout


def test_a_log_needs_no_folder_and_names_the_run_of_the_model(place, tmp_path):
    asked = {"family": "gan", "steps": 6, "threads": 1}
    model = genloop.fit(place / "sorted", log=tmp_path / "seen", **asked)
    assert [stage.family for stage in model.learnt.plan.stages] == ["trees", "gan"]
    assert [path.name for path in (tmp_path / "seen").iterdir()] == ["2-gan"]  # trees write nothing
    said = read_label(tmp_path / "seen" / "2-gan" / "look.png")
    assert said["run"] == model.run.identity and said["model"].startswith("gan at step ")
