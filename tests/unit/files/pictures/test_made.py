"""Made pictures are written whole or not at all, exactly, with a label inside that reads back."""

import json
from xml.etree import ElementTree

import numpy as np
import pyarrow as pa
import pytest
from PIL import Image

from genloop.core import pixels
from genloop.core.errors import OutputError
from genloop.files.pictures import marks, sheet
from genloop.files.read import read
from genloop.files.write import read_label, side_car, write, writer


def _array(path):
    with Image.open(path) as image:
        return np.asarray(image)


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("name", ["made/", "made.npz", "made.parquet", "made.csv", "made.jsonl", "made.sqlite"])
def test_pictures_come_back_exactly_with_class_and_label(tmp_path, table, drawn, label, opened, name, channels):
    array = drawn(6, channels=channels)
    array[..., 3:] //= 2
    write(table(array, **{"class": ["b", "a", "b", "a", "a", "b"]}), f"{tmp_path}/{name}", label=label)
    assert read_label(tmp_path / name) == label
    _, profile, rows, _ = opened(tmp_path / name)
    order = [1, 3, 4, 0, 2, 5] if name == "made/" else range(6)
    assert rows["class"].to_pylist() == [["b", "a", "b", "a", "a", "b"][k] for k in order]
    assert np.array_equal(pixels.read(rows["image"]), array[list(order)])
    assert profile.schema["image"].shape == (8, 10, channels)


def test_a_folder_has_a_sub_folder_for_each_class_and_says_the_rest(tmp_path, table, drawn, label):
    more = {
        "class": ["鞋/小", "../up", None, "ok"],
        "caption": ["a, b", None, "c", "d"],
        "price": [1.5, 2.0, None, 3.0],
    }
    with writer(tmp_path / "made", label=label) as sink:
        whole = table(drawn(4), **more)
        sink.write(whole.slice(0, 2))
        sink.write(whole.slice(2))
    files = sorted(p.relative_to(tmp_path / "made").as_posix() for p in (tmp_path / "made").rglob("*") if p.is_file())
    assert files == ["000003.png", "metadata.csv", "ok/000004.png", "up/000002.png", "鞋/小/000001.png"]
    assert not (tmp_path / "up").exists()
    assert all(json.loads(marks.read(p)) == label for p in (tmp_path / "made").rglob("*.png"))
    back = pa.Table.from_batches(read(tmp_path / "made").batches())
    assert back.column_names == ["image", "class", "caption", "price"]
    assert back["class"].to_pylist() == [None, "ok", "../up", "鞋/小"]
    assert json.loads(side_car(tmp_path / "made").read_text()) == label


def test_a_second_picture_and_missing_ones_have_their_place(tmp_path, drawn):
    present = np.array([True, False, True])
    made = pa.table({"image": pixels.write(drawn(3), present), "mask": pixels.write(drawn(3, seed=1)), "n": [1, 2, 3]})
    write(made, tmp_path / "d")
    assert sorted(p.name for p in (tmp_path / "d").glob("*.png")) == [
        "000001.mask.png", "000001.png", "000002.mask.png", "000003.mask.png", "000003.png",
    ]  # fmt: skip
    write(made, tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text().splitlines()[2] == ",t.csv.files/000002.mask.png,2"
    assert np.array_equal(_array(tmp_path / "t.csv.files" / "000003.png"), drawn(3)[2, ..., 0])


def test_an_older_made_folder_is_replaced_and_a_strangers_is_not(tmp_path, table, drawn, label):
    made = table(drawn(3))
    for rows in (3, 1):
        write(made.slice(0, rows), f"{tmp_path}/d/", label=label)
        assert len(list((tmp_path / "d").iterdir())) == rows
    mine = tmp_path / "photos"
    mine.mkdir()
    write(made, mine, label=label)  # an empty folder is taken
    side_car(mine).unlink()
    with pytest.raises(OutputError, match=r"holds files that genloop did not make \(000001.png\); name a new folder"):
        write(made, mine, label=label)
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="is a file; expected the name of a folder"):
        write(made, f"{tmp_path}/file/")
    with pytest.raises(OutputError, match="there is no folder"):
        write(made, f"{tmp_path}/no/where/")


