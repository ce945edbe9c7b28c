"""The whole way of pictures: a folder with classes, a model of every family, made pictures with labels, a card."""

import json

import numpy as np
import pytest
from PIL import Image

from genloop.files.write import read_label

pytestmark = pytest.mark.neural

FAMILIES = {
    "gan": [],
    "dcgan": ["--family", "gan", "--set", "preset=dcgan"],
    "vae": ["--family", "vae"],
    "prior": ["--family", "vae", "--set", "prior=flow"],
    "book": ["--family", "vae", "--set", "code=vq"],
    "autoencoder": ["--family", "autoencoder"],
    "flow": ["--family", "flow"],
    "pixels": ["--family", "flow", "--set", "space=pixels"],
    "transformer": ["--family", "transformer"],
}


@pytest.fixture(scope="module")
def bars(tmp_path_factory):
    """240 grey pictures of 16 x 16, a bright bar that lies or stands, in a folder a class, and a broken file."""
    folder = tmp_path_factory.mktemp("bars")
    rng = np.random.default_rng(0)
    for name in ("lying", "standing"):
        (folder / "shapes" / name).mkdir(parents=True)
        for number in range(120):
            pixels = rng.integers(0, 40, (16, 16)).astype(np.uint8)
            place = int(rng.integers(2, 12))
            pixels[place : place + 3] = 220
            own = pixels if name == "lying" else pixels.T
            Image.fromarray(own).save(folder / "shapes" / name / f"{number:03d}.png")
    (folder / "shapes" / "lying" / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    return folder


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_goes_the_whole_way(bars, call, family):
    words = ["fit", "shapes", "-o", f"{family}.genloop", "--steps", "12", "--threads", "1", *FAMILIES[family]]
    done = call(bars, *words)
    assert done.exit_code == 0, (done.stderr, done.exception)
    done = call(bars, "sample", f"{family}.genloop", "-n", "20", "--given", "class=lying", "-o", f"{family}.npz")
    assert done.exit_code == 0, (done.stderr, done.exception)
    made = np.load(bars / f"{family}.npz")
    assert made["x"].shape == (20, 16, 16) and made["x"].dtype == np.uint8
    assert made["y"].tolist() == ["lying"] * 20
    again = call(bars, "sample", f"{family}.genloop", "-n", "20", "--given", "class=lying", "-o", f"{family}-2.npz")
    assert again.exit_code == 0
    assert np.array_equal(np.load(bars / f"{family}-2.npz")["x"], made["x"])


def test_an_odd_picture_ranks_first_among_new_ones(bars, call, tmp_path):
    rng = np.random.default_rng(5)
    for number in range(12):
        pixels = rng.integers(0, 40, (16, 16)).astype(np.uint8)
        pixels[number : number + 3] = 220
        Image.fromarray(pixels).save(tmp_path / f"usual-{number:02d}.png")
    Image.fromarray(255 - rng.integers(0, 10, (16, 16)).astype(np.uint8)).save(tmp_path / "bright.png")
    words = ["fit", "shapes", "-o", "codes.genloop", "--steps", "12", "--threads", "1", "--family", "autoencoder"]
    done = call(bars, *words)
    assert done.exit_code == 0, (done.stderr, done.exception)
    done = call(bars, "score", "codes.genloop", str(tmp_path), "--anomaly", "-o", "odd.csv")
    assert done.exit_code == 0, (done.stderr, done.exception)
    head, first, *others = (bars / "odd.csv").read_text(encoding="utf-8").splitlines()
    assert head == "file,anomaly,error"
    assert first.startswith("bright.png,1,")
    assert len(others) == 12
    assert "bright.png" in done.stdout.splitlines()[1]


@pytest.fixture(scope="module")
def model(bars, call):
    """A model that has learnt next to nothing."""
    done = call(bars, "fit", "shapes", "-o", "bars.genloop", "--steps", "30", "--threads", "1")
    assert done.exit_code == 0, (done.stderr, done.exception)
    return bars / "bars.genloop", done.stdout


def test_a_broken_picture_is_counted_and_left_out(model):
    _, told = model
    assert "240 pictures (PNG)" in told
    assert "1 unreadable cell in image" in told


def test_made_pictures_are_files_by_class_that_say_what_they_are(model, bars, call):
    path, _ = model
    done = call(bars, "sample", path.name, "-n", "30", "-o", "made/")
    assert done.exit_code == 0, (done.stderr, done.exception)
    files = sorted((bars / "made").rglob("*.png"))
    assert len(files) == 30
    assert {file.parent.name for file in files} <= {"lying", "standing"}
    with Image.open(files[0]) as picture:
        assert picture.size == (16, 16)
    label = read_label(files[0])
    assert label is not None and label["made"] == "true"


def test_a_sheet_is_one_marked_picture(model, bars, call):
    path, _ = model
    assert call(bars, "sample", path.name, "-n", "16", "-o", "sheet.png").exit_code == 0
    with Image.open(bars / "sheet.png") as sheet:
        assert sheet.width >= 4 * 16 and sheet.height > 4 * 16
    assert read_label(bars / "sheet.png")["made"] == "true"


def test_the_card_judges_pictures(model, bars, call):
    path, _ = model
    assert call(bars, "sample", path.name, "-n", "200", "-o", "judged.npz").exit_code == 0
    done = call(bars, "score", path.name, "judged.npz", "-o", "card.json")
    assert done.exit_code == 0, (done.stderr, done.exception)
    scores = {score["name"]: score for score in json.loads((bars / "card.json").read_text())["scores"]}
    assert {"fid", "precision", "recall", "asked", "near_pixels"} <= set(scores)
    assert scores["fid"]["value"] > 20
    assert scores["near_pixels"]["value"] < 0.1
    assert "membership" not in scores


def test_a_folder_without_pictures_is_refused(bars, call):
    (bars / "empty").mkdir(exist_ok=True)
    done = call(bars, "fit", "empty", "-o", "empty.genloop")
    assert done.exit_code == 1
    assert "picture" in done.stderr
