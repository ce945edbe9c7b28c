"""Pictures that are few, equal, damaged, oddly named or short of time: a clear refusal, or a repair that is stated."""

import json
import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from genloop.files.write import read_label

pytestmark = pytest.mark.neural

QUICK = ("--steps", "2", "--threads", "1")


def draw(folder, count, start=0, name="{}.png", side=16):
    """So many grey pictures of a bright bar, each another."""
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(start)
    for number in range(start, start + count):
        pixels = rng.integers(0, 60, (side, side)).astype(np.uint8)
        pixels[:, number % (side - 3) : number % (side - 3) + 3] = 220
        Image.fromarray(pixels).save(folder / name.format(number))


def bomb(path):
    """A PNG of a few bytes that says it has 40,000 x 40,000 pixels."""

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", 40_000, 40_000, 8, 0, 0, 0, 0)
    body = chunk(b"IDAT", zlib.compress(bytes(1_000)))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + body + chunk(b"IEND", b""))


def harm(folder):
    """A bomb, a cut JPEG, an empty PNG and a drawing named as one."""
    bomb(folder / "bomb.png")
    (folder / "empty.png").write_bytes(b"")
    (folder / "fake.png").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    noise = np.random.default_rng(0).integers(0, 256, (64, 64), np.uint8)
    Image.fromarray(noise).save(folder / "cut.jpg")
    (folder / "cut.jpg").write_bytes((folder / "cut.jpg").read_bytes()[:900])


def one(folder):
    draw(folder, 1)


def few(folder):
    draw(folder, 8)
    harm(folder)


def nothing(folder):
    folder.mkdir()
    (folder / "a.txt").write_text("")


REFUSED = {
    one: "error: found 1 picture; at least 10 are needed to learn from",
    few: "found 8 pictures; at least 10 are needed to learn from; 4 of 12 cannot be read: 1 more than 120,000,000",
    nothing: "found 1 empty; nor any picture",
}


@pytest.mark.parametrize("fill", REFUSED, ids=lambda fill: fill.__name__)
def test_what_cannot_be_learnt_is_refused(tmp_path, call, fill):
    fill(tmp_path / "bad")
    done = call(tmp_path, "fit", "bad", "-o", "bad.genloop", *QUICK)
    assert done.exit_code == 1 and REFUSED[fill] in done.stderr
    assert not (tmp_path / "bad.genloop").exists()


def rare(folder):
    draw(folder / "a", 14)
    draw(folder / "b", 14, 20)
    draw(folder / "c", 2, 40)


def equal(folder):
    draw(folder, 1)
    for number in range(1, 12):
        (folder / f"{number}.png").write_bytes((folder / "0.png").read_bytes())


def labelled(folder):
    """Twelve pictures, two of them changed by a model, the twelfth of another size."""
    draw(folder, 11)
    draw(folder, 1, 11, side=18)
    mark = b"<x>http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia</x>"
    for name in ("3.png", "4.png"):
        with Image.open(folder / name) as picture:
            picture.save(folder / name.replace("png", "webp"), lossless=True, xmp=mark)
        (folder / name).unlink()


STATED = {
    rare: ["class: rare values protected: 1 (rows: 2)"],
    equal: [
        "all pictures are equal: there is nothing to learn but one",
        "equal: 0.png, 1.png, 10.png, 11.png, and 8 more (all with --json)",
    ],
    labelled: [
        "2 pictures carry the label of a made one: a model that learns from what models made gets worse",
        "labelled as made: 3.webp, 4.webp",
        "16 x 16 RGB, the size of most: pictures of 18 x 18 (height x width) are scaled and centre-cropped",
    ],
}


@pytest.mark.parametrize("fill", STATED, ids=lambda fill: fill.__name__)
def test_what_is_odd_is_learnt_and_said(tmp_path, call, fill):
    fill(tmp_path / "odd")
    done = call(tmp_path, "fit", "odd", "-o", "odd.genloop", *QUICK)
    assert done.exit_code == 0, (done.stderr, done.exception)
    for said in STATED[fill]:
        assert said in done.stdout
    if fill is rare:
        done = call(tmp_path, "sample", "odd.genloop", "-n", "30", "-o", "made.npz")
        assert done.exit_code == 0 and set(np.load(tmp_path / "made.npz")["y"]) <= {"a", "b"}


