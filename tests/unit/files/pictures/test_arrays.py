"""IDX files and NumPy archives."""

import gzip
import struct

import numpy as np
import pyarrow as pa
import pytest

from genloop.core import pixels
from genloop.core.errors import DataError
from genloop.files.pictures import bounds
from genloop.files.read import read, reopen


def _idx(path, array):
    data = struct.pack(f">HBB{array.ndim}I", 0, 8, array.ndim, *array.shape) + array.tobytes()
    path.write_bytes(gzip.compress(data) if path.name.endswith(".gz") else data)
    return path


@pytest.fixture(params=["", ".gz"])
def pair(request, tmp_path, drawn):
    images = _idx(tmp_path / f"train-images-idx3-ubyte{request.param}", drawn(7)[..., 0])
    labels = _idx(tmp_path / f"train-labels-idx1-ubyte{request.param}", np.arange(7, dtype=np.uint8) % 3)
    return images, labels


def test_an_array_is_read_by_either_file_or_the_folder(pair, drawn, opened):
    images, labels = pair
    tables = []
    for place in (images, labels, images.parent):
        source, profile, rows, _ = opened(place)
        assert source.columns == ["image", "class"] and profile.schema["class"].kind == "category"
        assert np.array_equal(pixels.read(rows["image"]), drawn(7))
        assert rows["class"].to_pylist() == ["0", "1", "2", "0", "1", "2", "0"]
        assert reopen(source.describe()).fingerprint() == source.fingerprint()
        tables.append(rows)
    assert tables[0].equals(tables[1])


def test_the_training_pair_is_read_and_the_others_are_named(pair, drawn):
    _idx(pair[0].with_name("t10k-images-idx3-ubyte"), drawn(2)[..., 0])
    source = read(pair[0].parent)
    assert "beside it, not read: t10k-images-idx3-ubyte" in source.notes[0]
    assert pa.Table.from_batches(source.batches()).num_rows == 7


def test_colour_arrays_and_arrays_without_labels_are_read(tmp_path, drawn, opened):
    _idx(tmp_path / "some-images.idx4", drawn(4, channels=3))
    source, _, rows, _ = opened(tmp_path / "some-images.idx4")
    assert source.columns == ["image"] and "no labels stand beside" in source.notes[0]
    assert np.array_equal(pixels.read(rows["image"]), drawn(4, channels=3))
    (tmp_path / "under another name").write_bytes((tmp_path / "some-images.idx4").read_bytes())
    assert read(tmp_path / "under another name").columns == ["image"]


def test_broken_arrays_say_what_is_wrong(tmp_path, drawn):
    images = _idx(tmp_path / "a-images-idx3-ubyte", drawn(7)[..., 0])
    whole = images.read_bytes()
    images.write_bytes(whole[:-5])
    with pytest.raises(DataError, match="is cut short: 5 bytes are missing"):
        list(read(images).batches())
    images.write_bytes(whole[:9])
    with pytest.raises(DataError, match="cut short within its header"):
        read(images)
    images.write_bytes(whole)
    _idx(tmp_path / "a-labels-idx1-ubyte", np.zeros(6, np.uint8))
    with pytest.raises(DataError, match="has 6 labels for 7 pictures; expected as many"):
        read(images)
    images.unlink()
    with pytest.raises(DataError, match="holds labels; expected the pictures beside it, a-images-idx3-ubyte"):
        read(tmp_path / "a-labels-idx1-ubyte")
    _idx(images, np.zeros((2, 3), np.uint8))
    with pytest.raises(DataError, match="expected pictures"):
        read(images)
    zipped = tmp_path / "b-images-idx3-ubyte.gz"
    zipped.write_bytes(gzip.compress(whole)[:-30])
    with pytest.raises(DataError, match=r"damaged or cut short|no readable IDX"):
        list(read(zipped).batches())


@pytest.mark.parametrize(
    ("kind", "change"),
    [
        ("uint8", lambda a: a),
        ("float32", lambda a: (a / 255).astype(np.float32)),
        ("float64", lambda a: a / 127.5 - 1),
        ("uint16", lambda a: a.astype(np.uint16) * 257),
        ("int64", lambda a: a.astype(np.int64)),
    ],
)
@pytest.mark.parametrize("packed", [False, True])
def test_archives_of_arrays_are_read(tmp_path, drawn, opened, kind, change, packed):
    array = drawn(9, channels=3)
    array[0, 0, 0] = (0, 255, 0)
    (np.savez_compressed if packed else np.savez)(tmp_path / "a.npz", x=change(array), y=np.arange(9) % 2)
    source, _, rows, _ = opened(tmp_path / "a.npz")
    assert np.array_equal(pixels.read(rows["image"]), array)
    assert rows["class"].to_pylist() == [str(k % 2) for k in range(9)]
    assert (f"x holds {kind}" in " ".join(source.notes)) == (kind != "uint8")
    assert reopen(source.describe()).fingerprint() == source.fingerprint()