@pytest.mark.parametrize("name", ["notes.txt", "mine.png", "selected/best.png", "000009.png"])
def test_a_folder_keeps_what_was_put_there_later(tmp_path, table, drawn, label, name):
    made = table(drawn(3))
    write(made, f"{tmp_path}/d/", label=label)
    (tmp_path / "d" / ".DS_Store").write_bytes(b"left by a desktop")
    write(made, f"{tmp_path}/d/", label=label)
    (tmp_path / "d" / name).parent.mkdir(exist_ok=True)
    (tmp_path / "d" / name).write_bytes(b"somebody's own")
    with pytest.raises(OutputError, match=f"did not make \\({name}\\)"):
        write(made, f"{tmp_path}/d/", label=label)
    assert (tmp_path / "d" / name).read_bytes() == b"somebody's own"


def test_the_pictures_beside_a_table_keep_what_was_put_there_later(tmp_path, table, drawn, label):
    for _ in range(2):
        write(table(drawn(3)), tmp_path / "a.csv", label=label)
    (tmp_path / "a.csv.files" / "mine.png").write_bytes(b"somebody's own")
    with pytest.raises(OutputError, match=r"did not make \(mine.png\)"):
        write(table(drawn(3)), tmp_path / "a.csv", label=label)


@pytest.mark.parametrize("name", ["d/", "a.npz", "a.csv", "a.png", "a.parquet"])
def test_what_stood_there_stays_when_writing_fails(tmp_path, table, drawn, label, name):
    write(table(drawn(3)), f"{tmp_path}/{name}", label=label)
    before = sorted((p.relative_to(tmp_path), p.read_bytes()) for p in tmp_path.rglob("*") if p.is_file())

    def fail():
        with writer(f"{tmp_path}/{name}", label=label) as sink:
            sink.write(table(drawn(5, seed=2)))
            raise RuntimeError("stopped")

    with pytest.raises(RuntimeError, match="stopped"):
        fail()
    assert sorted((p.relative_to(tmp_path), p.read_bytes()) for p in tmp_path.rglob("*") if p.is_file()) == before


