"""The page about pictures made from others runs as it stands there, with few steps, and what is made obeys both."""

import re
import shlex
from pathlib import Path

import dressing
import numpy as np
import pytest
from PIL import Image

import genloop
from genloop.core import pixels as tensors
from genloop.engine import lessons
from genloop.files.write import read_label

pytestmark = pytest.mark.neural
PAGE = Path(__file__).parents[2] / "docs" / "how-to" / "dressing.md"
STEPS = 100
RED, BLUE = dressing.CLOTHS[:2]


def commands():
    """The `genloop` lines of the page, split into words; learning takes so many steps in place of its minutes."""
    blocks = re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.M | re.S)
    lines = [line for block in blocks for line in block.splitlines()]
    return [shlex.split(re.sub(r"--minutes \d+", f"--steps {STEPS} --threads 1", line))[1:] for line in lines]


def trunk(path, who):
    """The mean colour of a made picture where the person's trunk is."""
    with Image.open(path) as picture:
        pixels = np.asarray(picture.convert("RGB"), float)
    middle = round(who.middle)
    return pixels[9:13, middle - 1 : middle + 2].mean(axis=(0, 1))


@pytest.fixture(scope="module")
def studio(tmp_path_factory, call):
    """A folder with 300 drawn pairs, two new people, a red and a blue garment, after the page; and the people."""
    folder = tmp_path_factory.mktemp("dressing")
    dressing.write(300, folder / "pairs")
    rng = np.random.default_rng(99)
    people = [dressing.body(rng), dressing.body(rng)]
    for number, who in enumerate(people):
        dressing.person(who).save(folder / f"who{number}.png")
    for name, colour in (("red", RED), ("blue", BLUE)):
        dressing.cloth(dressing.garment(rng, colour)).save(folder / f"{name}.png")
    rows = [f"who{number}.png,{name}.png\n" for number in range(2) for name in ("red", "blue")]
    (folder / "wardrobe.csv").write_text("person,garment\n" + "".join(rows), encoding="utf-8")
    for words in commands():
        done = call(folder, *words)
        assert done.exit_code == 0, (words, done.stderr, done.exception)
    return folder, people


def test_made_pictures_take_on_the_colour_of_the_garment_that_is_given(studio):
    folder, people = studio
    made = [trunk(folder / "dressed" / f"{row + 1:06d}.png", people[row // 2]) for row in range(4)]
    for red, blue in (made[:2], made[2:]):
        assert red[0] > red[2] + 30 and blue[2] > blue[0] + 30, made


def test_what_is_made_is_labelled_and_what_was_given_is_not(studio):
    folder, _ = studio
    assert len(list((folder / "worn").glob("*.png"))) == 12
    assert read_label(folder / "worn" / "000001.png")["given"] == '["person", "garment"]'
    assert read_label(folder / "worn" / "000001.person.png") is None
    assert read_label(folder / "changed.png")["edited"] == "vary"


def test_half_of_what_must_be_given_is_refused(studio, call):
    folder, _ = studio
    done = call(folder, "sample", "dress.genloop", "-n", "2", "--given", "person=who0.png")
    assert done.exit_code == 1
    assert "garment is not given; name a file: --given garment=FILE" in done.stderr


@pytest.mark.parametrize("family", ["gan", "vae"])
def test_other_families_heed_the_pictures_that_are_given(studio, monkeypatch, family):
    folder, _ = studio
    monkeypatch.setattr(lessons, "watch", lambda batch, seed: None)  # the curve's judge would cost more than all else
    told = {"given": ["person", "garment"], "family": family, "steps": 30, "threads": 1}
    model = genloop.fit(folder / "pairs" / "pairs.csv", **told)
    assert model.learnt.plan.stages[-1].seen == ("person", "garment")
    red, blue = (
        tensors.read(model.sample(2, given={"person": folder / "who0.png", "garment": folder / f"{name}.png"})
                     .to_arrow()["dressed"])
        for name in ("red", "blue")
    )  # fmt: skip
    assert red.shape == blue.shape == (2, dressing.SIDE, dressing.SIDE, 3)
    assert (red != blue).any(axis=(1, 2, 3)).all()
