"""A tiny model explained by the command line, and its refined pictures on a card that says what refining changed."""

import json

import numpy as np
import pytest
from PIL import Image

from genloop.files.write import read_label

pytestmark = pytest.mark.neural


@pytest.fixture(scope="module")
def bars(tmp_path_factory, call):
    """A model of 120 bars that lie or stand, learnt in a few steps."""
    folder = tmp_path_factory.mktemp("bars")
    rng = np.random.default_rng(0)
    for name in ("lying", "standing"):
        (folder / "shapes" / name).mkdir(parents=True)
        for number in range(60):
            pixels = np.zeros((16, 16), np.uint8)
            place = int(rng.integers(2, 12))
            pixels[place : place + 3, 1:15] = 220
            Image.fromarray(pixels if name == "lying" else pixels.T).save(
                folder / "shapes" / name / f"{number:03d}.png"
            )
    done = call(folder, "fit", "shapes", "-o", "bars.genloop", "--steps", "20", "--threads", "1")
    assert done.exit_code == 0, (done.stderr, done.exception)
    return folder


def test_a_model_is_explained_on_one_page_in_both_languages(bars, call):
    done = call(bars, "explain", "bars.genloop", "-o", "explain.html", "--show-real", "--lang", "zh")
    assert done.exit_code == 0, (done.stderr, done.exception)
    page = (bars / "explain.html").read_text(encoding="utf-8")
    for name in ("walks", "directions", "gaze", "conditions"):
        assert f'id="{name}"' in page
    assert "Where the discriminator looks" in page and "判别器看哪里" in page
    assert page.count("data:image/png;base64,") >= 10
    assert "已写入" in done.stdout and "100 % 为" in done.stdout


def test_sheets_carry_label_and_mark_and_leaving_the_mark_asks(bars, call):
    done = call(bars, "explain", "bars.genloop", "-o", "explained/", "--part", "walks", "--json")
    assert done.exit_code == 0, (done.stderr, done.exception)
    assert set(json.loads(done.stdout)["parts"]) == {"walks"}
    assert read_label(bars / "explained" / "walks.png")["explains"] == "model"
    refused = call(bars, "explain", "bars.genloop", "-o", "bare/", "--part", "walks", "--no-mark")
    assert refused.exit_code == 1 and not (bars / "bare").exists()


def test_the_same_seed_explains_the_same_and_a_wrong_part_is_told(bars, call):
    for name in ("one.json", "two.json"):
        assert call(bars, "explain", "bars.genloop", "-o", name, "--part", "walks", "--seed", "4").exit_code == 0
    one, two = (json.loads((bars / name).read_text(encoding="utf-8"))["parts"] for name in ("one.json", "two.json"))
    assert one == two
    done = call(bars, "explain", "bars.genloop", "--part", "dreams")
    assert done.exit_code == 1 and "expected some of walks, directions, gaze, conditions" in done.stderr


def test_the_card_says_what_refining_changed(bars, call):
    words = ["-n", "60", "--candidates", "3", "--truncation", "2", "--clean"]
    assert call(bars, "sample", "bars.genloop", *words, "-o", "made/").exit_code == 0
    record = json.loads(read_label(bars / "made")["refining"])
    assert record["candidates"] == 3 and record["drawn"] == 180 and record["truncation"] == 2.0
    assert record["judge_after"] >= record["judge_before"]
    done = call(bars, "score", "bars.genloop", "made", "-o", "card.html")
    assert done.exit_code == 0, (done.stderr, done.exception)
    card = (bars / "card.html").read_text(encoding="utf-8")
    assert "What refining changed" in card and "精修改变了什么" in card and "180 candidates" in card


def test_a_cut_that_leaves_nothing_is_refused(bars, call):
    done = call(bars, "sample", "bars.genloop", "-n", "5", "--truncation", "0")
    assert done.exit_code == 1 and "--truncation cuts noise" in done.stderr
