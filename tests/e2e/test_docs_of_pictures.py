"""The pages about pictures run as they stand there, with fewer steps of learning, and write what they say."""

import contextlib
import re
import shlex
from pathlib import Path

import numpy as np
import pytest
import shapes
from PIL import Image
from typer.testing import CliRunner

from genloop.files.write import read_label
from genloop.interfaces.cli import app

pytest.importorskip("torch")
ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^```sh\n(.*?)^```$", re.M | re.S)
PAGES = ("inpainting", "denoising", "enlarging", "restyling", "varying")


def commands(page):
    """The `genloop` lines of a page, split into words."""
    blocks = FENCE.findall((ROOT / page).read_text(encoding="utf-8"))
    return [shlex.split(line)[1:] for block in blocks for line in block.splitlines() if line.startswith("genloop ")]


def quick(words):
    """The same command with twenty steps in place of its minutes."""
    if "--minutes" not in words:
        return words
    place = words.index("--minutes")
    return [*words[:place], "--steps", "20", "--threads", "1", *words[place + 2 :]]


def run(folder, page):
    """Every command of the page there; learning takes a few steps."""
    with contextlib.chdir(folder):
        for words in commands(page):
            done = CliRunner().invoke(app, quick(words))
            assert done.exit_code == 0, (words, done.stderr, done.exception)


@pytest.fixture(scope="module")
def studio(tmp_path_factory):
    """A folder after the tutorial, with the pictures that the how-to pages take for granted."""
    folder = tmp_path_factory.mktemp("pictures")
    shapes.write(90, folder / "shapes")
    run(folder, "docs/tutorials/pictures.md")
    rng = np.random.default_rng(0)
    shapes.picture("circle", rng).save(folder / "photo.png")
    shapes.picture("square", rng).save(folder / "style.png")
    shapes.picture("cross", rng).resize((40, 28)).save(folder / "noisy.png")
    mask = np.zeros((shapes.SIDE, shapes.SIDE), np.uint8)
    mask[4:9, 5:10] = 255
    Image.fromarray(mask).save(folder / "mask.png")
    return folder


def test_the_tutorial_writes_pictures_sheet_card_and_a_variation(studio):
    assert len(list((studio / "made").rglob("*.png"))) == 120
    assert {path.parent.name for path in (studio / "created").rglob("*.png")} == {"circle"}
    assert "data:image/png;base64" in (studio / "card.html").read_text(encoding="utf-8")
    for name in ("circles.png", "varied.png", "made"):
        assert read_label(studio / name)["made"] == "true"


def test_the_page_of_following_a_fit_leaves_curves_and_a_labelled_sheet(studio):
    run(studio, "docs/how-to/following.md")
    assert sorted(path.name for path in (studio / "seen" / "2-gan").iterdir())[1:] == ["look.png"]
    assert read_label(studio / "seen" / "2-gan" / "look.png")["made"] == "true"


@pytest.mark.parametrize("page", PAGES)
def test_a_page_of_editing_runs_and_labels_what_it_writes(studio, page):
    written = [words[words.index("-o") + 1] for words in commands(f"docs/how-to/{page}.md")]
    run(studio, f"docs/how-to/{page}.md")
    assert written
    assert all(read_label(studio / name)["edited"] for name in written)


@pytest.mark.parametrize("page", ["explaining", "refining", "anomalies"])
def test_a_page_of_looking_into_a_model_runs_and_labels_what_it_writes(studio, page):
    written = [words[words.index("-o") + 1] for words in commands(f"docs/how-to/{page}.md")]
    run(studio, f"docs/how-to/{page}.md")
    assert written
    assert all((studio / name).exists() for name in written)
    assert all(read_label(studio / name)["made"] for name in written if name.endswith(".npz"))
