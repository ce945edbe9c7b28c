"""Rows are read once, cleaned and parted; a source that changes meanwhile is refused."""

import numpy as np
import pyarrow as pa
import pytest

from genloop.core import pixels
from genloop.core.errors import DataError, SourceNotFound
from genloop.engine import origin as origins
from genloop.engine import rows as intake
from genloop.engine import split as splits
from genloop.engine.origin import Origin
from genloop.files.pictures import pnm
from genloop.files.profile import profile
from genloop.files.read import read


@pytest.fixture
def source():
    return read(pa.table({"a": [str(number) for number in range(100)], "b": ["x", "y"] * 50}))


def test_every_row_is_in_one_part_and_repairs_are_counted(source):
    schema = profile(source, kinds={"a": "number"})
    found = intake.read(source, schema, splits.fit(100, seed=0, share=0.2))
    parts = found.train.column("a").to_pylist() + found.holdout.column("a").to_pylist()
    assert sorted(parts) == list(range(100)) and found.holdout.num_rows == 20 and found.repairs == {}
    assert intake.read(source, schema, splits.fit(100, seed=0, share=0.0)).holdout is None


def test_a_source_with_another_number_of_rows_is_refused(source):
    with pytest.raises(DataError, match="gave 99 rows and then 100: it changes while it is read"):
        intake.read(source, profile(source), splits.fit(99, seed=0, share=0.1))


def test_an_empty_source_is_a_table_without_rows():
    assert intake.first(read(pa.table({"a": pa.array([], pa.string())}))).num_rows == 0


def test_the_first_rows_are_taken_without_the_rest(source):
    assert intake.first(source, 7).column("a").to_pylist() == [str(number) for number in range(7)]
    assert intake.first(source).num_rows == intake.first(source, 1000).num_rows == 100
    chunks = (pa.table({"a": [number] * 5}) for number in range(10**6))
    assert intake.first(chunks, 12).column("a").to_pylist() == [0] * 5 + [1] * 5 + [2] * 2


def test_an_origin_remembers_the_place_and_refuses_another_table(source, tmp_path):
    (tmp_path / "t.csv").write_text("a,b\n" + "1,x\n" * 30)
    opened = read(tmp_path / "t.csv")
    origin = Origin(opened.describe(), opened.fingerprint(), splits.fit(30, seed=0, share=0.1))
    assert Origin.from_dict(origin.to_dict()) == origin
    assert origins.find(origin, None, profile(opened)).fingerprint() == origin.fingerprint
    with pytest.raises(DataError, match="no column 'b' any more"):
        origins.find(origin, pa.table({"a": [1]}), profile(opened))
    memory = Origin(source.describe(), "", origin.split)
    with pytest.raises(SourceNotFound, match="--data"):
        origins.find(memory, None, profile(source))


@pytest.mark.parametrize(("budget", "spilt"), [(32_000, [False, False]), (31_998, [True, True]), (0, [True, True])])
def test_pictures_beyond_the_budget_lie_on_disk_and_come_out_the_same(budget, spilt):
    drawn = np.random.default_rng(0).integers(0, 256, (500, 8, 8, 1), dtype=np.uint8)
    source = read(pa.table({"image": pnm.encode(drawn)}))
    schema = profile(source, kinds={"image": "image"})
    split = splits.fit(500, seed=0, share=0.5)
    found = intake.read(source, schema, split, budget=budget)
    assert [spool.spilt for spool in found.spools] == spilt
    kept = [pixels.read(part["image"]) for part in (found.train, found.holdout)]
    for part, chosen in zip(kept, (split.train(0, 500), split.holdout(0, 500)), strict=True):
        np.testing.assert_array_equal(part, drawn[chosen])
