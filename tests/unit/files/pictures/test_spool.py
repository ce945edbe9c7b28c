"""Cleaned rows stay in memory up to a budget, then lie in a file that is mapped."""

import errno
import gc

import numpy as np
import pyarrow as pa
import pytest

from genloop.core import pixels
from genloop.core.errors import OutputError
from genloop.core.schema import Column, Schema
from genloop.files.pictures import pnm, survey
from genloop.files.pictures.spool import Spool, rows_at_once
from genloop.files.profile import look


def _rows(rng, rows, gone=0.2):
    array = rng.integers(0, 256, (rows, 4, 5, 3), dtype=np.uint8)
    present = rng.random(rows) >= gone
    array[~present] = 0
    return pa.table({"image": pixels.write(array, present), "n": rng.random(rows)})


@pytest.mark.parametrize("budget", [0, 700, 10**9])
def test_rows_come_back_as_they_went_whatever_the_budget(budget):
    rng = np.random.default_rng(0)
    parts = [_rows(rng, rows) for rows in (7, 1, 30, 4)]
    spool = Spool(budget)
    for part in parts:
        spool.write(part)
    expected = pa.concat_tables(parts)
    found = spool.read()
    assert found.combine_chunks().equals(expected.combine_chunks())
    assert spool.spilt == (budget < 10**9)
    assert found["image"].num_chunks == 1
    spool.write(parts[0])
    assert spool.read().num_rows == 49 and found.num_rows == 42


def test_pictures_on_disk_are_one_mapped_array_without_a_copy():
    spool = Spool(1_000)
    for seed in range(50):
        spool.write(_rows(np.random.default_rng(seed), 20, gone=0))
    array = pixels.read(spool.read()["image"])
    assert array.shape == (1_000, 4, 5, 3) and not array.flags.owndata
    before = pa.total_allocated_bytes()
    pixels.read(spool.read()["image"])
    assert pa.total_allocated_bytes() - before < 60_000 // 4


def test_the_file_goes_with_the_spool():
    spool = Spool(0)
    spool.write(_rows(np.random.default_rng(0), 5))
    folder = spool._folder
    assert list(folder.iterdir())
    del spool
    gc.collect()
    assert not folder.exists()


def test_a_spool_without_pictures_or_rows_works():
    spool = Spool(0)
    assert spool.read().num_rows == 0
    spool.write(pa.table({"n": [1, 2]}))
    assert spool.read().to_pydict() == {"n": [1, 2]} and not spool.spilt


def test_a_full_temporary_folder_is_named(monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    spool = Spool(0)
    monkeypatch.setattr("pathlib.Path.open", full)
    with pytest.raises(OutputError, match=r"cannot write the temporary folder .*TMPDIR names another place"):
        spool.write(_rows(np.random.default_rng(0), 5))


def test_fewer_rows_are_read_at_once_where_pictures_are_large():
    def rows(shape, physical="string", *formats):
        return rows_at_once(
            Schema((Column("x", "image", physical, shape=shape, formats=formats), Column("n", "number")))
        )

    assert rows_at_once(Schema((Column("n", "number"),))) == 65_536
    assert rows((28, 28, 1)) == 65_536 and rows((28, 28, 1), "large_binary", "array") == 65_536
    assert rows((64, 64, 3)) == (64 << 20) // (64 * 64 * 3 + 1)
    assert rows((28, 28, 1), "large_binary", "PNG") < 1_100 and rows((4_096, 4_096, 4)) == 64


def test_thumbnails_beyond_their_bound_lie_on_disk_and_tell_the_same_duplicates(monkeypatch):
    drawn = np.random.default_rng(0).integers(0, 256, (3_000, 8, 8, 1), dtype=np.uint8)
    drawn[2_500:2_510] = drawn[:10]
    table = pa.table({"image": pnm.encode(drawn)})
    found = []
    for bound in (survey.LOOKS_BYTES, 1_000):
        monkeypatch.setattr(survey, "LOOKS_BYTES", bound)
        spools = []
        monkeypatch.setattr(survey, "Spool", lambda budget, kept=spools: kept.append(Spool(budget)) or kept[-1])
        found.append(look(table, kinds={"image": "image"}).pictures["image"])
        assert [spool.spilt for spool in spools] == [bound == 1_000]
    assert found[0].groups == found[1].groups
    assert found[0].groups.equal.to_pylist() == [[number, 2_500 + number] for number in range(10)]
