"""The folder in which a user follows a fit: rows from all over the batch, sheets that are marked and labelled."""

import numpy as np
import pytest
from PIL import Image

from genloop.core.errors import OutputError
from genloop.core.protocols import Batch
from genloop.engine.log import LOOK, Diary
from genloop.files.write import read_label
from genloop.trust import label

PIXELS = np.random.default_rng(0).integers(0, 256, (200, 8, 8, 3), dtype=np.uint8)
PICTURES = Batch(np.arange(200, dtype=np.uint16)[:, None], (), PIXELS)


def test_a_stage_of_pictures_shows_a_labelled_sheet_and_replaces_it(tmp_path):
    found = Diary(tmp_path / "seen", "ab12", seed=3).begin(0, "gan", PICTURES)
    own = tmp_path / "seen" / "1-gan"
    assert found.folder == str(own) and not own.exists()
    assert found.rows.codes[:, 0].tolist() == np.linspace(0, 199, 64).astype(int).tolist()
    found.show(found.rows.pixels, 60)
    with Image.open(own / LOOK) as sheet:
        first = np.asarray(sheet)
    found.show(found.rows.pixels[::-1], 1200)
    with Image.open(own / LOOK) as sheet:
        second = np.asarray(sheet)
    assert second.shape == first.shape and (second[16:] != first[16:]).any()
    assert (second[:16] != first[:16]).any()  # the title tells the step
    assert (second[-24:] == first[-24:]).all()  # the mark
    said = read_label(own / LOOK)
    assert said["made"] == "true" and said["seed"] == "3"
    assert "model gan at step 1,200, still learning, run ab12" in label.read(said)
    assert [path.name for path in own.iterdir()] == [LOOK]


def test_few_pictures_are_shown_once_and_a_table_has_none(tmp_path):
    diary = Diary(tmp_path, "ab12", seed=0)
    assert len(diary.begin(0, "gan", PICTURES.take(np.arange(5))).rows) == 5
    assert diary.begin(0, "vae", Batch(PICTURES.codes, ())).rows is None
    assert not list(tmp_path.iterdir())


def test_a_folder_that_cannot_be_made_is_refused(tmp_path):
    (tmp_path / "seen").write_text("")
    with pytest.raises(OutputError, match="cannot write the log folder"):
        Diary(tmp_path / "seen", "ab12", seed=0).begin(0, "gan", PICTURES)