def test_a_budget_too_short_says_so(tmp_path, call):
    draw(tmp_path / "short", 30)
    done = call(tmp_path, "fit", "short", "-o", "short.genloop", "--minutes", "0.005", "--threads", "1")
    assert done.exit_code == 0, (done.stderr, done.exception)
    assert "more time" in done.stdout and (tmp_path / "short.genloop").exists()


def test_damaged_files_are_listed_before_the_work(tmp_path, call):
    draw(tmp_path / "mixed", 24, name="图片{}.png")
    draw(tmp_path / "mixed", 1, 100, name="tiny.png", side=4)
    Image.new("L", (12_000, 9_000), 90).save(tmp_path / "mixed" / "huge.jpg")
    (tmp_path / "mixed" / "again.png").write_bytes((tmp_path / "mixed" / "图片7.png").read_bytes())
    harm(tmp_path / "mixed")
    done = call(tmp_path, "fit", "mixed", "--dry-run")
    assert done.exit_code == 0, (done.stderr, done.exception)
    for said in (
        "27 pictures (PNG, JPEG)",
        "image: 16 x 16 grey, the size of most: pictures of 4 x 4 to 9000 x 12000 (height x width) are scaled and",
        "image: 4 of 31 cannot be read: 1 more than 120,000,000 pixels",
        "bomb.png: more than 120,000,000 pixels",
        "cut.jpg: damaged",
        "empty.png: an empty file",
        "fake.png: an SVG drawing",
        "image: 1 exact duplicate, in 1 group",
        "equal: again.png, 图片7.png",
    ):
        assert said in done.stdout
    found = json.loads(call(tmp_path, "fit", "mixed", "--dry-run", "--json").stdout)
    assert [file["file"] for file in found["skipped"]] == ["bomb.png", "cut.jpg", "empty.png", "fake.png"]
    assert found["duplicates"][0] == {"how": "equal", "files": ["again.png", "图片7.png"]}
    spoken = call(tmp_path, "fit", "mixed", "--dry-run", "--lang", "zh").stdout
    assert "empty.png：空文件" in spoken and "31 张中有 4 张无法读取" in spoken


def test_chinese_names_are_learnt_made_and_edited_outside_of_their_folder(tmp_path, call):
    draw(tmp_path / "图片" / "猫", 12, name="第{}张.png")
    draw(tmp_path / "图片" / "狗", 12, 20, name="第{}张.png")
    done = call(tmp_path, "fit", "图片", "-o", "模型.genloop", "--family", "flow", *QUICK)
    assert done.exit_code == 0, (done.stderr, done.exception)
    done = call(tmp_path, "sample", "模型.genloop", "-n", "4", "--given", "class=猫", "-o", "生成/")
    assert done.exit_code == 0, (done.stderr, done.exception)
    assert len([*(tmp_path / "生成" / "猫").glob("*.png")]) == 4
    before = sorted((tmp_path / "图片").rglob("*"))
    for place, folder in ((tmp_path, tmp_path), (tmp_path / "图片" / "狗", tmp_path)):
        photo = tmp_path / "图片" / "狗" / "第20张.png"
        done = call(place, "edit", photo, "--model", tmp_path / "模型.genloop", "--vary", "0.5")
        assert done.exit_code == 0, (done.stderr, done.exception)
        assert read_label(folder / "第20张-vary.png")["edited"] == "vary"
        (folder / "第20张-vary.png").unlink()
    assert sorted((tmp_path / "图片").rglob("*")) == before
    (tmp_path / "photo.png").write_bytes(photo.read_bytes())
    (tmp_path / "elsewhere").mkdir()
    done = call(tmp_path / "elsewhere", "edit", "../photo.png", "--model", "../模型.genloop", "--vary", "0.5")
    assert done.exit_code == 0 and (tmp_path / "photo-vary.png").exists()


def test_captions_without_the_pack_say_what_to_add(tmp_path, call, monkeypatch):
    monkeypatch.setenv("GENLOOP_HOME", str(tmp_path / "none"))
    draw(tmp_path / "told", 12)
    rows = [f"{number}.png,a bar at place number {number} of the picture\n" for number in range(12)]
    (tmp_path / "told" / "metadata.csv").write_text("file_name,caption\n" + "".join(rows))
    done = call(tmp_path, "fit", "told", "--dry-run", "--kind", "caption=text")
    assert done.exit_code == 0, (done.stderr, done.exception)
    assert "captions are not used (caption): run genloop models add words and fit again" in done.stdout
