"""What reading set aside has names: inside the folder or archive, or rows of a table."""

import shutil

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from genloop.engine import aside, outlook
from genloop.files.pictures import marks, png
from genloop.files.profile import look
from genloop.files.read import read


def _drawn(number):
    return np.random.default_rng(number).integers(0, 256, (16, 16, 1), dtype=np.uint8)


@pytest.fixture
def folder(tmp_path):
    """Twelve pictures, one of them twice, one nearly twice, one made; a cut one, an empty one and a drawing."""
    place = tmp_path / "图片"
    (place / "a").mkdir(parents=True)
    for number in range(12):
        (place / "a" / f"{number:02d}.png").write_bytes(png.encode(_drawn(number)))
    (place / "b").mkdir()
    (place / "b" / "again.png").write_bytes(png.encode(_drawn(3)))
    (place / "b" / "nearly.png").write_bytes(png.encode(np.clip(_drawn(5), 2, 253)))
    (place / "b" / "made.png").write_bytes(png.encode(_drawn(99), marks.chunks({"made": "true"})))
    (place / "b" / "cut.png").write_bytes(png.encode(_drawn(7))[:60])
    (place / "b" / "empty.png").write_bytes(b"")
    (place / "logo.svg").write_text("<svg/>")
    return place


def _read(path):
    source = read(path)
    return aside.read(source, look(source).pictures)


@pytest.mark.parametrize("kind", ["folder", "zip", "csv"])
def test_files_are_called_by_their_names_inside(folder, kind):
    place, start = folder, ""
    if kind == "zip":
        place = shutil.make_archive(str(folder), "zip", folder)
    if kind == "csv":
        names = sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.png"))
        place, start = folder / "t.csv", f"{folder}/"
        place.write_text("photo,n\n" + "".join(f"{name},{n}\n" for n, name in enumerate(names)), encoding="utf-8")
    found = _read(place)
    skipped = {name.removeprefix(start): reason for name, reason in found.skipped}
    assert skipped.keys() == {"b/cut.png", "b/empty.png"} | ({"logo.svg"} if kind != "csv" else set())
    assert skipped["b/empty.png"] == "an empty file" and skipped["b/cut.png"].startswith("damaged")
    alike = [(group.how, [name.removeprefix(start) for name in group.names]) for group in found.duplicates]
    assert alike == [("equal", ["a/03.png", "b/again.png"]), ("near", ["a/05.png", "b/nearly.png"])]
    assert [name.removeprefix(start) for name in found.made] == ["b/made.png"]
    assert len(found.duplicates) == 2 and found.duplicates[-1] == found.duplicates[1]
    assert found.duplicates[:1] == [found.duplicates[0]] and found.duplicates[2:] == []


def test_cells_of_bytes_are_called_by_their_row(tmp_path):
    cells = [png.encode(_drawn(number)) for number in (0, 1, 0)] + [b"\xff\xd8\xffcut"]
    pq.write_table(pa.table({"x": pa.array(cells)}), tmp_path / "t.parquet")
    found = _read(tmp_path / "t.parquet").to_dict()
    assert found["duplicates"] == [{"how": "equal", "files": ["row 1", "row 3"]}]
    assert [one["file"] for one in found["skipped"]] == ["row 4"]


def test_a_table_without_pictures_sets_nothing_aside(tmp_path):
    (tmp_path / "t.csv").write_text("a,b\n1,2\n1,2\n")
    assert _read(tmp_path / "t.csv") == aside.Aside()


def test_the_preview_names_them_all(folder):
    told = outlook.preview(folder).to_dict()
    assert [one["file"] for one in told["skipped"]] == ["logo.svg", "b/cut.png", "b/empty.png"]
    assert len(told["duplicates"]) == 2 and told["made"] == ["b/made.png"]
    assert told["columns"][0]["reason"] == "15 pictures (PNG)"
