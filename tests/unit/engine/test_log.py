"""The folder in which a user follows a fit: rows from all over the batch, sheets that are marked and labelled."""

import numpy as np
import pytest
from PIL import Image

from genloop.core.errors import ConfigError, OutputError
from genloop.core.protocols import Batch
from genloop.engine import log
from genloop.engine.folder import Folder
from genloop.files.write import read_label

PIXELS = np.random.default_rng(0).integers(0, 256, (200, 8, 8, 3), dtype=np.uint8)
PICTURES = Batch(np.arange(200, dtype=np.uint16)[:, None], (), PIXELS)


def test_a_stage_of_pictures_shows_a_labelled_sheet_and_replaces_it(tmp_path):
    found = log.begin(tmp_path / "seen", "1-gan", PICTURES, seed=3)
    assert found.folder == str(tmp_path / "seen" / "1-gan")
    assert found.rows.codes[:, 0].tolist() == np.linspace(0, 199, 64).astype(int).tolist()
    found.show(found.rows.pixels)
    with Image.open(tmp_path / "seen" / "1-gan" / log.LOOK) as sheet:
        first = np.asarray(sheet)
    found.show(found.rows.pixels[::-1])
    with Image.open(tmp_path / "seen" / "1-gan" / log.LOOK) as sheet:
        assert np.asarray(sheet).shape == first.shape and (np.asarray(sheet) != first).any()
        assert (np.asarray(sheet)[-24:] == first[-24:]).all()  # the mark
    said = read_label(tmp_path / "seen" / "1-gan" / log.LOOK)
    assert (said["made"], said["model"], said["seed"]) == ("true", "not finished", "3")
    assert [path.name for path in (tmp_path / "seen" / "1-gan").iterdir()] == [log.LOOK]


def test_few_pictures_are_shown_once_and_a_table_has_none(tmp_path):
    assert len(log.begin(tmp_path, "1-gan", PICTURES.take(np.arange(5)), seed=0).rows) == 5
    assert log.begin(tmp_path, "1-vae", Batch(PICTURES.codes, ()), seed=0).rows is None


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "seen").write_text("")
    with pytest.raises(OutputError, match="cannot write the log folder"):
        log.begin(tmp_path / "seen", "1-gan", PICTURES, seed=0)


def test_a_log_belongs_to_a_run_with_a_folder(tmp_path):
    assert Folder.of(None) is None
    assert Folder.of(tmp_path).log is None
    assert Folder.of(str(tmp_path), "seen").log.name == "seen"
    with pytest.raises(ConfigError, match="name one with folder="):
        Folder.of(None, "seen")