def test_a_full_disk_leaves_no_half_folder(tmp_path, table, drawn, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.write_bytes", full)
    with pytest.raises(OutputError, match=r"cannot write .*d: No space left on device"):
        write(table(drawn(3)), tmp_path / "d")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("classes", "kind"),
    [(["3", "0", "-7"], "int64"), ([5, 6, 6], "int64"), (["03", "1", "2"], "<U2"), (["1", None, "1"], "<U1")],
)
def test_an_archive_holds_x_and_y_and_no_objects(tmp_path, table, drawn, classes, kind):
    more = {"class": classes, "price": [1.5, None, 2.0], "caption": ["甲", None, "c"], "x": [1, 2, 3]}
    write(table(drawn(3), **more), tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz", allow_pickle=False) as found:
        assert sorted(found) == ["caption", "price", "x", "y"]
        assert found["x"].shape == (3, 8, 10) and found["x"].dtype == np.uint8 and found["y"].dtype == kind
        assert found["y"].tolist() == ([int(c) for c in classes] if kind == "int64" else [c or "" for c in classes])
        assert found["caption"].tolist() == ["甲", "", "c"] and np.isnan(found["price"][1])
    write(table(drawn(3, channels=3), kind=["a", "a", "b"]), tmp_path / "b.npz")
    with np.load(tmp_path / "b.npz") as found:
        assert found["x"].shape == (3, 8, 10, 3) and found["y"].tolist() == ["a", "a", "b"]


@pytest.mark.parametrize("ending", ["png", "jpg", "jpeg", "webp"])
def test_a_sheet_shows_all_and_carries_its_label_and_mark(tmp_path, table, drawn, label, ending):
    made = table(drawn(10, channels=3), **{"class": list("ababababab")})
    write(made, tmp_path / f"s.{ending}", label=label)
    assert read_label(tmp_path / f"s.{ending}") == label
    marked = _array(tmp_path / f"s.{ending}").astype(int)
    write(made, tmp_path / f"n.{ending}", mark=False)
    plain = _array(tmp_path / f"n.{ending}").astype(int)
    assert read_label(tmp_path / f"n.{ending}") is None
    assert marked.shape[0] == plain.shape[0] + 24
    band = marked[-24:]
    assert band.min() < 120 and band.max() > 225
    width = plain.shape[1]
    assert np.abs(marked[: plain.shape[0] - 8, :width] - plain[:-8]).mean() < 2  # nothing lies over the pictures


def test_the_label_is_read_by_other_programs(tmp_path, table, drawn, label):
    for ending in ("png", "webp", "jpg"):
        write(table(drawn(2)), tmp_path / f"s.{ending}", label=label)
        with Image.open(tmp_path / f"s.{ending}") as image:
            image.load()
            packet = image.info.get("xmp") or image.info["XML:com.adobe.xmp"].encode()
        said = {tag.tag.partition("}")[2]: tag.text for tag in ElementTree.fromstring(packet.decode()).iter()}
        assert said["DigitalSourceType"].endswith("digitalsourcetype/trainedAlgorithmicMedia")
        assert (said["run"], said["CreatorTool"], said["model"]) == (label["run"], label["software"], label["model"])
        assert json.loads(said["label"]) == label
    with Image.open(tmp_path / "s.png") as image:
        assert image.text["Software"] == "genloop 0.1" and json.loads(image.text["genloop"]) == label


def test_a_lost_label_is_an_error(tmp_path, table, drawn, label, monkeypatch):
    monkeypatch.setattr("genloop.files.pictures.gallery.png.encode", lambda picture, extra: b"no label here")
    with pytest.raises(OutputError, match="the label did not read back after writing"):
        write(table(drawn(1)), tmp_path / "d", label=label)
    assert not (tmp_path / "d").exists()


def test_many_classes_and_many_pictures_fit_on_a_sheet(drawn):
    blocks = [(f"class {k}", drawn(70, 4, 4)) for k in range(3)]
    found = sheet.draw(blocks, mark=True)
    assert found.shape[1] == 16 * (56 + 2) + 2
    assert sheet.draw([("", drawn(1, 90, 90, 4))], mark=True).shape[1] >= 170


def test_records_without_pictures_and_workbooks_are_refused(tmp_path, table, drawn):
    for name in ("d/", "a.npz", "a.png"):
        with pytest.raises(OutputError, match=r"takes pictures, and the records have none \(n\)"):
            write(pa.table({"n": [1]}), f"{tmp_path}/{name}")
    with pytest.raises(OutputError, match="a workbook holds no pictures; write a folder/"):
        write(table(drawn(1)), tmp_path / "a.xlsx")
    with pytest.raises(OutputError, match="another shape than the first"), writer(tmp_path / "a.npz") as sink:
        sink.write(table(drawn(1)))
        sink.write(table(drawn(1, 3, 3)))
    for name in ("d/", "a.npz", "a.png"):
        with pytest.raises(OutputError, match="no records were made"), writer(f"{tmp_path}/{name}"):
            pass
    assert list(tmp_path.iterdir()) == []


def test_a_long_name_of_a_class_is_cut_to_what_systems_take(tmp_path, drawn, label):
    names = ["字" * 90, "a" * 150, "é" + "字" * 90]
    records = pa.table({"image": pixels.write(drawn(3)), "class": names})
    write(records, tmp_path / "made", label=label)
    folders = {path.parent.name for path in (tmp_path / "made").rglob("*.png")}
    assert folders == {"字" * 80, "a" * 100, "é" + "字" * 79}
    found = pa.Table.from_batches(read(tmp_path / "made").batches())
    assert sorted(found["class"].to_pylist()) == sorted(names)


def test_a_class_that_no_folder_can_be_called_keeps_its_name_however_late_it_comes(tmp_path, table, drawn, label):
    with writer(tmp_path / "made", label=label) as sink:
        sink.write(table(drawn(3), **{"class": ["1", "2", "1"], "size": [1, 2, 3]}))
        sink.write(table(drawn(3), **{"class": ["1:2", "2", None], "size": [4, 5, 6]}))
    source = read(tmp_path / "made")
    found = pa.Table.from_batches(source.batches())
    assert sorted(zip(found["size"].to_pylist(), found["class"].to_pylist(), strict=True)) == [
        ("1", "1"), ("2", "2"), ("3", "1"), ("4", "1:2"), ("5", "2"), ("6", None),
    ]  # fmt: skip
    assert source.kinds["class"] == "category"
