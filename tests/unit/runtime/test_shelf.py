"""What is kept between commands: exact, bounded, and never a reason to fail."""

import os

import numpy as np
import pytest

from genloop.core.protocols import Store, Weights
from genloop.runtime import machine, shelf
from genloop.runtime.shelf import Shelf

KEPT = Weights({"order": [1, 0]}, {"tokens": np.arange(7, dtype=np.uint16), "strength": np.array([0.1, 3.7])})


def test_what_is_kept_comes_back_bit_for_bit(tmp_path):
    kept = Shelf(tmp_path / "new" / "place")
    assert isinstance(kept, Store) and kept.load("trees-1") is None
    kept.save("trees-1", KEPT)
    found = kept.load("trees-1")
    assert found.head == KEPT.head
    for name, array in KEPT.arrays.items():
        assert found.arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(found.arrays[name], array)


@pytest.mark.parametrize("damage", [lambda raw: raw[:-40], lambda raw: b"", lambda raw: raw.replace(b"head", b"tail")])
def test_a_damaged_file_counts_as_absent_and_is_replaced(tmp_path, damage):
    Shelf(tmp_path).save("trees-1", KEPT)
    (file,) = tmp_path.iterdir()
    file.write_bytes(damage(file.read_bytes()))
    assert Shelf(tmp_path).load("trees-1") is None
    Shelf(tmp_path).save("trees-1", KEPT)
    assert Shelf(tmp_path).load("trees-1") is not None


def test_a_place_that_cannot_be_written_is_no_failure(tmp_path):
    (tmp_path / "file").write_text("no folder")
    blocked = Shelf(tmp_path / "file" / "shelf")
    blocked.save("trees-1", KEPT)
    assert blocked.load("trees-1") is None


def test_the_oldest_go_when_room_is_short(tmp_path):
    Shelf(tmp_path).save("a", KEPT)
    size = next(tmp_path.iterdir()).stat().st_size
    small = Shelf(tmp_path, most_bytes=int(2.5 * size))
    small.save("b", KEPT)
    for age, name in enumerate("ba"):
        os.utime(tmp_path / f"{name}.shelf", (1_000 - age, 1_000 - age))
    assert small.load("a") is not None, "what is used becomes young"
    small.save("c", KEPT)
    assert {path.stem for path in tmp_path.iterdir()} == {"a", "c"}
    Shelf(tmp_path, most_bytes=1).save("d", KEPT)
    assert {path.stem for path in tmp_path.iterdir()} == {"d"}


def test_the_environment_moves_it_and_the_doctor_shows_where(tmp_path, monkeypatch):
    monkeypatch.setenv("GENLOOP_CACHE", str(tmp_path / "mine"))
    assert shelf.folder() == tmp_path / "mine" and machine.read().cache == str(tmp_path / "mine")
    monkeypatch.delenv("GENLOOP_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert shelf.folder() == tmp_path / "genloop" / "shelf"
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert shelf.folder() == tmp_path / "home" / ".cache" / "genloop" / "shelf"