def test_other_layouts_and_names_are_understood(tmp_path, drawn, opened):
    array = drawn(5, 6, 7, 3)
    onehot = np.eye(3, dtype=np.float32)[[0, 2, 1, 1, 0]]
    np.savez(tmp_path / "a.npz", x_train=array.transpose(0, 3, 1, 2), y_train=onehot, x_test=array)
    source, _, rows, _ = opened(tmp_path / "a.npz")
    assert np.array_equal(pixels.read(rows["image"]), array)
    assert rows["class"].to_pylist() == ["0", "2", "1", "1", "0"]
    assert "read the array 'x_train' with 'y_train'" in source.notes
    np.savez(tmp_path / "b.npz", x=array[..., 0], y=np.array(["鞋", "", "b", "b", "c"]))
    assert opened(tmp_path / "b.npz")[2]["class"].to_pylist() == ["鞋", None, "b", "b", "c"]
    np.savez(tmp_path / "c.npz", x=array[..., 0] > 9, y=np.array([[1.0], [2], [3], [4], [5]]))
    _, _, rows, _ = opened(tmp_path / "c.npz")
    assert set(np.unique(pixels.read(rows["image"]))) <= {0, 255} and rows["class"][0].as_py() == "1"


def test_archives_that_are_none_of_pictures_are_refused(tmp_path, drawn):
    place = tmp_path / "a.npz"
    np.savez(place, weights=np.zeros(3))
    with pytest.raises(DataError, match="expected the arrays x and y; found weights"):
        read(place)
    np.savez(place, x=np.zeros((3, 4)))
    with pytest.raises(DataError, match="expected pictures"):
        read(place)
    np.savez(place, x=drawn(3)[..., 0], y=np.arange(2))
    with pytest.raises(DataError, match="y is not as long as x"):
        read(place)
    np.savez(place, x=np.array([{"a": 1}] * 3, dtype=object).reshape(3, 1, 1))
    with pytest.raises(DataError, match="holds Python objects, which are not read"):
        read(place)
    np.savez(place, x=np.full((2, 2, 2), np.inf))
    with pytest.raises(DataError, match="not finite"):
        read(place)
    np.savez(place, x=np.asfortranarray(drawn(3)[..., 0]))
    with pytest.raises(DataError, match="Fortran order"):
        read(place)
    np.savez(place, x=np.array([[["a"]]]))
    with pytest.raises(DataError, match="expected numbers in x"):
        read(place)
    place.write_bytes(b"PK\x03\x04 no")
    with pytest.raises(DataError, match="no readable NumPy archive"):
        read(place)


def test_large_pictures_come_a_few_at_a_time(tmp_path, drawn, monkeypatch):
    monkeypatch.setattr(bounds, "_BATCH_BYTES", 1000)
    shades = drawn(20, 16, 16)
    np.savez(tmp_path / "a.npz", x=shades)
    np.savez(tmp_path / "b.npz", x=shades.astype(np.float32))
    _idx(tmp_path / "c-images-idx3-ubyte", shades[..., 0])
    for name, most in (("a.npz", 3), ("b.npz", 1), ("c-images-idx3-ubyte", 3)):
        batches = list(read(tmp_path / name).batches())
        assert max(batch.num_rows for batch in batches) == most
        assert sum(batch.num_rows for batch in batches) == 20


def test_arrays_that_unpack_to_far_too_much_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(bounds, "_BATCH_BYTES", 1000)
    blank = np.zeros((20, 64, 64), np.uint8)
    np.savez_compressed(tmp_path / "bomb.npz", x=blank)
    _idx(tmp_path / "bomb-images-idx3-ubyte.gz", blank)
    for name in ("bomb.npz", "bomb-images-idx3-ubyte.gz"):
        with pytest.raises(DataError, match=r"unpacks from .* bytes to 81,920 numbers, which no pictures do"):
            read(tmp_path / name)
    monkeypatch.setattr(bounds, "MOST_PIXELS", 4095)
    np.savez(tmp_path / "large.npz", x=blank[:, None])
    with pytest.raises(DataError, match="pictures of 64 x 64 pixels; at most 4,095 are read"):
        read(tmp_path / "large.npz")


def test_bytes_of_noughts_and_ones_are_black_and_white(tmp_path, drawn, opened):
    for name, shades in (
        ("a.npz", drawn(5) // 128),
        ("b.npz", drawn(5) // 80),
        ("c.npz", np.zeros((5, 8, 8), np.uint8)),
    ):
        np.savez(tmp_path / name, x=shades)
        source, _, rows, _ = opened(tmp_path / name)
        two = shades.max() == 1
        assert (pixels.read(rows["image"]).reshape(shades.shape) == shades * np.uint8(255 if two else 1)).all()
        assert ("x holds uint8 from 0 to 1: brought to 0..255" in source.notes) == two
