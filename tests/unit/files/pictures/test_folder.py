"""Folders, archives and tables of pictures become sources."""

import json
import os
import stat
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from genloop.core import pixels
from genloop.core.errors import DataError
from genloop.files.pictures import archive as archives
from genloop.files.read import read, reopen


def _fill(root, save, drawn, names):
    array = drawn(len(names))
    for name, picture in zip(names, array, strict=True):
        save(root / name, picture)
    return array


def test_sub_folders_are_classes_and_nested_names_are_joined(tmp_path, save, drawn, opened):
    names = ["猫/1.png", "猫/2.png", "dog/small/3.png", "dog/small/4.png", "5.png"]
    array = _fill(tmp_path, save, drawn, names)
    source, profile, rows, _ = opened(tmp_path)
    order = sorted(range(5), key=lambda k: names[k])
    assert source.columns == ["image", "class"]
    assert rows["class"].to_pylist() == [{"猫": "猫", "d": "dog/small", "5": None}[names[k][0]] for k in order]
    assert np.array_equal(pixels.read(rows["image"]), array[order])
    assert profile.schema["class"].kind == "category" and profile.schema["image"].shape == (8, 10, 1)
    assert "8 x 10 grey, the size of all pictures" in profile.schema["image"].notes


def test_a_folder_opens_again_and_its_fingerprint_follows_content_and_names(tmp_path, save, drawn):
    _fill(tmp_path, save, drawn, ["a/1.png", "b/2.png"])
    source = read(tmp_path)
    first = source.fingerprint()
    assert reopen(source.describe()).fingerprint() == first
    place = tmp_path / "a" / "1.png"
    os.utime(place, (0, 0))
    assert read(tmp_path).fingerprint() == first
    old = place.read_bytes()
    place.write_bytes(old[:-20] + bytes([old[-20] ^ 1]) + old[-19:])  # same name, same size
    assert read(tmp_path).fingerprint() != first
    place.write_bytes(old)
    place.rename(tmp_path / "b" / "1.png")
    assert read(tmp_path).fingerprint() != first


def test_other_files_are_left_out_counted_and_listed(tmp_path, save, drawn):
    _fill(tmp_path, save, drawn, ["1.png", ".hidden.png", "__MACOSX/2.png"])
    (tmp_path / "logo.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
    (tmp_path / "paper.pdf").write_bytes(b"%PDF-1.7\n\xff")
    (tmp_path / "notes.txt").write_text("读我")
    (tmp_path / "nothing").write_bytes(b"")
    (tmp_path / "noend").write_bytes((tmp_path / "1.png").read_bytes())
    source = read(tmp_path)
    assert source.skipped == (
        ("logo.svg", "an SVG drawing"),
        ("notes.txt", "a text"),
        ("nothing", "an empty file"),
        ("paper.pdf", "a PDF document"),
    )
    assert pa.Table.from_batches(source.batches()).num_rows == 2
    assert any(note.startswith("4 files are no pictures: 1 an SVG drawing") for note in source.notes)


def test_a_folder_without_pictures_says_what_it_holds(tmp_path):
    (tmp_path / "a.dat").write_text("x")
    with pytest.raises(DataError, match=r"neither pictures nor documents in .*: expected PNG, JPEG, .*; found 1 \.dat"):
        read(tmp_path)


@pytest.mark.parametrize("kind", ["csv", "jsonl"])
def test_a_metadata_file_speaks_of_the_pictures(tmp_path, save, drawn, opened, kind):
    _fill(tmp_path, save, drawn, ["a/1.png", "a/2.png", "b/3.png"])
    rows = [("b/3.png", "a red shield", 3), ("./a/1.png", "一个盾", 1), ("gone.png", "x", 9)]
    if kind == "csv":
        lines = "\n".join(f"{name},{caption},{price}" for name, caption, price in rows)
        (tmp_path / "metadata.csv").write_text(f"file_name,caption,price\n{lines}\n", encoding="utf-8")
    else:
        lines = [json.dumps({"file_name": n, "caption": c, "price": p}, ensure_ascii=False) for n, c, p in rows]
        (tmp_path / "metadata.jsonl").write_text("\n".join(lines), encoding="utf-8")
    source, _, table, _ = opened(tmp_path)
    assert source.columns == ["image", "class", "caption", "price"]
    assert table["caption"].to_pylist() == ["一个盾", None, "a red shield"]
    assert "1 pictures are not in the metadata file" in source.notes
    assert "1 rows of the metadata file name no picture that is there" in source.notes


def test_a_metadata_file_that_leads_out_or_lacks_its_key_is_refused(tmp_path, save, drawn):
    _fill(tmp_path, save, drawn, ["1.png"])
    (tmp_path / "metadata.csv").write_text("file_name,n\n../secret.png,1\n1.png,2\n")
    with pytest.raises(DataError, match=r"metadata\.csv, row 1: '\.\./secret\.png' leads out of the folder"):
        read(tmp_path)
    (tmp_path / "metadata.csv").write_text("name,n\n1.png,2\n2.png,2\n")
    with pytest.raises(DataError, match="expected a column 'file_name'; found name, n"):
        read(tmp_path)


def test_file_names_that_are_words_are_captions(tmp_path, save, drawn):
    _fill(tmp_path / "w", save, drawn, ["red_shield.png", "blue-sword 2.png", "金色头盔.png", "IMG_001.png"])
    source = read(tmp_path / "w")
    assert source.columns == ["image", "caption"]
    captions = pa.Table.from_batches(source.batches())["caption"].to_pylist()
    assert sorted(captions, key=str) == ["None", "blue sword", "red shield", "金色头盔"] or None in captions
    _fill(tmp_path / "n", save, drawn, ["IMG_1.png", "DSC0002.png", "deadbeef01.png", "4.png"])
    assert read(tmp_path / "n").columns == ["image"]
    _fill(tmp_path / "c", save, drawn, ["cat/cat_1.png", "cat/cat_2.png", "dog/dog_1.png"])
    assert read(tmp_path / "c").columns == ["image", "class"]


def _zipped(root, path, top=""):
    with zipfile.ZipFile(path, "w") as archive:
        for place in sorted(root.rglob("*")):
            if place.is_file():
                archive.write(place, top + place.relative_to(root).as_posix())


@pytest.mark.parametrize("top", ["", "wrapped/"])
def test_an_archive_reads_as_its_folder_does(tmp_path, save, drawn, opened, top):
    _fill(tmp_path / "pics", save, drawn, ["a/1.png", "a/2.png", "b/3.png"])
    (tmp_path / "pics" / "metadata.csv").write_text("file_name,n\na/1.png,5\nb/3.png,6\n")
    _zipped(tmp_path / "pics", tmp_path / "p.zip", top)
    _, _, folder, _ = opened(tmp_path / "pics")
    source, _, archive, _ = opened(tmp_path / "p.zip")
    assert archive.combine_chunks().equals(folder.combine_chunks())
    assert source.kinds == read(tmp_path / "pics").kinds and not any("none is found" in note for note in source.notes)
    assert reopen(source.describe()).fingerprint() == source.fingerprint()
    assert next(source.batches())["image"][0].as_py() == f"{(tmp_path / 'p.zip').resolve()}!{top}a/1.png"


def test_unsafe_archives_are_refused(tmp_path, save, drawn, monkeypatch):
    for name in ("../../etc/1.png", "/1.png", "C:\\1.png"):
        with zipfile.ZipFile(tmp_path / "out.zip", "w") as archive:
            archive.writestr(name, b"x")
        with pytest.raises(DataError, match="leads out of the folder"):
            read(tmp_path / "out.zip")
    with zipfile.ZipFile(tmp_path / "bomb.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.png", bytes(3 << 20))
    with pytest.raises(DataError, match=r"a\.png unpacks from .* to 3,145,728 bytes, which no picture does"):
        read(tmp_path / "bomb.zip")
    (tmp_path / "cut.zip").write_bytes((tmp_path / "bomb.zip").read_bytes()[:50])
    with pytest.raises(DataError, match="no readable zip archive"):
        read(tmp_path / "cut.zip")
    with zipfile.ZipFile(tmp_path / "none.zip", "w") as archive:
        archive.writestr("a.txt", b"x")
    with pytest.raises(DataError, match="neither pictures nor documents in"):
        read(tmp_path / "none.zip")
    monkeypatch.setattr(archives, "MOST_MEMBERS", 0)
    with pytest.raises(DataError, match="has 1 members; at most 0"):
        read(tmp_path / "none.zip")


def _paths(tmp_path, save, drawn, names):
    array = _fill(tmp_path, save, drawn, names)
    return array, pa.table({"photo": pa.array(names), "price": pa.array(range(len(names)))})


@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl"])
def test_relative_paths_start_at_the_tables_folder(tmp_path, save, drawn, opened, ending, monkeypatch):
    array, table = _paths(tmp_path, save, drawn, ["p/1.png", "p/2.png", str(tmp_path / "p" / "3.png")])
    place = tmp_path / f"t.{ending}"
    if ending == "csv":
        place.write_text(
            "photo,price\n" + "\n".join(f"{p},{n}" for p, n in zip(*table.to_pydict().values(), strict=True))
        )
    elif ending == "jsonl":
        place.write_text("\n".join(map(json.dumps, table.to_pylist())))
    else:
        pq.write_table(table, place)
    monkeypatch.chdir("/")
    source, profile, rows, _ = opened(place)
    assert profile.schema["photo"].kind == "image"
    assert np.array_equal(pixels.read(rows["photo"]), array)
    first = source.fingerprint()
    assert reopen(source.describe()).fingerprint() == first
    save(tmp_path / "p/1.png", array[1])
    assert read(place).fingerprint() != first


def test_paths_out_of_the_tables_folder_are_refused(tmp_path, save, drawn):
    (tmp_path / "in").mkdir()
    save(tmp_path / "secret.png", drawn()[0])
    for name in ("../secret.png", str(tmp_path / "secret.png"), "x/../../secret.png"):
        (tmp_path / "in" / "t.csv").write_text(f"photo,n\n{name},1\n{name},2\n")
        (tmp_path / "in" / "x").mkdir(exist_ok=True)
        with pytest.raises(
            DataError, match=r"row 1, column 'photo': .*leads out of the folder; expected a path inside"
        ):
            list(read(tmp_path / "in" / "t.csv").batches())
    (tmp_path / "in" / "link.png").symlink_to(tmp_path / "secret.png")
    (tmp_path / "in" / "t.csv").write_text("photo,n\nlink.png,1\nlink.png,2\n")
    with pytest.raises(DataError, match="is a link that leads out of the folder"):
        list(read(tmp_path / "in" / "t.csv").batches())
    save(tmp_path / "other" / "secret.png", drawn()[0])
    (tmp_path / "in" / "sub").symlink_to(tmp_path / "other")
    (tmp_path / "in" / "t.csv").write_text("photo,n\nsub/secret.png,1\nsub/secret.png,2\n")
    with pytest.raises(DataError, match="is a link that leads out of the folder"):
        list(read(tmp_path / "in" / "t.csv").batches())


def test_names_of_pictures_that_are_not_there_stay_text(tmp_path, opened):
    (tmp_path / "t.csv").write_text("photo,n\n" + "\n".join(f"p{i}.jpg,{i}" for i in range(30)))
    source, profile, _, _ = opened(tmp_path / "t.csv")
    assert profile.schema["photo"].kind == "text"
    assert any("of which none is found" in note for note in source.notes)
    assert "none of its 30 pictures can be read: 30 No such file or directory" in profile.schema["photo"].notes[0]


def test_a_class_that_is_a_number_is_a_category_beside_pictures(tmp_path, drawn, table, opened):
    cells = [bytes(f"P5 2 2 255\n{chr(65 + i)}abc", "ascii") for i in range(30)]
    pq.write_table(
        pa.table({"x": pa.array(cells), "label": pa.array([i % 3 for i in range(30)])}), tmp_path / "t.parquet"
    )
    _, profile, rows, _ = opened(tmp_path / "t.parquet")
    assert (profile.schema["x"].kind, profile.schema["label"].kind) == ("image", "category")
    assert rows["label"][:3].to_pylist() == ["0", "1", "2"]


def test_a_pipe_among_the_files_is_no_picture(tmp_path, save, drawn, opened):
    _fill(tmp_path, save, drawn, ["1.png", "2.png"])
    os.mkfifo(tmp_path / "3.png")
    assert stat.S_ISFIFO((tmp_path / "3.png").stat().st_mode)
    source = read(tmp_path)
    assert ("3.png", "no regular file") in source.skipped


def test_a_name_that_is_no_utf8_is_set_aside_and_said(tmp_path, save, drawn):
    _fill(tmp_path, save, drawn, ["1.png", "2.png"])
    gbk = os.fsencode(tmp_path) + "/\u6211.png".encode("gbk")
    Path(os.fsdecode(gbk)).write_bytes((tmp_path / "1.png").read_bytes())
    Path(os.fsdecode(os.fsencode(tmp_path) + "/\u72d7".encode("gbk"))).mkdir()
    source = read(tmp_path)
    reason = "its name is not in UTF-8; rename it"
    assert [told for _, told in source.skipped] == [reason] * 2
    assert all("\ufffd" in name for name, _ in source.skipped)
    assert sum(len(batch) for batch in source.batches()) == 2
    with pytest.raises(DataError, match=r"the name of the folder '.*\ufffd\ufffd' is not in UTF-8; rename it"):
        read(Path(os.fsdecode(os.fsencode(tmp_path) + "/\u72d7".encode("gbk"))))
